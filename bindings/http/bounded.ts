// Values of a label that come from outside: so many are told apart, and what comes beyond is `other`. Who sends requests may choose what
// they are, and each value is a series, or three of them with some twenty buckets each, that stays.

export const OTHER = "other";
/** Longer ones are nobody's name. */
const LENGTH_MAX = 1024;

export class Bounded {
  readonly #most: number;
  readonly #values = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether a value is told apart, which it is from now on. */
  takes(value: string): boolean {
    if (this.#values.has(value)) return true;
    if (this.#values.size >= this.#most || value.length > LENGTH_MAX) return false;
    this.#values.add(value);
    return true;
  }
}
