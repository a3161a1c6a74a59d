// Scrapes under way. Requests that want the same share one: its collectors run once, its walk is written once.
//
// A scrape is written as its fastest reader asks for more, so a lone slow client holds the walk up instead of filling the
// memory, and a slow one among others keeps nothing from them. What is written is kept for those who may still come, until
// the last of it is written: then, or when it has stood still for a while, the next request begins a scrape of its own.

import { currentRuntime, type Slices } from "../runtime.ts";
import { Rooms } from "./rooms.ts";
import { sliced } from "../scrape.ts";
import type { Format } from "../negotiate.ts";
import type { Exposer } from "../exposer.ts";

/** What a request asks for. */
export interface Asked {
  readonly format: Format;
  readonly coding: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly created: boolean;
  readonly statistics: boolean;
}

/** So many can be joined at once: each keeps what it has written. */
const JOINABLE_MAX = 16;
/** So much is kept for those who may still come; a larger scrape lets nobody in behind it. */
const KEPT_BYTES = 8 << 20;
/** One that stood still for longer waits for a client; what it says is old, unless a collector may take longer. */
const STILL_MS = 200;
/** Less than that is not worth a compression: it fits into one packet. */
const SMALL_BYTES = 1024;

/** A piece of an exposition, and how many readers are not done with it. */
export class Chunk {
  bytes: Uint8Array<ArrayBuffer>;
  holders: number;
  readonly #give: (bytes: Uint8Array<ArrayBuffer>) => void;

  constructor(bytes: Uint8Array<ArrayBuffer>, holders: number, give: (bytes: Uint8Array<ArrayBuffer>) => void) {
    this.bytes = bytes;
    this.holders = holders;
    this.#give = give;
  }

  release(): void {
    if (--this.holders !== 0) return;
    this.#give(this.bytes);
    // A scrape that goes on does not hold the bytes of what has gone out.
    this.bytes = this.bytes.subarray(0, 0);
  }
}

async function* following(first: Uint8Array<ArrayBuffer>, slices: Slices): Slices {
  yield first;
  yield* slices;
}

export class Scrape {
  /** Of the chunks; known with the first. */
  coding = "identity";
  readonly #registry: Exposer;
  readonly #asked: Asked;
  readonly #rooms: Rooms;
  readonly #closed: () => void;
  readonly #source: Slices;
  readonly #chunks: Chunk[] = [];
  #making: Promise<void> | undefined;
  #readers = 0;
  #bytes = 0;
  #open = true;
  #done = false;
  #moved = performance.now();

  constructor(registry: Exposer, asked: Asked, rooms: Rooms, closed: () => void) {
    this.#registry = registry;
    this.#asked = asked;
    this.#rooms = rooms;
    this.#closed = closed;
    this.#source = asked.coding === "identity" ? this.#plain() : this.#compressed();
  }

  /** Whether one more reader gets what is true now. */
  get fresh(): boolean {
    return performance.now() - this.#moved < STILL_MS;
  }

  /** Lets nobody in any more, and nothing be kept for them. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#closed();
    for (const chunk of this.#chunks) chunk.release();
  }

  /** The chunks, for one more reader, who releases each of them. */
  async *chunks(): AsyncGenerator<Chunk, void, undefined> {
    this.#readers++;
    for (const chunk of this.#chunks) chunk.holders++;
    let read = 0;
    try {
      while (await this.#made(read)) yield this.#chunks[read++]!;
    } finally {
      for (const chunk of this.#chunks.slice(read)) chunk.release();
      if (--this.#readers === 0) this.#left();
    }
  }

  /** Nobody reads it: what compresses is let go of. */
  #left(): void {
    this.close();
    // It may have failed, which its readers know.
    this.#source.return().catch(() => undefined);
  }

  /** Whether there is a chunk of this number; makes it where no other reader has. */
  async #made(index: number): Promise<boolean> {
    while (index >= this.#chunks.length && !this.#done) await (this.#making ??= this.#make());
    return index < this.#chunks.length;
  }

  async #make(): Promise<void> {
    try {
      const { done, value } = await this.#source.next();
      this.#moved = performance.now();
      if (value !== undefined) this.#add(value);
      this.#done = done === true;
      if (this.#done) this.close();
      // One that failed stays: it fails for all.
      this.#making = undefined;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #add(bytes: Uint8Array<ArrayBuffer>): void {
    const rooms = this.coding === "identity" ? this.#rooms : undefined;
    this.#chunks.push(new Chunk(bytes, this.#readers + Number(this.#open), (done) => rooms?.give(done)));
    this.#bytes += bytes.length;
    if (this.#bytes > KEPT_BYTES) this.close();
  }

  async *#plain(): Slices {
    await this.#registry.collected();
    const { format } = this.#asked;
    yield* sliced(this.#registry.walk(format, this.#asked), (bytes) => this.#rooms.take(bytes));
  }

  async *#compressed(): Slices {
    await this.#registry.collected();
    const { format, coding } = this.#asked;
    const walk = this.#registry.walk(format, this.#asked);
    // Each slice is taken up before the next is made.
    let room = this.#rooms.take(0);
    const slices = sliced(walk, (bytes) => (bytes <= room.length ? room : (room = this.#rooms.take(bytes))));
    const { value: first } = await slices.next();
    if (first === undefined) return;
    if (walk.done && first.length < SMALL_BYTES) {
      yield first;
      return;
    }
    this.coding = coding;
    yield* currentRuntime().compressed(coding, following(first, slices));
    this.#rooms.give(room);
  }
}

/** The scrapes of a registry that can be joined. */
export class Scrapes {
  readonly #registry: Exposer;
  readonly #rooms = new Rooms();
  readonly #joinable = new Map<string, Scrape>();

  constructor(registry: Exposer) {
    this.#registry = registry;
  }

  /** One that gives what is asked for: under way already, or new. */
  scrape(asked: Asked): Scrape {
    const { format, coding, include, exclude, created, statistics } = asked;
    const key = JSON.stringify([format.dialect, format.escaping, coding, include, exclude, created, statistics]);
    const there = this.#joinable.get(key);
    if (there?.fresh) return there;
    there?.close();
    const scrape = new Scrape(this.#registry, asked, this.#rooms, () => this.#joinable.delete(key));
    this.#joinable.set(key, scrape);
    const [oldest] = this.#joinable.values();
    // Without threads, as at the edge, promises and streams are those of one request.
    if (!currentRuntime().shared) scrape.close();
    else if (this.#joinable.size > JOINABLE_MAX) oldest!.close();
    return scrape;
  }
}

const scrapes = new WeakMap<Exposer, Scrapes>();

/** Those of a registry, one for all its handlers. */
export function scrapesOf(registry: Exposer): Scrapes {
  let there = scrapes.get(registry);
  if (there === undefined) scrapes.set(registry, (there = new Scrapes(registry)));
  return there;
}
