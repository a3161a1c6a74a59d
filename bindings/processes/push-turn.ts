// Who may push now: one at a time, not too soon after the last one, and not while it must wait for a failure before.
//
// A call that comes while another one runs looks again every few milliseconds by a timer of its own, for on the edge a promise of
// another request's must not be waited for: that request may be no more. For the same reason a turn is a lease: one that never came
// back is given up, and whatever it does later changes nothing.

import { later } from "./later.ts";

const POLL_MS = 4;
const POLL_MS_MOST = 64;
/** Between two looks of all that wait, but for more than 15,000 that do: else those of thousands of calls take most of a core. */
const POLL_EACH_SECONDS = 1 / 15_000;
/** Whoever waits for longer looks so often whether another one has answered. */
const LOOK_SECONDS = 1;
/** The first pause after a failure; it doubles up to the longest. */
const PAUSE_SECONDS = 1;
const PAUSE_SECONDS_MOST = 60;

/** So long whoever has the turn is waited for: beyond the time in which an answer comes where all is well. */
function leaseSeconds(timeoutSeconds: number): number {
  return 1.5 * timeoutSeconds + 1;
}

/** One turn, for as long as it is the last one that began. */
export interface Lease {
  until: number;
}

export class Turns {
  readonly #seconds: () => number;
  #lease: Lease | undefined;
  #beganAt: number | undefined;
  /** When the last of those looks that wait for whoever runs. Not their number: on the edge one may be no more. */
  #lookAt = 0;

  constructor(seconds: () => number) {
    this.#seconds = seconds;
  }

  get isTaken(): boolean {
    return this.#lease !== undefined && this.#seconds() < this.#lease.until;
  }

  /** For so long it is not `seconds` ago that the last one began; `first` where none has. */
  soon(seconds: number, first = 0): number {
    // A clock that went back must not put it off for as long as it went.
    return this.#beganAt === undefined ? first : Math.max(0, seconds - Math.abs(this.#seconds() - this.#beganAt));
  }

  /**
   * What to wait for before one may begin: for whoever runs, or for as many seconds; undefined where there is nothing. Then it is to be
   * asked again: `times` says how often it was.
   */
  wait(times: number, seconds: number): Promise<unknown> | undefined {
    if (this.isTaken) {
      const pause = Math.min(POLL_MS * 2 ** Math.min(times, 30), POLL_MS_MOST);
      return new Promise((resolve) => setTimeout(resolve, Math.max(pause, this.#looks() * 1000)));
    }
    return seconds > 0 ? new Promise<void>((resolve) => void later(Math.ceil(Math.min(seconds, LOOK_SECONDS) * 1000), resolve)) : undefined;
  }

  /** In so many seconds it is somebody's turn to look again. */
  #looks(): number {
    const now = this.#seconds();
    this.#lookAt = Math.max(now, Math.min(this.#lookAt, now + LOOK_SECONDS)) + POLL_EACH_SECONDS;
    return this.#lookAt - now;
  }

  /** Whether somebody who began did not come back in time. */
  get isAbandoned(): boolean {
    return this.#lease !== undefined && !this.isTaken;
  }

  begun(): Lease {
    this.#lease = { until: 0 };
    this.#beganAt = this.#seconds();
    return this.#lease;
  }

  /** For one more answer, which comes within `timeoutSeconds` where all is well. */
  extended(lease: Lease, timeoutSeconds: number): void {
    lease.until = this.#seconds() + leaseSeconds(timeoutSeconds);
  }

  is(lease: Lease): boolean {
    return this.#lease === lease;
  }

  ended(lease: Lease): void {
    if (this.is(lease)) this.#lease = undefined;
  }

  /** Whoever has the turn is given up. */
  givenUp(): void {
    this.#lease = undefined;
  }
}

/** The pause after failures, longer after each. */
export class Pauses {
  readonly #seconds: () => number;
  #until = -Infinity;
  #failed = 0;

  constructor(seconds: () => number) {
    this.#seconds = seconds;
  }

  /** For so long nothing should be tried. */
  get seconds(): number {
    return Math.max(0, this.#until - this.#seconds());
  }

  succeeded(): void {
    this.#failed = 0;
    this.#until = -Infinity;
  }

  /** `retrySeconds`: what the other end asks for at the least. */
  failed(retrySeconds: number): void {
    const pause = Math.min(PAUSE_SECONDS_MOST, PAUSE_SECONDS * 2 ** Math.min(this.#failed++, 30));
    // Those that failed together shall not come back together.
    this.#until = this.#seconds() + Math.max(retrySeconds, pause * (0.5 + Math.random() / 2));
  }
}
