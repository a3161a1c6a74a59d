// The samples of one metric at one moment, such as the buckets, sum and count of a histogram, and what they must be together.
// OpenMetrics has the lines of a metric in one group, so one metric at a time is kept, and of the others a hash. Text has no such rule, and
// of a histogram's family all metrics are kept until the family is over.

import type { Family, FamilyType } from "./family.ts";
import { quoted, short } from "./findings.ts";
import { hashKey, Hashes } from "./hashes.ts";
import { boundText, secondsOf } from "./numbers.ts";
import type { LintFormat, RuleName } from "./rules.ts";
import type { Label, Sample } from "./scan.ts";

/** Metrics of one family of text that are kept at once. */
export const METRICS_MOST = 100_000;

export type TellAt = (rule: RuleName, line: number, message: string) => void;

/** One metric: what its samples said until now. */
interface Point {
  readonly line: number;
  timestamp: string | undefined;
  seconds: number | undefined;
  /** Of the last bucket or quantile. */
  bound: number | undefined;
  buckets: number;
  last: number;
  whole: number | undefined;
  count: number | undefined;
  sum: number | undefined;
  isNegative: boolean;
  /** Others than `_created`. */
  values: number;
  created: number | undefined;
}

function pointOf(line: number): Point {
  const none = { timestamp: undefined, seconds: undefined, bound: undefined, whole: undefined, count: undefined, sum: undefined };
  return { ...none, line, buckets: 0, last: 0, isNegative: false, values: 0, created: undefined };
}

/** The labels in one order, without those that are none, as a text that no other labels have; `without` is what tells samples of one metric apart. */
export function labelsKey(labels: readonly Label[], without?: string): string {
  const pairs = labels
    .filter(({ name, value }) => value !== "" && name !== without)
    .map(({ name, value }) => `${name.length}:${value.length}:${name}${value}`);
  return pairs.length > 1 ? pairs.toSorted().join("\u0001") : (pairs[0] ?? "");
}

/** The label that samples of one metric differ in. */
function apartBy(family: Family, type: FamilyType, suffix: string): string | undefined {
  if (suffix === "_bucket") return "le";
  if (type === "stateset") return family.name;
  return type === "summary" && suffix === "" ? "quantile" : undefined;
}

export class Points {
  readonly #format: LintFormat;
  readonly #tell: TellAt;
  #family: Family | undefined;
  /** Of text: of the family that is open, by the hashes of their labels. */
  #kept = new Map<string, Point>();
  /** Of OpenMetrics: the metric that is open, and hashes of those before it. */
  #key = "";
  #open: Point | undefined;
  #before = new Hashes(METRICS_MOST);

  constructor(format: LintFormat, tell: TellAt) {
    this.#format = format;
    this.#tell = tell;
  }

  /** A sample of a family; `value` is its number. */
  sample(family: Family, type: FamilyType, suffix: string, sample: Sample, value: number, line: number): void {
    if (family !== this.#family) {
      this.close();
      this.#family = family;
    }
    const isOpen = this.#format === "openmetrics";
    if (!isOpen && type !== "histogram" && type !== "summary") return;
    const key = hashKey(labelsKey(sample.labels, apartBy(family, type, suffix)));
    const point = isOpen ? this.#opened(family, type, key, sample, line) : this.#keptOf(family, type, key, line);
    if (suffix === "_created") {
      point.created ??= line;
      return;
    }
    point.values++;
    if (suffix === "_bucket") this.#bucket(point, sample, value, line);
    else if (suffix === "" && type === "summary") this.#quantile(point, sample, value, line);
    else if (suffix === "_count" || suffix === "_gcount") point.count = value;
    else if (suffix === "_sum" || suffix === "_gsum") point.sum = value;
  }

  /** The end of the family that is open. */
  close(): void {
    const family = this.#family;
    if (family === undefined) return;
    const type = family.typeIn(this.#format);
    if (this.#open !== undefined) this.#ended(family, type, this.#open);
    for (const point of this.#kept.values()) this.#ended(family, type, point);
    this.#family = undefined;
    this.#open = undefined;
    this.#key = "";
    if (this.#kept.size > 0) this.#kept = new Map();
    this.#before = new Hashes(METRICS_MOST);
  }

  #keptOf(family: Family, type: FamilyType, key: string, line: number): Point {
    let point = this.#kept.get(key);
    if (point !== undefined) return point;
    if (this.#kept.size === METRICS_MOST) {
      if (family.once("limit")) this.#tell("limit", line, `there are more than ${METRICS_MOST} metrics: they are looked at in parts`);
      for (const each of this.#kept.values()) this.#ended(family, type, each);
      this.#kept.clear();
    }
    point = pointOf(line);
    this.#kept.set(key, point);
    return point;
  }

  /** The metric of OpenMetrics that a sample is of, at its moment. */
  #opened(family: Family, type: FamilyType, key: string, sample: Sample, line: number): Point {
    let point = this.#open;
    if (point === undefined || key !== this.#key) {
      if (point !== undefined) {
        this.#ended(family, type, point);
        this.#before.add(this.#key);
      }
      const isNew = this.#before.full || this.#before.add(key);
      if (!isNew && family.once("grouping", "metric")) {
        this.#tell("grouping", line, "samples of one metric do not stand together: those of another stand between them");
        // What is missing here may stand there.
        family.isSplit = true;
      }
      point = { ...pointOf(line), timestamp: sample.timestamp };
      this.#key = key;
      this.#open = point;
    }
    return this.#moved(family, type, point, sample, line);
  }

  /** Another moment of the same metric is a point of its own. */
  #moved(family: Family, type: FamilyType, point: Point, { timestamp }: Sample, line: number): Point {
    const seconds = timestamp === undefined ? undefined : secondsOf(timestamp);
    if ((timestamp === undefined) !== (point.timestamp === undefined)) {
      if (family.once("timestamp", "mixed")) this.#tell("timestamp", line, "some samples of one metric have a timestamp, and others none");
      return point;
    }
    point.seconds ??= seconds;
    if (seconds === undefined || point.seconds === undefined || seconds === point.seconds) return point;
    if (seconds < point.seconds) {
      if (family.once("timestamp", "back"))
        this.#tell("timestamp", line, `the timestamp ${short(timestamp!)} is before that of the sample above it`);
      point.seconds = seconds;
      return point;
    }
    this.#ended(family, type, point);
    this.#open = { ...pointOf(line), timestamp, seconds };
    return this.#open;
  }

  #bucket(point: Point, { labels }: Sample, value: number, line: number): void {
    const le = labels.find(({ name }) => name === "le")?.value;
    if (le === undefined) return this.#tell("bucket", line, "a bucket has no label le");
    const bound = this.#bound(le, "le", "bucket", line);
    if (bound === undefined) return;
    if (Number.isNaN(bound)) return this.#tell("bucket", line, "le is NaN");
    if (!Number.isInteger(value) || value < 0)
      this.#tell("bucket", line, `bucket le="${short(le)}" is ${value}: it must be a whole number, not negative`);
    if (point.bound !== undefined && bound <= point.bound) {
      const how = bound === point.bound ? "is there twice" : "stands behind a greater one";
      this.#tell("bucket", line, `bucket le="${short(le)}" ${how}`);
    } else if (point.buckets > 0 && value < point.last) {
      this.#tell("bucket", line, `bucket le="${short(le)}" is ${value} and the one before it ${point.last}: they are cumulative`);
    }
    point.buckets++;
    point.bound = bound;
    point.last = value;
    point.isNegative ||= bound < 0;
    if (bound === Infinity) point.whole = value;
  }

  #quantile(point: Point, { labels }: Sample, value: number, line: number): void {
    const text = labels.find(({ name }) => name === "quantile")?.value;
    if (text === undefined) return this.#tell("quantile", line, "a summary's sample has no label quantile");
    const quantile = this.#bound(text, "quantile", "quantile", line);
    if (quantile === undefined) return;
    if (!(quantile >= 0 && quantile <= 1)) return this.#tell("quantile", line, `quantile="${short(text)}" is not from 0 to 1`);
    if (this.#format === "openmetrics") {
      if (value < 0) this.#tell("quantile", line, `quantile="${short(text)}" is ${value}: it must not be negative`);
    } else if (point.bound !== undefined && quantile <= point.bound) {
      this.#tell("quantile", line, `quantile="${short(text)}" does not stand behind smaller ones alone`);
    }
    point.bound = quantile;
  }

  /** The number of an `le` or a quantile, which OpenMetrics writes in one way. */
  #bound(text: string, label: string, rule: RuleName, line: number): number | undefined {
    // Text's parsers take any float; OpenMetrics' client of Python takes +Inf alone.
    const bound = /^[+-]?(?:inf(?:inity)?|nan)$|^[+-]?[\d.]+(?:e[+-]?\d+)?$/i.test(text)
      ? Number(text.replace(/inf(?:inity)?/i, "Infinity"))
      : NaN;
    if (Number.isNaN(bound) && !/^nan$/i.test(text)) {
      this.#tell(rule, line, `${label}=${quoted(text)} is no number`);
      return undefined;
    }
    if (this.#format === "text") return bound;
    const written = boundText(bound);
    if (bound === Infinity && text !== written) {
      this.#tell(rule, line, `${label}=${quoted(text)} must be written +Inf`);
    } else if (text !== written && this.#family?.once("bound") === true) {
      this.#tell("bound", line, `${label}=${quoted(text)} is written ${written}`);
    }
    return bound;
  }

  /** What a metric's samples must be together. */
  #ended(family: Family, type: FamilyType, point: Point): void {
    const tell = (rule: RuleName, message: string) => {
      if (!family.isSplit) this.#tell(rule, point.line, message);
    };
    if (point.values === 0 && point.created !== undefined) tell("created", "there is a _created of a series that is not there");
    if (point.values === 0) return;
    if (type === "summary" && this.#format === "text") {
      if (point.count === undefined) tell("quantile", "a summary has no _count");
      if (point.sum === undefined) tell("quantile", "a summary has no _sum");
    }
    if (type !== "histogram" && type !== "gaugehistogram") return;
    const [count, sum] = type === "histogram" ? ["_count", "_sum"] : ["_gcount", "_gsum"];
    if (point.whole === undefined) tell("bucket", 'there is no bucket le="+Inf"');
    else if (point.count !== undefined && point.count !== point.whole) {
      tell("bucket", `${count} is ${point.count} and bucket le="+Inf" ${point.whole}: they are the same`);
    }
    if (this.#format === "text") {
      if (point.count === undefined) tell("bucket", "a histogram has no _count");
      if (point.sum === undefined) tell("bucket", "a histogram has no _sum");
      return;
    }
    if ((point.count === undefined) !== (point.sum === undefined)) {
      // A negative bucket forbids the sum, and what goes with it.
      tell(
        "bucket",
        `there is ${point.count === undefined ? `${sum} without ${count}` : `${count} without ${sum}`}: both are there, or neither`,
      );
    }
    if (type === "gaugehistogram" && !point.isNegative && point.sum !== undefined && !(point.sum >= 0)) {
      tell("bucket", `_gsum is ${point.sum}, and no bucket is below 0`);
    }
    if (type === "histogram" && point.isNegative && point.sum !== undefined) {
      tell("bucket", "there is a bucket below 0, and a _sum, which may go back then");
    }
  }
}
