// A family's values as prom-client's `get()` gives them: plain objects, a line of text each.

import { statesOf, histogramValue, summaryValue } from "../reading.ts";
import { exemplarKey, exemplarsOf } from "./exemplars.ts";
import type { Exemplar, MetricType, MetricValueWithName } from "./shapes.ts";
import { labelsOfBlock, type Series, seriesOf, type Stored } from "./stored.ts";

type Values = MetricValueWithName<string>[];

/** prom-client has four types: what else there is becomes what text 0.0.4 calls it. */
export function typeOf({ definition: { kind } }: Stored): MetricType {
  if (kind === "counter" || kind === "summary" || kind === "histogram") return kind;
  return kind === "gaugeHistogram" ? "histogram" : "gauge";
}

/** A bound as JSON has it. */
export function leOf(le: number): string | number {
  return le === Infinity ? "+Inf" : le;
}

function histogramValues({ definition }: Stored, { block, reading }: Series, exemplars: ReadonlyMap<string, Exemplar>): Values {
  const { name } = definition;
  const { buckets, sum, count } = histogramValue(definition, reading);
  const bounded = buckets.map(({ le, count: value }) => ({
    value,
    metricName: `${name}_bucket`,
    exemplar: exemplars.get(exemplarKey(block, le)) ?? null,
    labels: { le: leOf(le), ...labelsOfBlock(block) },
  }));
  return [
    ...bounded,
    { value: sum, metricName: `${name}_sum`, labels: labelsOfBlock(block) },
    { value: count, metricName: `${name}_count`, labels: labelsOfBlock(block) },
  ];
}

/** Where no value was observed for long there is no quantile, and prom-client says 0. */
export function quantileShown(value: number): number {
  return Number.isNaN(value) ? 0 : value;
}

function summaryValues({ definition }: Stored, { block, reading }: Series): Values {
  const { name } = definition;
  const { quantiles, sum, count } = summaryValue(definition, reading);
  return [
    ...quantiles.map(({ quantile, value }) => ({ labels: { quantile, ...labelsOfBlock(block) }, value: quantileShown(value) })),
    { metricName: `${name}_sum`, labels: labelsOfBlock(block), value: sum },
    { metricName: `${name}_count`, labels: labelsOfBlock(block), value: count },
  ];
}

function plainValues({ definition }: Stored, { block, reading }: Series, exemplars: ReadonlyMap<string, Exemplar>): Values {
  const { kind, name, mode } = definition;
  const labels = labelsOfBlock(block);
  if (kind === "stateset") {
    const held = statesOf(definition, reading);
    return definition.states.map((state) => ({ value: Number(held.includes(state)), labels: { ...labels, [name]: state } }));
  }
  if (kind === "info") return [{ value: 1, labels }];
  if (mode === "all" || mode === "liveall")
    return reading.parts.map(({ writer, value }) => ({ value, labels: { ...labels, writer: String(writer) } }));
  const exemplar = exemplars.get(exemplarKey(block));
  return [{ value: reading.value, labels, ...(exemplar === undefined ? {} : { exemplar }) }];
}

/** What one series of a family says. */
function valuesOfSeries(stored: Stored, series: Series, exemplars: ReadonlyMap<string, Exemplar>): Values {
  const type = typeOf(stored);
  if (type === "histogram") return histogramValues(stored, series, exemplars);
  return type === "summary" ? summaryValues(stored, series) : plainValues(stored, series, exemplars);
}

/** All values of a family. */
export function valuesOf(stored: Stored): Values {
  const exemplars = exemplarsOf(stored);
  return [...seriesOf(stored)].flatMap((series) => valuesOfSeries(stored, series, exemplars));
}
