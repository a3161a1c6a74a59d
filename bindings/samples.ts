// Constant metrics as collectors return them, and what is refused of them before anything is set. A sample is what `value()`
// of a metric of that type gives, with labels, and a time where it has one.

import { collectedInvalid, constantInvalid, constantWrong, kindOf, shown } from "./errors.ts";
import type { LabelValue } from "./labels.ts";
import type { SummaryValue } from "./reading.ts";

/** The value of a constant histogram: classic buckets, cumulative; the one of Infinity may be left out. */
export interface ConstantHistogram {
  readonly count: number | bigint;
  readonly sum: number;
  readonly buckets: readonly { readonly le: number; readonly count: number | bigint }[];
}

/** The value of a constant summary. */
export type ConstantSummary = Omit<SummaryValue, "count"> & { readonly count: number | bigint };

/** What a sample has beside its value. */
interface Told {
  readonly labels?: Readonly<Record<string, LabelValue>>;
  /** When it was measured: seconds since the epoch (not milliseconds), or a Date. Without one it is of the scrape. */
  readonly timestamp?: number | Date;
  /** When it began to count: seconds since the epoch, or a Date. */
  readonly created?: number | Date;
}

/** A sample of a constant metric. */
export interface ConstantSample<V = number | ConstantHistogram | ConstantSummary> extends Told {
  /**
   * A number; of a histogram `{ count, sum, buckets: [{ le, count }] }`, cumulative; of a summary
   * `{ count, sum, quantiles: [{ quantile, value }] }`: what `value()` of such a metric gives.
   */
  readonly value: V;
}

/** A sample of a constant info, whose value is 1. */
export interface ConstantInfoSample extends Told {
  readonly value?: number;
}

interface FamilyOf<T extends string, S> {
  readonly type: T;
  readonly name: string;
  readonly help?: string;
  readonly unit?: string;
  readonly labelNames?: readonly string[];
  readonly utf8?: boolean;
  readonly samples: readonly S[];
}

/** A family that a collector hands over: all of its samples. */
export type ConstantFamily =
  | FamilyOf<"counter" | "gauge" | "unknown", ConstantSample<number>>
  | FamilyOf<"info", ConstantInfoSample>
  | FamilyOf<"histogram" | "gaugeHistogram", ConstantSample<ConstantHistogram>>
  | FamilyOf<"summary", ConstantSample<ConstantSummary>>;

type Type = ConstantFamily["type"];
type Fields = Partial<Record<string, unknown>>;

const TYPES: readonly Type[] = ["counter", "gauge", "histogram", "summary", "info", "unknown", "gaugeHistogram"];
const FAMILY_KEYS = ["type", "name", "help", "unit", "labelNames", "utf8", "samples"];
const SAMPLE_KEYS = ["labels", "value", "timestamp", "created"];
/** The year 5138: what is beyond was meant as milliseconds. */
const SECONDS_MAX = 1e11;

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function checkKeys(metric: string, what: string, value: object, known: readonly string[], labels?: unknown): void {
  const key = Object.keys(value).find((each) => !known.includes(each));
  if (key !== undefined) throw constantWrong(metric, `${what} has no ${shown(key)}; it has ${known.join(", ")}`, labels);
}

function isDate(time: unknown): time is Date {
  return kindOf(time) === "Date";
}

/** @internal As records have it: 0 for none, so the epoch is -0. */
export function secondsOf(time: number | Date | undefined): number {
  if (time === undefined) return 0;
  return (isDate(time) ? time.getTime() / 1000 : time) || -0;
}

function checkTime(metric: string, labels: unknown, what: string, time: unknown): void {
  if (time === undefined) return;
  const seconds = isDate(time) ? time.getTime() / 1000 : time;
  const must = "must be a Date or seconds since the epoch";
  if (typeof seconds !== "number") throw constantWrong(metric, `its ${what} is ${shown(time)} and ${must}`, labels);
  if (Math.abs(seconds) <= SECONDS_MAX) return;
  if (isDate(time) && Number.isNaN(seconds)) throw constantInvalid(metric, `its ${what} is an invalid Date`, labels);
  const hint = Number.isFinite(seconds) ? "; it looks like milliseconds" : "";
  throw constantInvalid(metric, `its ${what} is ${seconds} and ${must}${hint}`, labels);
}

/** @internal A count as 64 bits have it; -1 for none. */
export function wholeNumber(value: unknown): bigint {
  if (typeof value === "bigint" && value >= 0n && value < 1n << 64n) return value;
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < 2 ** 64 ? BigInt(value) : -1n;
}

/** A count: all of it, or up to a bound. */
function checkCount(metric: string, labels: unknown, count: unknown, le?: unknown): bigint {
  const whole = wholeNumber(count);
  if (whole >= 0n) return whole;
  const wrong = typeof count === "number" || typeof count === "bigint" ? constantInvalid : constantWrong;
  const whose = le === undefined ? "its count" : `its count up to le ${le as number}`;
  throw wrong(metric, `${whose} is ${shown(count)} and must be a whole number below 2^64`, labels);
}

/** The numbers of a list: bounds or quantiles; the bound of Infinity may be left out. */
function keysOf(list: readonly Fields[], key: string): unknown[] {
  return list.map((each) => each[key]).filter((each) => each !== Infinity);
}

function checkBuckets(metric: string, labels: unknown, buckets: readonly Fields[], count: unknown): void {
  const all = checkCount(metric, labels, count);
  let below = -Infinity;
  let before = 0n;
  for (const [i, { le, count: own }] of buckets.entries()) {
    if (typeof le !== "number") throw constantWrong(metric, `its bucket ${i} has the le ${shown(le)}, which is no number`, labels);
    if (!(le > below)) throw constantInvalid(metric, `its bucket ${i} has the le ${le}, which must be above ${below}`, labels);
    const whole = checkCount(metric, labels, own, le);
    if (whole < before)
      throw constantInvalid(metric, `its count up to le ${le} is ${whole}, below the ${before} of the bucket before`, labels);
    if (le === Infinity && whole !== all)
      throw constantInvalid(metric, `its count is ${all}, and up to le Infinity it is ${whole}`, labels);
    below = le;
    before = whole;
  }
  if (all < before) throw constantInvalid(metric, `its count is ${all}, below the ${before} of its last bucket`, labels);
}

function checkQuantiles(metric: string, labels: unknown, quantiles: readonly Fields[], count: unknown): void {
  checkCount(metric, labels, count);
  for (const { quantile, value } of quantiles) {
    if (typeof quantile !== "number") throw constantWrong(metric, `a quantile is ${shown(quantile)} and must be a number`, labels);
    if (typeof value !== "number")
      throw constantWrong(metric, `the value of quantile ${quantile} is ${shown(value)} and must be a number`, labels);
  }
}

/** The value of a histogram or a summary, and whether it is of the shape of the metric's first sample. */
function checkComposite(type: Type, metric: string, labels: unknown, value: unknown, first: unknown): void {
  const [list, key] = type === "summary" ? ["quantiles", "quantile"] : ["buckets", "le"];
  const { count, sum, native, [list]: parts } = (isObject(value) ? value : {}) as Fields;
  if (native !== undefined) throw constantWrong(metric, "its value has native, but a constant has only classic buckets", labels);
  if (!Array.isArray(parts) || !parts.every(isObject) || typeof sum !== "number")
    throw constantWrong(
      metric,
      `its value is ${shown(value)} and must be { count, sum, ${list} }, as value() of a ${type} gives it`,
      labels,
    );
  (type === "summary" ? checkQuantiles : checkBuckets)(metric, labels, parts, count);
  if (value === first) return;
  const own = keysOf(parts, key!);
  const wanted = keysOf((first as Record<string, Fields[]>)[list!]!, key!);
  if (own.length !== wanted.length || own.some((each, i) => each !== wanted[i]))
    throw constantInvalid(metric, `its ${list} are [${own.join(", ")}], and those of its first sample [${wanted.join(", ")}]`, labels);
}

function checkSample(type: Type, metric: string, sample: unknown, i: number, first: unknown): void {
  if (!isObject(sample)) throw constantWrong(metric, `its sample ${i} is ${shown(sample)} and must be an object with a value`);
  const { value, timestamp, created, labels } = sample;
  checkKeys(metric, "a sample", sample, SAMPLE_KEYS, labels);
  if (labels !== undefined && !isObject(labels)) throw constantWrong(metric, `its labels are ${shown(labels)} and must be an object`);
  checkTime(metric, labels, "timestamp", timestamp);
  checkTime(metric, labels, "created", created);
  if (type === "histogram" || type === "gaugeHistogram" || type === "summary") {
    checkComposite(type, metric, labels, value, (first as Fields)["value"]);
    return;
  }
  if (type === "info" && value === undefined) return;
  if (typeof value !== "number") throw constantWrong(metric, `its value is ${shown(value)} and must be a number`, labels);
  if (type === "counter" && !(value >= 0))
    throw constantInvalid(metric, `its value is ${value} and a counter's must not be negative`, labels);
}

/** Throws where something is no constant metric: before any of it is set. */
function checkConstant(family: unknown, i: number): asserts family is ConstantFamily {
  if (!isObject(family)) {
    const flat = Array.isArray(family) ? "; .flat() makes one array of several" : "";
    throw collectedInvalid(`${shown(family)} at ${i}: a metric is an object with type, name and samples${flat}`);
  }
  const { name, type, samples } = family;
  if (typeof name !== "string") throw collectedInvalid(`${shown(family)} at ${i}: its name is ${shown(name)} and must be a string`);
  checkKeys(name, "a constant metric", family, FAMILY_KEYS);
  if (!TYPES.includes(type as Type))
    throw (typeof type === "string" ? constantInvalid : constantWrong)(
      name,
      `its type is ${shown(type)} and must be one of ${TYPES.join(", ")}`,
    );
  if (!Array.isArray(samples)) throw constantWrong(name, `its samples are ${shown(samples)} and must be an array`);
  samples.forEach((sample: unknown, j) => checkSample(type as Type, name, sample, j, samples[0]));
}

function isMeant(each: unknown): boolean {
  return typeof each === "object" && each !== null && ("samples" in each || "name" in each);
}

/**
 * @internal The constant metrics of what a callback returned: an array, or another iterable. Whatever else it returns is not
 * meant for us: a timer, results of others.
 */
export function constantsOf(result: unknown): readonly ConstantFamily[] {
  if (typeof result !== "object" || result === null || ArrayBuffer.isView(result)) return [];
  if (!(Symbol.iterator in result)) {
    if (Symbol.asyncIterator in result) throw collectedInvalid("an async iterable: it returns an array, or a promise of one");
    if ("samples" in result || "metrics" in result) throw collectedInvalid(`${shown(result)}: it returns an array of metrics`);
    return [];
  }
  const all = Array.from(result as Iterable<unknown>);
  if (!all.some((each) => isMeant(each) || (Array.isArray(each) && each.some(isMeant)))) return [];
  all.forEach((family, i) => family === undefined || checkConstant(family, i));
  return all.filter((family) => family !== undefined) as ConstantFamily[];
}
