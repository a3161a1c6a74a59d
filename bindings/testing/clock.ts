// A clock that a test moves. It is the library's own alone: timers and dates of everything else go on.

import { heldTimes, type HeldTimes, holdTimes, now, PASSED, ticks, WALL } from "../clock.ts";
import { threadCores } from "../ticket.ts";
import type { TestEnd } from "./fresh.ts";
import { clockHeld, clockOver, clockTicketInvalid, contextInvalid, momentInvalid, secondsOutside } from "./worded.ts";

/** What another thread needs to have the same clock: structured cloning carries it. */
export interface ClockTicket {
  readonly clock: SharedArrayBuffer;
}

/** What `fakeClock` takes. */
export interface FakeClockOptions {
  /** When it is at first, a Date or milliseconds since the epoch; the time of now by default. */
  readonly now?: Date | number | undefined;
}

/** A clock that stands still until it is moved. */
export interface FakeClock {
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Lets so many seconds pass: timers, dates, what is idle and the windows of summaries go on by them. */
  advance(seconds: number): void;
  /** Sets the time of day, as somebody sets a computer's: dates are others, and no time has passed for timers. */
  set(now: Date | number): void;
  /** For `joinClock` in threads that share the memory. */
  ticket(): ClockTicket;
  /** The library takes the runtime's time again. */
  close(): void;
}

/** One that another thread moves. */
export type JoinedClock = Pick<FakeClock, "now" | "close">;

const MICROSECONDS = 1000;
const BYTES = 16;
/** What one look at the clock counts for at most in a memory, see assembly/store/writer.ts: more passes in steps. */
const STEP_SECONDS = 30;
/** 31 years, in 33 million steps. */
const ADVANCE_MOST = 1e9;
/** The year 9999. */
const MOMENT_MOST = 253_402_300_799_999;

function millisecondsOf(moment: Date | number): number {
  // By its method: test runners have realms of their own.
  const value = typeof moment === "object" && typeof moment?.getTime === "function" ? moment.getTime() : moment;
  if (typeof value !== "number" || !(value > 0 && value <= MOMENT_MOST)) throw momentInvalid(moment);
  return value;
}

function micro(milliseconds: number): bigint {
  return BigInt(Math.round(milliseconds * MICROSECONDS));
}

/** Tells the memories of this thread what time it is. */
function tell(): void {
  for (const { verbs } of threadCores()) verbs.clockSet(now() / 1000);
}

class Held implements FakeClock {
  readonly #times: HeldTimes;

  constructor(times: HeldTimes, end: TestEnd | undefined) {
    if (heldTimes() !== undefined) throw clockHeld();
    const isContext = typeof end === "object" && end !== null && typeof end.after === "function";
    if (end !== undefined && !isContext && typeof end !== "function") throw contextInvalid(end);
    this.#times = times;
    if (typeof end === "function") end(() => this.close());
    else end?.after(() => this.close());
    holdTimes(times);
    tell();
  }

  get now(): number {
    return Number(Atomics.load(this.#times, WALL)) / MICROSECONDS;
  }

  advance(seconds: number): void {
    this.#check();
    if (typeof seconds !== "number" || !(seconds >= 0 && seconds <= ADVANCE_MOST)) throw secondsOutside(seconds, ADVANCE_MOST);
    for (let left = micro(seconds * 1000); left > 0n;) {
      const step = left < STEP ? left : STEP;
      left -= step;
      Atomics.add(this.#times, PASSED, step);
      Atomics.add(this.#times, WALL, step);
      tell();
    }
  }

  set(moment: Date | number): void {
    this.#check();
    Atomics.store(this.#times, WALL, micro(millisecondsOf(moment)));
    tell();
  }

  ticket(): ClockTicket {
    return { clock: this.#times.buffer as SharedArrayBuffer };
  }

  #check(): void {
    if (heldTimes() !== this.#times) throw clockOver();
  }

  close(): void {
    if (heldTimes() !== this.#times) return;
    holdTimes(undefined);
    tell();
  }
}

const STEP = micro(STEP_SECONDS * 1000);

/**
 * A clock that stands still until the test moves it, for what this library measures and dates in this thread: `startTimer` and `time`,
 * `setToCurrentTime`, created timestamps, those of exemplars, `expireAfterSeconds`, the windows of summaries, ages of collectors. Durations of
 * whole milliseconds are exact. Nothing else is held: timers and dates of the program, how long scrapes and collectors take, and
 * entries of their own, as recorders, pushes and requests, have the runtime's time.
 *
 * It ends with the test where `end` tells of that, as of `freshRegistry`; without it whoever asks closes it. Threads that share the memory
 * join it by its ticket. Throws an Error where a clock is held already, a TypeError for an `end` that is none, a RangeError for a time that is
 * none.
 *
 * @example
 * ```ts
 * import { fakeClock, freshRegistry, valueOf } from "tallystick/testing";
 *
 * const clock = fakeClock(undefined, { now: new Date("2026-01-01T00:00:00Z") }); // in a test: fakeClock(t)
 * const registry = freshRegistry();
 * const took = registry.gauge({ name: "took_seconds", help: "Took." });
 * const end = took.startTimer();
 * clock.advance(1.5);
 * end(); // 1.5
 * took.setToCurrentTime();
 * valueOf(took); // 1767225601.5
 * registry.close();
 * clock.close();
 * ```
 */
export function fakeClock(end?: TestEnd, options: FakeClockOptions = {}): FakeClock {
  const wall = options.now === undefined ? now() : millisecondsOf(options.now);
  const times = new BigInt64Array(new SharedArrayBuffer(BYTES));
  times[WALL] = micro(wall);
  // Timers that run have begun before.
  times[PASSED] = micro(Math.ceil(ticks()));
  return new Held(times, end);
}

/**
 * In another thread: the clock whose ticket this is, from now on. It moves where it was made. `end` as of `fakeClock`; throws as that, and a
 * TypeError for what is no ticket.
 *
 * @example
 * ```ts
 * import { fakeClock, joinClock } from "tallystick/testing";
 *
 * const clock = fakeClock(undefined, { now: 1_767_225_600_000 });
 * const ticket = clock.ticket(); // a worker has it by workerData, and calls joinClock(ticket)
 * clock.close();
 * const joined = joinClock(ticket);
 * joined.now; // 1767225600000
 * joined.close();
 * ```
 */
export function joinClock(ticket: ClockTicket, end?: TestEnd): JoinedClock {
  const buffer = (ticket as ClockTicket | undefined)?.clock;
  // By tag: it may come from another realm.
  if (Object.prototype.toString.call(buffer) !== "[object SharedArrayBuffer]" || buffer!.byteLength !== BYTES)
    throw clockTicketInvalid(ticket);
  return new Held(new BigInt64Array(buffer!), end);
}
