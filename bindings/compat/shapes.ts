// What prom-client's users write and get: content types, labels, values, configurations.

/** How a page is encoded. */
export type Charset = "utf-8";

/** The media type of Prometheus' text. */
export type PrometheusMIME = "text/plain";

/** The version of Prometheus' text that is written. */
export type PrometheusMetricsVersion = "0.0.4";

/** The media type of OpenMetrics. */
export type OpenMetricsMIME = "application/openmetrics-text";

/** The version of OpenMetrics that is written. */
export type OpenMetricsVersion = "1.0.0";

/** The content type of a page of OpenMetrics. */
export type OpenMetricsContentType = `${OpenMetricsMIME}; version=${OpenMetricsVersion}; charset=${Charset}`;

/** The content type of a page of Prometheus' text. */
export type PrometheusContentType = `${PrometheusMIME}; version=${PrometheusMetricsVersion}; charset=${Charset}`;

/** What `setContentType` takes: which of the two a registry's page is. */
export type RegistryContentType = PrometheusContentType | OpenMetricsContentType;

/** `text/plain; version=0.0.4; charset=utf-8`: what a registry's page is by default. */
export const PROMETHEUS: PrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";
/** `application/openmetrics-text; version=1.0.0; charset=utf-8`: for `setContentType`. */
export const OPENMETRICS: OpenMetricsContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** How values of several processes become one. */
export type Aggregator = "omit" | "sum" | "first" | "min" | "max" | "average";

/** The types that prom-client's API has. */
export type MetricType = "counter" | "gauge" | "histogram" | "summary";

/** Labels of a series by name; those that are left out are none. 64 at the most, and 16,384 bytes together. */
export type LabelValues<T extends string> = Partial<Record<T, string | number>>;

/** What an observation was about. */
export interface Exemplar {
  readonly labelSet: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestamp: number;
}

/** One sample as `get()` tells it. Values of labels come back as text. */
export type MetricValue<T extends string> = {
  value: number;
  labels: LabelValues<T>;
  exemplar?: Exemplar | null;
};

/** The same of a histogram or a summary, whose samples have names of their own: `_bucket`, `_sum`, `_count`. */
export type MetricValueWithName<T extends string> = MetricValue<T> & {
  metricName?: string;
};

/** Sets a metric at each scrape, which waits 10 s for its promise at the most; `this` is the metric. */
export type CollectFunction<T> = (this: T) => void | Promise<void>;

/** A function that collects. prom-client's types name it; nothing takes one. */
export type Collector = () => void;

/** A metric's definition, as `getMetricsAsArray()` tells it. */
export interface MetricObject {
  name: string;
  help: string;
  type: MetricType;
  aggregator: Aggregator;
  collect?: CollectFunction<never> | undefined;
}

/** A metric's definition with all its samples, as `get()` and `getMetricsAsJSON()` tell it. */
export interface MetricObjectWithValues<V extends MetricValue<string>> extends MetricObject {
  values: V[];
}

/** A metric as a registry knows it: one of ours, or any object that tells its values. */
export interface Gettable {
  readonly name: string;
  get(): unknown;
}
