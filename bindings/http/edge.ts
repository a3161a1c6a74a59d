// `tallystick/http` where there are no servers but those of the fetch standard.

import { registry as defaultRegistry } from "../index.ts";
import { listener } from "../processes/line.ts";
import { Watch } from "../requests/watch.ts";
import { Access } from "./access.ts";
import { type FetchEndpoint, fetchEndpoint } from "./endpoint.ts";
import { type EndpointOptions, endpointSettings } from "./handler-settings.ts";
import { type InstrumentOptions, instrumentSettings } from "./instrument-settings.ts";
import { RequestSink } from "./request-sink.ts";
import { fetchFollowed } from "./targets.ts";

export type { FetchEndpoint } from "./endpoint.ts";
export type { EndpointOptions } from "./handler-settings.ts";
export type { InstrumentOptions, RequestNames } from "./instrument-settings.ts";
export type { AnyRequest } from "../requests/watch.ts";

/** The endpoint of a registry's metrics, for `fetch` handlers and Hono: see the door of Node. */
export function handler(options: EndpointOptions = {}): FetchEndpoint {
  const settings = endpointSettings(options, defaultRegistry, listener);
  return fetchEndpoint(settings, new Access(settings.auth, settings.maxScrapes));
}

/** Counts the requests of `fetch` handlers, of objects that have one, and of Hono: see the door of Node. */
export function instrument<T extends object>(target: T, options: InstrumentOptions = {}): T {
  const sink = new RequestSink(instrumentSettings(options, defaultRegistry, listener));
  return fetchFollowed(new Watch(sink, sink.routing), target);
}
