// prom-client's counter.

import type { CounterHandle } from "../counter.ts";
import { Metric, type MetricConfiguration } from "./metric.ts";
import { exemplarOf } from "./about.ts";
import { isObject, type LabelsGiven } from "./labels.ts";
import type { CollectFunction, LabelValues } from "./shapes.ts";
import { decreased, notNumber } from "./worded.ts";

/** What `new Counter` takes. The name is printed as it is said, without a `_total` that it does not have. */
export interface CounterConfiguration<T extends string> extends MetricConfiguration<T> {
  collect?: CollectFunction<Counter<T>> | undefined;
}

/** What `inc` takes of a counter with `enableExemplars`. `value` is finite and not negative, 1 by default. */
export interface IncreaseDataWithExemplar<T extends string> {
  value?: number;
  labels?: LabelValues<T>;
  exemplarLabels?: LabelValues<string>;
}

/** What `inc` adds; undefined for NaN, which is left out. Throws as prom-client does. */
function amountOf(value: unknown): number | undefined {
  if (value === undefined || value === null) return 1;
  if (typeof value !== "number" || Math.abs(value) === Infinity) throw notNumber("Value", value);
  if (value < 0) throw decreased();
  return value === value ? value : undefined;
}

class Child {
  readonly inc: (value?: number) => void;

  constructor(bound: (child: Child) => CounterHandle) {
    let handle: CounterHandle | undefined;
    this.inc = (value) => {
      const amount = amountOf(value);
      // What is refused makes no series.
      handle ??= bound(this);
      if (amount !== undefined) handle.inc(amount);
    };
  }
}

/**
 * A cumulative value, which only grows.
 *
 * @example
 * ```ts
 * import { Counter } from "tallystick/prom-client";
 *
 * const jobs = new Counter({ name: "jobs", help: "Jobs done.", labelNames: ["queue"] });
 * jobs.inc({ queue: "mail" });
 * jobs.labels("mail").inc(2);
 * (await jobs.get()).values; // [{ value: 3, labels: { queue: "mail" } }]
 * ```
 */
export class Counter<T extends string = string> extends Metric<T, "counter", Child> {
  /** Of the label set without labels, once it was used. */
  #own: CounterHandle | undefined;

  constructor(configuration: CounterConfiguration<T>) {
    super("counter", configuration, () => ({}));
  }

  /** Adds 1 or an amount. Throws an Error for a negative one and for a label that there is not, a TypeError for what is no finite number. */
  inc(labels: LabelValues<T>, value?: number): void;
  inc(value?: number): void;
  inc(data: IncreaseDataWithExemplar<T>): void;
  inc(first?: object | number, value?: number): void {
    const own = this.#own;
    if (first === undefined && own !== undefined) own.inc(1);
    else this.given(first, value);
  }

  /** @internal Apart from `inc`, which is small enough then to be compiled into its caller. */
  given(first: object | number | null | undefined, value: number | undefined): void {
    if (this.enableExemplars) this.exemplified(first);
    else if (typeof first === "object" && first !== null) {
      const { family } = this;
      const { core, cache } = family;
      const at = family.entryOf(first as never) * 2;
      const { words } = cache;
      const cell = words[at]!;
      const amount = value === undefined ? 1 : value;
      if (core.tokens[cell >>> 2] === words[at + 1] && typeof amount === "number" && amount >= 0 && amount < Infinity)
        core.values[(cell + core.counterValue) >>> 3]! += amount;
      else this.again(first as LabelsGiven, value);
    } else {
      const amount = amountOf(first);
      this.#own ??= this.bare;
      if (amount !== undefined) this.#own.inc(amount);
    }
  }

  /** @internal The cold way of `inc`. */
  again(labels: LabelsGiven, value: unknown): void {
    const amount = amountOf(value);
    const handle = this.handleOf(labels);
    if (amount !== undefined) handle.inc(amount);
  }

  /** @internal */
  exemplified(data: unknown): void {
    const { labels, value, exemplarLabels } = (isObject(data) ? data : {}) as {
      labels?: LabelsGiven;
      value?: unknown;
      exemplarLabels?: object;
    };
    const amount = amountOf(value);
    const about = exemplarOf(exemplarLabels);
    const handle = labels === undefined ? this.bare : this.observedHandle(labels);
    if (amount === undefined) return;
    handle.inc(amount);
    if (about !== undefined) this.family.core.exemplarSet(handle.cell, handle.token, amount, about);
  }

  /** The counter of one label set. */
  labels(...values: (string | number)[]): Counter.Internal;
  labels(labels: LabelValues<T>): Counter.Internal;
  labels(...values: unknown[]): Counter.Internal {
    return this.child(values);
  }

  protected override made(labels: LabelsGiven): Child {
    return new Child((child) => this.kept(labels, child));
  }
}

export namespace Counter {
  export interface Internal {
    inc(value?: number): void;
  }
}
