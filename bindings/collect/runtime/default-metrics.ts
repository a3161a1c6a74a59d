// `collectDefaultMetrics`: what one thread measures of itself when a page is asked for, and one thread of the process for all.

import { clearInterval, setInterval } from "node:timers";
import { registry as defaultRegistry, type Registry } from "../../index.ts";
import { claimed, Kept } from "../../processes/claims.ts";
import type { Part } from "./part.ts";
import { begun, namesOf, OF_PROCESS, OF_THREAD } from "./parts.ts";
import { type DefaultMetrics, type DefaultMetricsOptions, type Settings, settingsOf } from "./settings.ts";
import { Sheet } from "./sheet.ts";
import { RUNTIME, threadName } from "./where.ts";

/** A thread asks no more often whether the one that measures the process for all is dead. */
const CLAIM_MS = 1000;
/** So often it is looked whether the registry was closed, so that what measures for it ends. */
const CLOSED_MS = 2000;

/** Threads of one name that are told apart by the smallest numbers. */
const ALIKE_MOST = 1024;

const all = new Kept<DefaultMetrics>();

interface Named {
  readonly thread: string;
  readonly claim: { close(): void } | undefined;
}

/** A name of its own for this thread: two that set the same series would show what the newer one has, and nothing of the other. */
function named({ registry, prefix, labelNames, labelValues }: Settings, name: string): Named {
  for (let i = 1; i <= ALIKE_MOST; i++) {
    const thread = i === 1 ? name : `${name}-${i}`;
    const claim = claimed(registry, "runtime thread", JSON.stringify([prefix, thread, labelNames, labelValues]));
    if (claim !== undefined) return { thread, claim };
  }
  return { thread: `${name}-${ALIKE_MOST + registry.core.identity}`, claim: undefined };
}

/** Some parts, and what they show. */
class Group {
  readonly #sheet: Sheet;
  readonly #parts: readonly Part[];

  constructor(sheet: Sheet, parts: readonly Part[]) {
    this.#sheet = sheet;
    this.#parts = parts;
  }

  /** Lets each part set what it knows, and shows it: a part that fails keeps nobody else from it. */
  collect(began: number): void {
    let failure: { readonly error: unknown } | undefined;
    for (const part of this.#parts) {
      try {
        part.collect({ began });
      } catch (error) {
        failure ??= { error };
      }
    }
    this.#sheet.show();
    if (failure !== undefined) throw failure.error;
  }

  end(): void {
    for (const part of this.#parts) part.close?.();
    try {
      this.#sheet.end();
    } catch {
      // The registry was closed before, and with it all that was shown.
    }
  }
}

class Collecting implements DefaultMetrics {
  readonly #settings: Settings;
  readonly #forget: () => void;
  readonly #named: Named | undefined;
  readonly #own: Group;
  /** Of the process, where this thread measures it. */
  #process: { readonly group: Group; readonly claim: { close(): void }; readonly core: unknown } | undefined;
  #claimedAt = -Infinity;
  #ended: (() => void) | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;

  constructor(settings: Settings, forget: () => void) {
    this.#settings = settings;
    this.#forget = forget;
    const { registry } = settings;
    registry.core.ready();
    const name = settings.thread ?? threadName(() => registry.core.identity);
    this.#named = name === undefined ? undefined : named(settings, name);
    const sheet = new Sheet(settings, this.#named?.thread);
    try {
      this.#own = new Group(sheet, begun(OF_THREAD, sheet, RUNTIME));
    } catch (error) {
      this.#named?.claim?.close();
      throw error;
    }
    try {
      // What is wrong with a name or a label is said to whoever chose it, and the page has values before the first scrape.
      this.#collect(performance.now());
      this.#ended = registry.collect(() => this.#collect(registry.collectionBegan), { name: "runtime" });
    } catch (error) {
      this.close();
      throw error;
    }
    this.#looking = setInterval(() => {
      if (isClosed(registry)) this.close();
    }, CLOSED_MS);
    this.#looking.unref();
  }

  #collect(began: number): void {
    let failure: { readonly error: unknown } | undefined;
    const tried = (collect: () => void) => {
      try {
        collect();
      } catch (error) {
        failure ??= { error };
      }
    };
    tried(() => this.#processGroup()?.collect(began));
    tried(() => this.#own.collect(began));
    if (failure !== undefined) throw failure.error;
  }

  /** What is measured of the process, where no other thread does. */
  #processGroup(): Group | undefined {
    const { registry } = this.#settings;
    const { core } = registry;
    // A thread that could only join late has another memory now, where somebody else may measure.
    if (this.#process !== undefined && this.#process.core !== core) this.#unclaim();
    if (this.#process !== undefined) return this.#process.group;
    const now = performance.now();
    if (now - this.#claimedAt < CLAIM_MS) return undefined;
    this.#claimedAt = now;
    const claim = claimed(registry, "runtime", "");
    if (claim === undefined) return undefined;
    const sheet = new Sheet(this.#settings);
    const group = new Group(sheet, begun(OF_PROCESS, sheet, RUNTIME));
    this.#process = { group, claim, core };
    return group;
  }

  #unclaim(): void {
    const own = this.#process;
    this.#process = undefined;
    own?.group.end();
    try {
      own?.claim.close();
    } catch {
      // As above.
    }
  }

  close(): void {
    this.#forget();
    clearInterval(this.#looking);
    try {
      this.#ended?.();
    } catch {
      // As above.
    }
    this.#ended = undefined;
    this.#own.end();
    this.#unclaim();
    try {
      this.#named?.claim?.close();
    } catch {
      // As above.
    }
  }
}

function isClosed(registry: Registry): boolean {
  try {
    registry.here("look at it");
    return false;
  } catch {
    return true;
  }
}

/**
 * Shows what the runtime and the system tell of this process and of this thread, under prom-client's names: CPU, memory, descriptors,
 * the event loop's delay, the heap, the garbage collector, and on Linux I/O, page faults and pressure. Values are taken when a page
 * is asked for, each thread's by itself. Called again for the same registry it gives the same thing again.
 *
 * Threads may all call it: what is of the process is there once, and series of workers have a label `thread`, which those of the main
 * thread have not. On Deno and Bun what is of the runtime is named `deno_` and `bun_`, and what these do not know is not there;
 * `collectDefaultMetrics.metricsList` has the names of the groups that are.
 *
 * Throws a TypeError for options that there are not and for one of another kind, a RangeError for numbers that are out of bounds and for
 * names that are none, and a MetricsError: `definition-conflict` where a name is taken, `label-conflict` where a label is.
 *
 * @example
 * ```ts
 * import { registry } from "tallystick";
 * import { collectDefaultMetrics } from "tallystick/runtime";
 *
 * const collecting = collectDefaultMetrics({ prefix: "shop_", gcDurationBuckets: [0.001, 0.01, 0.1] });
 * collectDefaultMetrics() === collecting; // true
 * registry.describe().some(({ name }) => name === "shop_process_cpu_seconds"); // true
 * collecting.close();
 * ```
 */
export function collectDefaultMetrics(options: DefaultMetricsOptions = {}): DefaultMetrics {
  const settings = settingsOf(options ?? {}, defaultRegistry);
  return all.of(settings.registry, "", (forget) => new Collecting(settings, forget));
}

/** The groups of metrics that this runtime has, by prom-client's names and ours. */
collectDefaultMetrics.metricsList = namesOf(RUNTIME);
