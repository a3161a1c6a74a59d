// Requests into a recorder: how many seconds each took, under its route and method.

import { checkOptions, type Kinds } from "../options.ts";
import { listener } from "../processes/line.ts";
import type { FinishedRequest, Routing, Sink } from "../requests/watch.ts";
import type { RecorderLabel } from "./label.ts";
import type { Recorder } from "./recorder.ts";
import { recorderForeign, requestLabelsOutside } from "./worded.ts";

export interface RequestsOptions extends Routing {
  /** Labels that requests have: 512 by default. Those of more routes are `other [GET]`, for a recorder's labels are for good. */
  readonly maxLabels?: number | undefined;
  /** Hears of the first time that something goes wrong, as a `route` that throws; without it the console does. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const KINDS: Kinds = { route: "function", isStream: "function", maxLabels: "number", onError: "function" };
/** Half of what a recorder has by default: paths come from anybody, and other things are recorded, too. */
const LABELS_DEFAULT = 512;
const LABELS_MOST = 65_535;
/** Longer routes are nobody's pattern, and a label of more than 4096 bytes is none. */
const ROUTE_LENGTH_MAX = 1024;
const OTHER_ROUTES = "other";

class RequestSink implements Sink {
  readonly told: (error: unknown) => void;
  readonly #samples: Recorder;
  readonly #maxLabels: number;
  /** By method and route: a text made of both would be made for every request. */
  readonly #labels = new Map<string, Map<string, RecorderLabel>>();
  #count = 0;

  constructor(samples: Recorder, maxLabels: number, told: (error: unknown) => void) {
    this.#samples = samples;
    this.#maxLabels = maxLabels;
    this.told = told;
  }

  start(): number {
    return this.#samples.began();
  }

  finished({ method, route, seconds }: FinishedRequest): void {
    this.#label(method, route).record(seconds);
  }

  #label(method: string, route: string): RecorderLabel {
    let routes = this.#labels.get(method);
    if (routes === undefined) this.#labels.set(method, (routes = new Map()));
    const there = routes.get(route);
    if (there !== undefined) return there;
    const known = this.#count < this.#maxLabels && route.length <= ROUTE_LENGTH_MAX;
    const label = this.#samples.label(labelOf(known ? route : OTHER_ROUTES, method));
    if (known) {
      routes.set(route, label);
      this.#count++;
    }
    return label;
  }
}

function labelOf(route: string, method: string): string {
  return `${route} [${method}]`;
}

/** @internal What is to become of requests, and how they are told apart. */
export function requestsInto(samples: Recorder, options: RequestsOptions): { readonly sink: Sink; readonly routing: Routing } {
  // Of another copy of the library it may be.
  if (typeof samples?.label !== "function" || typeof samples.began !== "function") throw recorderForeign(samples);
  checkOptions("requests", options, KINDS);
  const { route, isStream, onError } = options;
  const maxLabels = options.maxLabels ?? LABELS_DEFAULT;
  if (!(maxLabels >= 1 && maxLabels <= LABELS_MOST)) throw requestLabelsOutside(maxLabels, LABELS_MOST);
  return {
    sink: new RequestSink(samples, maxLabels, listener(onError ?? undefined)),
    routing: { route: route ?? undefined, isStream: isStream ?? undefined },
  };
}
