// Quantiles of any number of values in bounded memory. Up to `EXACT_MOST` values are kept as they are and their quantiles are
// exact. Beyond, values are counted in bins whose bounds grow by a constant factor (Masson, Rim, Lee, "DDSketch", 2019), so what is
// told is within `ERROR` of a value of that rank, relatively. Where values spread over more bins than there may be, every two bins
// become one (Epicoco et al., "UDDSketch", 2020): the error grows, and is told.
//
// Positive and negative values have bins of their own. What is above all bins is infinite.

/** Relative error of a quantile. */
export const ERROR = 0.01;
/** Values that are kept as they are: 8 KB a label. */
export const EXACT_MOST = 1024;
/** Bins of one sign: 32 KB. With 1 % they reach over 35 powers of ten. */
const BINS_MOST = 4096;
const BINS_FIRST = 128;

/** Counts of bins around those that were used. */
class Bins {
  counts = new Float64Array(0);
  /** The index of the first count. */
  first = 0;

  /** Counts a value's bin; false where that needs more bins than there may be. */
  add(index: number): boolean {
    const { counts } = this;
    const at = index - this.first;
    if (at >= 0 && at < counts.length) {
      counts[at]!++;
      return true;
    }
    return this.#reach(index) && this.add(index);
  }

  #reach(index: number): boolean {
    const { counts, first } = this;
    if (counts.length === 0) {
      this.counts = new Float64Array(BINS_FIRST);
      this.first = index - BINS_FIRST / 2;
      return true;
    }
    const low = counts.findIndex((count) => count !== 0);
    const high = counts.findLastIndex((count) => count !== 0);
    const from = Math.min(first + low, index);
    const to = Math.max(first + high, index);
    const needed = to - from + 1;
    if (needed > BINS_MOST) return false;
    let length = counts.length;
    while (length < needed) length *= 2;
    if (length === counts.length && length < BINS_MOST && needed * 2 > length) length *= 2;
    const room = length - needed;
    // Where it grew once it will grow again.
    const begin = index < first ? from - Math.ceil(room / 2) : from - Math.floor(room / 2);
    const larger = new Float64Array(length);
    larger.set(counts.subarray(low, high + 1), first + low - begin);
    this.counts = larger;
    this.first = begin;
    return true;
  }

  /** Every two bins become one. */
  coarsen(): void {
    const { counts, first } = this;
    if (counts.length === 0) return;
    this.counts = new Float64Array(counts.length);
    this.first = Math.ceil(first / 2);
    for (let i = 0; i < counts.length; i++) if (counts[i] !== 0) this.counts[Math.ceil((first + i) / 2) - this.first]! += counts[i]!;
  }
}

export class Sketch {
  /** The relative error by now. */
  error = ERROR;
  #scale = 1 / Math.log((1 + ERROR) / (1 - ERROR));
  #exact: Float64Array | undefined = new Float64Array(64);
  #count = 0;
  readonly #positive = new Bins();
  readonly #negative = new Bins();
  #zeros = 0;
  #infiniteNegative = 0;

  /** True while quantiles are those of the values themselves. */
  get exact(): boolean {
    return this.#exact !== undefined;
  }

  /** A value that is a number, be it infinite. */
  add(value: number): void {
    const exact = this.#exact;
    if (exact === undefined) {
      this.#count++;
      if (value > 0 && value < Infinity) {
        const index = Math.ceil(Math.log(value) * this.#scale);
        if (!this.#positive.add(index)) this.#again(value);
      } else {
        this.#bin(value);
      }
    } else if (this.#count < exact.length) {
      exact[this.#count++] = value;
    } else {
      this.#outgrow(exact);
      this.add(value);
    }
  }

  #outgrow(exact: Float64Array): void {
    if (exact.length < EXACT_MOST) {
      this.#exact = new Float64Array(exact.length * 4);
      this.#exact.set(exact);
      return;
    }
    this.#exact = undefined;
    for (const value of exact) this.#bin(value);
  }

  #bin(value: number): void {
    if (value === 0) this.#zeros++;
    else if (value === -Infinity) this.#infiniteNegative++;
    else if (value !== Infinity) {
      const bins = value > 0 ? this.#positive : this.#negative;
      if (!bins.add(Math.ceil(Math.log(Math.abs(value)) * this.#scale))) this.#again(value);
    }
  }

  #again(value: number): void {
    this.#coarsen();
    this.#bin(value);
  }

  #coarsen(): void {
    this.#positive.coarsen();
    this.#negative.coarsen();
    // Of bounds that grow by the square of the factor.
    this.error = (2 * this.error) / (1 + this.error ** 2);
    this.#scale = 1 / Math.log((1 + this.error) / (1 - this.error));
  }

  /** What lies within the error of both bounds of a bin. */
  #middle(index: number): number {
    return Math.exp((index - 1) / this.#scale) * (1 + this.error);
  }

  /** Quantiles from 0 to 1, between two ranks in proportion, as pandas has them; NaN of no values. */
  quantiles(wanted: readonly number[]): number[] {
    if (this.#count === 0) return wanted.map(() => NaN);
    const sorted = this.#exact?.slice(0, this.#count).sort();
    const at = sorted === undefined ? (rank: number) => this.#ranked(rank) : (rank: number) => sorted[rank]!;
    return wanted.map((q) => {
      const rank = q * (this.#count - 1);
      return between(at(Math.floor(rank)), at(Math.ceil(rank)), rank - Math.floor(rank));
    });
  }

  #ranked(rank: number): number {
    let left = rank - this.#infiniteNegative;
    if (left < 0) return -Infinity;
    const { counts } = this.#negative;
    for (let i = counts.length - 1; i >= 0; i--) {
      left -= counts[i]!;
      if (left < 0) return -this.#middle(this.#negative.first + i);
    }
    left -= this.#zeros;
    if (left < 0) return 0;
    for (let i = 0; i < this.#positive.counts.length; i++) {
      left -= this.#positive.counts[i]!;
      if (left < 0) return this.#middle(this.#positive.first + i);
    }
    return Infinity;
  }
}

/** As numpy rounds it. Between what is finite and what is not there is nothing. */
function between(below: number, above: number, part: number): number {
  if (part === 0 || below === above || below === -Infinity) return below;
  if (above === Infinity) return above;
  return part < 0.5 ? below + (above - below) * part : above - (above - below) * (1 - part);
}
