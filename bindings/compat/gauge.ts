// prom-client's gauge. All threads of a process have one value, unless an aggregator was asked for by name.

import type { GaugeMode } from "../definition.ts";
import type { GaugeHandle } from "../gauge.ts";
import { now, secondsSince, ticks } from "../clock.ts";
import { both, givenBlock, type LabelsGiven } from "./labels.ts";
import { Metric, type MetricConfiguration } from "./metric.ts";
import type { Aggregator, CollectFunction, LabelValues } from "./shapes.ts";
import { notNumber } from "./worded.ts";

/** What `new Gauge` takes. With an `aggregator` each thread has a part of its own; without one it is one value for all. */
export interface GaugeConfiguration<T extends string> extends MetricConfiguration<T> {
  collect?: CollectFunction<Gauge<T>> | undefined;
}

/** How the parts of threads and processes become one. There is no average of them: the largest tells more than a sum. */
const MODES: Readonly<Record<Aggregator, GaugeMode>> = {
  sum: "livesum",
  min: "livemin",
  max: "livemax",
  first: "livemax",
  average: "livemax",
  omit: "shared",
};

function valueOf(value: unknown): number {
  if (typeof value !== "number") throw notNumber("Value", value);
  return value;
}

// A handle comes behind its number, and so is made, with its series, for what is one alone.

function setTo(value: number, handle: GaugeHandle): void {
  handle.set(value);
}

/** Adds any number. What is not finite cannot be added by several threads at once, and is set. */
function added(amount: number, handle: GaugeHandle): void {
  if (Number.isFinite(amount)) handle.inc(amount);
  else handle.set(handle.value() + amount);
}

/** prom-client turns what is taken away around before it looks: then "3" is a number. */
function deltaOf(value: unknown, sign: number): number {
  const delta = sign < 0 ? -((value ?? 1) as number) : (value ?? 1);
  if (typeof delta !== "number") throw notNumber("Delta", delta);
  return delta;
}

/** One label set's gauge. Its verbs may be taken from it: they are bound. */
class Child {
  readonly inc: (value?: number) => void;
  readonly dec: (value?: number) => void;
  readonly set: (value: number) => void;
  readonly setToCurrentTime: () => void;
  readonly startTimer: () => (labels?: LabelsGiven) => number;

  constructor(gauge: Gauge, labels: LabelsGiven, bound: (child: Child) => GaugeHandle) {
    let kept: GaugeHandle | undefined;
    const handle = () => (kept ??= bound(this));
    this.inc = (value) => added(deltaOf(value, 1), handle());
    this.dec = (value) => added(deltaOf(value, -1), handle());
    this.set = (value) => setTo(valueOf(value), handle());
    this.setToCurrentTime = () => handle().set(now() / 1000);
    this.startTimer = () => gauge.startTimer(labels as LabelValues<string>) as (labels?: LabelsGiven) => number;
  }
}

/**
 * A value that goes up and down.
 *
 * @example
 * ```ts
 * import { Gauge } from "tallystick/prom-client";
 *
 * const depth = new Gauge({ name: "depth", help: "Jobs waiting." });
 * depth.set(5);
 * depth.dec(2);
 * (await depth.get()).values; // [{ value: 3, labels: {} }]
 * ```
 */
export class Gauge<T extends string = string> extends Metric<T, "gauge", Child> {
  readonly #isShared: boolean;

  constructor(configuration: GaugeConfiguration<T>) {
    super("gauge", configuration, ({ aggregator }) => (aggregator ? { mode: MODES[aggregator] ?? "shared" } : {}));
    this.#isShared = this.family.definition.mode === "shared";
  }

  /** Sets the value. Throws a TypeError for what is no number, an Error for a label that there is not. */
  set(labels: LabelValues<T>, value: number): void;
  set(value: number): void;
  set(first: LabelsGiven | number, value?: number): void {
    if (typeof first === "object" && first !== null) {
      const { family } = this;
      const { core, cache } = family;
      const at = family.entryOf(first as never) * 2;
      const { words } = cache;
      let stale = 1;
      if (typeof value === "number")
        stale = this.#isShared ? core.sharedSet(words[at]!, words[at + 1]!, value) : core.gaugeSet(words[at]!, words[at + 1]!, value);
      if (stale !== 0) this.setAgain(first, value);
    } else setTo(valueOf(first), this.bare);
  }

  /** @internal The cold way of `set`. */
  setAgain(labels: LabelsGiven, value: unknown): void {
    setTo(valueOf(value), this.handleOf(labels));
  }

  /** Adds 1 or an amount. Throws as `set` does. */
  inc(labels: LabelValues<T>, value?: number): void;
  inc(value?: number): void;
  inc(first?: LabelsGiven | number, value?: number): void {
    this.#add(first, value, 1);
  }

  /** Takes 1 or an amount away. Throws as `set` does. */
  dec(labels: LabelValues<T>, value?: number): void;
  dec(value?: number): void;
  dec(first?: LabelsGiven | number, value?: number): void {
    this.#add(first, value, -1);
  }

  #add(first: LabelsGiven | number | undefined, value: number | undefined, sign: number): void {
    if (typeof first === "object" && first !== null) {
      const { family } = this;
      const { core, cache } = family;
      const at = family.entryOf(first as never) * 2;
      const { words } = cache;
      const amount = value === undefined ? sign : value * sign;
      let stale = 1;
      if (typeof value === "number" || value === undefined)
        stale = this.#isShared ? core.sharedAdd(words[at]!, words[at + 1]!, amount) : core.gaugeAdd(words[at]!, words[at + 1]!, amount);
      if (stale !== 0) this.addAgain(first, value, sign);
    } else added(deltaOf(first, sign), this.bare);
  }

  /** @internal The cold way of `inc` and `dec`. */
  addAgain(labels: LabelsGiven, value: unknown, sign: number): void {
    added(deltaOf(value, sign), this.handleOf(labels));
  }

  /** Sets the value to the time, in seconds since the epoch. */
  setToCurrentTime(labels?: LabelValues<T>): void {
    this.set((labels ?? {}) as LabelValues<T>, now() / 1000);
  }

  /** The function it returns sets the gauge to the seconds since, and returns them; labels may be given at either end. */
  startTimer(labels?: LabelValues<T>): (labels?: LabelValues<T>) => number {
    const from = ticks();
    return (late) => {
      const seconds = secondsSince(from);
      this.set(both(labels, late) as LabelValues<T>, seconds);
      return seconds;
    };
  }

  /** @internal prom-client has it, and some programs ask it. */
  _getValue(labels?: LabelsGiven): number {
    return this.family.read(givenBlock(this.labelNames, labels ?? {}))?.value ?? 0;
  }

  /** The gauge of one label set. Throws an Error for another number of values than there are labels. */
  labels(...values: (string | number)[]): Gauge.Internal<T>;
  labels(labels: LabelValues<T>): Gauge.Internal<T>;
  labels(...values: unknown[]): Gauge.Internal<T> {
    return this.child(values) as Gauge.Internal<T>;
  }

  protected override made(labels: LabelsGiven): Child {
    return new Child(this as unknown as Gauge, labels, (child) => this.kept(labels, child));
  }
}

export namespace Gauge {
  export interface Internal<T extends string> {
    inc(value?: number): void;
    dec(value?: number): void;
    set(value: number): void;
    setToCurrentTime(): void;
    startTimer(): (labels?: LabelValues<T>) => number;
  }
}
