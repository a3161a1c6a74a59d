// prom-client as one object, as `require` and a default import give it: values, and types by the same name.

import type * as names from "./client.ts";
import {
  aggregators,
  AggregatorRegistry,
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
} from "./client.ts";

/** All of it as one object, as `require` gives it. */
export const client = {
  register,
  Registry,
  get contentType(): names.RegistryContentType {
    return register.contentType;
  },
  set contentType(value: names.RegistryContentType) {
    register.setContentType(value);
  },
  prometheusContentType,
  openMetricsContentType,
  validateMetricName,
  Counter,
  Gauge,
  Histogram,
  Summary,
  Pushgateway,
  linearBuckets,
  exponentialBuckets,
  collectDefaultMetrics,
  aggregators,
  ClusterRegistry,
  WorkerRegistry,
  AggregatorRegistry,
};

/** Types by the one name, for who imports it alone: `client.Counter<"method">`. */
export declare namespace client {
  export type AggregatorRegistry<T extends RegistryContentType = RegistryContentType> = names.AggregatorRegistry<T>;
  export type ClusterRegistry<T extends RegistryContentType = RegistryContentType> = names.ClusterRegistry<T>;
  export type WorkerRegistry<T extends RegistryContentType = RegistryContentType> = names.WorkerRegistry<T>;
  export type Registry<T extends RegistryContentType = RegistryContentType> = names.Registry<T>;
  export type Metric<T extends string = string> = names.Metric<T>;
  export type Counter<T extends string = string> = names.Counter<T>;
  export type Gauge<T extends string = string> = names.Gauge<T>;
  export type Histogram<T extends string = string> = names.Histogram<T>;
  export type Summary<T extends string = string> = names.Summary<T>;
  export type Pushgateway<T extends RegistryContentType = RegistryContentType> = names.Pushgateway<T>;
  export namespace Counter {
    export type Internal = names.Counter.Internal;
  }
  export namespace Gauge {
    export type Internal<T extends string> = names.Gauge.Internal<T>;
  }
  export namespace Histogram {
    export type Internal<T extends string> = names.Histogram.Internal<T>;
    export type Config = names.Histogram.Config;
  }
  export namespace Summary {
    export type Internal<T extends string> = names.Summary.Internal<T>;
    export type Config = names.Summary.Config;
  }
  export namespace Pushgateway {
    export type Options = names.Pushgateway.Options;
    export type Parameters = names.Pushgateway.Parameters;
  }
  export type Aggregator = names.Aggregator;
  export type Charset = names.Charset;
  export type Collector = names.Collector;
  export type MetricObject = names.MetricObject;
  export type MetricType = names.MetricType;
  export type OpenMetricsContentType = names.OpenMetricsContentType;
  export type OpenMetricsMIME = names.OpenMetricsMIME;
  export type OpenMetricsVersion = names.OpenMetricsVersion;
  export type PrometheusContentType = names.PrometheusContentType;
  export type PrometheusMetricsVersion = names.PrometheusMetricsVersion;
  export type PrometheusMIME = names.PrometheusMIME;
  export type RegistryContentType = names.RegistryContentType;
  export type CounterConfiguration<T extends string> = names.CounterConfiguration<T>;
  export type GaugeConfiguration<T extends string> = names.GaugeConfiguration<T>;
  export type HistogramConfiguration<T extends string> = names.HistogramConfiguration<T>;
  export type SummaryConfiguration<T extends string> = names.SummaryConfiguration<T>;
  export type IncreaseDataWithExemplar<T extends string> = names.IncreaseDataWithExemplar<T>;
  export type ObserveDataWithExemplar<T extends string> = names.ObserveDataWithExemplar<T>;
  export type LabelValues<T extends string> = names.LabelValues<T>;
  export type MetricValue<T extends string> = names.MetricValue<T>;
  export type MetricValueWithName<T extends string> = names.MetricValueWithName<T>;
  export type MetricObjectWithValues<V extends MetricValue<string>> = names.MetricObjectWithValues<V>;
  export type CollectFunction<T> = names.CollectFunction<T>;
  export type DefaultMetricsCollectorConfiguration<T extends RegistryContentType = RegistryContentType> =
    names.DefaultMetricsCollectorConfiguration<T>;
}
