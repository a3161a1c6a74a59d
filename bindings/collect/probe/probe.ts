// A probe, as the application has it: it starts the thread that does the work, hears of its end, and takes from the page what it
// showed. One thread of a process probes for a registry, whoever many ask for it; when that one is dead another one does.

import { existsSync } from "node:fs";
import { clearInterval, clearTimeout, setInterval, setTimeout } from "node:timers";
import { Worker } from "node:worker_threads";
import { registry as defaultRegistry, type Registry } from "../../index.ts";
import { MetricsError } from "../../errors.ts";
import { claimed, Kept } from "../../processes/claims.ts";
import { threadFileLost } from "../../processes/reason.ts";
import { type Probe, type ProbeOptions, type Settings, settingsOf, teller } from "./settings.ts";
import { OWN_FAMILIES, ownGauge, UP } from "./own.ts";
import { checkLabels } from "./reserved.ts";
import { Ledger } from "./ledger.ts";
import { metricsRefused, NO_PROC, procAbsent, threadHangs, threadOver } from "./worded.ts";
import { startedWith } from "../../processes/own-threads.ts";

/** What the thread is started with. */
export interface ThreadData {
  readonly ticket: ReturnType<Registry["ticket"]>;
  readonly settings: Settings;
  readonly ledger: SharedArrayBuffer;
}

/** What it says. */
export type ThreadWord = { readonly absent: string } | { readonly refused: string };

/** How often a thread looks whether the one that probes for all is dead. */
const CLAIM_MS = 2000;
/** A reading takes milliseconds: one that takes longer stands in the kernel, as of a process whose disk is away, and may for ever. */
const CLOSE_SECONDS = 5;
/** Paths of 131,072 processes take 30 MB: what is beyond is a fault that shall not take the process along. */
const HEAP_MB = 128;

const probes = new Kept<Probe>();

/** Why there is no such directory; undefined where there is. Deno asks for all permissions, for /proc shows much. */
function absence(proc: string): string | undefined {
  try {
    return existsSync(proc) ? undefined : NO_PROC;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

class Probing implements Probe {
  readonly #registry: Registry;
  readonly #settings: Settings;
  readonly #told: (error: Error) => void;
  readonly #forget: () => void;
  #began = false;
  #claim: { close(): void } | undefined;
  #waiting: ReturnType<typeof setInterval> | undefined;
  #worker: Worker | undefined;
  readonly #ledger = new Ledger();
  #isClosed = false;
  #closed: Promise<void> | undefined;

  constructor(registry: Registry, settings: Settings, onError: ProbeOptions["onError"], forget: () => void) {
    this.#registry = registry;
    this.#settings = settings;
    this.#told = teller(onError);
    this.#forget = forget;
    if (this.#begins()) return;
    this.#waiting = setInterval(() => {
      try {
        if (!this.#begins()) return;
      } catch (error) {
        // The registry was closed, or there are as many threads as there may be.
        this.#told(threadOver(error));
      }
      clearInterval(this.#waiting);
    }, CLAIM_MS);
    this.#waiting.unref();
  }

  /** Begins to probe for all threads; false where another one does. */
  #begins(): boolean {
    this.#claim = claimed(this.#registry, "probe", "");
    if (this.#claim === undefined) return false;
    this.#began = true;
    try {
      const why = absence(this.#settings.proc);
      const lost = threadFileLost(import.meta.url, "probe-thread.js");
      if (why === undefined && lost === undefined) {
        this.#starts();
      } else {
        ownGauge(this.#registry, UP).labels().set(0);
        this.#told(why === undefined ? threadOver(lost) : procAbsent(this.#settings.proc, why));
      }
    } catch (error) {
      this.#unclaim();
      throw error;
    }
    return true;
  }

  #starts(): void {
    const workerData: ThreadData = { ticket: this.#registry.ticket(), settings: this.#settings, ledger: this.#ledger.memory };
    this.#worker = new Worker(new URL("../esm/probe-thread.js", import.meta.url), {
      workerData,
      name: "tallystick probe",
      ...startedWith(),
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MB },
    });
    let cause: unknown;
    let isTold = false;
    this.#worker.on("message", (word: ThreadWord) => {
      isTold ||= "refused" in word;
      this.#told("absent" in word ? procAbsent(this.#settings.proc, word.absent) : metricsRefused(word.refused));
    });
    this.#worker.on("error", (error) => (cause = error));
    // By whatever code: that of one that ended before it ran is 0.
    this.#worker.on("exit", () => {
      this.#worker = undefined;
      this.#unclaim();
      if (!this.#isClosed && !isTold && this.#isLeft()) this.#told(threadOver(cause));
    });
    // Behind the listeners: one for messages holds the process.
    this.#worker.unref();
  }

  /** Shows that nobody probes any more; false where the registry was closed, with which its thread ends. */
  #isLeft(): boolean {
    try {
      ownGauge(this.#registry, UP).labels().set(0);
      return true;
    } catch (error) {
      return !(error instanceof MetricsError && error.code === "closed");
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#ends();
    return this.#closed;
  }

  async #ends(): Promise<void> {
    this.#isClosed = true;
    this.#forget();
    if (this.#waiting !== undefined) clearInterval(this.#waiting);
    if (!this.#began) return;
    // On Deno and Bun a thread that is terminated runs on for a while.
    this.#ledger.stop();
    if (!(await this.#terminated())) this.#told(threadHangs(CLOSE_SECONDS));
    this.#unclaim();
    try {
      for (const name of OWN_FAMILIES) this.#registry.remove(name);
      const families = this.#ledger.families();
      // Others of these names are the program's.
      for (const { name, help } of this.#registry.definitions()) if (families.get(name) === help) this.#registry.remove(name);
    } catch {
      // The registry was closed before, and with it all that was shown.
    }
  }

  /** Ends the thread; false where it does not end in time. Then it does as soon as the kernel lets go of it, and shows nothing more. */
  async #terminated(): Promise<boolean> {
    const worker = this.#worker;
    if (worker === undefined) return true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, CLOSE_SECONDS * 1000, false);
    });
    const isEnded = await Promise.race([worker.terminate().then(() => true), late]);
    clearTimeout(timer);
    // What is terminated holds the process until it has ended.
    if (!isEnded) worker.unref();
    return isEnded;
  }

  /** Lets another thread probe, and whoever has this registry's place in the memory next. */
  #unclaim(): void {
    const claim = this.#claim;
    this.#claim = undefined;
    try {
      claim?.close();
    } catch {}
  }
}

/**
 * Probes the host, or the tree of one process: how many processes and threads there are, their descriptors, memory, CPU and
 * I/O, and the sockets of each network namespace, read from /proc by a thread of its own that takes 1 % of one core at most, and
 * shown in the registry. Where there is no /proc, or no process that the tree is to be of, `tallystick_probe_up` is 0 and `onError`
 * hears of it once.
 *
 * One process of a host does it: where several add up on one page, as workers of a cluster do, their counts would, too. The same
 * registry once more gives the same probe. Throws a TypeError for options that there are not and for one of another kind, a
 * RangeError for numbers that are out of bounds, and a MetricsError: `not-shared` where memory is not shared between threads, `label-conflict` where a default
 * label of the registry has the name of a label of the probe's, such as `command` or `mode`.
 *
 * @example
 * ```ts
 * import { registry } from "tallystick";
 * import { probe } from "tallystick/probe";
 *
 * const probed = probe({ tree: process.pid, budgetPercent: 0.5 });
 * await probed.close();
 * ```
 */
export function probe(options: ProbeOptions = {}): Probe {
  const settings = settingsOf(options, defaultRegistry);
  const registry = options.registry ?? defaultRegistry;
  return probes.of(registry, "", (forget) => {
    checkLabels(registry, settings);
    return new Probing(registry, settings, options.onError, forget);
  });
}
