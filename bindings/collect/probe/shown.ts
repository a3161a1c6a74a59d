// What a round found, in the cells of the probe's thread: gauges are set and counters raised once a round, by handles that are
// bound once. Families that have nothing to say are not there. The gauges are `livesum`: with the thread they end, and where a
// collector has those of several hosts it has their sum. But for the time, of which it has the latest: no round is without it, so that
// whoever is silent is known by it where nothing else is told, and a push of each round is a few bytes at the least.
//
// Whoever takes over from a thread that died finds its series. Those whose number is the kernel's own would have it twice: these
// families begin empty. Of what counts from where a probe began, as commands do, the old series counts on.

import type { Catalog } from "../../catalog.ts";
import { DISKS, NETWORK } from "./device-kinds.ts";
import { closed } from "../../errors.ts";
import type { Counter, CounterHandle, Gauge, GaugeHandle, Registry } from "../../index.ts";
import {
  DESCRIPTORS,
  DESCRIPTORS_KNOWN,
  FIELDS,
  type Groups,
  IO_KNOWN,
  PROCESSES,
  READ_BYTES,
  RESIDENT_BYTES,
  SYSTEM_TICKS,
  THREADS,
  USER_TICKS,
  WRITTEN_BYTES,
} from "./groups.ts";
import { HostCells } from "./host-cells.ts";
import { Level, levelsAgain } from "./level.ts";
import { OwnCells } from "./own.ts";
import { STATES } from "./process-stat.ts";
import { GROUP_LABELS } from "./reserved.ts";
import type { Found } from "./rounds.ts";
import type { ProbeGrouping } from "./settings.ts";
import { type Namespaces, TCP_STATES, UDP_AT, UDP_STATES } from "./sockets.ts";

const WHAT = "show what the probe found";
/** A command that has no process any more is forgotten after so long. */
const FORGOTTEN_SECONDS = 600;

/** Everything else that a probe may register: what groups have, and what comes behind it. */
export const FAMILIES = [
  "processes",
  "processes_threads",
  "processes_resident_memory_bytes",
  "processes_open_fds",
  "processes_cpu_seconds",
  "processes_read_bytes",
  "processes_written_bytes",
  "processes_states",
  "processes_sockets",
  "host_time_seconds",
  "host_cpu_seconds",
  "host_memory_total_bytes",
  "host_memory_available_bytes",
  "host_open_files",
  ...DISKS.columns.map(({ family }) => family),
  ...NETWORK.columns.map(({ family }) => family),
] as const;
type FamilyName = (typeof FAMILIES)[number];
/** Those that have a series for each group. */
const OF_GROUPS: ReadonlySet<FamilyName> = new Set(FAMILIES.slice(0, FAMILIES.indexOf("processes_states")));

/** The handles of one group. What is not known of it has none. */
interface GroupCells {
  readonly values: readonly string[];
  readonly processes: Level;
  readonly threads: Level;
  readonly resident: Level;
  readonly user: CounterHandle;
  readonly system: CounterHandle;
  descriptors: Level | undefined;
  read: CounterHandle | undefined;
  written: CounterHandle | undefined;
}

/** Hears that a family of this help is about to be registered, and where the registry did not take it. */
export type FamilySaid = (family: string, help: string, isRefused: boolean) => void;

export class Shown {
  readonly #registry: Registry;
  readonly #said: FamilySaid;
  readonly #labelNames: readonly string[];
  readonly #cells: (GroupCells | undefined)[] = [];
  readonly #gauges = new Map<FamilyName, Gauge<readonly string[]>>();
  readonly #counters = new Map<FamilyName, Counter<readonly string[]>>();
  #states: readonly Level[] | undefined;
  /** By the numbers of namespaces: the name it was shown under, and a handle for each state that it ever had a socket in. */
  readonly #sockets: ({ readonly name: string; readonly handles: (Level | undefined)[] } | undefined)[] = [];
  #time: GaugeHandle | undefined;
  #hostCells: HostCells | undefined;
  #own: OwnCells | undefined;

  /** `said` hears of each family but the library's own. Nothing is registered before there is something to show: a page of zeros would be none. */
  constructor(registry: Registry, by: ProbeGrouping, said: FamilySaid) {
    this.#registry = registry;
    this.#said = said;
    this.#labelNames = GROUP_LABELS[by];
  }

  #stated(): readonly Level[] {
    const states = this.#gauge("processes_states", "Processes by state.", ["state"]);
    return (this.#states = STATES.map((state) => new Level(states.labels(state))));
  }

  /** Throws `closed` where another thread closed the registry: handles would count nowhere, in silence. */
  #check(): void {
    const { core, address, state } = (this.#registry as Catalog).here(WHAT);
    if (core.verbs.recordState(address) !== state) throw closed(WHAT);
  }

  /** Shows a round; throws where the registry does not take a family. */
  show(found: Found): void {
    this.#check();
    if (this.#own?.isReset() === true) levelsAgain();
    const { groups, walk, kernel } = found;
    // First the processes that are gone: another one may have their labels by now.
    if (groups.by === "pid") for (let group = 0; group < groups.high; group++) this.#ended(groups, group);
    for (let group = 0; group < groups.high; group++) this.#group(groups, group, kernel.pageBytes, kernel.tickSeconds);
    const states = this.#states ?? this.#stated();
    for (let state = 0; state < STATES.length; state++) states[state]!.set(walk.states[state]!);
    this.#namespaces(found.namespaces);
    if (found.host !== undefined) {
      this.#hostCells ??= new HostCells(
        {
          // Their names are those that stand above.
          counter: (name, help, labelNames) => this.#counter(name as FamilyName, help, labelNames),
          gauge: (name, help, labelNames) => this.#gauge(name as FamilyName, help, labelNames),
        },
        found.host,
      );
      this.#hostCells.show(found.host, kernel.tickSeconds);
    }
    this.#own ??= new OwnCells(this.#registry);
    if (!found.present) {
      this.#own.absent();
      return;
    }
    this.#time ??= this.#gauge("host_time_seconds", "Time of day at the end of the probe's last round.", [], "livemax").labels();
    this.#time.set(found.epochSeconds);
    this.#own.show(found);
  }

  #registering<T>(name: FamilyName, help: string, register: () => T): T {
    this.#said(name, help, false);
    try {
      return register();
    } catch (error) {
      this.#said(name, help, true);
      throw error;
    }
  }

  #gauge(name: FamilyName, help: string, labelNames: readonly string[], mode: "livesum" | "livemax" = "livesum"): Gauge<readonly string[]> {
    let gauge = this.#gauges.get(name);
    if (gauge === undefined) {
      gauge = this.#registering(name, help, () => this.#registry.gauge({ name, help, labelNames, mode }));
      gauge.clear();
      this.#gauges.set(name, gauge);
    }
    return gauge;
  }

  #counter(name: FamilyName, help: string, labelNames: readonly string[]): Counter<readonly string[]> {
    let counter = this.#counters.get(name);
    if (counter === undefined) {
      counter = this.#registering(name, help, () => this.#registry.counter({ name, help, labelNames }));
      if (this.#labelNames.includes("pid") || !OF_GROUPS.has(name)) counter.clear();
      this.#counters.set(name, counter);
    }
    return counter;
  }

  /** Ends a group of one process that has ended, and its series. What it used last nobody would see. */
  #ended(groups: Groups, group: number): void {
    const at = group * FIELDS;
    if (!groups.isOfOne(group) || groups.sums[at + PROCESSES]! > 0 || !groups.ended(group, 0)) return;
    if (this.#cells[group] !== undefined) this.#over(group);
    groups.sums.fill(0, at, at + FIELDS);
  }

  #group(groups: Groups, group: number, pageBytes: number, tickSeconds: number): void {
    const { sums } = groups;
    const at = group * FIELDS;
    let cells = this.#cells[group];
    if (cells === undefined) {
      // One without a process shows what those used that have come and gone, and nothing where there were none.
      const used = sums[at + USER_TICKS]! + sums[at + SYSTEM_TICKS]!;
      if (sums[at + PROCESSES] === 0 && used === 0) {
        groups.ended(group, FORGOTTEN_SECONDS);
        return;
      }
      cells = this.#cells[group] = this.#begun(groups, group);
    }
    cells.processes.set(sums[at + PROCESSES]!);
    cells.threads.set(sums[at + THREADS]!);
    cells.resident.set(sums[at + RESIDENT_BYTES]! * pageBytes);
    if (sums[at + DESCRIPTORS_KNOWN]! > 0) {
      cells.descriptors ??= this.#level("processes_open_fds", "Open file descriptors.", cells.values);
    }
    cells.descriptors?.set(sums[at + DESCRIPTORS]!);
    cells.user.inc(sums[at + USER_TICKS]! * tickSeconds);
    cells.system.inc(sums[at + SYSTEM_TICKS]! * tickSeconds);
    if (sums[at + IO_KNOWN]! > 0 || sums[at + READ_BYTES]! + sums[at + WRITTEN_BYTES]! > 0) {
      const names = this.#labelNames;
      cells.read ??= this.#counter("processes_read_bytes", "Bytes read from storage.", names).labels(...cells.values);
      cells.written ??= this.#counter("processes_written_bytes", "Bytes written to storage.", names).labels(...cells.values);
    }
    cells.read?.inc(sums[at + READ_BYTES]!);
    cells.written?.inc(sums[at + WRITTEN_BYTES]!);
    sums.fill(0, at + USER_TICKS, at + FIELDS);
    if (groups.ended(group, FORGOTTEN_SECONDS)) this.#over(group);
  }

  /** A gauge of a group. */
  #level(name: FamilyName, help: string, values: readonly string[]): Level {
    return new Level(this.#gauge(name, help, this.#labelNames).labels(...values));
  }

  #begun(groups: Groups, group: number): GroupCells {
    const names = this.#labelNames;
    const values = [groups.names[group]!, groups.pids[group]!].slice(0, names.length);
    const cpu = this.#counter("processes_cpu_seconds", "CPU that processes have used.", [...names, "mode"]);
    return {
      values,
      processes: this.#level("processes", "Processes.", values),
      threads: this.#level("processes_threads", "Threads.", values),
      resident: this.#level("processes_resident_memory_bytes", "Memory that is not swapped out, shared pages in each.", values),
      user: cpu.labels(...values, "user"),
      system: cpu.labels(...values, "system"),
      descriptors: undefined,
      read: undefined,
      written: undefined,
    };
  }

  #over(group: number): void {
    const cells = this.#cells[group]!;
    this.#cells[group] = undefined;
    for (const [name, gauge] of this.#gauges) if (OF_GROUPS.has(name)) gauge.remove(...cells.values);
    for (const [name, counter] of this.#counters) {
      if (!OF_GROUPS.has(name)) continue;
      if (name !== "processes_cpu_seconds") counter.remove(...cells.values);
      else for (const mode of ["user", "system"]) counter.remove(...cells.values, mode);
    }
  }

  #namespaces({ all }: Namespaces): void {
    for (let number = 0; number < Math.max(all.length, this.#sockets.length); number++) {
      const namespace = all[number];
      let shown = this.#sockets[number];
      if (shown !== undefined && shown.name !== namespace?.name) {
        this.#gauges.get("processes_sockets")?.removeMatching({ namespace: shown.name });
        shown = this.#sockets[number] = undefined;
      }
      if (namespace === undefined || namespace.read === 0) continue;
      shown ??= this.#sockets[number] = { name: namespace.name, handles: [] };
      for (let state = 0; state < namespace.counts.length; state++) {
        const count = namespace.counts[state]!;
        if (count > 0) shown.handles[state] ??= this.#socket(namespace.name, state);
        shown.handles[state]?.set(count);
      }
    }
  }

  #socket(namespace: string, state: number): Level | undefined {
    const isUdp = state >= UDP_AT;
    const name = isUdp ? UDP_STATES[state - UDP_AT] : TCP_STATES[state];
    if (name === undefined || name === "") return undefined;
    const sockets = this.#gauge("processes_sockets", "Sockets of IPv4 and IPv6 together, by network namespace.", [
      "namespace",
      "protocol",
      "state",
    ]);
    return new Level(sockets.labels(namespace, isUdp ? "udp" : "tcp", name));
  }
}
