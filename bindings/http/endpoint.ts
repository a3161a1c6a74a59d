// The endpoint of a registry's page, in the shape that each server and framework wants: who may read and how many at once is decided
// here, what is answered is registry.handler()'s and registry.nodeHandler()'s.

import type { FetchHandler, FetchRequest, FetchResponse, NodeHandler } from "../index.ts";
import { type Answering, type Asking, hearGone, isGone } from "../requests/gone.ts";
import { Access, MISSING, type Refusal } from "./access.ts";
import type { EndpointSettings } from "./handler-settings.ts";
import { pathIn } from "./path.ts";

/** As much of node:http's request and response as is needed: this room knows no runtime. */
type NodeRequest = Parameters<NodeHandler>[0] &
  Asking & {
    readonly headers: { readonly authorization?: string | undefined };
    readonly originalUrl?: unknown;
  };
type NodeResponse = Parameters<NodeHandler>[1] & Answering;
type Next = () => unknown;

export interface KoaContextLike {
  readonly req: NodeRequest;
  readonly res: NodeResponse;
  respond?: boolean | undefined;
}

export interface FastifyReplyLike {
  readonly raw: NodeResponse & { setHeader(name: string, value: never): unknown };
  hijack(): unknown;
  getHeaders(): Readonly<Record<string, unknown>>;
}

/** As much of an instance of Fastify as is needed. */
export interface FastifyLike {
  all(path: string, handler: (request: { readonly raw: NodeRequest }, reply: FastifyReplyLike) => void): unknown;
}

export interface HonoContextLike {
  readonly req: { readonly raw: FetchRequest };
}

/** For servers that answer a Request with a Response. */
export interface FetchEndpoint {
  /** `Deno.serve(metrics.fetch)`, `Bun.serve({ fetch: metrics.fetch })`, `export default { fetch: metrics.fetch }`. */
  readonly fetch: FetchHandler;
  /** `app.all("/metrics", metrics.hono)`; with `path` also `app.use(metrics.hono)`. */
  readonly hono: (context: HonoContextLike, next: () => Promise<void>) => Promise<FetchResponse | undefined>;
}

/** For every server. */
export interface Endpoint extends FetchEndpoint {
  /** A listener of node:http, node:https and node:http2: `createServer(metrics.listener)`. */
  readonly listener: (request: NodeRequest, response: NodeResponse) => void;
  /** Middleware of Express 4 and 5, and of Connect: `app.use("/metrics", metrics.express)`. */
  readonly express: (request: NodeRequest, response: NodeResponse, next: Next) => void;
  /** A plugin of Fastify, with a route of its own: `app.register(metrics.fastify)`. */
  readonly fastify: (instance: FastifyLike, options: { readonly path?: string }, done: () => void) => void;
  /** Middleware of Koa: `router.all("/metrics", metrics.koa)`; with `path` also `app.use(metrics.koa)`. */
  readonly koa: (context: KoaContextLike, next: () => Promise<unknown>) => Promise<unknown>;
}

/** Where Fastify's route is, which has to have one. */
const PATH = "/metrics";

function refusedAs({ status, headers, text }: Refusal, method: string): FetchResponse {
  return new Response(method === "HEAD" ? null : text, { status, headers });
}

function isElsewhere(path: string | undefined, url: string | undefined): boolean {
  return path !== undefined && pathIn(url ?? "") !== path;
}

/** In Express a request's `url` is what is left behind a mount. */
function sentUrl(request: NodeRequest): string | undefined {
  return typeof request.originalUrl === "string" ? request.originalUrl : request.url;
}

export function fetchEndpoint({ registry, path, page }: EndpointSettings, access: Access): FetchEndpoint {
  const handler = registry.handler(page);
  const fetched: FetchHandler = async (request) => {
    const refused = access.entered(request.headers.get("authorization"));
    if (refused !== undefined) return refusedAs(refused, request.method);
    try {
      return await handler(request);
    } finally {
      access.left();
    }
  };
  return {
    fetch: async (request) => (isElsewhere(path, request.url) ? refusedAs(MISSING, request.method) : fetched(request)),
    hono: async (context, next) => {
      const { raw } = context.req;
      if (!isElsewhere(path, raw.url)) return fetched(raw);
      await next();
      return undefined;
    },
  };
}

function refuse(request: NodeRequest, response: NodeResponse, { status, headers, text }: Refusal): void {
  response.writeHead(status, { ...headers });
  if (request.method === "HEAD") response.end();
  else response.end(text);
}

export function endpoint(settings: EndpointSettings): Endpoint {
  const { registry, path, page, auth, maxScrapes } = settings;
  const access = new Access(auth, maxScrapes);
  const handler = registry.nodeHandler(page);
  const answer = (request: NodeRequest, response: NodeResponse) => {
    const refused = access.entered(request.headers.authorization);
    if (refused !== undefined) {
      refuse(request, response, refused);
      return;
    }
    let isOver = false;
    const over = () => {
      others?.delete(over);
      if (!isOver) access.left();
      isOver = true;
    };
    const others = hearGone(request, response, over);
    if (isGone(request, response)) over();
    else handler(request, response);
  };
  return {
    ...fetchEndpoint(settings, access),
    listener: (request, response) => {
      if (isElsewhere(path, request.url)) refuse(request, response, MISSING);
      else answer(request, response);
    },
    express: (request, response, next) => {
      if (isElsewhere(path, sentUrl(request))) next();
      else answer(request, response);
    },
    fastify: (instance, options, done) => {
      instance.all(options?.path ?? path ?? PATH, (request, reply) => {
        reply.hijack();
        // What hooks have set: Fastify would write it with a reply of its own.
        for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value as never);
        answer(request.raw, reply.raw);
      });
      done();
    },
    koa: async (context, next) => {
      if (isElsewhere(path, context.req.url)) return next();
      context.respond = false;
      answer(context.req, context.res);
      return undefined;
    },
  };
}
