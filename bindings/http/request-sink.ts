// What becomes of a request that is followed: it is in flight, and at its end its time and its sizes are counted.

import { clock } from "../clock.ts";
import type { ExemplarLabels, GaugeHandle } from "../index.ts";
import type { AnyRequest, FinishedRequest, Followed, Routing, Sink } from "../requests/watch.ts";
import { atOnce } from "../requests/at-once.ts";
import { sharedMap } from "../requests/copies.ts";
import { methodOf } from "../requests/method.ts";
import { OTHER } from "./bounded.ts";
import { DeclaredSizes, type Sizes } from "./declared.ts";
import type { InstrumentSettings } from "./instrument-settings.ts";
import { pathIn } from "./path.ts";
import { RequestLabels } from "./request-labels.ts";
import { RequestMetrics, type RequestSeries } from "./request-metrics.ts";
import { statusNumber } from "./statuses.ts";
import { traceOf } from "./traceparent.ts";
import { labelsFailed } from "./worded.ts";

/** How the sizes of node:http's requests are known, where there are any: of a request and its response. */
export type MeterOf = (request: object, response: object) => Sizes;

/** What is kept of a request that is under way. */
interface Kept {
  readonly inFlight: GaugeHandle | undefined;
  readonly sizes: Sizes | undefined;
  /** That of node:http. */
  readonly response: object | undefined;
  /** What is read of the request, once it is answered. */
  seen: Seen | undefined;
}

interface Seen {
  readonly own: readonly string[] | undefined;
  readonly exemplar: ExemplarLabels | undefined;
  readonly received: number;
}

/** What the list of methods has for those that are not in it. */
const OTHER_METHODS = "OTHER";

function labelOf(method: string): string {
  return method === OTHER_METHODS ? OTHER : method;
}

/** A request has one sample in each set of metrics, whoever follows it: this is what they are told apart by. */
const places = sharedMap<Map<string, object>>("http");

function placeOf({ identity, names }: InstrumentSettings): object {
  let own = places.get(identity);
  if (own === undefined) places.set(identity, (own = new Map<string, object>()));
  const key = JSON.stringify(names);
  let place = own.get(key);
  if (place === undefined) own.set(key, (place = {}));
  return place;
}

export class RequestSink implements Sink {
  readonly into: object;
  readonly told: (error: unknown) => void;
  readonly #settings: InstrumentSettings;
  readonly #metrics: RequestMetrics;
  readonly #labels: RequestLabels;
  readonly #meterOf: MeterOf | undefined;
  #told = false;

  constructor(settings: InstrumentSettings, meterOf?: MeterOf) {
    this.#settings = settings;
    this.#metrics = new RequestMetrics(settings);
    this.#labels = new RequestLabels(settings, this.#metrics);
    this.#meterOf = this.#metrics.hasSizes ? meterOf : undefined;
    this.into = placeOf(settings);
    this.told = settings.told;
  }

  /** Only patterns are routes: whatever a path has in it, a stranger chose. */
  get routing(): Routing {
    return { route: (request) => this.#labels.asked(request), isStream: this.#settings.isStream };
  }

  start(): number {
    return clock.now();
  }

  began(followed: Followed, its: object): void {
    const { request, url, method } = followed;
    if (this.#isIgnored(followed, url)) return;
    const response = its === request ? undefined : its;
    const inFlight = this.#metrics.inFlight(labelOf(methodOf(method)));
    let sizes: Sizes | undefined;
    if (this.#metrics.hasSizes) sizes = response === undefined ? new DeclaredSizes(request) : this.#meterOf?.(request, response);
    const kept: Kept = { inFlight, sizes, response, seen: undefined };
    followed.kept = kept;
    inFlight?.inc();
  }

  #isIgnored({ request }: Followed, url: string): boolean {
    try {
      return atOnce("ignore", this.#settings.isIgnored(request, pathIn(url)));
    } catch (error) {
      this.#failed("whether to ignore", error);
      return false;
    }
  }

  #failed(what: string, error: unknown): void {
    if (this.#told) return;
    this.#told = true;
    this.told(labelsFailed(what, error));
  }

  answered(followed: Followed): void {
    const kept = followed.kept as Kept | undefined;
    if (kept !== undefined) kept.seen = this.#seen(kept, followed, followed.response);
  }

  #seen({ sizes }: Kept, { request }: Followed, response: unknown): Seen {
    const own = this.#labels.own(request, response);
    return { own, exemplar: this.#exemplar(request, response), received: sizes?.request() ?? NaN };
  }

  finished({ method, route, status, seconds, aborted }: FinishedRequest, followed: Followed): void {
    const kept = followed.kept as Kept | undefined;
    if (kept === undefined) return;
    kept.inFlight?.dec();
    const response = kept.response ?? followed.response;
    const { own, exemplar, received } = kept.seen ?? this.#seen(kept, followed, response);
    const name = labelOf(method);
    const number = statusNumber(status, aborted, this.#settings.isClass);
    const known = this.#labels.route(route);
    const series = own === undefined ? this.#metrics.series(known, name, number) : this.#metrics.labelled(known, name, number, own);
    this.#took(series, seconds, exemplar);
    const sent = kept.sizes?.response(status, response) ?? NaN;
    // What is not known is no observation, and none that is refused either.
    if (received >= 0) series.received(received);
    if (sent >= 0) series.sent(sent);
  }

  /** What is wrong with an exemplar is said before anything is counted: then it is counted without. */
  #took(series: RequestSeries, seconds: number, exemplar: ExemplarLabels | undefined): void {
    if (exemplar === undefined) {
      series.took(seconds);
      return;
    }
    try {
      series.took(seconds, exemplar);
    } catch (error) {
      this.#failed("the exemplar", error);
      series.took(seconds);
    }
  }

  #exemplar(request: AnyRequest, response: unknown): ExemplarLabels | undefined {
    const { exemplars } = this.#settings;
    if (exemplars === false || exemplars === undefined) return undefined;
    try {
      return typeof exemplars === "function" ? atOnce("an exemplar", exemplars(request, response)) : traceOf(request);
    } catch (error) {
      this.#failed("the exemplar", error);
      return undefined;
    }
  }
}
