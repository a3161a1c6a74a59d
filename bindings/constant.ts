// Constant metrics: what a collector has measured elsewhere and hands over as a whole, so that an exporter can be
// written. A sample is what `value()` of a metric of that type gives, with labels, and a time where it has one.

import { EXHAUSTED, NO_WRITER } from "../assembly/status.ts";
import { constantInvalid, shown } from "./errors.ts";
import type { Core } from "./core.ts";
import { Family } from "./family.ts";
import type { LabelObject, LabelValue } from "./labels.ts";
import type { HistogramValue, SummaryValue } from "./reading.ts";

/** A sample of a constant metric. */
export interface ConstantSample {
  readonly labels?: Readonly<Record<string, LabelValue>>;
  /**
   * A number; of a histogram `{ count, sum, buckets: [{ le, count }] }`, cumulative; of a summary
   * `{ count, sum, quantiles: [{ quantile, value }] }`: what `value()` of such a metric gives.
   */
  readonly value: number | HistogramValue | SummaryValue;
  /** When it was measured: seconds since the epoch (not milliseconds), or a Date. Without one it is of the scrape. */
  readonly timestamp?: number | Date;
  /** When it began to count: seconds since the epoch, or a Date. */
  readonly created?: number | Date;
}

/** A family that a collector hands over: all of its samples. */
export interface ConstantFamily {
  readonly type: "counter" | "gauge" | "histogram" | "summary" | "info" | "unknown" | "gaugeHistogram";
  readonly name: string;
  readonly help?: string;
  readonly unit?: string;
  readonly labelNames?: readonly string[];
  readonly utf8?: boolean;
  readonly samples: readonly ConstantSample[];
}

/** Bits of a base's `set`. */
const SET = 1;
const QUANTILES = 2;

const TYPES: readonly ConstantFamily["type"][] = ["counter", "gauge", "histogram", "summary", "info", "unknown", "gaugeHistogram"];
const FAMILY_KEYS = ["type", "name", "help", "unit", "labelNames", "utf8", "samples"];
const SAMPLE_KEYS = ["labels", "value", "timestamp", "created"];
/** The year 5138: what is beyond was meant as milliseconds. */
const SECONDS_MAX = 1e11;

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkKeys(metric: string, what: string, value: object, known: readonly string[]): void {
  const key = Object.keys(value).find((each) => !known.includes(each));
  if (key !== undefined) throw constantInvalid(metric, `${what} has no ${shown(key)}; it has ${known.join(", ")}`);
}

function checkTime(metric: string, what: string, time: unknown): void {
  if (time === undefined) return;
  const seconds = time instanceof Date ? time.getTime() / 1000 : time;
  if (typeof seconds !== "number" || !Number.isFinite(seconds) || Math.abs(seconds) > SECONDS_MAX)
    throw constantInvalid(metric, `its ${what} is ${shown(time)} and must be a Date or seconds since the epoch`);
}

function checkSample(type: ConstantFamily["type"], metric: string, sample: unknown): void {
  if (!isObject(sample)) throw constantInvalid(metric, `a sample is ${shown(sample)} and must be an object with a value`);
  checkKeys(metric, "a sample", sample, SAMPLE_KEYS);
  const { value, timestamp, created, labels } = sample as Partial<Record<string, unknown>>;
  checkTime(metric, "timestamp", timestamp);
  checkTime(metric, "created", created);
  if (labels !== undefined && !isObject(labels)) throw constantInvalid(metric, `its labels are ${shown(labels)} and must be an object`);
  const list = type === "summary" ? "quantiles" : type === "histogram" || type === "gaugeHistogram" ? "buckets" : undefined;
  if (list === undefined) {
    if (typeof value !== "number") throw constantInvalid(metric, `its value is ${shown(value)} and must be a number`);
    return;
  }
  const parts: unknown = isObject(value) ? (value as Record<string, unknown>)[list] : undefined;
  if (!Array.isArray(parts) || !parts.every(isObject) || typeof (value as { sum?: unknown }).sum !== "number")
    throw constantInvalid(metric, `its value must be { count, sum, ${list} }, as value() of a ${type} gives it`);
}

/** @internal Throws where something is no constant metric: before any of it is set. */
export function checkConstant(family: unknown): asserts family is ConstantFamily {
  const { name, type, samples } = (isObject(family) ? family : {}) as Partial<Record<string, unknown>>;
  const metric = String(name);
  if (!isObject(family) || typeof name !== "string" || !Array.isArray(samples))
    throw constantInvalid(metric, "it must be an object with type, name and samples");
  checkKeys(metric, "it", family, FAMILY_KEYS);
  if (!TYPES.includes(type as ConstantFamily["type"]))
    throw constantInvalid(metric, `its type is ${shown(type)} and must be one of ${TYPES.join(", ")}`);
  for (const sample of samples as readonly unknown[]) checkSample(type as ConstantFamily["type"], metric, sample);
}

function secondsOf(time: number | Date | undefined): number {
  return time === undefined ? 0 : typeof time === "number" ? time : time.getTime() / 1000;
}

function wholeNumber(value: unknown): bigint {
  if (typeof value === "bigint" && value >= 0n && value < 1n << 64n) return value;
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 64 ? BigInt(value) : -1n;
}

/** The counts of cumulative buckets, not cumulative; undefined where they are none, or not those of the metric. */
function countsOf(bounds: readonly number[], value: HistogramValue): bigint[] | undefined {
  const buckets = value.buckets.filter(({ le }) => le !== Infinity);
  // The one without a bound has all of them.
  if (value.buckets.some(({ le, count }) => le === Infinity && wholeNumber(count) !== wholeNumber(value.count))) return undefined;
  if (buckets.length !== bounds.length || buckets.some(({ le }, i) => le !== bounds[i])) return undefined;
  let before = 0n;
  const counts = [...buckets.map(({ count }) => count), value.count].map((count) => {
    const whole = wholeNumber(count);
    const own = whole - before;
    before = whole;
    return own;
  });
  return counts.some((count) => count < 0n) ? undefined : counts;
}

/** @internal What a definition needs of the first sample: bounds or quantiles. */
export function shapeOf({ type, samples }: ConstantFamily): { buckets?: number[]; quantiles?: number[] } {
  const value = samples[0]?.value as Partial<HistogramValue & SummaryValue> | undefined;
  if (type === "histogram" || type === "gaugeHistogram") return { buckets: value?.buckets?.map(({ le }) => le) ?? [] };
  return type === "summary" ? { quantiles: value?.quantiles?.map(({ quantile }) => quantile) ?? [] } : {};
}

/** @internal A sample, checked and serialised. */
export interface Prepared {
  readonly block: string;
  readonly value: number;
  readonly tail: Uint8Array;
  readonly set: number;
  readonly timestamp: number;
  readonly created: number;
}

/** @internal */
export class ConstantSet extends Family<never> {
  protected override made(): never {
    throw constantInvalid(this.name, "it is set by a collector");
  }

  protected override bare(): void {}

  #bytes(words: readonly bigint[], numbers: readonly number[] = []): Uint8Array {
    const bytes = new DataView(new ArrayBuffer((words.length + numbers.length) * 8));
    words.forEach((word, i) => bytes.setBigUint64(i * 8, word, true));
    numbers.forEach((number, i) => bytes.setFloat64((words.length + i) * 8, number, true));
    return new Uint8Array(bytes.buffer);
  }

  /** What stands behind the value, and the value. */
  #tail(value: ConstantSample["value"]): { value: number; tail: Uint8Array; set: number } {
    const { kind, buckets, quantiles } = this.definition;
    if (kind === "histogram" || kind === "gaugeHistogram") {
      const counts = countsOf(buckets, value as HistogramValue);
      if (counts === undefined) throw constantInvalid(this.name, "its buckets must be those of its first sample, cumulative and whole");
      return { value: (value as HistogramValue).sum, tail: this.#bytes(counts), set: SET };
    }
    if (kind === "summary") {
      const { count, sum, quantiles: own } = value as SummaryValue;
      const whole = wholeNumber(count);
      if (whole < 0n || own.length !== quantiles.length || own.some(({ quantile }, i) => quantile !== quantiles[i]))
        throw constantInvalid(this.name, "its quantiles must be those of its first sample, and its count whole");
      const tail = this.#bytes(
        [whole],
        own.map((each) => each.value),
      );
      return { value: sum, tail, set: SET | QUANTILES };
    }
    if (kind === "counter" && !((value as number) >= 0)) throw constantInvalid(this.name, "a counter is a number that is not negative");
    return { value: kind === "info" ? 1 : (value as number), tail: this.#bytes([]), set: SET };
  }

  /** What is to be set of samples. Throws where one is none of this metric. */
  prepared(samples: readonly ConstantSample[]): readonly Prepared[] {
    const blocks = new Set<string>();
    return samples.map((sample) => {
      const block = this.block([(sample.labels ?? {}) as LabelObject]);
      if (blocks.has(block)) throw constantInvalid(this.name, `two samples have the labels {${block}}`);
      blocks.add(block);
      return { block, ...this.#tail(sample.value), timestamp: secondsOf(sample.timestamp), created: secondsOf(sample.created) };
    });
  }

  /** Sets the samples, and ends those that this thread set before and that are no more. */
  setAll(samples: readonly Prepared[], number: bigint): void {
    for (const { block, value, tail, set, timestamp, created } of samples) {
      const status = this.constant(block, value, tail, number, { set, timestamp, created });
      if (status === EXHAUSTED) this.home.refused(this.name, "memory");
      if (status === NO_WRITER) this.home.refused(this.name, "contention");
    }
    this.sweep(number);
  }

  sweep(number: bigint): void {
    this.core.cold(() => this.core.verbs.constantSweep(this.address, this.state, number));
  }
}

/** @internal Numbers for settings: the instance above, and counted up below. */
export class Settings {
  #count = 0;

  next(core: Core): bigint {
    core.ready();
    return (BigInt(core.identity) << 32n) | BigInt(++this.#count & 0xffffffff);
  }
}
