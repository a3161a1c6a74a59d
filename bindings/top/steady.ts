// When pages are read: a clock that nothing sets back, and that goes on while the computer sleeps, which the runtime's own does not.

/** The runtime's clock, ahead by as much as the time of day was at the most. */
export class Steady {
  #aheadMs = -Infinity;

  /** Seconds since the epoch, of a moment by `performance.now()` that is now. */
  seconds(now: number): number {
    this.#aheadMs = Math.max(this.#aheadMs, Date.now() - now);
    return (now + this.#aheadMs) / 1000;
  }
}
