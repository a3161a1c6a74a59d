// The value of one series, and how many there are, as the registry describes itself.

import type { HistogramValue, LabelValue, MetricDescription, SeriesDescription, SummaryValue } from "../index.ts";
import { labelsInvalid, metricAbsent, nameMissing, noMetric, seriesAbsent, seriesSeveral } from "./worded.ts";

/** What a series can be: a number, what `value()` of a histogram or summary gives, or the states that hold. */
export type MetricValue = number | HistogramValue | SummaryValue | readonly string[];

/** The labels of one series, all of them, by name; numbers are compared as the text that the page has. */
export type SeriesLabels = Readonly<Record<string, LabelValue>>;

/** A registry, or what `mergeRegistries` gives. */
export interface DescribedRegistry {
  describe(): MetricDescription[];
}

/** A metric of any type and any labels. */
export interface AnyMetric {
  readonly name: string;
}

/** One that has values. */
export interface Valued<V> extends AnyMetric {
  value(...which: never): V;
}

/** What the printed name of a type has behind the metric's. */
const PRINTED: Readonly<Partial<Record<MetricDescription["type"], string>>> = { counter: "_total", info: "_info" };

/** Labels as they are printed. */
function printed(labels: Readonly<Record<string, unknown>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(String(value))}`);
  return `{${pairs.join(",")}}`;
}

function describedIn(registry: DescribedRegistry, name: string): MetricDescription {
  const all = registry.describe();
  const found = all.find((metric) => metric.name === name || metric.name + (PRINTED[metric.type] ?? "") === name);
  if (found !== undefined) return found;
  throw metricAbsent(
    name,
    all.map((metric) => metric.name),
  );
}

function seriesOf({ name, series }: MetricDescription, labels: SeriesLabels | undefined): SeriesDescription {
  const all = series as readonly SeriesDescription[];
  const shown = all.map((each) => printed(each.labels));
  if (labels === undefined) {
    if (all.length === 1) return all[0]!;
    throw all.length === 0 ? seriesAbsent(name, "", shown) : seriesSeveral(name, shown);
  }
  const wanted = Object.entries(labels);
  const found = all.find(
    (each) => Object.keys(each.labels).length === wanted.length && wanted.every(([label, value]) => each.labels[label] === String(value)),
  );
  if (found === undefined) throw seriesAbsent(name, printed(labels), shown);
  return found;
}

function isRegistry(value: unknown): value is DescribedRegistry {
  return typeof value === "object" && value !== null && "describe" in value && typeof value.describe === "function";
}

/** The registry that a metric is in. */
function homeOf(metric: unknown): DescribedRegistry | undefined {
  const home = typeof metric === "object" && metric !== null && "home" in metric ? metric.home : undefined;
  return isRegistry(home) ? home : undefined;
}

/**
 * The value of one series over all threads: a number; of a histogram or a summary `{ count, sum, buckets }` or `{ count, sum, quantiles }`,
 * of a state set the states that hold, of an info 1. Of a registry by the metric's name, with or without `_total`, or of a metric. `labels`
 * are all that the series has; without them it is the only one that there is. Collectors do not run: `await registry.expose()` first.
 * Throws an Error that names the metric and what there is where there is no such series, or more than one without labels; a metric's own
 * `value()` is 0 then. The library's own metrics are none of these.
 *
 * @example
 * ```ts
 * import { Registry } from "tallystick";
 * import { valueOf } from "tallystick/testing";
 *
 * const registry = new Registry();
 * const jobs = registry.counter({ name: "jobs", help: "Jobs done.", labelNames: ["kind"] });
 * jobs.inc({ kind: "mail" }, 3);
 * valueOf(registry, "jobs_total", { kind: "mail" }); // 3
 * valueOf(jobs); // 3
 * ```
 */
export function valueOf(registry: DescribedRegistry, name: string, labels?: SeriesLabels): MetricValue;
export function valueOf<V extends MetricValue>(metric: Valued<V>, labels?: SeriesLabels): V;
export function valueOf(metric: AnyMetric, labels?: SeriesLabels): MetricValue;
export function valueOf(target: DescribedRegistry | AnyMetric, ...rest: readonly unknown[]): MetricValue {
  const home = isRegistry(target) ? target : homeOf(target);
  if (home === undefined) throw noMetric(target);
  const [name, labels] = isRegistry(target) ? rest : [(target as AnyMetric).name, rest[0]];
  if (typeof name !== "string") throw nameMissing(name);
  if (labels !== undefined && (typeof labels !== "object" || labels === null || Array.isArray(labels))) throw labelsInvalid(name, labels);
  return seriesOf(describedIn(home, name), labels as SeriesLabels | undefined).value;
}

/**
 * How many series there are, of all metrics or of one: a histogram is one for each label set. The library's own are left out. Throws an
 * Error where there is no metric of that name.
 *
 * @example
 * ```ts
 * import { Registry } from "tallystick";
 * import { countOf } from "tallystick/testing";
 *
 * const registry = new Registry();
 * registry.histogram({ name: "latency_seconds", help: "Latency." }).observe(0.2);
 * registry.counter({ name: "jobs", help: "Jobs done.", labelNames: ["kind"] }).inc({ kind: "mail" });
 * countOf(registry); // 2
 * countOf(registry, "jobs"); // 1
 * ```
 */
export function countOf(registry: DescribedRegistry, name?: string): number {
  if (!isRegistry(registry)) throw noMetric(registry);
  const metrics = name === undefined ? registry.describe() : [describedIn(registry, name)];
  return metrics.reduce((count, { series }) => count + series.length, 0);
}
