// What prom-client's users write and get: content types, labels, values, configurations.

export type Charset = "utf-8";
export type PrometheusMIME = "text/plain";
export type PrometheusMetricsVersion = "0.0.4";
export type OpenMetricsMIME = "application/openmetrics-text";
export type OpenMetricsVersion = "1.0.0";

export type OpenMetricsContentType = `${OpenMetricsMIME}; version=${OpenMetricsVersion}; charset=${Charset}`;
export type PrometheusContentType = `${PrometheusMIME}; version=${PrometheusMetricsVersion}; charset=${Charset}`;
export type RegistryContentType = PrometheusContentType | OpenMetricsContentType;

export const PROMETHEUS: PrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";
export const OPENMETRICS: OpenMetricsContentType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** How values of several processes become one. */
export type Aggregator = "omit" | "sum" | "first" | "min" | "max" | "average";

export type MetricType = "counter" | "gauge" | "histogram" | "summary";

export type LabelValues<T extends string> = Partial<Record<T, string | number>>;

/** What an observation was about. */
export interface Exemplar {
  readonly labelSet: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestamp: number;
}

export type MetricValue<T extends string> = {
  value: number;
  labels: LabelValues<T>;
  exemplar?: Exemplar | null;
};

export type MetricValueWithName<T extends string> = MetricValue<T> & {
  metricName?: string;
};

export type CollectFunction<T> = (this: T) => void | Promise<void>;

export type Collector = () => void;

export interface MetricObject {
  name: string;
  help: string;
  type: MetricType;
  aggregator: Aggregator;
  collect?: CollectFunction<never> | undefined;
}

export interface MetricObjectWithValues<V extends MetricValue<string>> extends MetricObject {
  values: V[];
}

/** A metric as a registry knows it: one of ours, or any object that tells its values. */
export interface Gettable {
  readonly name: string;
  get(): unknown;
}
