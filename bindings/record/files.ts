// Who writes a recorder's samples into its directory, as this thread has it. One thread of a process has the claim to see
// to it, by a thread of its own or by a timer; any thread may write all that waits, when it is asked to or at the end.
//
// Each drain is begun and ended in one turn of a thread's event loop: a thread that goes on to compute for minutes has none
// under way that others would wait for. So who flushes asks the thread that writes, and looks whether what waited is written;
// where there is none, or it does not answer, it writes itself.

import type { Registry } from "../index.ts";
import { currentRuntime } from "../runtime.ts";
import { claimed } from "../processes/claims.ts";
import { SystemDisk } from "../processes/disk.ts";
import { atExit } from "../processes/exits.ts";
import { instanceOf } from "../processes/exporter.ts";
import { DrainThread } from "./drain-thread.ts";
import { Drainer, isBusy } from "./drainer.ts";
import type { OwnOfRecorder } from "./own.ts";
import type { FileWriter } from "./recorder.ts";
import type { Rings } from "./rings.ts";
import type { Writing } from "./settings.ts";
import { lastRowsLate } from "./worded.ts";

/** How often a thread looks whether the one that wrote for all is dead. */
const CLAIM_MS = 2000;
/** How long the end of a process, and a thread that writes itself, wait for a drain of another thread: it takes milliseconds. */
const LAST_MS = 2000;
/** Between two looks whether another thread's drain is over. */
const BUSY_MS = 1;
/** How long `flush` waits for one. */
const FLUSH_MS = 10_000;
/** How long it waits for the thread that writes before it does so itself: that sleeps, and wakes up within a millisecond. */
const ASKED_MS = 50;
/** A timer's shortest pause: samples are counted, not waited for. */
const TIMER_MS = 20;

export class Files implements FileWriter {
  readonly #registry: Registry;
  readonly #rings: Rings;
  readonly #writing: Writing;
  readonly #disk = new SystemDisk();
  readonly #drainer: Drainer;
  readonly #told: (error: unknown) => void;
  readonly #ends: (() => void)[] = [];
  /** Ends what is done at the end of the process. */
  readonly #stays: () => void;
  readonly #pause = new Int32Array(new SharedArrayBuffer(4));
  readonly #threaded: boolean;
  #thread: DrainThread | undefined;
  #claim: { close(): void } | undefined;
  #holds = false;
  #closed = false;
  /** What waited when it was closed could not be written: the end of the process tries once more. */
  #owes = false;

  constructor(
    registry: Registry,
    rings: Rings,
    writing: Writing,
    own: OwnOfRecorder,
    options: { readonly thread: boolean; readonly signals: boolean; readonly told: (error: unknown) => void },
  ) {
    this.#registry = registry;
    this.#rings = rings;
    this.#writing = writing;
    this.#told = options.told;
    this.#threaded = options.thread;
    this.#drainer = new Drainer(rings, writing, this.#disk, instanceOf(registry), own, options.told);
    if (!this.#takes()) {
      const stop = this.#disk.every(CLAIM_MS, () => {
        if (this.#takes()) stop();
      });
      this.#ends.push(stop);
    }
    this.#stays = atExit({ flushSync: () => this.#last() }, options.signals && this.#isFirst);
    rings.full = () => this.#full();
  }

  /** Sees to it from now on; false where another thread does. */
  #takes(): boolean {
    try {
      const { dir, prefix } = this.#writing;
      this.#claim = claimed(this.#registry, "recorder", `${dir}\n${prefix}`);
      if (this.#claim === undefined) return false;
      this.#holds = true;
      if (this.#threaded) {
        this.#thread = new DrainThread(this.#registry, this.#rings, this.#writing, this.#told, () => {
          this.#thread = undefined;
          if (!this.#closed) this.#times();
        });
      } else this.#times();
      return true;
    } catch (error) {
      this.#told(error);
      if (this.#holds) this.#times();
      return this.#holds;
    }
  }

  /** Looks by a timer, in this thread. */
  #times(): void {
    let next = 0;
    const stop = this.#disk.every(TIMER_MS, () => {
      if (this.#disk.monotonic() >= next) next = this.#disk.monotonic() + this.#drainer.step();
    });
    this.#ends.push(stop);
  }

  /** Whether there is somebody to ask. Of another thread nobody knows whether it hears. */
  get #isHeard(): boolean {
    return this.#threaded && (!this.#holds || this.#thread?.isReady === true);
  }

  /** A ring asked to be drained: whoever sleeps on that wakes up; where nobody does, this thread writes. */
  #full(): void {
    // What it cannot write in time is dropped, and counted.
    if (this.#isHeard) this.#rings.wake();
    else this.#drains();
  }

  /** Writes all that waits, once another thread's drain is over: what comes meanwhile may have no room. False where that lasts. */
  #drains(): boolean {
    const until = this.#disk.monotonic() + LAST_MS;
    while (this.#drainer.drain() === "busy") {
      if (this.#disk.monotonic() > until) return false;
      Atomics.wait(this.#pause, 0, 0, BUSY_MS);
    }
    return true;
  }

  /** Writes what waits by now, whoever does it: what comes meanwhile is not waited for. */
  async flush(): Promise<void> {
    const heads = this.#rings.heads;
    if (this.#rings.isDrained(heads)) return;
    const from = this.#disk.monotonic();
    if (this.#isHeard) this.#rings.ask();
    else this.#flushes(from);
    while (!this.#rings.isDrained(heads)) {
      await this.#disk.wait(BUSY_MS, true);
      if (!this.#isHeard || this.#disk.monotonic() - from > ASKED_MS) this.#flushes(from);
    }
  }

  /** Writes what waits, unless another thread does. Throws where one does for too long, and where that is not possible. */
  #flushes(from: number): void {
    try {
      this.#drainer.write();
    } catch (error) {
      if (!isBusy(error) || this.#disk.monotonic() - from > FLUSH_MS) throw error;
    }
  }

  /** The process ends with it. */
  get #isFirst(): boolean {
    return currentRuntime().thread === 0;
  }

  /** All that waits, at once; never throws. A thread that ends leaves it to the one that sees to it. */
  #last(): void {
    if ((this.#closed && !this.#owes) || (!this.#holds && !this.#isFirst)) return;
    if (!this.#drains()) this.#told(lastRowsLate(this.#writing.prefix, LAST_MS / 1000));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    await this.#thread?.close();
    this.#owes = true;
    try {
      await this.flush();
      this.#owes = false;
      this.#stays();
    } finally {
      this.#closed = true;
      if (this.#holds) this.#drainer.shown();
      this.#rings.full = undefined;
      for (const end of this.#ends.splice(0)) end();
      this.#claim?.close();
    }
  }
}
