// Requests into a recorder: how many seconds each took, under its route and method.

import { checkOptions, type Kinds } from "../options.ts";
import { listener } from "../processes/line.ts";
import type { FinishedRequest, Routing, Sink } from "../requests/watch.ts";
import type { Recorder } from "./recorder.ts";
import { type RequestLabels, requestLabelsOf } from "./request-labels.ts";
import { recorderForeign, requestLabelsOutside } from "./worded.ts";

/** What `requests` takes beside a recorder. */
export interface RequestsOptions extends Routing {
  /**
   * Labels that requests have: 512 by default, and never more than half of the recorder's. Those of more routes are `other [GET]`, for a
   * recorder's labels are for good.
   */
  readonly maxLabels?: number | undefined;
  /** Hears of the first time that something goes wrong, as a `route` that throws; without it the console does. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const KINDS: Kinds = { route: "function", isStream: "function", maxLabels: "number", onError: "function" };
/** Half of what a recorder has by default: paths come from anybody, and other things are recorded, too. */
const LABELS_DEFAULT = 512;
const LABELS_MOST = 65_535;

class RequestSink implements Sink {
  readonly into: Recorder;
  readonly told: (error: unknown) => void;
  readonly #labels: RequestLabels;
  readonly #maxLabels: number;

  constructor(samples: Recorder, maxLabels: number, told: (error: unknown) => void) {
    this.into = samples;
    this.#labels = requestLabelsOf(samples);
    this.#maxLabels = maxLabels;
    this.told = told;
  }

  start(): number {
    return this.into.began();
  }

  finished({ method, route, seconds }: FinishedRequest): void {
    this.#labels.of(method, route, this.#maxLabels).record(seconds);
  }
}

/** @internal What is to become of requests, and how they are told apart. */
export function requestsInto(samples: Recorder, options: RequestsOptions): { readonly sink: Sink; readonly routing: Routing } {
  // Of another copy of the library it may be.
  if (typeof samples?.label !== "function" || typeof samples.strangers !== "function") throw recorderForeign(samples);
  checkOptions("requests", options, KINDS);
  const { route, isStream, onError } = options;
  const maxLabels = options.maxLabels ?? LABELS_DEFAULT;
  if (!(maxLabels >= 1 && maxLabels <= LABELS_MOST)) throw requestLabelsOutside(maxLabels, LABELS_MOST);
  return {
    sink: new RequestSink(samples, maxLabels, listener(onError ?? undefined)),
    routing: { route: route ?? undefined, isStream: isStream ?? undefined },
  };
}
