// Requests that wait to be sent, in their order. Where they lie is a shelf's matter: in memory, or in files. The queue has a limit in bytes and in
// age, and tells what it lets go of: the oldest first.

import type { Counts } from "./batch.ts";
import type { Bytes } from "./request.ts";

export interface Waiting extends Counts {
  /** Of its body as it is sent. */
  readonly bytes: number;
  /** When its samples were taken: milliseconds since the epoch. */
  readonly time: number;
  /** Which version of the protocol it was written for. */
  readonly version: 1 | 2;
  /** How a shelf finds it. */
  readonly name: string;
}

export interface Shelf {
  /** What an earlier process left, in order. */
  load(): Promise<readonly Waiting[]>;
  /** Keeps a body, and says under which name. */
  put(body: Bytes, about: Omit<Waiting, "name" | "bytes">): Promise<string>;
  /** Undefined where it is not there any more. Rejects where it cannot be read. */
  get(waiting: Waiting): Promise<Bytes | undefined>;
  /** Whether that may go by, as where too many files are open. */
  isPassing(error: unknown): boolean;
  drop(waiting: Waiting): Promise<void>;
}

export class MemoryShelf implements Shelf {
  readonly #bodies = new Map<string, Bytes>();
  #last = 0;

  load(): Promise<readonly Waiting[]> {
    return Promise.resolve([]);
  }

  put(body: Bytes): Promise<string> {
    const name = `memory-${++this.#last}`;
    this.#bodies.set(name, body);
    return Promise.resolve(name);
  }

  get({ name }: Waiting): Promise<Bytes | undefined> {
    return Promise.resolve(this.#bodies.get(name));
  }

  drop({ name }: Waiting): Promise<void> {
    this.#bodies.delete(name);
    return Promise.resolve();
  }

  isPassing(): boolean {
    return false;
  }
}

export interface QueueSettings {
  readonly maxBytes: number;
  readonly maxAgeSeconds: number;
}

/** What a queue tells of: what it let go of and why, and the first of a row of failures of its shelf. */
export interface QueueTold {
  dropped(waiting: Waiting, why: "full" | "old" | "gone" | "unreadable", cause?: unknown): void;
  failed(error: unknown): void;
}

export class Queue {
  readonly #shelf: Shelf;
  /** Where a body goes that the shelf cannot keep. */
  readonly #memory = new MemoryShelf();
  readonly #settings: QueueSettings;
  readonly #told: QueueTold;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #hasFailed = false;
  #isUnloaded = false;

  constructor(shelf: Shelf, settings: QueueSettings, told: QueueTold) {
    this.#shelf = shelf;
    this.#settings = settings;
    this.#told = told;
  }

  get length(): number {
    return this.#waiting.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the oldest was taken; undefined for none. */
  get oldest(): number | undefined {
    return this.#waiting[0]?.time;
  }

  /** Takes up what an earlier process left. False where that may be known later. */
  async load(now: number): Promise<boolean> {
    try {
      const own = new Set(this.#waiting.map(({ name }) => name));
      const left = (await this.#shelf.load()).filter(({ name }) => !own.has(name));
      // Not as arguments, of which there are 120,000 at the most.
      this.#waiting = [...left, ...this.#waiting];
      this.#bytes += left.reduce((sum, { bytes }) => sum + bytes, 0);
    } catch (error) {
      if (!this.#isUnloaded) this.#failed(error);
      this.#isUnloaded = true;
      return false;
    }
    await this.bound(now);
    return true;
  }

  #failed(error: unknown): void {
    if (!this.#hasFailed) this.#told.failed(error);
    this.#hasFailed = true;
  }

  async put(body: Bytes, about: Omit<Waiting, "name" | "bytes">, now: number): Promise<void> {
    let name: string;
    try {
      name = await this.#shelf.put(body, about);
      this.#hasFailed = false;
    } catch (error) {
      this.#failed(error);
      name = await this.#memory.put(body);
    }
    const { samples, histograms, exemplars, time, version } = about;
    this.#waiting.push({ samples, histograms, exemplars, time, version, name, bytes: body.length });
    this.#bytes += body.length;
    await this.bound(now);
  }

  /** The oldest that waits, with its body. Rejects where it cannot be read now, but perhaps later. */
  async head(now: number): Promise<{ readonly waiting: Waiting; readonly body: Bytes } | undefined> {
    await this.bound(now);
    for (let waiting = this.#waiting[0]; waiting !== undefined; waiting = this.#waiting[0]) {
      let why: "gone" | "unreadable" = "gone";
      let cause: unknown;
      try {
        const body = (await this.#memory.get(waiting)) ?? (await this.#shelf.get(waiting));
        // It may have been let go of meanwhile.
        if (body !== undefined && this.#waiting[0] === waiting) return { waiting, body };
        if (body !== undefined) continue;
      } catch (error) {
        if (this.#shelf.isPassing(error)) throw error;
        why = "unreadable";
        cause = error;
      }
      if (await this.done(waiting)) this.#told.dropped(waiting, why, cause);
    }
    return undefined;
  }

  /** It need not wait any more. False where it did not: it was let go of before. */
  async done(waiting: Waiting): Promise<boolean> {
    const at = this.#waiting.indexOf(waiting);
    if (at === -1) return false;
    this.#waiting.splice(at, 1);
    this.#bytes -= waiting.bytes;
    try {
      await this.#memory.drop(waiting);
      await this.#shelf.drop(waiting);
    } catch (error) {
      this.#failed(error);
    }
    return true;
  }

  /** Lets go of what is too old or too much; the last one stays, however large. */
  async bound(now: number): Promise<void> {
    const { maxBytes, maxAgeSeconds } = this.#settings;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      const isOld = now - first.time > maxAgeSeconds * 1000;
      if (!isOld && (this.#bytes <= maxBytes || this.#waiting.length === 1)) return;
      if (await this.done(first)) this.#told.dropped(first, isOld ? "old" : "full");
    }
  }

  /** All that waits is given up; what lies in files stays there where `keep` says so. */
  async emptied(keep: boolean): Promise<readonly Waiting[]> {
    const all: Waiting[] = [];
    for (const waiting of this.#waiting.slice()) {
      if (keep && (await this.#memory.get(waiting)) === undefined) continue;
      if (await this.done(waiting)) all.push(waiting);
    }
    return all;
  }
}
