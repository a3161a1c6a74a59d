// A thread that writes this process's image instead of the one that joined the spool: it goes on where that one's event loop is
// blocked. Its last word is asked for, and waited for, by whoever ends: threads run until the listeners of an exit have run.

import { Worker } from "node:worker_threads";
import type { Registry } from "../index.ts";
import { currentRuntime } from "../runtime.ts";
import { lastWordLate, SpoolError, type SpoolErrorCode, threadEnded } from "./errors.ts";
import { atExit } from "./exits.ts";
import type { Left } from "./left.ts";
import type { SpoolWriterStatistics } from "./writer-settings.ts";
import { startedWith } from "./own-threads.ts";

/** Those options of a spool that a writer has, and that can be cloned. */
export interface ThreadOptions {
  readonly dir: string;
  /** The registry's name. */
  readonly registry?: string | undefined;
  readonly application?: string | undefined;
  readonly run?: string | undefined;
  readonly flushSeconds?: number | undefined;
  readonly keepTotals?: boolean | undefined;
}

/** What a spool's own thread is started with. */
export interface ThreadData {
  readonly ticket: ReturnType<Registry["ticket"]>;
  readonly options: ThreadOptions;
  readonly words: Int32Array;
}

/** What it is told. */
export type ThreadWish = { readonly flush: number } | { readonly close: true; readonly all: boolean };

/** What it says. */
export type ThreadWord =
  | { readonly flushed: number; readonly failure: ThreadFailure | undefined; readonly statistics: SpoolWriterStatistics | undefined }
  | { readonly told: ThreadFailure }
  | { readonly closed: true; readonly left: Left | undefined };

/** An error, for properties of their own are not cloned with one. */
export interface ThreadFailure {
  readonly message: string;
  readonly code: SpoolErrorCode | undefined;
  readonly path: string;
}

// Of the words: how often a last word was asked for, and answered; whether the last wish was the process's end; and whether it
// must not write any more. Behind them is the instance, of 64 bits.
export const ASKED = 0;
export const ANSWERED = 1;
export const ENDS = 2;
export const OVER = 3;
export const INSTANCE_BYTES = 16;
const BYTES = 24;

/** A flush takes a millisecond or less; a disk that hangs must not keep a process from its end. */
const LAST_WORD_MS = 2000;

function errorOf({ message, code, path }: ThreadFailure): Error {
  return code === undefined ? new Error(message) : new SpoolError(code, path, message);
}

export class WriterThread {
  readonly #dir: string;
  readonly #worker: Worker;
  readonly #words = new Int32Array(new SharedArrayBuffer(BYTES));
  readonly #told: (error: unknown) => void;
  readonly #leave: () => void;
  readonly #waiting = new Map<number, (failure: Error | undefined) => void>();
  #wishes = 0;
  #closed: ((word?: { readonly left: Left | undefined }) => void) | undefined;
  #alive = true;
  #failures = 0;
  /** It has written its last. */
  #isOver = false;
  statistics: SpoolWriterStatistics | undefined;

  /** `over` hears that it ended by itself: then somebody else must write. */
  constructor(registry: Registry, options: ThreadOptions, signals: boolean, told: (error: unknown) => void, over: () => void) {
    const { dir } = options;
    this.#dir = dir;
    this.#told = told;
    const workerData: ThreadData = { ticket: registry.ticket(), options, words: this.#words };
    this.#worker = new Worker(new URL("../esm/spool-thread.js", import.meta.url), {
      workerData,
      name: "tallystick spool",
      ...startedWith(),
    });
    this.#worker.on("message", (word: ThreadWord) => this.#hear(word));
    let cause: unknown;
    this.#worker.on("error", (error) => (cause = error));
    this.#worker.on("exit", () => {
      Atomics.store(this.#words, OVER, 1);
      this.#ended(cause);
      if (this.#closed === undefined) over();
    });
    // Last: with a listener that comes later a thread keeps its process alive again.
    this.#worker.unref();
    this.#leave = atExit({ flushSync: (ends) => this.#last(ends) }, signals && currentRuntime().thread === 0);
  }

  /** Under which it writes; undefined before it has. */
  get instance(): string | undefined {
    const instance = Atomics.load(new BigUint64Array(this.#words.buffer, INSTANCE_BYTES, 1), 0);
    return instance === 0n ? undefined : instance.toString(16).padStart(16, "0");
  }

  /** What is known of its run; each failure is told once. */
  get joiner(): { readonly run: string | undefined; readonly failures: number } {
    return { run: this.statistics?.run, failures: this.#failures };
  }

  #ended(cause: unknown): void {
    this.#alive = false;
    this.#leave();
    const failure = threadEnded(this.#dir, cause);
    // What was counted until then is in the last word.
    for (const done of this.#waiting.values()) done(this.#isOver ? undefined : failure);
    this.#waiting.clear();
    if (this.#closed === undefined) this.#told(failure);
    else this.#closed();
  }

  #hear(word: ThreadWord): void {
    if ("told" in word) {
      this.#failures++;
      this.#told(errorOf(word.told));
    } else if ("flushed" in word) {
      this.statistics = word.statistics;
      const done = this.#waiting.get(word.flushed);
      this.#waiting.delete(word.flushed);
      done?.(word.failure === undefined ? undefined : errorOf(word.failure));
    } else {
      this.#isOver = true;
      this.#closed?.(word);
    }
  }

  #say(wish: ThreadWish): void {
    this.#worker.postMessage(wish);
  }

  /** Writes what was counted up to now. Rejects where that is not possible. */
  flush(): Promise<void> {
    if (!this.#alive) return Promise.resolve();
    const wish = ++this.#wishes;
    // Whoever awaits it must not find that the process ended meanwhile.
    this.#worker.ref();
    return new Promise((resolve, reject) => {
      this.#waiting.set(wish, (failure) => {
        // Nor must whoever awaits its close.
        if (this.#waiting.size === 0 && this.#closed === undefined) this.#worker.unref();
        if (failure === undefined) resolve();
        else reject(failure);
      });
      this.#say({ flush: wish });
    });
  }

  /** The last word, or what may be one, written by the thread while this one waits for it. */
  #last(ends: boolean): void {
    if (!this.#alive) return;
    const words = this.#words;
    const until = performance.now() + LAST_WORD_MS;
    if (ends) Atomics.store(words, ENDS, 1);
    const asked = Atomics.add(words, ASKED, 1) + 1;
    Atomics.notify(words, ASKED);
    for (;;) {
      const answered = Atomics.load(words, ANSWERED);
      if (answered >= asked || Atomics.load(words, OVER) !== 0) return;
      const left = until - performance.now();
      if (left <= 0) {
        this.#told(lastWordLate(this.#dir, LAST_WORD_MS / 1000));
        return;
      }
      Atomics.wait(words, ANSWERED, answered, left);
    }
  }

  /** Writes its last and ends. `all`: no other thread of the process goes on. Undefined where it died before it had. */
  async close(all: boolean): Promise<{ readonly left: Left | undefined } | undefined> {
    this.#worker.ref();
    const closed = new Promise<{ readonly left: Left | undefined } | undefined>((resolve) => (this.#closed = resolve));
    this.#say({ close: true, all });
    const word = await closed;
    await this.#worker.terminate();
    return word;
  }
}
