// Who may do what one at a time: rounds and exports. Whoever asks for one while one is under way wants what was counted meanwhile, too, and so
// has the next one, with all who asked by then.

export class Turns {
  readonly #task: () => Promise<boolean>;
  #now: Promise<boolean> | undefined;

  constructor(task: () => Promise<boolean>) {
    this.#task = task;
  }

  /** The one under way, or one that begins. */
  any(): Promise<boolean> {
    return (this.#now ??= this.#begun());
  }

  /** One that begins now, or when the one under way has ended, however that ends: all who asked by then share it. */
  async fresh(): Promise<boolean> {
    await this.#now?.catch(() => false);
    return this.any();
  }

  async #begun(): Promise<boolean> {
    try {
      return await this.#task();
    } finally {
      this.#now = undefined;
    }
  }
}

/**
 * Where there are only requests, a promise of another one must not be waited for: it may have ended. So a turn is a lease, which whoever has it
 * makes longer before each step, and one that never came back is given up.
 */
export class Lease {
  #until = -Infinity;
  #holder = 0;

  /** Undefined where another one has it. */
  taken(seconds: number): number | undefined {
    if (performance.now() < this.#until) return undefined;
    this.extended(seconds);
    return ++this.#holder;
  }

  extended(seconds: number): void {
    this.#until = performance.now() + seconds * 1000;
  }

  /** One that was given up has nothing to give back. */
  ended(holder: number): void {
    if (holder === this.#holder) this.#until = -Infinity;
  }
}
