// What a probe says of itself: whether it shows anything, how often, what that costs, and how old it is.

import type { Catalog } from "../../catalog.ts";
import { define, type DefinitionOptions, FLAG_AGE, FLAG_OWN } from "../../definition.ts";
import type { Counter, CounterHandle, Gauge, GaugeHandle } from "../../index.ts";
import { PARTS } from "./parts.ts";

/** What a round has to say about the round. */
export interface OwnFound {
  readonly pace: { readonly period: number };
  readonly walk: { readonly hidden: number; readonly denied: number };
  readonly namespaces: { readonly beyond: number };
  /** Undefined where only a tree is looked at. */
  readonly host: { readonly disks: { readonly beyond: number }; readonly network: { readonly beyond: number } } | undefined;
  readonly cpuSeconds: number;
  readonly partSeconds: Float64Array;
  readonly roundSeconds: number;
  readonly processesRead: number;
  readonly descriptorsRead: number;
  readonly socketsRead: number;
}

export const UP = {
  name: "tallystick_probe_up",
  help: "Whether the probe shows what is there: 0 where it cannot.",
  mode: "livesum",
} as const;
const CPU = { name: "tallystick_probe_cpu_seconds", help: "CPU that the probe's thread has taken, from its start on." };
const PART = {
  name: "tallystick_probe_part_seconds",
  help: "Time that the probe's thread has worked, by the clock, by what it read.",
  labelNames: ["part"],
};
const ROUNDS = { name: "tallystick_probe_rounds", help: "Rounds over all processes that the probe has come to the end of." };
const PERIOD = {
  name: "tallystick_probe_period_seconds",
  help: "Time from one round to the next: longer than asked for where the budget wants it.",
  mode: "livesum",
} as const;
const ROUND = {
  name: "tallystick_probe_round_seconds",
  help: "Time from the first reading of the last round to its last one.",
  mode: "livesum",
} as const;
const AGE = {
  name: "tallystick_probe_age_seconds",
  help: "Time since the oldest reading was made of what is shown, by what it is about.",
  labelNames: ["of"],
  mode: "liveall",
} as const;
const UNREADABLE = {
  name: "tallystick_probe_unreadable_processes",
  help: "Processes of which the probe may not read the stat, or the I/O and the network namespace.",
  labelNames: ["what"],
  mode: "livesum",
} as const;
const UNSHOWN = {
  name: "tallystick_probe_unshown_devices",
  help: "Devices of the host, and network namespaces, that are not shown, for there are more than the probe has room for.",
  labelNames: ["what"],
  mode: "livesum",
} as const;
/** What is the library's own. */
export const OWN_FAMILIES: readonly string[] = [UP, CPU, PART, ROUNDS, PERIOD, ROUND, AGE, UNREADABLE, UNSHOWN].map(({ name }) => name);

/** A family of the library's own. */
export function ownGauge(catalog: Catalog, options: DefinitionOptions, flags = 0): Gauge<string[]> {
  return catalog.family("gauge", define("gauge", options), FLAG_OWN | flags) as unknown as Gauge<string[]>;
}

function ownCounter(catalog: Catalog, options: DefinitionOptions): Counter<string[]> {
  return catalog.family("counter", define("counter", options), FLAG_OWN) as unknown as Counter<string[]>;
}

/** What the probe says of itself. */
export class OwnCells {
  readonly #up: GaugeHandle;
  readonly #period: GaugeHandle;
  readonly #round: GaugeHandle;
  readonly #ages: Gauge<string[]>;
  readonly #hidden: GaugeHandle;
  readonly #denied: GaugeHandle;
  readonly #cpu: CounterHandle;
  readonly #rounds: CounterHandle;
  readonly #parts: readonly CounterHandle[];
  readonly #partsCounted = new Float64Array(PARTS.length);
  readonly #namespaces: GaugeHandle;
  #disks: GaugeHandle | undefined;
  #network: GaugeHandle | undefined;
  readonly #catalog: Catalog;
  #cpuCounted = 0;
  #isUp = false;

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
    this.#up = ownGauge(catalog, UP).labels();
    this.#period = ownGauge(catalog, PERIOD).labels();
    this.#round = ownGauge(catalog, ROUND).labels();
    this.#ages = ownGauge(catalog, AGE, FLAG_AGE);
    const unreadable = ownGauge(catalog, UNREADABLE);
    this.#hidden = unreadable.labels("stat");
    this.#denied = unreadable.labels("io");
    this.#namespaces = ownGauge(catalog, UNSHOWN).labels("namespace");
    this.#cpu = ownCounter(catalog, CPU).labels();
    this.#rounds = ownCounter(catalog, ROUNDS).labels();
    const parts = ownCounter(catalog, PART);
    this.#parts = PARTS.map((part) => parts.labels(part));
  }

  /** Whether somebody reset the registry since the last round, or cleared it: then what is known to be set is not. */
  isReset(): boolean {
    return this.#isUp && this.#up.value() !== 1;
  }

  show(found: OwnFound): void {
    this.#period.set(found.pace.period);
    this.#round.set(found.roundSeconds);
    this.#hidden.set(found.walk.hidden);
    this.#denied.set(found.walk.denied);
    this.#cpu.inc(Math.max(0, found.cpuSeconds - this.#cpuCounted));
    this.#cpuCounted = Math.max(this.#cpuCounted, found.cpuSeconds);
    this.#rounds.inc();
    for (let part = 0; part < PARTS.length; part++) {
      const seconds = found.partSeconds[part]!;
      this.#parts[part]!.inc(seconds - this.#partsCounted[part]!);
      this.#partsCounted[part] = seconds;
    }
    this.#namespaces.set(found.namespaces.beyond);
    if (found.host !== undefined) {
      const { disks, network } = found.host;
      this.#disks ??= ownGauge(this.#catalog, UNSHOWN).labels("disk");
      this.#network ??= ownGauge(this.#catalog, UNSHOWN).labels("network");
      this.#disks.set(disks.beyond);
      this.#network.set(network.beyond);
    }
    this.#age("processes", found.processesRead);
    this.#age("descriptors", found.descriptorsRead);
    this.#age("sockets", found.socketsRead);
    this.#up.set(1);
    this.#isUp = true;
  }

  /** There is nothing to show. */
  absent(): void {
    this.#up.set(0);
    this.#isUp = false;
  }

  #age(of: string, epochSeconds: number): void {
    if (epochSeconds > 0) this.#ages.labels(of).set(epochSeconds);
  }
}
