// `tallystick/http` where there are no servers but those of the fetch standard.

import { registry as defaultRegistry } from "../index.ts";
import { listener } from "../processes/line.ts";
import { Access } from "./access.ts";
import { type FetchEndpoint, fetchEndpoint } from "./endpoint.ts";
import { type EndpointOptions, endpointSettings } from "./handler-settings.ts";

export type { FetchEndpoint } from "./endpoint.ts";
export type { EndpointOptions } from "./handler-settings.ts";

/** The endpoint of a registry's metrics, for `fetch` handlers and Hono: see the door of Node. */
export function handler(options: EndpointOptions = {}): FetchEndpoint {
  const settings = endpointSettings(options, defaultRegistry, listener);
  return fetchEndpoint(settings, new Access(settings.auth, settings.maxScrapes));
}
