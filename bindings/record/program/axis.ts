// One axis of time for all labels: up to `BINS` bins of one width, a power of two of nanoseconds, which doubles when a row lies
// outside of them. Nobody has to know beforehand when a recording begins and ends.

import type { Stretch } from "./moment.ts";

/** What an SVG shows of a plot: a bin for every second pixel or so. */
export const BINS = 512;
/** About a millisecond: finer ones show single rows. */
const WIDTH_FIRST = 2 ** 20;
const SECOND = 1e9;

/** What one label has in the bins: 16 KB. */
export class Series {
  counts = new Float64Array(BINS);
  sums = new Float64Array(BINS);
  least = new Float64Array(BINS).fill(Infinity);
  most = new Float64Array(BINS).fill(-Infinity);

  add(bin: number, value: number): void {
    this.counts[bin]!++;
    this.sums[bin]! += value;
    if (value < this.least[bin]!) this.least[bin] = value;
    if (value > this.most[bin]!) this.most[bin] = value;
  }

  /** Bin i goes to where `moved` says. */
  rebin(moved: (bin: number) => number): void {
    const { counts, sums, least, most } = this;
    this.counts = new Float64Array(BINS);
    this.sums = new Float64Array(BINS);
    this.least = new Float64Array(BINS).fill(Infinity);
    this.most = new Float64Array(BINS).fill(-Infinity);
    for (let i = 0; i < BINS; i++) {
      if (counts[i] === 0) continue;
      const to = moved(i);
      this.counts[to]! += counts[i]!;
      this.sums[to]! += sums[i]!;
      this.least[to] = Math.min(this.least[to]!, least[i]!);
      this.most[to] = Math.max(this.most[to]!, most[i]!);
    }
  }
}

export class Axis {
  readonly series: Series[] = [];
  /** Nanoseconds of a bin. */
  width = WIDTH_FIRST;
  #inverse = 1 / WIDTH_FIRST;
  /** The second of the first row: nanoseconds since it are exact for the first 100 days, and nearly so after. */
  #base = NaN;
  /** The number of bin 0, counted from the base. */
  #first = 0;
  /** The bins that hold something, numbered likewise. */
  #low = Infinity;
  #high = -Infinity;
  /** Of the first and the last point, in nanoseconds since the base. */
  #from = Infinity;
  #until = -Infinity;

  /** The bin of a point in time. */
  bin(seconds: number, nanos: number): number {
    const time = (seconds - this.#base) * SECOND + nanos;
    if (time > this.#until) this.#until = time;
    if (time < this.#from) this.#from = time;
    const number = Math.floor(time * this.#inverse);
    const bin = number - this.#first;
    // Not so before the first row, either.
    return bin >= 0 && bin < BINS && number >= this.#low && number <= this.#high ? bin : this.#reach(seconds, nanos);
  }

  #reach(seconds: number, nanos: number): number {
    if (Number.isNaN(this.#base)) {
      this.#base = seconds;
      this.#first = Math.floor(nanos * this.#inverse);
      this.#from = nanos;
      this.#until = nanos;
    }
    const time = (seconds - this.#base) * SECOND + nanos;
    const before = this.width;
    let number = Math.floor(time * this.#inverse);
    const earlier = number < this.#low;
    while (Math.max(this.#high, number) - Math.min(this.#low, number) >= BINS) {
      this.width *= 2;
      this.#inverse /= 2;
      this.#low = Math.floor(this.#low / 2);
      this.#high = Math.floor(this.#high / 2);
      number = Math.floor(time * this.#inverse);
    }
    this.#low = Math.min(this.#low, number);
    this.#high = Math.max(this.#high, number);
    const fits = this.#low >= this.#first && this.#high < this.#first + BINS;
    if (before !== this.width || !fits) {
      // All the room lies where it grew, for there it will grow again.
      const first = earlier ? this.#high - BINS + 1 : this.#low;
      const ratio = this.width / before;
      const was = this.#first;
      for (const one of this.series) one.rebin((bin) => Math.floor((was + bin) / ratio) - first);
      this.#first = first;
    }
    return number - this.#first;
  }

  /** What is used of the bins. */
  get used(): { from: number; to: number } {
    return this.#low > this.#high ? { from: 0, to: 0 } : { from: this.#low - this.#first, to: this.#high - this.#first + 1 };
  }

  /** From the first point to the last one. */
  get reach(): Stretch {
    const at = (nanos: number) => this.#base * 1000 + nanos / 1e6;
    return { begin: at(this.#from), end: at(this.#until) };
  }

  /** When a bin begins, in milliseconds since the epoch. */
  at(bin: number): number {
    return this.#base * 1000 + ((this.#first + bin) * this.width) / 1e6;
  }
}
