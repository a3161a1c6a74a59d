// What the kernel says of the whole host, in the cells of the probe's thread: processors, memory and open files, and its devices.

import type { CounterHandle, GaugeHandle } from "../../index.ts";
import type { Devices } from "./devices.ts";
import { CPU_MODES, type Host } from "./host.ts";
import { Level } from "./level.ts";

/** Registers a family where it has something to say, or has it already. */
export interface HostFamilies {
  counter(
    name: string,
    help: string,
    labelNames: readonly string[],
  ): { labels(...values: string[]): CounterHandle; remove(...values: string[]): unknown };
  gauge(name: string, help: string, labelNames: readonly string[]): { labels(...values: string[]): GaugeHandle };
}

/** Idle time and that of waiting for disks are known to step back by some ticks; what steps back further began anew, as node_exporter has it. */
const STEP_BACK_SECONDS = 3;

export class HostCells {
  readonly #families: HostFamilies;
  readonly #cpu: readonly CounterHandle[];
  readonly #counted = new Float64Array(CPU_MODES.length);
  #total: Level | undefined;
  #available: Level | undefined;
  #openFiles: Level | undefined;
  readonly #disks: DeviceCells;
  readonly #network: DeviceCells;

  constructor(families: HostFamilies, host: Host) {
    this.#families = families;
    const cpu = families.counter("host_cpu_seconds", "Time of all processors since the boot, by what they did.", ["mode"]);
    this.#cpu = CPU_MODES.map((mode) => cpu.labels(mode));
    this.#disks = new DeviceCells(families, host.disks);
    this.#network = new DeviceCells(families, host.network);
  }

  show(host: Host, tickSeconds: number): void {
    for (let mode = 0; mode < CPU_MODES.length; mode++) {
      const ticks = host.cpu[mode]!;
      const more = ticks - this.#counted[mode]!;
      const isAnew = more * tickSeconds < -STEP_BACK_SECONDS;
      if (!(more > 0) && !isAnew) continue;
      this.#cpu[mode]!.inc((isAnew ? ticks : more) * tickSeconds);
      this.#counted[mode] = ticks;
    }
    // What is not told has no series.
    const { memoryTotal, memoryAvailable, openFiles } = host;
    const gauge = (name: string, help: string) => new Level(this.#families.gauge(name, help, []).labels());
    if (memoryTotal >= 0) this.#total ??= gauge("host_memory_total_bytes", "Memory of the host.");
    if (memoryAvailable >= 0) this.#available ??= gauge("host_memory_available_bytes", "Memory that can be had without swapping.");
    if (openFiles >= 0) this.#openFiles ??= gauge("host_open_files", "Open files of the host.");
    this.#total?.set(memoryTotal);
    this.#available?.set(memoryAvailable);
    this.#openFiles?.set(openFiles);
    this.#disks.show();
    this.#network.show();
  }
}

/** The series of one slot. */
interface Shown {
  readonly turn: number;
  readonly name: string;
  readonly handles: readonly CounterHandle[];
}

/** Devices are counted by the kernel from the boot on, or from when they came: these are its numbers. */
class DeviceCells {
  readonly #families: HostFamilies;
  readonly #devices: Devices;
  readonly #shown: (Shown | undefined)[] = [];
  readonly #counted: Float64Array;

  constructor(families: HostFamilies, devices: Devices) {
    this.#families = families;
    this.#devices = devices;
    this.#counted = new Float64Array(devices.values.length);
  }

  show(): void {
    const { high, turns, values, kind } = this.#devices;
    const { length } = kind.columns;
    // First those that are gone: another slot may have their name by now.
    for (let slot = 0; slot < high; slot++)
      if (this.#shown[slot] !== undefined && this.#shown[slot]!.turn !== turns[slot]) this.#over(slot);
    for (let slot = 0; slot < high; slot++) {
      if (turns[slot]! % 2 === 0) continue;
      const { handles } = (this.#shown[slot] ??= this.#begun(slot));
      for (let i = 0; i < length; i++) {
        const at = slot * length + i;
        const value = values[at]!;
        const more = value - this.#counted[at]!;
        // One that steps back began anew: some drivers' numbers have 32 bits.
        handles[i]!.inc((more < 0 ? value : more) * kind.columns[i]!.unit);
        this.#counted[at] = value;
      }
    }
  }

  #begun(slot: number): Shown {
    const { columns } = this.#devices.kind;
    const name = this.#devices.name(slot);
    this.#counted.fill(0, slot * columns.length, (slot + 1) * columns.length);
    const handles = columns.map(({ family, help }) => this.#families.counter(family, help, ["device"]).labels(name));
    return { turn: this.#devices.turns[slot]!, name, handles };
  }

  #over(slot: number): void {
    const { name } = this.#shown[slot]!;
    this.#shown[slot] = undefined;
    for (const { family, help } of this.#devices.kind.columns) this.#families.counter(family, help, ["device"]).remove(name);
  }
}
