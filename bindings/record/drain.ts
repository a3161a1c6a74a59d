// One drain: all that waits, as rows, slice by slice. What is written is committed by whoever has it safe; until then it waits.

import { CONFLICT, EXHAUSTED, OK } from "../../assembly/status.ts";
import type { Rings } from "./rings.ts";
import { type Format, formatNumber } from "./settings.ts";
import { drainBusy, drainNoMemory, drainOver } from "./worded.ts";

/** So long others bear with a drain that rests, from when it is first in their way and as long as nobody takes a chunk of it. */
const BORNE_MS = 1000;

/** Begins a drain; CONFLICT while another thread has one. */
function begun({ core, address, inWay }: Rings, format: number, process: number): number {
  const { verbs } = core;
  const turn = core.cold(() => verbs.drainBegin(address, format, process));
  if (turn !== CONFLICT) return turn;
  const resting = verbs.drainResting(address);
  if (resting === 0) return CONFLICT;
  const reached = verbs.drainReached(address);
  if (inWay.turn !== resting || inWay.reached !== reached) {
    inWay.turn = resting;
    inWay.reached = reached;
    inWay.since = performance.now();
  }
  if (performance.now() - inWay.since < BORNE_MS) return CONFLICT;
  return core.cold(() => verbs.drainTake(address, format, process));
}

export class Drain {
  readonly #rings: Rings;
  readonly #turn: number;
  /** Its number: one that is made again, since the one before was never committed, has the same. */
  readonly number: number;

  /**
   * Of all that waits, or of the oldest whose rows have so many bytes at most. Throws `busy` while another thread drains, or has one
   * at rest for less than a second. Of this thread an earlier one is over by that.
   */
  constructor(rings: Rings, format: Format, process: number, bytes = Infinity) {
    const { core, address, keeping } = rings;
    this.#rings = rings;
    const turn = begun(rings, formatNumber(format), process);
    if (turn === CONFLICT) throw drainBusy(keeping.prefix);
    if (turn < 0 || core.verbs.drainLimit(address, turn, bytes) !== OK) throw drainOver(keeping.prefix);
    this.#turn = turn;
    this.number = core.verbs.drainNumber(address) >>> 0;
  }

  /** The next slice, of about so many bytes, as it lies in the memory: copy it before the core is asked again. Undefined at the end. */
  next(bytes: number): Uint8Array<ArrayBufferLike> | undefined {
    const { core, address, keeping } = this.#rings;
    const { verbs } = core;
    for (;;) {
      // Asked first: only this says whether the drain is still ours. That one is done may be said of another.
      const length = verbs.drainWrite(address, this.#turn, bytes, 0);
      if (length === EXHAUSTED) throw drainNoMemory(keeping.prefix, core.maxBytes);
      if (length < 0) throw drainOver(keeping.prefix);
      const text = verbs.drainText();
      if (length > 0) return core.bytes(text + length).subarray(text, text + length);
      if (verbs.drainDone(address) !== 0) return undefined;
    }
  }

  /** Nothing is asked of it before `resume`: who waits too long for that may have its samples. */
  rest(): void {
    const { core, address, keeping } = this.#rings;
    if (core.verbs.drainRest(address, this.#turn) !== OK) throw drainOver(keeping.prefix);
  }

  resume(): void {
    const { core, address, keeping } = this.#rings;
    if (core.verbs.drainResume(address, this.#turn) !== OK) throw drainOver(keeping.prefix);
  }

  /** Says that the rows are safe. */
  commit(): void {
    const { core, address, keeping } = this.#rings;
    if (core.verbs.drainCommit(address, this.#turn) !== OK) throw drainOver(keeping.prefix);
  }

  /** Leaves all of it to the next one, whether it rests or not. */
  abandon(): void {
    const { core, address } = this.#rings;
    core.verbs.drainResume(address, this.#turn);
    core.verbs.drainAbandon(address, this.#turn);
  }
}

/** More at once is no faster. */
const CHUNK_BYTES = 1 << 18;

/**
 * A drain as chunks of their own, committed when the last one was taken; who stops before leaves all of it for the next one. It
 * rests between two of them: nobody knows when the next one is wanted.
 */
export function* chunks(rings: Rings, format: Format, process: number): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  const drain = new Drain(rings, format, process);
  let done = false;
  try {
    for (let slice = drain.next(CHUNK_BYTES); slice !== undefined; slice = drain.next(CHUNK_BYTES)) {
      const chunk = new Uint8Array(slice);
      drain.rest();
      yield chunk;
      drain.resume();
    }
    done = true;
    drain.commit();
  } finally {
    if (!done) drain.abandon();
  }
}
