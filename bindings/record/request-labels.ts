// The labels of requests in a recorder, whoever follows them. Paths come from anybody and a recorder's labels are for good, so half of
// them, and half of the bytes of their texts, are the most that requests ever have: whatever is sent, the program's own
// labels find room. What has none is `other [GET]`, which has its place from the first request of its method on.

import type { RecorderLabel } from "./label.ts";
import type { Recorder } from "./recorder.ts";

/** Longer routes are nobody's pattern. */
const ROUTE_LENGTH_MAX = 1024;
const OTHER_ROUTES = "other";
const SHARE = 1 / 2;
/** What a recorder keeps for the text of a label, on average. */
const LABEL_ROOM_EACH = 256;
/** What a label takes beside its text, at most. */
const LABEL_BESIDE_BYTES = 39;

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
  readonly #most: number;
  /** By method and route: a text made of both would be made for every request. */
  readonly #methods = new Map<string, Routes>();
  #count = 0;
  #roomBytes: number;

  constructor(samples: Recorder) {
    this.#samples = samples;
    this.#most = Math.floor(samples.maxLabels * SHARE);
    this.#roomBytes = this.#most * LABEL_ROOM_EACH;
  }

  /** The label of a route, where there are fewer than so many. */
  of(method: string, route: string, maxLabels: number): RecorderLabel {
    let routes = this.#methods.get(method);
    if (routes === undefined) {
      routes = { other: this.#samples.label(labelOf(OTHER_ROUTES, method)), labels: new Map() };
      this.#methods.set(method, routes);
    }
    return routes.labels.get(route) ?? this.#made(routes, method, route, maxLabels) ?? routes.other;
  }

  #made({ labels }: Routes, method: string, route: string, maxLabels: number): RecorderLabel | undefined {
    if (this.#count >= Math.min(maxLabels, this.#most) || route.length > ROUTE_LENGTH_MAX) return undefined;
    const name = labelOf(route, method);
    const bytes = new TextEncoder().encode(name).length + LABEL_BESIDE_BYTES;
    if (bytes > this.#roomBytes) return undefined;
    const label = this.#samples.label(name);
    // The program took them all.
    if (label.name !== name) return undefined;
    this.#count++;
    this.#roomBytes -= bytes;
    labels.set(route, label);
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
