// Chance that can be had again: of one seed and one run the same numbers come, whatever ran before.

/** sfc32, by Chris Doty-Humphrey: https://pracrand.sourceforge.net */
export class Random {
  #a;
  #b;
  #c;
  #counter = 1;

  constructor(seed, run = 0) {
    this.#a = seed | 0;
    this.#b = run | 0;
    this.#c = Math.floor(run / 2 ** 32) ^ 0x9e3779b9;
    // So many rounds until near seeds are far from each other: the author's own.
    for (let i = 0; i < 12; i++) this.word();
  }

  /** 32 bits. */
  word() {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A whole number below. */
  below(count) {
    return Math.floor((this.word() / 2 ** 32) * count);
  }

  of(list) {
    return list[this.below(list.length)];
  }

  /** True once in so many times. */
  once(times) {
    return this.below(times) === 0;
  }
}
