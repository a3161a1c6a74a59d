// Every adapter of one sink. They need no `this`, so they may be taken out of it.

import type { AnyFunction } from "./alike.ts";
import { routesOf } from "./bun-routes.ts";
import { type ExpressMiddleware, expressOf } from "./express.ts";
import { type FastifyPlugin, fastifyOf } from "./fastify.ts";
import { fetchOf } from "./fetch.ts";
import { type HonoMiddleware, honoOf } from "./hono.ts";
import { type KoaMiddleware, koaOf } from "./koa.ts";
import { listenerOf, type NodeServer, serverOf } from "./node.ts";
import { type Routing, type Sink, Watch } from "./watch.ts";
import { makerCalled } from "./worded.ts";

/** For servers of the fetch standard. */
export interface FetchRequests {
  /** A handler of Deno.serve, Bun.serve or a worker, followed: `Deno.serve(requests.fetch(handler))`. */
  fetch<F extends AnyFunction>(handler: F): F;
  /** Middleware of Hono, in any runtime: `app.use(requests.hono())`, before routes. */
  hono(): HonoMiddleware;
}

/** For every server. */
export interface Requests extends FetchRequests {
  /** A request listener of node:http, followed: `createServer(requests.listener(fn))`. */
  listener<F extends AnyFunction>(listener: F): F;
  /** A server of node:http, node:https or node:http2 (by requests and responses), whoever listens to it; the same server. */
  server<S extends NodeServer>(server: S): S;
  /** Middleware of Express 4 and 5: `app.use(requests.express())`, before routes. */
  express(): ExpressMiddleware;
  /** A plugin of Fastify: `app.register(requests.fastify())`, before routes. */
  fastify(): FastifyPlugin;
  /** Middleware of Koa: `app.use(requests.koa())`, before its router. */
  koa(): KoaMiddleware;
  /** The `routes` of Bun.serve, followed: `Bun.serve({ routes: requests.routes({ ... }) })`. */
  routes<T extends object>(routes: T): T;
}

/** What makes a middleware, and is none: a framework that calls it hears what is to be written. */
function maker<T>(name: string, verb: "use" | "register", make: () => T): (...given: unknown[]) => T {
  return (...given) => {
    if (given.length > 0) throw makerCalled(name, `app.${verb}(requests(recorder).${name}())`);
    return make();
  };
}

function fetchesOf(watch: Watch): FetchRequests {
  return { fetch: (handler) => fetchOf(watch, handler), hono: maker("hono", "use", () => honoOf(watch)) };
}

/** @internal Where there are no servers but those of the fetch standard. */
export function fetchAdapters(sink: Sink, routing: Routing): FetchRequests {
  return fetchesOf(new Watch(sink, routing));
}

/** @internal */
export function adapters(sink: Sink, routing: Routing): Requests {
  const watch = new Watch(sink, routing);
  return {
    ...fetchesOf(watch),
    listener: (listener) => listenerOf(watch, listener),
    server: (server) => serverOf(watch, server),
    express: maker("express", "use", () => expressOf(watch)),
    fastify: maker("fastify", "register", () => fastifyOf(watch)),
    koa: maker("koa", "use", () => koaOf(watch)),
    routes: (routes) => routesOf(watch, routes),
  };
}
