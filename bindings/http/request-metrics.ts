// The metrics of requests in a registry, and their series: each is bound once, so that a request costs three look-ups and plain stores.

import type { Counter, ExemplarLabels, Gauge, GaugeHandle, Histogram, HistogramHandle, LabelValue } from "../index.ts";
import { type InstrumentSettings, OWN_LABELS } from "./instrument-settings.ts";
import { statusText } from "./statuses.ts";

type Labelled = readonly string[];

/** The families that each request is counted in; undefined for those that are left out. */
export interface Families {
  readonly duration: Histogram<Labelled> | undefined;
  readonly requestSize: Histogram<Labelled> | undefined;
  readonly responseSize: Histogram<Labelled> | undefined;
}

/** The series of one route, method and status. Each is there from its first value on: sizes may be known of none. */
export class RequestSeries {
  readonly #families: Families;
  readonly #values: readonly LabelValue[];
  #duration: HistogramHandle | undefined;
  #requestSize: HistogramHandle | undefined;
  #responseSize: HistogramHandle | undefined;

  constructor(families: Families, values: readonly LabelValue[]) {
    this.#families = families;
    this.#values = values;
  }

  took(seconds: number, exemplar?: ExemplarLabels): void {
    (this.#duration ??= this.#families.duration?.labels(...this.#values))?.observe(seconds, exemplar);
  }

  received(bytes: number): void {
    (this.#requestSize ??= this.#families.requestSize?.labels(...this.#values))?.observe(bytes);
  }

  sent(bytes: number): void {
    (this.#responseSize ??= this.#families.responseSize?.labels(...this.#values))?.observe(bytes);
  }
}

/** Why a label did not get the value that was given. */
export type LabelFailure = "limit" | "threw" | "invalid";

const REASONS: readonly LabelFailure[] = ["limit", "threw", "invalid"];
/** Statuses in a number are at most three digits. */
const STATUSES_MAX = 1000;

export class RequestMetrics {
  readonly #families: Families;
  readonly #inFlight: Gauge<Labelled> | undefined;
  readonly #failures: Counter<Labelled> | undefined;
  /** By route, and by method and status in one number. */
  readonly #series = new Map<string, Map<number, RequestSeries>>();
  /** Methods are a closed list. */
  readonly #methods = new Map<string, { readonly number: number; readonly inFlight: GaugeHandle | undefined }>();

  /** Throws a MetricsError where a name is taken by a metric of another definition. */
  constructor(settings: InstrumentSettings) {
    const { registry, names, buckets, sizeBuckets, native, exemplars } = settings;
    const labelNames = [...OWN_LABELS, ...settings.labelNames];
    const histogram = (name: string | undefined, help: string, unit: string, bounds: readonly number[] | undefined, marked: boolean) =>
      name === undefined
        ? undefined
        : registry.histogram<Labelled>({
            name,
            help,
            labelNames,
            exemplars: marked,
            ...(name.endsWith(`_${unit}`) ? { unit } : {}),
            ...(bounds === undefined ? {} : { buckets: bounds }),
            ...(native === false ? {} : { native }),
          });
    const took = "Time from the head of a request to the end of its response.";
    this.#families = {
      duration: histogram(names.duration, took, "seconds", buckets, exemplars !== false),
      requestSize: histogram(names.requestSize, "Bytes of the bodies of requests.", "bytes", sizeBuckets, false),
      responseSize: histogram(names.responseSize, "Bytes of the bodies of responses.", "bytes", sizeBuckets, false),
    };
    if (names.inFlight !== undefined) {
      const help = "Requests that have not come to their end.";
      this.#inFlight = registry.gauge<Labelled>({ name: names.inFlight, help, labelNames: ["method"], mode: "livesum" });
    }
    if (names.labelFailures !== undefined) {
      const help = "Values that a label of a request did not get, as beyond its limit.";
      const labels = ["route", ...settings.labelNames].flatMap((label) => REASONS.map((reason) => ({ label, reason })));
      this.#failures = registry.counter<Labelled>({ name: names.labelFailures, help, labelNames: ["label", "reason"], labelSets: labels });
    }
  }

  get hasSizes(): boolean {
    return this.#families.requestSize !== undefined || this.#families.responseSize !== undefined;
  }

  failed(label: string, reason: LabelFailure): void {
    this.#failures?.inc({ label, reason });
  }

  #method(method: string): { readonly number: number; readonly inFlight: GaugeHandle | undefined } {
    let there = this.#methods.get(method);
    if (there === undefined) this.#methods.set(method, (there = { number: this.#methods.size, inFlight: this.#inFlight?.labels(method) }));
    return there;
  }

  inFlight(method: string): GaugeHandle | undefined {
    return this.#method(method).inFlight;
  }

  series(route: string, method: string, status: number): RequestSeries {
    let series = this.#series.get(route);
    if (series === undefined) this.#series.set(route, (series = new Map<number, RequestSeries>()));
    const key = this.#method(method).number * STATUSES_MAX + status;
    let there = series.get(key);
    if (there === undefined) series.set(key, (there = new RequestSeries(this.#families, [method, route, statusText(status)])));
    return there;
  }

  /** With labels of the application, which the metrics themselves know where to find: nothing is kept of them here. */
  labelled(route: string, method: string, status: number, values: readonly string[]): RequestSeries {
    return new RequestSeries(this.#families, [method, route, statusText(status), ...values]);
  }
}
