// prom-client's registries over several processes and threads. Threads share one memory, and processes of a cluster tell each other as
// `cluster()` of tallystick/processes does: so all there is to do is to join, and to print the page that has them all.

import { registry as defaultStore } from "../index.ts";
import { otherThreads } from "./keeper.ts";
import { listingOf } from "./listing.ts";
import { globalRegistry, Registry } from "./registry.ts";
import type { RegistryContentType } from "./shapes.ts";
import { clusterFailed, noRegistry } from "./worded.ts";

/** This process's part in a cluster. */
interface Joined {
  close(): void;
}

let join: (() => Promise<Joined>) | undefined;
let joined: Promise<Joined | undefined> | undefined;

/** @internal How a process joins; where there are none, nothing is said. */
export function joinsBy(how: () => Promise<Joined>): void {
  join = how;
}

/** Never rejects. */
function part(): Promise<Joined | undefined> {
  joined ??= (join?.() ?? Promise.resolve(undefined)).catch((error: unknown) => {
    console.warn(clusterFailed(), error);
    return undefined;
  });
  return joined;
}

/** Puts the metrics of these registries where other threads and processes have them. Throws a TypeError for what is no registry. */
function setRegistries(registries: readonly object[] | object): void {
  const all = Array.isArray(registries) ? (registries as object[]) : [registries];
  for (const each of all) if (!(each instanceof Registry)) throw noRegistry(each);
  for (const each of all) {
    if (each !== globalRegistry) listingOf(each)!.moveTo(defaultStore, (name) => defaultStore.families.has(name));
  }
}

/** A page without metrics. */
const NOTHING = /^\s*(# EOF\n)?$/;

/** Nothing at all where there are no metrics. */
async function page(contentType: RegistryContentType): Promise<string> {
  const text = await listingOf(globalRegistry)!.text(contentType);
  return NOTHING.test(text) ? "" : text;
}

/** The processes of a cluster as one. */
export class ClusterRegistry<T extends RegistryContentType = RegistryContentType> extends Registry<T> {
  /** Joins the cluster: in the primary and in each worker. */
  constructor(contentType?: RegistryContentType) {
    super(contentType);
    void part();
  }

  /** The page of all processes, this one's too. A worker that is busy delays it by 50 ms at the most: its last values are shown. */
  async clusterMetrics(): Promise<string> {
    await part();
    return page(this.contentType);
  }

  /** In a worker: says the last, before it ends. */
  async shutdown(): Promise<void> {
    const own = joined;
    joined = undefined;
    (await own)?.close();
  }

  /** Whose metrics are told: those of the global registry, and of these. */
  static setRegistries(regs: readonly Registry<RegistryContentType>[] | Registry<RegistryContentType>): void {
    setRegistries(regs);
  }
}

/** The same under its older name. */
export const AggregatorRegistry = ClusterRegistry;
export type AggregatorRegistry<T extends RegistryContentType = RegistryContentType> = ClusterRegistry<T>;

/** The threads of a process as one. */
export class WorkerRegistry<T extends RegistryContentType = RegistryContentType> extends Registry<T> {
  readonly primary: boolean;

  constructor(contentType?: RegistryContentType, primary = defaultStore.core.thread === 0) {
    super(contentType);
    this.primary = primary;
  }

  /** The page of all threads, this one's too: no thread is asked for it, and none delays it. */
  workerMetrics(): Promise<string> {
    return page(this.contentType);
  }

  /** Does nothing: what a thread counted stays when it ends. */
  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  /** How many other threads count. */
  static workerCount(): number {
    return otherThreads(defaultStore.core);
  }

  /** Whose metrics are told: those of the global registry, and of these. */
  static setRegistries(regs: readonly Registry<RegistryContentType>[] | Registry<RegistryContentType>): void {
    setRegistries(regs);
  }
}
