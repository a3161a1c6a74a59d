// One drain: all that waits, as rows, slice by slice. What is written is committed by whoever has it safe; until then it waits.

import { CONFLICT, EXHAUSTED, OK } from "../../assembly/status.ts";
import type { Rings } from "./rings.ts";
import { type Format, formatNumber } from "./settings.ts";
import { drainBusy, drainNoMemory, drainOver } from "./worded.ts";

export class Drain {
  readonly #rings: Rings;
  readonly #turn: number;
  /** Its number: one that is made again, since the one before was never committed, has the same. */
  readonly number: number;

  /** Throws `busy` while another thread drains. Of this thread an earlier one is over by that. */
  constructor(rings: Rings, format: Format, process: number) {
    const { core, address, keeping } = rings;
    this.#rings = rings;
    const turn = core.cold(() => core.verbs.drainBegin(address, formatNumber(format), process));
    if (turn === CONFLICT) throw drainBusy(keeping.prefix);
    if (turn < 0) throw drainOver(keeping.prefix);
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

  /** Says that the rows are safe. */
  commit(): void {
    const { core, address, keeping } = this.#rings;
    if (core.verbs.drainCommit(address, this.#turn) !== OK) throw drainOver(keeping.prefix);
  }

  /** Leaves all of it to the next one. */
  abandon(): void {
    this.#rings.core.verbs.drainAbandon(this.#rings.address, this.#turn);
  }
}

/** More at once is no faster. */
const CHUNK_BYTES = 1 << 18;

/** A drain as chunks of their own, committed when the last one was taken; who stops before leaves all of it for the next one. */
export function* chunks(rings: Rings, format: Format, process: number): Generator<Uint8Array<ArrayBuffer>, void, undefined> {
  const drain = new Drain(rings, format, process);
  let done = false;
  try {
    for (let slice = drain.next(CHUNK_BYTES); slice !== undefined; slice = drain.next(CHUNK_BYTES)) yield new Uint8Array(slice);
    done = true;
    drain.commit();
  } finally {
    if (!done) drain.abandon();
  }
}
