// `tallystick/http`: the endpoint of metrics for every server and framework, and metrics of the requests that these serve.

import { registry as defaultRegistry } from "../index.ts";
import { listener } from "../processes/line.ts";
import { Watch } from "../requests/watch.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { type EndpointOptions, endpointSettings } from "./handler-settings.ts";
import { type InstrumentOptions, instrumentSettings } from "./instrument-settings.ts";
import { RequestSink } from "./request-sink.ts";
import { NodeSizes } from "./sizes.ts";
import { followed } from "./targets.ts";

export type { Endpoint, FetchEndpoint } from "./endpoint.ts";
export type { EndpointOptions } from "./handler-settings.ts";
export type { InstrumentOptions, RequestNames } from "./instrument-settings.ts";
export type { AnyRequest } from "../requests/watch.ts";

/**
 * The endpoint of a registry's metrics, in the shape that each server wants: `fetch` and `hono` for those of the fetch standard, `listener` of
 * node:http, `express`, `fastify` and `koa`. All of them negotiate the format and the compression, answer GET, HEAD and OPTIONS, and 405
 * to other methods. On node:http the page goes out in slices, as fast as its reader takes them: a scrape that is cut ends its own
 * walk and nobody else's. With `auth` others are answered with 401; beyond `maxScrapes` at once with 503.
 *
 * Throws a TypeError for options that there are not and for one of another kind, a RangeError for numbers that are out of bounds.
 *
 * @example
 * ```ts
 * import { handler } from "tallystick/http";
 *
 * const metrics = handler({ path: "/metrics" });
 * (await metrics.fetch(new Request("https://example.org/metrics"))).status; // 200
 * (await metrics.fetch(new Request("https://example.org/"))).status; // 404
 * ```
 */
export function handler(options: EndpointOptions = {}): Endpoint {
  return endpoint(endpointSettings(options, defaultRegistry, listener));
}

/**
 * Counts the requests of a server or an application: `http_request_duration_seconds`, `http_request_size_bytes` and
 * `http_response_size_bytes` (bodies) by method, route and status, and `http_requests_in_flight` by method. Takes a server of node:http,
 * https or http2, an application of Express or Fastify, or of Koa or Hono before its routes, and gives it back; of a handler or a listener, and of an
 * object with `fetch` or `routes` as Bun.serve and workers have it, it gives what is to be used in its place.
 *
 * Routes are the patterns that a framework knows; without one they are `unmatched`, for a path is whatever a stranger sends. Nothing that
 * the application does changes, and nothing in here throws into it. A request that is followed by several has one observation.
 *
 * Throws a TypeError for what it cannot follow, for options that there are not and for one of another kind, a RangeError for numbers
 * that are out of bounds, an Error for an application of Koa or Hono that has routes already, and a MetricsError `definition-conflict` where a name is taken.
 *
 * @example
 * ```ts
 * import { registry } from "tallystick";
 * import { instrument } from "tallystick/http";
 *
 * const fetch = instrument(() => new Response("hello"), { route: () => "/hello" });
 * await (await fetch(new Request("https://example.org/hello"))).text(); // "hello"
 * const text = new TextDecoder().decode(registry.exposeSync().body);
 * text.includes('http_request_duration_seconds_count{method="GET",route="/hello",status="2xx"} 1'); // true
 * ```
 */
export function instrument<T extends object>(target: T, options: InstrumentOptions = {}): T {
  const sink = new RequestSink(instrumentSettings(options, defaultRegistry, listener), NodeSizes.of);
  return followed(new Watch(sink, sink.routing), target);
}
