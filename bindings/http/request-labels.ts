// Labels of requests: routes and what the application's own function says, each with a limit. What goes wrong in it is counted and told
// once, and the request is counted all the same.

import type { LabelValue } from "../labels.ts";
import { atOnce } from "../requests/at-once.ts";
import type { AnyRequest } from "../requests/watch.ts";
import { Bounded, OTHER } from "./bounded.ts";
import type { InstrumentSettings } from "./instrument-settings.ts";
import type { RequestMetrics } from "./request-metrics.ts";
import { labelsFailed, labelValuesInvalid } from "./worded.ts";

/** A label without a value is none: what there was is not known. */
const NOTHING = "";
const PRINTED = ["string", "number", "bigint", "boolean"];

export class RequestLabels {
  readonly #settings: InstrumentSettings;
  readonly #metrics: RequestMetrics;
  readonly #routes: Bounded;
  readonly #values: readonly Bounded[];
  #told = false;

  constructor(settings: InstrumentSettings, metrics: RequestMetrics) {
    this.#settings = settings;
    this.#metrics = metrics;
    this.#routes = new Bounded(settings.maxRoutes);
    this.#values = settings.labelNames.map(() => new Bounded(settings.maxLabelValues));
  }

  #failed(what: string, error: unknown): void {
    if (this.#told) return;
    this.#told = true;
    this.#settings.told(labelsFailed(what, error));
  }

  /** What the application says of a request for which nobody knows a pattern; undefined where it says nothing. */
  asked(request: AnyRequest): string | undefined {
    const { route } = this.#settings;
    if (route === undefined) return undefined;
    try {
      const said: unknown = atOnce("a route", route(request));
      if (said === undefined || said === null) return undefined;
      if (typeof said === "string") return said;
      this.#metrics.failed("route", "invalid");
      this.#failed("the route", labelValuesInvalid(said, "route"));
    } catch (error) {
      this.#metrics.failed("route", "threw");
      this.#failed("the route", error);
    }
    return undefined;
  }

  route(route: string): string {
    if (this.#routes.takes(route)) return route;
    this.#metrics.failed("route", "limit");
    return OTHER;
  }

  /** The values of the application's own labels, in their order; undefined where there are none. */
  own(request: AnyRequest, response: unknown): readonly string[] | undefined {
    const { labels, labelNames } = this.#settings;
    if (labels === undefined) return undefined;
    let given: Readonly<Record<string, LabelValue | undefined>> = {};
    let isRead = false;
    try {
      const said: unknown = atOnce("labels", labels(request, response));
      if (typeof said !== "object" || said === null) throw labelValuesInvalid(said);
      given = said as typeof given;
      isRead = true;
    } catch (error) {
      for (const label of labelNames) this.#metrics.failed(label, "threw");
      this.#failed("labels", error);
    }
    return labelNames.map((label, i) => (isRead ? this.#value(given, label, this.#values[i]!) : NOTHING));
  }

  #value(given: Readonly<Record<string, LabelValue | undefined>>, label: string, known: Bounded): string {
    let value: unknown;
    try {
      // What every object inherits is no label: a function may have left `constructor` out.
      value = Object.hasOwn(given, label) || !Object.hasOwn(Object.prototype, label) ? given[label] : undefined;
    } catch (error) {
      this.#metrics.failed(label, "threw");
      this.#failed("labels", error);
      return NOTHING;
    }
    if (value === undefined || value === null) return NOTHING;
    if (!PRINTED.includes(typeof value)) {
      this.#metrics.failed(label, "invalid");
      this.#failed("labels", labelValuesInvalid(value, label));
      return NOTHING;
    }
    const text = String(value);
    if (known.takes(text)) return text;
    this.#metrics.failed(label, "limit");
    return OTHER;
  }
}
