// What a receiver has still to make durable: one change of its store, and the same one again until it succeeds.

import { frontOf, wordOf } from "./frames.ts";
import { jsonBytes, type Folded, foldedKey, FORGOTTEN_KEY, type ReceiverStore } from "./receive-keep.ts";
import type { Push } from "./receive-settings.ts";

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
export function isSaid({ generation = "", sequence, word }: Folded, { share, via, body }: Push): boolean {
  // Of a process, it lives; of a collector, it did.
  if (share === "nothing") return via.length > 0;
  const front = frontOf(body);
  if (front !== undefined && front.generation.toString(16) === generation && front.sequence <= sequence) return true;
  return word !== undefined && wordOf(body) === word;
}

/** So many names of folded processes are remembered: about 100 bytes each. */
const FOLDED_MOST = 10000;

/** Names of folded processes, and up to when some were forgotten. */
export class FoldedNames {
  readonly #kept: Kept;
  /** The longest silent first. */
  #folded: Map<string, Folded> = new Map();
  #forgotten = -Infinity;

  constructor(kept: Kept) {
    this.#kept = kept;
  }

  get size(): number {
    return this.#folded.size;
  }

  /** Names that were heard of last before that may be among those that were forgotten. */
  get forgotten(): number {
    return this.#forgotten;
  }

  get(instance: string): Folded | undefined {
    return this.#folded.get(instance);
  }

  loaded(folded: Map<string, Folded>, forgotten: number): void {
    this.#folded = folded;
    this.#forgotten = forgotten;
  }

  add(instance: string, folded: Folded): void {
    this.#folded.set(instance, folded);
    this.#kept.put(foldedKey(instance), jsonBytes(folded));
    for (const [oldest, { heard }] of this.#folded) {
      if (this.#folded.size <= FOLDED_MOST) break;
      this.#folded.delete(oldest);
      this.#kept.removed([foldedKey(oldest)]);
      this.#forgotten = Math.max(this.#forgotten, heard);
      this.#kept.put(FORGOTTEN_KEY, jsonBytes(this.#forgotten));
    }
  }
}
