// The recorder's door in Node, Deno and Bun.

import process from "node:process";
import { clearInterval, setInterval } from "node:timers";
import { claimed } from "../processes/claims.ts";
import { adapters, type Requests } from "../requests/adapters.ts";
import { Files } from "./files.ts";
import { placeOf } from "./place.ts";
import { type Recorder, recorderOf } from "./recorder.ts";
import { requestsInto, type RequestsOptions } from "./requests.ts";
import { sampleDelay } from "./sampler-delay.ts";
import { sampleGc } from "./sampler-gc.ts";
import { sampleHeap } from "./sampler-heap.ts";
import { sampleProcess } from "./sampler-process.ts";
import type { RecorderOptions } from "./settings.ts";

export type { FetchRequests, Requests } from "../requests/adapters.ts";
export type { ExpressMiddleware } from "../requests/express.ts";
export type { FastifyPlugin } from "../requests/fastify.ts";
export type { HonoMiddleware } from "../requests/hono.ts";
export type { KoaMiddleware } from "../requests/koa.ts";
export type { AnyRequest } from "../requests/watch.ts";
export { RecorderLabel } from "./label.ts";
export { Profiler, profiler } from "./profiler.ts";
export type { ProfilerOptions } from "./profiler-settings.ts";
export { Recorder, type RecorderStatistics } from "./recorder.ts";
export type { DrainOptions, LabelOptions } from "./recorder-options.ts";
export type { RequestsOptions } from "./requests.ts";
export type { Format, Policy, RecorderOptions, SamplesOptions } from "./settings.ts";
export type { DecoratorContext, Timed } from "./timed.ts";
export { RecorderError, type RecorderErrorCode } from "./worded.ts";

function every(milliseconds: number, act: () => void): () => void {
  const timer = setInterval(act, milliseconds);
  timer.unref();
  return () => clearInterval(timer);
}

/**
 * A recorder: each sample with its time, from any thread, in memory of a size that is given; written as CSV or JSON lines into a
 * directory, or taken by `drain()`. The same options once more are the same recorder, in worker threads, too; several
 * processes share a directory.
 *
 * Throws a TypeError for options that there are not, a RangeError for those out of bounds, and a RecorderError: `conflict` where
 * another thread named other sizes, `too-many` for the 65th of a memory, `memory`. What goes wrong later is told to
 * `onError`, and never to the application.
 *
 * @example
 * ```ts
 * import { recorder } from "tallystick/record";
 *
 * const samples = recorder({ prefix: "example" });
 * samples.record("queue length", 3);
 * samples.time("work", () => "done"); // "done"
 * samples.statistics.recorded; // 2
 * ```
 */
export function recorder(options: RecorderOptions = {}): Recorder {
  return recorderOf(options, {
    process: process.pid,
    absolute: placeOf,
    claim: (registry, text) => claimed(registry, "recorder", text),
    files: (...given) => new Files(...given),
    samplers: [sampleProcess, sampleHeap, sampleGc, sampleDelay],
    every,
  });
}

/**
 * Records every request of a server: how many seconds it took from its head to the end of its response, under the pattern of its
 * path and its method, as `/users/:id [GET]`. One line a server: `listener` and `server` of node:http, `express`, `fastify`, `koa`, `hono`,
 * `fetch` of Deno.serve, Bun.serve and workers, `routes` of Bun.serve. A request is one sample, however it ends; while the recorder
 * is off it costs one look. Requests that no route is there for are `unmatched [GET]`, methods that HTTP does not have `OTHER`.
 * Servers that know no patterns have those of `route`, or of paths in which what looks like an id is `:id`.
 *
 * Throws a TypeError for what is no recorder or no option, a RangeError for `maxLabels` out of bounds. What goes wrong with a request
 * is told once, to `onError`, and never to the application.
 *
 * @example
 * ```ts
 * import { recorder, requests } from "tallystick/record";
 *
 * const samples = recorder({ prefix: "requests" });
 * const handler = requests(samples).fetch(() => new Response("hello"));
 * handler(new Request("https://example.org/users/42?page=3")).status; // 200
 * new TextDecoder().decode([...samples.drain()][0]).includes("/users/:id [GET]"); // true
 * ```
 */
export function requests(samples: Recorder, options: RequestsOptions = {}): Requests {
  const { sink, routing } = requestsInto(samples, options);
  return adapters(sink, routing);
}
