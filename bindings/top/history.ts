// What was: as many numbers as are shown, a place for each page that was read, written over when they are old.

/** Pages that are remembered: two minutes of them at one a second. */
export const TICKS = 120;

export class History {
  readonly #values: Float64Array;
  readonly #width: number;
  /** The last page that it was told of: its place was an older one's. */
  #newest = -1;

  /** `width` numbers a page. */
  constructor(width = 1) {
    this.#width = width;
    this.#values = new Float64Array(TICKS * width).fill(NaN);
  }

  get width(): number {
    return this.#width;
  }

  set(tick: number, value: number, at = 0): void {
    this.#newest = tick;
    this.#values[(tick % TICKS) * this.#width + at] = value;
  }

  /** Of a page that is no longer remembered, or in which there was nothing: NaN. */
  get(tick: number, at = 0): number {
    return tick < 0 || tick <= this.#newest - TICKS ? NaN : this.#values[(tick % TICKS) * this.#width + at]!;
  }

  /** Nothing was there in this page. */
  skip(tick: number): void {
    this.#newest = tick;
    const from = (tick % TICKS) * this.#width;
    this.#values.fill(NaN, from, from + this.#width);
  }
}
