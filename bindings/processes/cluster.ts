// What processes counted that node:cluster or child_process.fork started, on the page of the one that started them.
//
// Both sides call `cluster()`. In a process with a parent that leaves word of what it counts; in any process it adds
// what its own children say to what it counted itself.

import type { Catalog } from "../catalog.ts";
import type { CounterFamily } from "../counter.ts";
import { define, FLAG_OWN } from "../definition.ts";
import { shown } from "../errors.ts";
import { registry as defaultRegistry, type Registry } from "../index.ts";
import { checkOptions } from "../options.ts";
import { currentRuntime } from "../runtime.ts";
import { Kept } from "./claims.ts";
import type { Peer } from "./cluster-channel.ts";
import { ClusterCollector, type ClusterMember, type ClusterStatistics } from "./cluster-collector.ts";
import { nobodyAsked, noParent, noProcesses, noRole } from "./cluster-refused.ts";
import { type ClusterRuntime, clusterRuntime } from "./cluster-runtime.ts";
import { ClusterWorker, type WorkerProcess } from "./cluster-worker.ts";
import { ASKED_MS, collectedWithin } from "./collected.ts";
import { Exporter } from "./exporter.ts";
import { warned } from "./line.ts";
import { sourceName } from "./names.ts";
import { OwnOfProcesses } from "./own.ts";
import { hears } from "./push-told.ts";
import { Source } from "./source.ts";
import { Way } from "./ways.ts";

/** A round takes 50 ms at most; a busy loop comes late to its end. */
const TIMEOUT_SECONDS = 0.2;
const ROLES = ["primary", "worker", "both"];

/** What `cluster` takes. */
export interface ClusterOptions {
  /** What is counted here, and where what the others counted is shown; the default registry. */
  readonly registry?: Registry | undefined;
  /** Of several registries, both sides call each by a name of its own. */
  readonly name?: string | undefined;
  /** By default workers of node:cluster are workers, and all others with a parent are both. */
  readonly role?: "primary" | "worker" | "both" | undefined;
  /** False where a worker calls `close()` by itself before a signal ends it. True by default. */
  readonly signals?: boolean | undefined;
  /**
   * Hears of images that cannot be read, once a process, of processes that a spool has, too, and in a worker that its primary
   * does not collect. Without it the console hears, of images the first.
   */
  readonly onRefused?: ((error: Error) => void) | undefined;
}

/** This process's part in a cluster: what `cluster` gives. */
export interface Cluster {
  readonly registry: Registry;
  /** Nothing where this process collects from none. */
  readonly statistics: ClusterStatistics | undefined;
  /** Collects from a process that child_process.fork returned; those of node:cluster are found. */
  add(child: Peer | ClusterMember): void;
  /** Asks all processes, at most 50 ms, and shows what there is. A scrape does so by itself. */
  scrape(): Promise<void>;
  /** In a worker: says the last. In the primary: takes what the others counted from the page. */
  close(): void;
}

const clusters = new Kept<Cluster>();

/** The workers of this process by their names: a second copy of the library would say the same once more. */
const WORKERS = Symbol.for("tallystick.cluster.workers");

/** Answers the parent; returns what ends it. */
function answering(registry: Registry, options: ClusterOptions, { process, host }: ClusterRuntime, only: boolean): () => void {
  const { name = "", signals, onRefused = warned } = options;
  const shared = process as WorkerProcess & { [WORKERS]?: Set<string> };
  const names = (shared[WORKERS] ??= new Set());
  if (names.has(name)) return () => undefined;
  const exporter = new Exporter(registry);
  // Who collects, too, may be forked by anybody: nothing of its own page is missing.
  const unasked = only ? () => hears("a cluster", onRefused, nobodyAsked()) : undefined;
  const worker = new ClusterWorker(exporter, process, host, {
    name,
    signals,
    unasked,
    collected: () => collectedWithin(registry, ASKED_MS),
  });
  names.add(name);
  return () => {
    worker.close();
    exporter.close();
    names.delete(name);
  };
}

/** Counts on the registry's own page what scrapes went without; where the memory is used up it is silent. */
class LateWorkers {
  readonly #catalog: Catalog;
  readonly #source: string;
  #told = 0;

  constructor(catalog: Catalog, source: string) {
    this.#catalog = catalog;
    this.#source = source;
  }

  tell(total: number): void {
    try {
      this.#counter()
        .handle([this.#source])
        .inc(total - this.#told);
      this.#told = total;
    } catch {}
  }

  over(): void {
    if (this.#told === 0) return;
    try {
      this.#counter().remove(this.#source);
    } catch {
      // The registry was closed before.
    }
  }

  #counter(): CounterFamily {
    const help = "Processes that answered a scrape too late, which then showed what they had said before.";
    const definition = define("counter", { name: "tallystick_late_processes", help, labelNames: ["source"] });
    return this.#catalog.family("counter", definition, FLAG_OWN) as CounterFamily;
  }
}

class Clustered implements Cluster {
  readonly registry: Registry;
  readonly #collector: ClusterCollector;
  readonly #own: OwnOfProcesses;
  readonly #late: LateWorkers;
  readonly #way: Way;
  readonly #uncollect: () => void;
  readonly #ends: () => void;
  #refused = 0;
  #closed = false;

  constructor(registry: Registry, name: string, runtime: ClusterRuntime, onRefused: ClusterOptions["onRefused"], ends: () => void) {
    this.registry = registry;
    this.#ends = ends;
    const source = name === "" ? "cluster" : `cluster ${name}`;
    this.#own = new OwnOfProcesses(registry, source);
    this.#late = new LateWorkers(registry, source);
    const reader = new Source(registry, sourceName("cluster", name), (error) => {
      this.#refused++;
      this.#collector.tell(error);
    });
    this.#collector = new ClusterCollector(reader, runtime.host, { name, onRefused });
    this.#way = new Way(registry, name === "" ? "a cluster" : `the cluster ${shown(name)}`, () => this.#collector.instances());
    if (runtime.cluster !== undefined) this.#collector.watch(runtime.cluster);
    this.#uncollect = registry.gather(() => this.scrape(), { name: source, timeoutSeconds: TIMEOUT_SECONDS });
  }

  get statistics(): ClusterStatistics {
    const { refused, ...statistics } = this.#collector.statistics;
    return { ...statistics, refused: refused + this.#refused };
  }

  add(child: Peer | ClusterMember): void {
    this.#collector.add(child);
  }

  async scrape(): Promise<void> {
    await this.#collector.scrape();
    const { workers, oldestSeconds, refused, lateTotal } = this.statistics;
    this.#own.tell({ processes: workers, ageSeconds: oldestSeconds, refused });
    this.#way.look((error) => this.#collector.tell(error));
    // A scrape may come to its end after the cluster was closed.
    if (lateTotal > 0 && !this.#closed) this.#late.tell(lateTotal);
  }

  close(): void {
    this.#closed = true;
    this.#uncollect();
    this.#collector.close();
    this.#way.close();
    this.#own.over();
    this.#late.over();
    this.#ends();
  }
}

/**
 * Adds up what the processes of a cluster counted, over the channels that they have to the one that started them. Both sides
 * call it; the page is the primary's. A worker is asked at every scrape and says every second what changed, so one that
 * is killed loses a second at most, and one that is busy delays no scrape by more than 50 ms. Workers of node:cluster are
 * found; what `child_process.fork` returned is handed to `add`. Gauges add up over the processes that live, or go by their
 * `mode`.
 *
 * Throws a TypeError for options that there are not, for a worker without a parent, and where there are no processes.
 *
 * @example
 * ```ts
 * import { registry } from "tallystick";
 * import { cluster } from "tallystick/processes";
 *
 * const workers = cluster();
 * registry.counter({ name: "clustered_jobs", help: "Jobs of all workers." }).inc();
 * await registry.expose();
 * workers.close();
 * ```
 */
export function cluster(options: ClusterOptions = {}): Cluster {
  checkOptions("cluster", options, { registry: "Object", name: "string", role: "string", signals: "boolean", onRefused: "function" });
  const { registry = defaultRegistry, name = "" } = options;
  return clusters.of(registry, name, (forget) => clustered(registry, name, options, forget));
}

function clustered(registry: Registry, name: string, options: ClusterOptions, forget: () => void): Cluster {
  const inert = { registry, statistics: undefined, add: () => undefined, scrape: () => Promise.resolve() };
  // Channels are the first thread's, and what others count is in its memory.
  if (currentRuntime().thread !== 0) return { ...inert, close: forget };
  const runtime = clusterRuntime();
  if (runtime === undefined) throw noProcesses();
  const hasParent = runtime.process.connected === true;
  const role = options.role ?? roleOf(hasParent, runtime.cluster?.isWorker === true);
  if (!ROLES.includes(role)) throw noRole(role);
  if (role === "worker" && !hasParent) throw noParent();
  const unanswered = role === "primary" || !hasParent ? () => undefined : answering(registry, options, runtime, role === "worker");
  const ends = () => {
    forget();
    unanswered();
  };
  return role === "worker" ? { ...inert, close: ends } : new Clustered(registry, name, runtime, options.onRefused, ends);
}

/** Who forks processes may be forked itself: by `node --watch`, a process manager, a test. */
function roleOf(hasParent: boolean, isWorker: boolean): "primary" | "worker" | "both" {
  if (!hasParent) return "primary";
  return isWorker ? "worker" : "both";
}
