// A family in this thread: its place in the memory, its labels' cache, and what handles do when their cell is
// no longer theirs.

import { ABSENT, EXHAUSTED, FULL, GONE, LIMIT, NO_WRITER, OK } from "../assembly/status.ts";
import { type Bound, isGiven, labelBlock, LabelCache, type LabelObject, type LabelValue } from "./labels.ts";
import { curried } from "./curry.ts";
import { inspected, INSPECT } from "./inspect.ts";
import { labelCount, labelMissing, labelsEmpty, labelsNotObject, labelUnknown } from "./errors.ts";
import { checkLabelValue } from "./values.ts";
import type { Core } from "./core.ts";
import type { Definition } from "./definition.ts";
import { blockName } from "./names.ts";
import { readSeries, type Reading } from "./reading.ts";

/** Why an observation did not reach its own series. */
export type Refusal = "contention" | "label_bytes" | "memory" | "not_finite" | "series";

/** What a family needs of its registry. */
export interface Home {
  readonly core: Core;
  refused(family: string, reason: Refusal): void;
  /** The label block of an exemplar where the program said where they come from. */
  exemplar(metric: string): string | undefined;
}

/** What a constant sample may have beside its value. */
export interface Sample {
  /** Bits of a base's `set`. */
  readonly set?: number;
  /** In seconds since the epoch; 0 none. */
  readonly timestamp?: number;
  readonly created?: number;
}

/** The label value that stands for all that is too long. */
export const OVERFLOW = "tallystick_overflow";

/** What is given, and what `entryOf` counts: names that somebody added to all objects. */
function has(labels: LabelObject, name: string): boolean {
  if (isGiven(labels, name)) return true;
  for (const key in labels) if (key === name) return true;
  return false;
}

/** So many label sets are kept before it is looked at which of them are still there. */
const BEGUN_MOST = 256;

type Named = Pick<Definition, "name" | "labelNames">;

/** Values that the cache takes. */
function plainValues({ name, labelNames }: Named, values: readonly (LabelValue | undefined)[]): LabelValue[] {
  return values.map((value, i) => {
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
    if (value === undefined || value === null) throw labelMissing(name, labelNames[i]!, labelNames);
    checkLabelValue(name, labelNames[i]!, value);
    return String(value);
  });
}

function checkObject({ name, labelNames }: Named, labels: unknown): void {
  if (typeof labels !== "object" || labels === null || Array.isArray(labels)) throw labelsNotObject(name, labels, labelNames);
}

/** The values of a label object in the order of the label names; throws where a label is missing or unknown. */
export function labelValues(named: Named, labels: LabelObject): LabelValue[] {
  const { name: metric, labelNames } = named;
  checkObject(named, labels);
  for (const name of Object.keys(labels)) if (!labelNames.includes(name)) throw labelUnknown(metric, name, labelNames, labels);
  return plainValues(
    named,
    labelNames.map((name) => (has(labels, name) ? labels[name] : undefined)),
  );
}

/** Fields that loggers, JSON and the differences that test runners print do not follow: behind them is the memory. */
export function hidden(target: object, fields: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(fields)) Object.defineProperty(target, name, { value, writable: true });
}

export abstract class Family<H extends Bound> {
  declare readonly definition: Definition;
  declare readonly home: Home;
  declare core: Core;
  declare address: number;
  declare state: number;
  /** @internal Read by the verbs that take a label object. */
  declare readonly cache: LabelCache<H>;
  readonly #names: readonly string[];
  /** The names as label blocks have them. */
  readonly #blockNames: readonly string[];
  readonly #arity: number;
  #overflowed = false;
  readonly #begun = new Set<string>();
  #begunMost = BEGUN_MOST;

  constructor(home: Home, definition: Definition, address: number, state: number) {
    this.#names = definition.labelNames;
    this.#blockNames = this.#names.map(blockName);
    this.#arity = this.#names.length;
    const cache = new LabelCache<H>(this.#arity);
    hidden(this, { home, core: home.core, definition, address, state, cache });
  }

  get name(): string {
    return this.definition.name;
  }

  /** What JSON and loggers write. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { kind, name, help, labelNames } = this.definition;
    return { kind, name, help, labelNames };
  }

  /** What `console.log` prints. */
  [INSPECT](): string {
    const { kind, name, labelNames, mode, buckets, native, quantiles, states } = this.definition;
    const own = {
      counter: {},
      gauge: { mode },
      histogram: native === undefined ? { buckets } : { ...(buckets.length > 0 ? { buckets } : {}), schema: native.schema },
      summary: { quantiles },
      info: {},
      stateset: { states },
      unknown: {},
      gaugeHistogram: { buckets },
    }[kind];
    const shown = kind === "stateset" ? "StateSet" : kind[0]!.toUpperCase() + kind.slice(1);
    return inspected(shown, { name, labelNames, ...own });
  }

  /** A handle for a label block that has none in this thread. */
  protected abstract made(block: string): H;

  /** Moves to another memory, where the family has this address. Handles follow when they are used next. */
  moved(core: Core, address: number, state: number): void {
    this.core = core;
    this.address = address;
    this.state = state;
    // Its entries are cells of the memory that was left.
    this.cache.clear();
  }

  /**
   * The address of this thread's cell for a label block; 0 where the observation is to be dropped. Past the
   * limits it is the overflow series' cell, or none. A drop is counted when there is something to drop, the
   * overflow when a handle is bound to it, and not again while it stays there: see `overflowed`.
   */
  bind(block: string, observing: boolean, value = NaN, there = false): number {
    let status = this.#long(block) ? LIMIT : this.#bound(block, false, value);
    this.#overflowed = status === FULL;
    if (status === LIMIT || status === FULL) {
      if (!observing || (status === FULL && !there)) this.home.refused(this.definition.name, status === FULL ? "series" : "label_bytes");
      status = this.#bound(this.#overflow(), true, value);
    }
    if (status > 0) return status;
    if (observing && status === EXHAUSTED) this.home.refused(this.definition.name, "memory");
    else if (observing && status === NO_WRITER) this.home.refused(this.definition.name, "contention");
    return 0;
  }

  /** True where the last `bind` led to the overflow series of a family that is full. */
  get overflowed(): boolean {
    return this.#overflowed;
  }

  /** True for what has certainly more bytes than a label block may have; the core counts them. */
  #long(block: string): boolean {
    return block.length > this.core.labelsBytesMax;
  }

  /** The label block of the overflow series. */
  #overflow(): string {
    return labelBlock(
      this.#blockNames,
      this.#names.map(() => OVERFLOW),
    );
  }

  #bound(block: string, overflow: boolean, value: number): number {
    const core = this.core;
    return core.cold(() => core.verbs.seriesBind(this.address, this.state, core.input(block), overflow ? 1 : 0, value));
  }

  /** Sets a series as a whole; past the limits it is the overflow series. A status. */
  protected constant(block: string, value: number, tail: Uint8Array, number: bigint, sample: Sample = {}): number {
    const { core } = this;
    const store = (key: string, overflow: number) =>
      core.cold(() => {
        const at = (key.length * 3 + 7) & ~7;
        const input = core.inputRoom(at + tail.length + 8);
        core.bytes(input + at + tail.length).set(tail, input + at);
        const length = core.input(key);
        const { set = 1, timestamp = 0, created = 0 } = sample;
        return core.verbs.constantSet(this.address, this.state, length, overflow, set, value, timestamp, created, number, at, tail.length);
      });
    const status = this.#long(block) ? LIMIT : store(block, 0);
    if (status !== LIMIT && status !== FULL) return status;
    this.home.refused(this.definition.name, status === FULL ? "series" : "label_bytes");
    return store(this.#overflow(), 1);
  }

  /** The cache's entry of a label object; 0 where there is none, or where the labels are wrong. */
  entryOf(labels: LabelObject): number {
    const names = this.#names;
    if (typeof labels !== "object" || labels === null) throw labelsNotObject(this.definition.name, labels, names);
    let count = 0;
    for (const _ in labels) count++;
    if (count !== this.#arity) return 0;
    if (count === 1) return this.cache.find1(labels[names[0]!]!);
    if (count === 2) return this.cache.find2(labels[names[0]!]!, labels[names[1]!]!);
    if (count === 3) return this.cache.find3(labels[names[0]!]!, labels[names[1]!]!, labels[names[2]!]!);
    return this.cache.find(names.map((name) => labels[name]!));
  }

  /** The handle of a label object; throws where a label is missing or unknown. */
  handleOf(labels: LabelObject): H {
    return this.cache.handle(this.entryOf(labels)) ?? this.#handleOfValues(this.valuesOf(labels), true);
  }

  /**
   * A handle for one use: the cache did not know the cell of these labels, or what it knew is no longer so. Now it
   * does, without the handle.
   */
  handleOnce(values: readonly LabelValue[]): H {
    return this.#handleOfValues(values, false);
  }

  /** Throws where a label is not one of the metric's, before the work begins whose time is taken. */
  checkKnown(labels: LabelObject | undefined): void {
    if (labels !== undefined) checkObject(this.definition, labels);
    for (const name in labels) if (!this.#names.includes(name)) throw labelUnknown(this.definition.name, name, this.#names);
  }

  /** The values in the order of the label names; throws where a label is missing or unknown. */
  valuesOf(labels: LabelObject): LabelValue[] {
    return labelValues(this.definition, labels);
  }

  /** Values that the cache takes. */
  #plain(values: readonly (LabelValue | undefined)[]): LabelValue[] {
    return plainValues(this.definition, values);
  }

  /** The handle of values in the order of the label names, or of one label object. */
  handle(values: readonly (LabelValue | LabelObject)[]): H {
    const first = values[0];
    if (values.length === 1 && typeof first === "object" && first !== null) return this.handleOf(first);
    if (values.length !== this.#arity) throw labelCount(this.definition.name, values.length, this.#names);
    const all = values as readonly LabelValue[];
    let entry = 0;
    if (all.length === 1) entry = this.cache.find1(all[0]!);
    else if (all.length === 2) entry = this.cache.find2(all[0]!, all[1]!);
    else if (all.length === 3) entry = this.cache.find3(all[0]!, all[1]!, all[2]!);
    else entry = this.cache.find(all);
    return this.cache.handle(entry) ?? this.#handleOfValues(this.#plain(all), true);
  }

  #handleOfValues(plain: readonly LabelValue[], keep: boolean): H {
    const there = this.cache.handle(this.cache.find(plain));
    const block = there === undefined ? labelBlock(this.#blockNames, plain.map(String)) : "";
    const handle = there ?? this.made(block);
    if (!this.#long(block)) this.cache.set(plain, handle, keep || there !== undefined);
    return handle;
  }

  /** The label block of what `labels` or `remove` were given. */
  block(values: readonly (LabelValue | LabelObject)[]): string {
    const first = values[0];
    const labelled = values.length === 1 && typeof first === "object" && first !== null;
    if (!labelled && values.length !== this.#arity) throw labelCount(this.definition.name, values.length, this.#names);
    const plain = labelled ? this.valuesOf(first) : this.#plain(values as readonly LabelValue[]);
    return labelBlock(this.#blockNames, plain.map(String));
  }

  /** The metric with some labels given. */
  curry(labels: LabelObject): unknown {
    return curried(this, labels);
  }

  /** Removes the series that have all of these labels; how many. */
  removeMatching(labels: LabelObject): number {
    checkObject(this.definition, labels);
    this.checkKnown(labels);
    const wanted = Object.keys(labels).map((name) => {
      const value = labels[name];
      if (value === undefined || value === null) throw labelMissing(this.definition.name, name, this.#names);
      checkLabelValue(this.definition.name, name, value);
      return labelBlock([blockName(name)], [String(value)]);
    });
    if (wanted.length === 0) throw labelsEmpty(this.definition.name);
    const { core } = this;
    const removed = core.cold(() => core.verbs.seriesRemoveMatching(this.address, this.state, core.input(wanted.join("\n"))));
    return Math.max(0, removed);
  }

  /** Removes one series. Handles to it make a new one when they are used again. */
  removeSeries(values: readonly (LabelValue | LabelObject)[]): boolean {
    const block = this.block(values);
    if (this.#long(block)) return false;
    this.#begun.delete(block);
    const status = this.core.cold(() => this.core.verbs.seriesRemove(this.address, this.state, this.core.input(block)));
    return status === OK;
  }

  /** Removes all series; a metric without labels begins again at 0. */
  clear(): void {
    this.settle();
    this.#emptied(0);
    this.cache.clear();
    this.begin();
  }

  /** Sets all series to 0. */
  reset(): void {
    this.#emptied(1);
  }

  #emptied(reset: number): void {
    this.core.cold(() => this.core.verbs.familyEmpty(this.address, this.state, reset));
  }

  /** A metric without labels is there from the start, and so are the label sets that were asked for. */
  begin(): void {
    if (this.#arity === 0) this.bare();
    for (const block of this.#begun) this.bind(block, false);
  }

  /** Begins the series of a metric without labels. */
  protected bare(): void {
    this.bind("", false);
  }

  /** Label sets that are there from now on, also after `clear`; those that have ended meanwhile begin again. */
  beginWith(sets: readonly LabelObject[]): void {
    for (const block of sets.map((labels) => this.block([labels]))) {
      this.#begun.add(block);
      this.bind(block, false);
    }
    // Who asks for others again and again is not followed without end.
    if (this.#begun.size < this.#begunMost) return;
    this.settle();
    this.#begunMost = Math.max(BEGUN_MOST, this.#begun.size * 2);
  }

  /** Forgets the label sets whose series have ended: what was removed, by whatever thread, does not come back by `clear`. */
  settle(): void {
    const { core } = this;
    for (const block of this.#begun) {
      const status = core.cold(() => core.verbs.seriesRead(this.address, this.state, core.input(block)));
      if (status === ABSENT || status === GONE) this.#begun.delete(block);
    }
  }

  /** Reads a series over all threads. */
  read(block: string): Reading | undefined {
    return readSeries(this.core, this.definition, this.address, this.state, this.#long(block) ? this.#overflow() : block);
  }
}
