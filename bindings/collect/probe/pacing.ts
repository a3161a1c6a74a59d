// How often a probe looks, by what it costs. A round reads what every process has; a tour reads what costs more, some of it
// with each round. Both have a share of the budget, and how long each takes follows from what the last one cost: a cost of
// 20 ms at a share of 1 % is paid off after 2 s. So the CPU that is taken over a round and the wait behind it is the share,
// whatever a round costs, and half of the budget is twice the period.
//
// What a round costs is the CPU of its thread, which the kernel counts, reading and publishing and waking up alike. How much of
// it is the tour's is told by the clock: both parts are slowed alike by whoever else wants the processor.

/** Of the budget, for rounds; the rest is the tours'. */
export const ROUNDS_SHARE = 0.75;
/** However much it costs, nothing is older than this by intent: past it the budget is not kept. */
export const SECONDS_MOST = 600;

/** The seconds in which what was spent is a share of the time; from `least` to `most`. */
export function paced(spentSeconds: number, share: number, least: number, most: number): number {
  const seconds = spentSeconds / share;
  return seconds > least ? Math.min(seconds, Math.max(least, most)) : least;
}

export class Pace {
  readonly #share: number;
  readonly #roundLeast: number;
  readonly #tourLeast: number;
  #period: number;
  #tour: number;
  /** What the tour that is under way cost so far. */
  #touring = 0;

  constructor(budgetPercent: number, periodSeconds: number, slowSeconds: number) {
    this.#share = budgetPercent / 100;
    this.#roundLeast = periodSeconds;
    this.#tourLeast = slowSeconds;
    this.#period = periodSeconds;
    this.#tour = slowSeconds;
  }

  /** Seconds from the begin of the last round to that of the next one. */
  get period(): number {
    return this.#period;
  }

  /** Seconds of a tour. */
  get tour(): number {
    return this.#tour;
  }

  /** The share of a tour that belongs to one round; 1 where a round takes longer. */
  get part(): number {
    return Math.min(1, this.#period / this.#tour);
  }

  /** A round is over: the CPU it took, and how long the clock ran in its own part and in the tour's. */
  rounded(spentSeconds: number, ownSeconds: number, touringSeconds: number): void {
    const all = ownSeconds + touringSeconds;
    const touring = all > 0 ? spentSeconds * (touringSeconds / all) : 0;
    this.#touring += touring;
    this.#period = paced(spentSeconds - touring, this.#share * ROUNDS_SHARE, this.#roundLeast, SECONDS_MOST);
  }

  /** A tour is over, in so many of what it goes around; the next one may have more. */
  toured(): void {
    this.#tour = paced(this.#touring, this.#share * (1 - ROUNDS_SHARE), this.#tourLeast, SECONDS_MOST);
    this.#touring = 0;
  }
}
