// The labels of requests in a recorder, whoever follows them. Paths come from anybody and a recorder's labels are for good, so half of
// them, and half of the bytes of their texts, are the most that requests of all threads ever have: whatever is sent, the program's own
// labels find room. What has none is `other [GET]`, which has its place from the first request of its method on. The core counts: it
// has what all threads made, and what a recorder had before it was closed.

import type { RecorderLabel } from "./label.ts";
import type { Recorder } from "./recorder.ts";

/** Longer routes are nobody's pattern. */
const ROUTE_LENGTH_MAX = 1024;
const OTHER_ROUTES = "other";

function labelOf(route: string, method: string): string {
  return `${route} [${method}]`;
}

/** Those of one method. */
interface Routes {
  readonly other: RecorderLabel;
  readonly labels: Map<string, RecorderLabel>;
}

export class RequestLabels {
  readonly #samples: Recorder;
  /** By method and route: a text made of both would be made for every request. */
  readonly #methods = new Map<string, Routes>();

  constructor(samples: Recorder) {
    this.#samples = samples;
  }

  /** The label of a route, where all threads have fewer than so many. */
  of(method: string, route: string, maxLabels: number): RecorderLabel {
    let routes = this.#methods.get(method);
    if (routes === undefined) {
      routes = { other: this.#samples.label(labelOf(OTHER_ROUTES, method)), labels: new Map() };
      this.#methods.set(method, routes);
    }
    return routes.labels.get(route) ?? this.#made(routes, method, route, maxLabels) ?? routes.other;
  }

  /** Nothing is kept of what has no label: it comes from anybody. */
  #made({ labels }: Routes, method: string, route: string, maxLabels: number): RecorderLabel | undefined {
    if (route.length > ROUTE_LENGTH_MAX) return undefined;
    // Of those with halves of characters, which are one in UTF-8, there are any number.
    if (!route.isWellFormed()) return this.of(method, route.toWellFormed(), maxLabels);
    const label = this.#samples.strangers(labelOf(route, method), maxLabels);
    if (label !== undefined) labels.set(route, label);
    return label;
  }
}

const all = new WeakMap<Recorder, RequestLabels>();

/** Those of a recorder, for all that follow requests into it. */
export function requestLabelsOf(samples: Recorder): RequestLabels {
  let labels = all.get(samples);
  if (labels === undefined) all.set(samples, (labels = new RequestLabels(samples)));
  return labels;
}
