// `tallystick/http`: the endpoint of metrics for every server and framework, and metrics of the requests that these serve.

import { registry as defaultRegistry } from "../index.ts";
import { listener } from "../processes/line.ts";
import { type Endpoint, endpoint } from "./endpoint.ts";
import { type EndpointOptions, endpointSettings } from "./handler-settings.ts";

export type { Endpoint, FetchEndpoint } from "./endpoint.ts";
export type { EndpointOptions } from "./handler-settings.ts";

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
