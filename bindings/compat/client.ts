// Everything that prom-client and @prometheus-io/client export, by their names.

import { aggregators } from "./aggregators.ts";
import { AggregatorRegistry, ClusterRegistry, WorkerRegistry } from "./cluster.ts";
import { Counter } from "./counter.ts";
import { collectDefaultMetrics } from "./default-metrics.ts";
import { Gauge } from "./gauge.ts";
import { exponentialBuckets, linearBuckets } from "./generators.ts";
import { Histogram } from "./histogram.ts";
import { Pushgateway } from "./pushgateway.ts";
import { globalRegistry as register, Registry } from "./registry.ts";
import { OPENMETRICS as openMetricsContentType, PROMETHEUS as prometheusContentType, type RegistryContentType } from "./shapes.ts";
import { Summary } from "./summary.ts";
import { validateMetricName } from "./validation.ts";

export {
  AggregatorRegistry,
  aggregators,
  ClusterRegistry,
  collectDefaultMetrics,
  Counter,
  exponentialBuckets,
  Gauge,
  Histogram,
  linearBuckets,
  openMetricsContentType,
  prometheusContentType,
  Pushgateway,
  register,
  Registry,
  Summary,
  validateMetricName,
  WorkerRegistry,
};

export type { CounterConfiguration, IncreaseDataWithExemplar } from "./counter.ts";
export type { DefaultMetricsCollectorConfiguration } from "./default-metrics.ts";
export type { GaugeConfiguration } from "./gauge.ts";
export type { HistogramConfiguration, ObserveDataWithExemplar } from "./histogram.ts";
export type { Metric } from "./registry.ts";
export type { SummaryConfiguration } from "./summary.ts";
export type {
  Aggregator,
  Charset,
  Collector,
  CollectFunction,
  LabelValues,
  MetricObject,
  MetricObjectWithValues,
  MetricType,
  MetricValue,
  MetricValueWithName,
  OpenMetricsContentType,
  OpenMetricsMIME,
  OpenMetricsVersion,
  PrometheusContentType,
  PrometheusMetricsVersion,
  PrometheusMIME,
  RegistryContentType,
} from "./shapes.ts";

/** The global registry's content type when this was loaded; `client.contentType` is the one that it has. */
export const contentType: RegistryContentType = register.contentType;
