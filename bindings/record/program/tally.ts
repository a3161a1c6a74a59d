// What is known of any number of values, whenever they were: counted one by one, in memory that does not grow with them.

import { Sketch } from "./sketch.ts";

export class Tally {
  /** All values, those that are no number among them. */
  rows = 0;
  /** Values that are no number. */
  nans = 0;
  min = Infinity;
  max = -Infinity;
  readonly sketch = new Sketch();
  /** The sum of what is finite, and what its additions rounded away (Neumaier). */
  #sum = 0;
  #lost = 0;

  /** Takes a value in; true where it is finite. */
  take(value: number): boolean {
    this.rows++;
    if (value !== value) {
      this.nans++;
      return false;
    }
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    this.sketch.add(value);
    if (value - value !== 0) return false;
    const sum = this.#sum + value;
    this.#lost += Math.abs(this.#sum) >= Math.abs(value) ? this.#sum - sum + value : value - sum + this.#sum;
    this.#sum = sum;
    return true;
  }

  /** Values that are a number: what pandas counts. */
  get count(): number {
    return this.rows - this.nans;
  }

  get mean(): number {
    const infinite = (this.max === Infinity ? Infinity : 0) + (this.min === -Infinity ? -Infinity : 0);
    if (infinite !== 0) return infinite;
    // What was lost of a sum that left the doubles is no number.
    if (Math.abs(this.#sum) === Infinity) return this.#sum;
    return (this.#sum + this.#lost) / this.count;
  }

  /** No estimate lies beyond what was seen. */
  quantiles(wanted: readonly number[]): number[] {
    return this.sketch.quantiles(wanted).map((value) => Math.min(Math.max(value, this.min), this.max));
  }
}
