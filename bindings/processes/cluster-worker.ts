// A process that is asked by its parent for what it counted, and says so every second of its own accord.
//
// The channel keeps the order and loses nothing while it is open: what is sent is applied before what is sent later. So
// a push goes on from the last sequence that was written, and only a wish says where its collector stands.

import type { FramesOptions, ImageWriter } from "./image.ts";
import { type ClusterHost, Hearing, isBytes, type Peer, say, type Wish } from "./cluster-channel.ts";

/** A collector asks at once, and one that begins later when it does: whoever hears of none for so long has none, perhaps. */
const UNASKED_MS = 10000;
/** So much may be lost by a SIGKILL. */
const PUSH_MS = 1000;
/** An answer waits so long for collectors, of the 45 ms that a scrape has for all; what they set later goes with the next push. */
const COLLECT_MS = 25;
/** Of one slice of work on the event loop. */
const SLICE_MS = 0.5;
/** Bytes, or characters of base64: less than this waits for what follows, for a message costs some 0.06 ms and the last one is awaited. */
const MESSAGE_LENGTH = 32768;

/** `process` as far as more than its channel is needed. */
export interface WorkerProcess extends Peer {
  disconnect?(): void;
}

export interface ClusterWorkerOptions {
  /** Tells it from those of other registries. */
  readonly name?: string | undefined;
  /** False where the program says the last by itself before a signal ends it. */
  readonly signals?: boolean | undefined;
  /** Hears that nobody asked yet, ten seconds after it began; once. */
  readonly unasked?: (() => void) | undefined;
  /** Runs the collectors of this process before each answer. May reject, and hang. */
  readonly collect?: (() => Promise<void>) | undefined;
}

/** Whether it is one: other programs may say something by our key, and it must not end this process. */
function isWish(wish: Wish | undefined | null): wish is Wish {
  return typeof wish === "object" && typeof wish?.number === "number" && typeof wish.since === "number";
}

export class ClusterWorker {
  readonly #writer: ImageWriter;
  readonly #peer: WorkerProcess;
  readonly #host: ClusterHost;
  readonly #name: string;
  readonly #hearing: Hearing;
  readonly #forget: () => void;
  readonly #collect: (() => Promise<void>) | undefined;
  /** Collectors run for an answer, before which nothing is begun. */
  #collecting = false;
  /** Whether somebody collects, as far as we heard. */
  #collected = false;
  /** Nobody does any more. */
  #forsaken = false;
  /** Whether the channel carries bytes. */
  #binary = false;
  #wish: Wish | undefined;
  /** What is being written. */
  #frames: Generator<Uint8Array, void> | undefined;
  /** Whether the last one was given up. */
  #broken = false;
  /** Messages that the channel has not taken yet. */
  #untaken = 0;
  #closed = false;
  #cancel: () => void = () => undefined;
  #asked: () => void = () => undefined;
  #unwrap: () => void = () => undefined;

  constructor(writer: ImageWriter, peer: WorkerProcess, host: ClusterHost, options: ClusterWorkerOptions = {}) {
    const { name = "", signals = true, unasked, collect } = options;
    this.#collect = collect;
    this.#writer = writer;
    this.#peer = peer;
    this.#host = host;
    this.#name = name;
    this.#hearing = new Hearing(
      peer,
      name,
      ({ wish, bye }) => {
        if (bye === true) this.#forsake();
        if (isWish(wish)) this.#wanted(wish);
      },
      true,
    );
    const flushSync = (ended: boolean) => (ended ? this.#end() : this.#flush());
    this.#forget = host.atExit({ flushSync }, signals);
    this.#wrap();
    say(peer, name, { hello: writer.instance });
    if (unasked !== undefined) this.#asked = host.later(UNASKED_MS, () => peer.connected === true && unasked());
  }

  /**
   * A worker that is told to end disconnects when its servers are closed, and `disconnect` comes when nothing can be said
   * any more: what the last requests counted would be lost with every worker that is replaced.
   */
  #wrap(): void {
    const peer = this.#peer;
    const { disconnect } = peer;
    if (disconnect === undefined) return;
    const wrapped = (): void => {
      this.#end();
      disconnect.call(peer);
    };
    peer.disconnect = wrapped;
    this.#unwrap = () => {
      if (peer.disconnect === wrapped) peer.disconnect = disconnect;
    };
  }

  #forsake(): void {
    this.#collected = false;
    this.#forsaken = true;
    this.#cancel();
  }

  #wanted(wish: Wish): void {
    this.#asked();
    this.#collected = true;
    this.#forsaken = false;
    this.#binary = isBytes(wish.bytes);
    this.#wish = wish;
    if (this.#frames === undefined && !this.#collecting) void this.#answer();
  }

  async #answer(): Promise<void> {
    while (this.#wish !== undefined && !this.#closed) {
      const { instance, since, number } = this.#wish;
      this.#wish = undefined;
      if (this.#collect !== undefined) await this.#runCollectors(this.#collect);
      if (this.#closed) return;
      await this.#write(() => {
        const writer = this.#writer;
        const known = instance === writer.instance && since <= writer.sequence && since > 0;
        return known ? { full: false, ended: false, since } : { full: true, ended: false };
      }, number);
    }
    this.#rearm();
  }

  /** Never rejects: what a collector throws is told where it is, and a registry that is closed by the answer. */
  async #runCollectors(collect: () => Promise<void>): Promise<void> {
    this.#collecting = true;
    let cancel: () => void = () => undefined;
    const late = new Promise<void>((resolve) => {
      cancel = this.#host.later(COLLECT_MS, resolve);
    });
    await Promise.race([collect().catch(() => undefined), late]);
    cancel();
    this.#collecting = false;
  }

  async #push(): Promise<void> {
    // What does not go out is not written again and again.
    if (!this.#forsaken && !this.#collecting && this.#frames === undefined && this.#untaken === 0) {
      await this.#write(() => ({ full: false, ended: false }));
      if (this.#wish !== undefined) await this.#answer();
    }
    this.#rearm();
  }

  #rearm(): void {
    this.#cancel();
    if (this.#closed || !this.#collected || this.#peer.connected !== true) return;
    this.#cancel = this.#host.later(PUSH_MS, () => void this.#push());
  }

  /** Writes one sequence to the channel, in slices. Never rejects: of a registry that was closed already the options fail. */
  async #write(options: () => FramesOptions, answer?: number): Promise<void> {
    let ready: { readonly length: number }[] = [];
    let until = performance.now() + SLICE_MS;
    try {
      const frames = this.#begun(options());
      for (const frame of frames) {
        if (frame.length > 0) ready.push(this.#coded(frame));
        if (performance.now() < until) continue;
        if (ready.reduce((sum, { length }) => sum + length, 0) >= MESSAGE_LENGTH) {
          this.#send({ frames: ready });
          ready = [];
        }
        await this.#host.pause();
        if (this.#frames !== frames) return;
        until = performance.now() + SLICE_MS;
      }
      this.#broken = false;
    } catch (error) {
      this.#frames = undefined;
      this.#send({ failed: String(error), answer });
      return;
    }
    this.#frames = undefined;
    if (answer !== undefined || ready.length > 0) this.#send({ frames: ready, answer });
  }

  #begun(options: FramesOptions): Generator<Uint8Array, void> {
    this.#frames = this.#writer.frames(this.#broken && !options.full ? { full: true, ended: options.ended } : options);
    this.#broken = true;
    return this.#frames;
  }

  #coded(frame: Uint8Array): Uint8Array | string {
    // A copy: the next step writes over it.
    return this.#binary ? frame.slice() : this.#host.coding.text(frame);
  }

  #send(word: Parameters<typeof say>[2]): void {
    this.#untaken++;
    say(this.#peer, this.#name, word, () => this.#untaken--);
  }

  /** Says at once what changed. The process goes on until the channel has taken it, and perhaps for longer. */
  #flush(): void {
    // What is being written goes on then, too.
    if (this.#forsaken || this.#frames !== undefined || this.#peer.connected !== true) return;
    this.#atOnce(false);
    this.#rearm();
  }

  /** Says what there is to say, at once, and that it was the last; also where nobody asked yet: it may have lived too short a time. */
  #end(): void {
    if (this.#closed) return;
    this.#release();
    if (this.#forsaken || this.#peer.connected !== true) return;
    this.#frames?.return();
    this.#atOnce(true);
  }

  #atOnce(ended: boolean): void {
    try {
      const ready: unknown[] = [];
      for (const frame of this.#begun({ full: false, ended })) if (frame.length > 0) ready.push(this.#coded(frame));
      this.#broken = false;
      if (ready.length > 0) this.#send({ frames: ready });
    } catch {
      // Nobody is left to be told, and what was said before stays.
    }
    this.#frames = undefined;
  }

  #release(): void {
    this.#closed = true;
    this.#asked();
    this.#cancel();
    this.#unwrap();
    this.#hearing.end();
    this.#forget();
  }

  /** Says the last and leaves the channel. */
  close(): void {
    this.#end();
  }
}
