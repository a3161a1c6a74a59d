// How long to wait before something is tried again: longer after each failure, up to a limit, and not all that failed together at once.

export interface BackoffOptions {
  /** After the first failure, in seconds. */
  readonly least: number;
  readonly most: number;
}

export class Backoff {
  readonly #least: number;
  readonly #most: number;
  readonly #random: () => number;
  #failed = 0;

  constructor({ least, most }: BackoffOptions, random: () => number = Math.random) {
    this.#least = least;
    this.#most = most;
    this.#random = random;
  }

  get failures(): number {
    return this.#failed;
  }

  succeeded(): void {
    this.#failed = 0;
  }

  /** After one more failure: seconds, of which a half is chance. `asked`: what the other end wants at the least. */
  failed(asked = 0): number {
    const whole = Math.min(this.#most, this.#least * 2 ** Math.min(this.#failed++, 30));
    return Math.max(asked, whole * (0.5 + this.#random() / 2));
  }
}
