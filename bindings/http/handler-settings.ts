// What users say of an endpoint, checked. Options that the exporter has, too, mean here what they mean there.

import { optionInvalid } from "../errors.ts";
import { authOf, type ServeAuth, type Settings } from "../exporter/settings.ts";
import type { HandlerOptions, Registry } from "../index.ts";
import { checkOptions, type Kinds } from "../options.ts";
import { numberOutside, pathInvalid } from "./worded.ts";

/** What `handler` takes. */
export interface EndpointOptions {
  /** What is served; the default registry. */
  readonly registry?: Registry | undefined;
  /** Where it is: others' requests are passed on. Without it everything that comes is a scrape; of Fastify `/metrics`. */
  readonly path?: string | undefined;
  /** Who may read: everybody by default. */
  readonly auth?: ServeAuth | undefined;
  /** False where something else compresses: a proxy, middleware. */
  readonly compress?: boolean | undefined;
  /** As of `registry.handler`. */
  readonly created?: boolean | undefined;
  readonly statistics?: boolean | undefined;
  /** So many scrapes at the same time, 16 by default; what comes beyond is answered with 503. */
  readonly maxScrapes?: number | undefined;
  /** Hears of scrapes that fail; without it the console does. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const OPTIONS: Kinds = {
  registry: "Object",
  path: "string",
  auth: "Object",
  compress: "boolean",
  created: "boolean",
  statistics: "boolean",
  maxScrapes: "number",
  onError: "function",
};

const SCRAPES_MOST = 1024;

/** The options with their defaults. */
export interface EndpointSettings {
  readonly registry: Registry;
  readonly path: string | undefined;
  readonly auth: Settings["auth"];
  readonly page: HandlerOptions;
  readonly maxScrapes: number;
}

export function endpointSettings(
  options: EndpointOptions,
  defaultRegistry: Registry,
  listener: (onError: EndpointOptions["onError"]) => (error: unknown) => void,
): EndpointSettings {
  checkOptions("handler", options, OPTIONS);
  const { path, auth, compress, created, statistics } = options;
  const registry = options.registry ?? defaultRegistry;
  // Of another copy it may be, or of a worker's.
  if (typeof registry.nodeHandler !== "function") throw optionInvalid("handler", "registry", registry, "Registry");
  if (typeof path === "string" && !/^\/[^?#\s]*$/.test(path)) throw pathInvalid(path);
  const maxScrapes = options.maxScrapes ?? 16;
  if (!Number.isInteger(maxScrapes) || maxScrapes < 1 || maxScrapes > SCRAPES_MOST)
    throw numberOutside("maxScrapes", "handler", maxScrapes, 1, SCRAPES_MOST);
  const page: HandlerOptions = {
    compress: compress ?? true,
    created: created ?? false,
    onError: listener(options.onError ?? undefined),
    ...(statistics === undefined || statistics === null ? {} : { statistics }),
  };
  return {
    registry,
    path: path ?? undefined,
    auth: auth === undefined || auth === null ? undefined : authOf(auth, "handler"),
    page,
    maxScrapes,
  };
}
