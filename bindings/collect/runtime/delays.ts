// Delays of an event loop in a window of time: how many there were, their sum, and a histogram of 2 % width, which never grows. So a
// thread that nobody scrapes holds as much as another.

/** Of a value to the one before: what a quantile is off by at most. */
const WIDTH = 1.02;
/** From a microsecond, which no timer is exact to, to 17 minutes. */
const LEAST_SECONDS = 1e-6;
const BUCKETS = 1050;
const SCALE = 1 / Math.log(WIDTH);

export class Delays {
  count = 0;
  least = 0;
  most = 0;
  #sum = 0;
  #squares = 0;
  readonly #buckets = new Uint32Array(BUCKETS);

  record(seconds: number): void {
    this.least = this.count === 0 ? seconds : Math.min(this.least, seconds);
    this.most = this.count === 0 ? seconds : Math.max(this.most, seconds);
    this.count++;
    this.#sum += seconds;
    this.#squares += seconds * seconds;
    this.#buckets[seconds > LEAST_SECONDS ? Math.min(Math.ceil(Math.log(seconds / LEAST_SECONDS) * SCALE), BUCKETS - 1) : 0]!++;
  }

  get mean(): number {
    return this.#sum / this.count;
  }

  get deviation(): number {
    return Math.sqrt(Math.max(0, this.#squares / this.count - this.mean ** 2));
  }

  /** The value at the nearest rank, within the width of a bucket, and never beyond what there was. */
  quantile(share: number): number {
    const rank = Math.max(1, Math.ceil(this.count * share));
    let below = 0;
    let bucket = -1;
    while (below < rank && bucket < BUCKETS - 1) below += this.#buckets[++bucket]!;
    const value = bucket <= 0 ? 0 : LEAST_SECONDS * WIDTH ** bucket;
    return Math.min(this.most, Math.max(this.least, value));
  }

  clear(): void {
    this.count = 0;
    this.#sum = 0;
    this.#squares = 0;
    this.#buckets.fill(0);
  }
}
