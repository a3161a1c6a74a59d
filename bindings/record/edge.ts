// The recorder's door where there are no files and no threads: samples are taken by `drain()` or `stream()`.

import { fetchAdapters, type FetchRequests } from "../requests/adapters.ts";
import { type Recorder, recorderOf } from "./recorder.ts";
import { requestsInto, type RequestsOptions } from "./requests.ts";
import type { RecorderOptions } from "./settings.ts";

export type { FetchRequests } from "../requests/adapters.ts";
export type { HonoMiddleware } from "../requests/hono.ts";
export type { AnyRequest } from "../requests/watch.ts";
export { RecorderLabel } from "./label.ts";
export { Recorder, type RecorderStatistics } from "./recorder.ts";
export type { DrainOptions, LabelOptions } from "./recorder-options.ts";
export type { RequestsOptions } from "./requests.ts";
export type { Format, Policy, RecorderOptions, SamplesOptions } from "./settings.ts";
export type { DecoratorContext, Timed } from "./timed.ts";
export { RecorderError, type RecorderErrorCode } from "./worded.ts";

/** A recorder without files: see the door of Node. Throws a TypeError for a `dir`. */
export function recorder(options: RecorderOptions = {}): Recorder {
  return recorderOf(options, {
    process: 0,
    files: undefined,
    absolute: (dir) => dir,
    claim: () => ({ close: () => undefined }),
    samplers: [],
    every: () => () => undefined,
  });
}

/** Records requests of `fetch` handlers and of Hono: see the door of Node. */
export function requests(samples: Recorder, options: RequestsOptions = {}): FetchRequests {
  const { sink, routing } = requestsInto(samples, options);
  return fetchAdapters(sink, routing);
}
