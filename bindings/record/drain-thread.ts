// A thread that writes a recorder's samples: it goes on where those that record are blocked or dead. It sleeps on the word
// that a ring counts up when it asks to be drained, and looks up when that changes or time has come: see record-thread.ts.

import { Worker } from "node:worker_threads";
import type { Registry } from "../index.ts";
import type { Rings } from "./rings.ts";
import type { Keeping, Writing } from "./settings.ts";
import { RecorderError, type RecorderErrorCode, threadLost, threadOver } from "./worded.ts";
import { startedWith } from "../processes/own-threads.ts";

/** What the thread is started with. */
export interface ThreadData {
  readonly ticket: ReturnType<Registry["ticket"]>;
  readonly keeping: Keeping;
  readonly writing: Writing;
  readonly words: Int32Array;
}

/** An error as it is told, for properties of their own are not cloned with one. */
export interface ThreadFailure {
  readonly message: string;
  readonly code: RecorderErrorCode | undefined;
  readonly path: string;
}

// Of the words: whether it waits for samples by now, and whether it is to end.
export const READY = 0;
export const ENDS = 1;
const WORDS = 2;

/** Where the thread's file is, by where this one is: bundles that are CommonJS do not say that. */
function fileOf(prefix: string): URL {
  try {
    return new URL("../esm/record-thread.js", import.meta.url);
  } catch {
    throw threadLost(prefix);
  }
}

function errorOf({ message, code, path }: ThreadFailure): Error {
  return code === undefined ? new Error(message) : new RecorderError(code, path, message);
}

export class DrainThread {
  readonly #rings: Rings;
  readonly #worker: Worker;
  readonly #words = new Int32Array(new SharedArrayBuffer(WORDS * Int32Array.BYTES_PER_ELEMENT));
  readonly #over: Promise<void>;
  #closing = false;
  #alive = true;

  /** `over` hears that it ended by itself: then somebody else must write. */
  constructor(registry: Registry, rings: Rings, writing: Writing, told: (error: unknown) => void, over: () => void) {
    this.#rings = rings;
    const workerData: ThreadData = { ticket: registry.ticket(), keeping: rings.keeping, writing, words: this.#words };
    this.#worker = new Worker(fileOf(rings.keeping.prefix), { workerData, name: "tallystick recorder", ...startedWith() });
    this.#worker.on("message", (failure: ThreadFailure) => told(errorOf(failure)));
    // Behind the listener: Node's first one for messages refs.
    this.#worker.unref();
    let cause: unknown;
    this.#worker.on("error", (error) => (cause = error));
    this.#over = new Promise((resolve) => {
      this.#worker.on("exit", () => {
        this.#alive = false;
        resolve();
        if (this.#closing) return;
        told(threadOver(rings.keeping.prefix, cause));
        over();
      });
    });
  }

  /** Whether it hears when a ring asks. */
  get isReady(): boolean {
    return this.#alive && Atomics.load(this.#words, READY) === 1;
  }

  /** Ends it. What waits then is to be written by whoever ends it. */
  async close(): Promise<void> {
    this.#closing = true;
    if (!this.#alive) return;
    this.#worker.ref();
    Atomics.store(this.#words, ENDS, 1);
    this.#rings.ask();
    await this.#over;
  }
}
