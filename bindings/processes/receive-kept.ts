// What a receiver has still to make durable: one change of its store, and the same one again until it succeeds.

import { frontOf } from "./frames.ts";
import {
  jsonBytes,
  type Folded,
  foldedKey,
  FORGOTTEN_KEY,
  heardKey,
  type ReceiverStore,
  saidBytes,
  saidKey,
  sinceKey,
} from "./receive-keep.ts";
import type { Known } from "./receive-known.ts";
import { type Answer, NEW_SECONDS, type Push } from "./receive-settings.ts";
import { FOLDED, STATUS_FOLDED } from "./push-wire.ts";

export class Kept {
  readonly #store: ReceiverStore | undefined;
  #put = new Map<string, Uint8Array>();
  #remove = new Set<string>();

  constructor(store: ReceiverStore | undefined) {
    this.#store = store;
  }

  put(key: string, bytes: Uint8Array): void {
    if (this.#store === undefined) return;
    this.#remove.delete(key);
    this.#put.set(key, bytes);
  }

  removed(keys: readonly string[]): void {
    if (this.#store === undefined) return;
    for (const key of keys) {
      this.#put.delete(key);
      this.#remove.add(key);
    }
  }

  /** A body of a process was taken in, so many bytes of it. `now` where it is to be kept since when the process is known. */
  took(
    { instance, bodies, process }: Known,
    { silentSeconds = 0, state, body }: Push,
    bytes: number,
    completed: boolean,
    now?: number,
  ): void {
    if (now !== undefined && bodies.keys.length === 0) this.put(sinceKey(instance), jsonBytes(now - silentSeconds));
    const taken = body.subarray(0, bytes);
    const front = frontOf(taken);
    this.put(bodies.added(bytes, front), taken);
    // Whoever is handed it behind a new start has to know, too, that it was said before.
    if (now !== undefined && state !== undefined && front !== undefined) this.put(saidKey(instance), saidBytes(front, state));
    if (completed && front !== undefined) this.removed(bodies.completed(front, process.baseline));
    // What nobody keeps needs no names.
    if (this.#store === undefined) bodies.shortened();
  }

  /** A process was heard of. Not with each push: each is one more key to be written. */
  heardOf(known: Known, everySeconds: number): void {
    if (known.bodies.keys.length === 0 || Math.abs(known.heard - known.keptHeard) < everySeconds) return;
    known.keptHeard = known.heard;
    this.put(heardKey(known.instance), jsonBytes(known.heard));
  }

  /** Makes it durable. Rejects where that is not known: then all of it is still to be done. Nothing may be put meanwhile. */
  async done(): Promise<void> {
    if (this.#store === undefined || (this.#put.size === 0 && this.#remove.size === 0)) return;
    await this.#store.change(this.#put, this.#remove);
    this.#put = new Map();
    this.#remove = new Set();
  }
}

/**
 * Whether a push says nothing that one which ended had not said: its last word once more, or something older of it, as a row is that is
 * handed on again. What is newer counts nowhere yet.
 */
function isSaid({ generation = "", sequence, until = sequence }: Folded, { share, via, state, body }: Push): boolean {
  // Of a process, it lives; of a collector, it did.
  if (share === "nothing") return via.length > 0;
  const front = frontOf(body);
  if (front !== undefined && (front.generation.toString(16) === generation ? front.sequence <= sequence : front.until < sequence))
    return true;
  return state !== undefined && state.generation.toString(16) === generation && state.until <= until;
}

/** So many names of folded processes are remembered, about 200 bytes each, */
const FOLDED_MOST = 10000;
/** and more where they are of those that were heard of just now, for one of those may say its last once more: */
const FOLDED_YOUNG_MOST = 100000;
const YOUNG_SECONDS = 2 * NEW_SECONDS;

/** Names of folded processes, and up to when some were forgotten. */
export class FoldedNames {
  readonly #kept: Kept;
  /** The longest silent first. */
  #folded: Map<string, Folded> = new Map();
  /** Names that were heard of last before may be among those that were forgotten. */
  #forgotten = -Infinity;

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  get size(): number {
    return this.#folded.size;
  }

  /** What a push of a process that is not known is answered where that was folded, or may have been; undefined where it is new. */
  answer(push: Push, now: number): Answer | undefined {
    const folded = this.#folded.get(push.instance);
    // The answer to its last word was lost, and it is said again, maybe by a sequence of its own.
    if (folded?.ended === true && isSaid(folded, push)) {
      return { status: 200, receipt: { sequence: frontOf(push.body)?.sequence ?? folded.sequence } };
    }
    const heard = push.silentSeconds === undefined ? Infinity : now - push.silentSeconds;
    const isGone = folded !== undefined || heard - NEW_SECONDS <= this.#forgotten;
    return isGone ? { status: STATUS_FOLDED, why: FOLDED } : undefined;
  }

  loaded(folded: Map<string, Folded>, forgotten: number): void {
    this.#folded = folded;
    this.#forgotten = forgotten;
  }

  add(instance: string, folded: Folded, now: number): void {
    this.#folded.set(instance, folded);
    this.#kept.put(foldedKey(instance), jsonBytes(folded));
    for (const [oldest, { heard }] of this.#folded) {
      // A clock that went back makes nobody young for as long as it went.
      if (this.#folded.size <= (Math.abs(now - heard) < YOUNG_SECONDS ? FOLDED_YOUNG_MOST : FOLDED_MOST)) break;
      this.#folded.delete(oldest);
      this.#kept.removed([foldedKey(oldest)]);
      this.#forgotten = Math.max(this.#forgotten, heard);
      this.#kept.put(FORGOTTEN_KEY, jsonBytes(this.#forgotten));
    }
  }
}
