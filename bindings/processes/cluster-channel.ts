// The channel between a process and its parent, as node:cluster and child_process.fork have it: what is said on it, and
// how it is heard without a trace for whoever else uses it.
//
// What is said, each a message with KEY alone:
//
//   worker to collector   hello            it has begun: whatever was asked before did not reach it
//                         frames, answer   of its image, of its own accord or asked for: then the last one says which wish it answers
//                         failed           its image cannot be written, and why
//   collector to worker   wish             its image, from the sequence that was applied to its end; 0 all of it
//                         bye              nobody collects any more
//
// Channels carry JSON, unless `serialization: "advanced"` was said where the process was started, and nobody can ask which.
// So a wish brings bytes along: where they arrive as bytes, frames go as bytes; else as base64. 25 kB a message, CPU time
// of the collector and of the worker: 0.03 and 0.03 ms as bytes, 0.05 and 0.06 as base64; as latin1, of which JSON
// escapes a part and UTF-8 doubles another, 0.31 and 0.21.
//
// Node keeps messages for which there is no listener until there is one. We would be one: what is not ours is kept until
// there is another. And a listener for messages in a process with a parent keeps it alive: ours is taken off the count.

/** What is ours on a channel has this key. */
export const KEY = "tallystick.cluster";
/** Raised with every change to what is said. */
export const VERSION = 1;
/** Of others, kept for their listener; Node keeps any number. */
const KEPT_MOST = 4096;
/** On our listeners: those of other copies of the library are none of others. */
const OURS = Symbol.for("tallystick.cluster.listener");

/** Instance and sequence that a collector has of a worker. */
export interface Wish {
  /** Of the wish: 1 and so on. What was asked before a scrape is no answer to it. */
  readonly number: number;
  readonly instance: string | undefined;
  /** Applied to its end; 0 for the whole image. */
  readonly since: number;
  /** Arrives as bytes where the channel carries them. */
  readonly bytes: unknown;
}

export interface Word {
  readonly version: number;
  /** Which of the registries of both sides this is of. */
  readonly name: string;
  /** The instance of its memory. */
  readonly hello?: string;
  readonly wish?: Wish;
  readonly bye?: boolean;
  readonly frames?: readonly unknown[];
  readonly answer?: number | undefined;
  readonly failed?: string;
}

type Listener = (...values: never[]) => void;

/** One end of a channel: `process` in a process with a parent, a ChildProcess in that parent. */
export interface Peer {
  readonly pid?: number | undefined;
  readonly connected?: boolean;
  readonly channel?: unknown;
  send?(message: unknown, callback: (error: Error | null) => void): boolean;
  on(event: string, listener: Listener): unknown;
  off(event: string, listener: Listener): unknown;
  emit(event: string, ...values: unknown[]): boolean;
  listeners(event: string): readonly unknown[];
}

/** How bytes become text and text bytes, which are valid until the next ones. */
export interface Coding {
  text(bytes: Uint8Array): string;
  bytes(text: string): Uint8Array;
}

/** What a door brings along. */
export interface ClusterHost {
  readonly coding: Coding;
  /** Lets the event loop turn once. */
  pause(): Promise<void>;
  /** Runs a task later and keeps no process alive for it; returns what prevents it. */
  later(milliseconds: number, task: () => void): () => void;
  /** Calls before this process ends, in whatever way that can be told; returns what forgets it. */
  atExit(ending: { flushSync(ended: boolean): void }, signals: boolean): () => void;
}

/** By its tag: bytes of another realm, as Jest makes one, are none of this one's class. */
export function isBytes(value: unknown): value is Uint8Array {
  return Object.prototype.toString.call(value) === "[object Uint8Array]";
}

/** What a message says to a name; undefined for those of others. */
function wordOf(message: unknown, name: string): Word | undefined | false {
  if (typeof message !== "object" || message === null || !Object.hasOwn(message, KEY)) return undefined;
  const word = (message as { readonly [KEY]: unknown })[KEY] as Word | null;
  return word?.version === VERSION && word.name === name ? word : false;
}

/** Says something; false where the channel is no more. `taken` is called when it has left this process or never will. */
export function say(peer: Peer, name: string, word: Omit<Word, "version" | "name">, taken: () => void = () => undefined): boolean {
  if (peer.connected !== true || peer.send === undefined) {
    taken();
    return false;
  }
  try {
    // With a callback: without one, what comes too late is an `error` of the program's own object.
    peer.send({ [KEY]: { version: VERSION, name, ...word } }, () => taken());
    return true;
  } catch {
    taken();
    return false;
  }
}

/** What Node and Deno count by: a channel that anybody listens to keeps its process alive. Bun counts nowhere that we see. */
interface Counted {
  refCounted?(): void;
  unrefCounted?(): void;
  ref?(): void;
  unref?(): void;
}

/** Listens on a channel for what is ours. */
export class Hearing {
  readonly #peer: Peer;
  readonly #listener: (message: unknown, handle: unknown) => void;
  readonly #comes: (event: string) => void;
  readonly #kept: [unknown, unknown][] = [];
  readonly #counted: Counted | undefined;
  #ended = false;

  /** `counted` where each listener keeps the process alive: in one that has a parent. */
  constructor(peer: Peer, name: string, heard: (word: Word) => void, counted: boolean) {
    this.#peer = peer;
    this.#listener = (message, handle) => {
      const word = wordOf(message, name);
      if (word === undefined) this.#keep(message, handle);
      else if (word !== false) heard(word);
    };
    Object.assign(this.#listener, { [OURS]: true });
    this.#comes = (event) => {
      if (event === "message" && this.#kept.length > 0) queueMicrotask(() => this.#handOver());
      if (event === "message" || event === "disconnect") queueMicrotask(() => this.#recount());
    };
    this.#counted = counted ? ((peer.channel ?? undefined) as Counted | undefined) : undefined;
    peer.on("newListener", this.#comes);
    if (this.#counted !== undefined) peer.on("removeListener", this.#comes);
    peer.on("message", this.#listener);
    // Not `channel.unref()`: that ends the counting, and the program's own listeners would keep it alive no longer.
    this.#counted?.unrefCounted?.();
    this.#recount();
  }

  /** Keeps the process alive for as long as others listen, where nobody counts but us. */
  #recount(): void {
    const channel = this.#counted;
    if (channel === undefined || channel.unrefCounted !== undefined || (this.#peer.channel ?? undefined) === undefined) return;
    const others = [...this.#peer.listeners("message"), ...this.#peer.listeners("disconnect")];
    if (others.some((each) => !Object.hasOwn(each as object, OURS))) channel.ref?.();
    else channel.unref?.();
  }

  /** Nobody but us listens: they would still be with Node. One of us keeps them. */
  #keep(message: unknown, handle: unknown): void {
    const listeners = this.#peer.listeners("message");
    if (listeners[0] !== this.#listener || !listeners.every((each) => Object.hasOwn(each as object, OURS))) return;
    if (this.#kept.length < KEPT_MOST) this.#kept.push([message, handle]);
  }

  #handOver(): void {
    const kept = this.#kept.splice(0);
    for (const [message, handle] of kept) this.#peer.emit("message", message, handle);
    if (this.#ended) this.#peer.off("newListener", this.#comes);
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if ((this.#peer.channel ?? undefined) !== undefined) this.#counted?.refCounted?.();
    this.#peer.off("message", this.#listener);
    this.#peer.off("removeListener", this.#comes);
    this.#recount();
    if (this.#kept.length === 0) this.#peer.off("newListener", this.#comes);
  }
}
