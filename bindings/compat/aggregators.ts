// Values of several processes as one, from what `getMetricsAsJSON()` gave in each of them.

import type { Aggregator, MetricObjectWithValues, MetricType, MetricValueWithName } from "./shapes.ts";

type Value = MetricValueWithName<string>;
type Told = MetricObjectWithValues<Value>;

/** From the metrics of one name to one; undefined where it is left out. */
export type AggregatorFunction = (metrics: readonly Told[]) => Told | undefined;

/** A key that no two sets of labels share, whatever is in their values. */
function keyOf({ metricName = "", labels }: Value): string {
  const own = Object.entries(labels ?? {}).map(([name, value]) => [name, String(value)]);
  return JSON.stringify([metricName, ...own.sort(([a], [b]) => (a! < b! ? -1 : 1))]);
}

/** Counts of a summary's series by its labels without the quantile. */
function countKey(labels: Value["labels"]): string {
  const { quantile: _, ...own } = labels as Record<string, unknown>;
  return keyOf({ value: 0, labels: own as Value["labels"] });
}

interface Part {
  readonly value: Value;
  /** How many observations stand behind a quantile. */
  readonly weight: number;
}

function partsOf(metric: Told): Part[] {
  const counts = new Map<string, number>();
  const isSummary = metric.type === "summary";
  if (isSummary) {
    for (const value of metric.values) {
      if (value.metricName === `${metric.name}_count`) counts.set(countKey(value.labels), value.value);
    }
  }
  return metric.values.map((value) => ({ value, weight: isSummary ? (counts.get(countKey(value.labels)) ?? 0) : 0 }));
}

/** The one quantile of several: nobody can add them up. Weighted by what was observed; the exact one needs the observations. */
function quantile(parts: readonly Part[]): number {
  const weight = parts.reduce((sum, part) => sum + part.weight, 0);
  if (weight === 0) return parts.reduce((most, { value }) => Math.max(most, value.value), 0);
  return parts.reduce((sum, part) => sum + part.value.value * part.weight, 0) / weight;
}

function isQuantile(type: MetricType, { metricName, labels }: Value): boolean {
  return type === "summary" && metricName === undefined && labels !== undefined && "quantile" in labels;
}

/** An aggregator of a function over the values of one series. */
export function AggregatorFactory(aggregate: (values: readonly Value[]) => number): AggregatorFunction {
  return (metrics) => {
    const [first] = metrics;
    if (first === undefined) return undefined;
    const { help, name, type, aggregator } = first;
    const series = new Map<string, Part[]>();
    for (const part of metrics.flatMap(partsOf)) {
      const key = keyOf(part.value);
      const there = series.get(key);
      if (there === undefined) series.set(key, [part]);
      else there.push(part);
    }
    const values = [...series.values()].map((parts): Value => {
      const { labels, metricName } = parts[0]!.value;
      const all = parts.map(({ value }) => value);
      const value = isQuantile(type, all[0]!) && aggregate === summed ? quantile(parts) : aggregate(all);
      const exemplar = newest(all);
      return { value, labels, ...(metricName === undefined ? {} : { metricName }), ...(exemplar === undefined ? {} : { exemplar }) };
    });
    return { help, name, type, values, aggregator };
  };
}

function newest(values: readonly Value[]): NonNullable<Value["exemplar"]> | undefined {
  let found: NonNullable<Value["exemplar"]> | undefined;
  for (const { exemplar } of values)
    if (exemplar !== undefined && exemplar !== null && !(found !== undefined && found.timestamp >= exemplar.timestamp)) found = exemplar;
  return found;
}

function summed(values: readonly Value[]): number {
  return values.reduce((sum, { value }) => sum + value, 0);
}

/** By the names that metrics give as their `aggregator`. */
export const aggregators: Readonly<Record<Aggregator, AggregatorFunction>> = {
  sum: AggregatorFactory(summed),
  first: AggregatorFactory((values) => values[0]!.value),
  omit: () => undefined,
  average: AggregatorFactory((values) => summed(values) / values.length),
  min: AggregatorFactory((values) => values.reduce((least, { value }) => Math.min(least, value), Infinity)),
  max: AggregatorFactory((values) => values.reduce((most, { value }) => Math.max(most, value), -Infinity)),
};
