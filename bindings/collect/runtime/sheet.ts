// Default metrics on the page, as constants: what is set is the runtime's own number, what is not set again ends, and all of a thread
// ends with it. Blocks of labels are made once. Those of a worker have one label more than their family says, `thread`: so what the main
// thread shows is the same family and the same series whether there are workers or not, and whoever comes first.

import { labelsOf } from "../../carry.ts";
import type { Catalog } from "../../catalog.ts";
import { type ConstantSet, type Prepared, Settings as Numbers } from "../../constant.ts";
import { define, type DefinitionOptions, type GaugeMode } from "../../definition.ts";
import { blockLabels, labelBlock } from "../../labels.ts";
import { blockName } from "../../names.ts";
import { OWN_LABELS, type Settings } from "./settings.ts";
import { labelTaken } from "./worded.ts";

/** A metric, without what all have. */
export interface MetricOptions {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
  /** How several processes become one value: the sum of those that live, by default. */
  readonly mode?: GaugeMode;
  readonly buckets?: readonly number[];
}

/** A family may end while it is set: so often it is made anew. */
const TRIES = 8;
const THREAD = "thread";
const NOTHING = new Uint8Array(0);
/** Of a base: it has a value. */
const SET = 1;

/** One series. What is not set between two showings is not shown. */
export class Sample implements Prepared {
  readonly block: string;
  /** Behind the value: the counts of a histogram's buckets. */
  readonly tail: Uint8Array;
  readonly set = SET;
  readonly timestamp = 0;
  readonly created = 0;
  value = 0;
  isThere = false;

  constructor(block: string, tail: Uint8Array) {
    this.block = block;
    this.tail = tail;
  }

  is(value: number): void {
    this.value = value;
    this.isThere = true;
  }
}

/** One family. */
export class Metric {
  readonly #registry: Catalog;
  readonly #kind: MetricOptions["kind"];
  readonly #options: DefinitionOptions;
  readonly #blockNames: readonly string[];
  readonly #sheet: Sheet;
  readonly #samples: Sample[] = [];
  #set: ConstantSet | undefined;

  constructor(sheet: Sheet, { kind, ...options }: MetricOptions) {
    this.#sheet = sheet;
    this.#registry = sheet.settings.registry as Catalog;
    this.#kind = kind;
    const own = options.labelNames ?? [];
    const { prefix, labelNames } = sheet.settings;
    this.#options = {
      ...options,
      name: prefix + options.name,
      labelNames: [...own, ...labelNames],
    };
    // What is wrong with a prefix, a label or a bound is said before anything is shown.
    define(kind, this.#options, true);
    this.#blockNames = [...own, ...(sheet.thread === undefined ? [] : [THREAD]), ...labelNames].map(blockName);
  }

  /** The series with these values of the metric's own labels. */
  sample(values: readonly string[] = [], tail: Uint8Array = NOTHING): Sample {
    const { thread, settings } = this.#sheet;
    const all = [...values, ...(thread === undefined ? [] : [thread]), ...settings.labelValues];
    const sample = new Sample(labelBlock(this.#blockNames, all), tail);
    this.#samples.push(sample);
    return sample;
  }

  show(number: bigint): void {
    const there = this.#samples.filter((sample) => sample.isThere);
    for (const sample of there) sample.isThere = false;
    this.#showAll(there, number);
  }

  #showAll(samples: readonly Sample[], number: bigint): void {
    if (this.#set === undefined && samples.length === 0) return;
    // Another memory: the thread could only join late.
    if (this.#set?.core !== this.#registry.core) this.#set = undefined;
    for (let i = 0; i < TRIES; i++) {
      this.#set ??= this.#registry.constant(this.#kind, this.#options, () => false);
      if (this.#set.setAll(samples, number)) break;
      this.#registry.forget(this.#set);
      this.#set = undefined;
    }
    if (samples.length > 0 || this.#set === undefined) return;
    this.#registry.forget(this.#set);
    this.#set = undefined;
  }

  end(number: bigint): void {
    this.#showAll([], number);
  }
}

/** What one thread shows of itself, or of its process. */
export class Sheet {
  readonly settings: Settings;
  /** The value of the label `thread`, where its series have it. */
  readonly thread: string | undefined;
  readonly #metrics: Metric[] = [];
  readonly #numbers = new Numbers();

  constructor(settings: Settings, thread?: string) {
    this.settings = settings;
    this.thread = thread;
  }

  metric(options: MetricOptions): Metric {
    const metric = new Metric(this, options);
    this.#metrics.push(metric);
    return metric;
  }

  /** A metric of one series. */
  one(options: MetricOptions): Sample {
    return this.metric(options).sample();
  }

  /** Shows what was set since the last time, and ends the rest. */
  show(): void {
    this.#checkDefaults();
    const number = this.#number();
    let failure: { readonly error: unknown } | undefined;
    for (const metric of this.#metrics) {
      try {
        metric.show(number);
      } catch (error) {
        // Of one metric's name: others are as good as they were.
        failure ??= { error };
      }
    }
    if (failure !== undefined) throw failure.error;
  }

  end(): void {
    const number = this.#number();
    for (const metric of this.#metrics) metric.end(number);
  }

  /** A page with a label twice is none: the registry does not know that there is one named so. */
  #checkDefaults(): void {
    if (this.thread === undefined) return;
    const block = labelsOf((this.settings.registry as Catalog).here("show default metrics"));
    if (blockLabels(block).some(([name]) => name === THREAD)) throw labelTaken(THREAD, OWN_LABELS);
  }

  #number(): bigint {
    return this.#numbers.next((this.settings.registry as Catalog).core);
  }
}
