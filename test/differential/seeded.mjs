// Random numbers that can be drawn again: a seed is printed with whatever it made.

const bits = new BigUint64Array(1);
const float = new Float64Array(bits.buffer);

/** A seed of this run, or what the environment says. */
export const SEED = Number(process.env.DIFFERENTIAL_SEED ?? Math.floor(performance.timeOrigin) % 2 ** 31);

export class Seeded {
  #state;

  constructor(seed) {
    this.#state = seed >>> 0;
  }

  /** From 0 to 1, without 1: mulberry32. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let word = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  }

  /** An integer from 0 on, below `end`. */
  below(end) {
    return Math.floor(this.next() * end);
  }

  chance(share) {
    return this.next() < share;
  }

  from(list) {
    return list[this.below(list.length)];
  }

  /** Some of a list, in its order. */
  some(list, share = 0.5) {
    return list.filter(() => this.chance(share));
  }

  /** A finite double of any bits. */
  double() {
    do bits[0] = (BigInt(this.below(2 ** 32)) << 32n) | BigInt(this.below(2 ** 32));
    while (!Number.isFinite(float[0]));
    return float[0];
  }

  normal() {
    return Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
  }
}
