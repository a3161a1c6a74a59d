// What is followed: which server or framework it is, and how its requests are heard. Frameworks are asked first, for some of them are
// emitters of events and functions as well.

import { handlerAlike, type AnyFunction } from "../requests/alike.ts";
import { routesOf } from "../requests/bun-routes.ts";
import { applicationOf, type ExpressApplication } from "../requests/express.ts";
import { type FastifyLike, fastifyOf } from "../requests/fastify.ts";
import { fetchOf } from "../requests/fetch.ts";
import { honoOf } from "../requests/hono.ts";
import { koaOf } from "../requests/koa.ts";
import { listenerOf, type NodeServer, serverOf } from "../requests/node.ts";
import type { Watch } from "../requests/watch.ts";
import { targetInvalid, targetLate } from "./worded.ts";

type Fields = Readonly<Record<string, unknown>>;

function isFunction(value: unknown): value is AnyFunction {
  return typeof value === "function";
}

/** Has what a framework's applications have. */
function has(target: Fields, ...verbs: readonly string[]): boolean {
  return verbs.every((verb) => isFunction(target[verb]));
}

/** An application that uses middleware, which has to come before all that answers. */
function used(framework: string, app: Fields, count: number, middleware: unknown): void {
  if (count > 0) throw targetLate(framework, count);
  (app["use"] as (this: unknown, middleware: unknown) => unknown).call(app, middleware);
}

/** Hono in whatever runtime; undefined for what it is not. */
function honoFollowed(watch: Watch, target: Fields): boolean {
  const { routes } = target;
  if (!has(target, "use", "fetch") || !Array.isArray(routes)) return false;
  used("Hono", target, routes.length, honoOf(watch));
  return true;
}

/** An object as Bun.serve takes it, and as workers export it; undefined for what is none. */
function servedOf(watch: Watch, target: Fields): Fields | undefined {
  const { fetch, routes } = target;
  const prototype: unknown = Object.getPrototypeOf(target);
  if (!isFunction(fetch) && (typeof routes !== "object" || routes === null)) return undefined;
  // What a class has would not be in a copy.
  if (prototype !== Object.prototype && prototype !== null) return undefined;
  return {
    ...target,
    ...(isFunction(fetch) ? { fetch: fetchOf(watch, fetch) } : {}),
    ...(typeof routes === "object" && routes !== null ? { routes: routesOf(watch, routes) } : {}),
  };
}

/** Where there are no servers but those of the fetch standard. */
export function fetchFollowed<T extends object>(watch: Watch, target: T): T {
  if (isFunction(target)) return fetchOf(watch, target);
  if (typeof target !== "object" || target === null) throw targetInvalid(target);
  if (honoFollowed(watch, target as unknown as Fields)) return target;
  const served = servedOf(watch, target as unknown as Fields);
  if (served === undefined) throw targetInvalid(target);
  return served as unknown as T;
}

/** A function may be a listener of node:http or a handler of the fetch standard: what it is called with tells. */
function functionOf<F extends AnyFunction>(watch: Watch, fn: F): F {
  const listener = listenerOf(watch, fn);
  const handler = fetchOf(watch, fn);
  return handlerAlike(function (this: never, ...args: never[]): unknown {
    const second = args[1] as { readonly writeHead?: unknown } | undefined | null;
    return (isFunction(second?.writeHead) ? listener : handler).apply(this, args);
  }, fn);
}

/** Follows the requests of whatever it is; gives it back, or what stands for it. */
export function followed<T extends object>(watch: Watch, target: T): T {
  const fields = target as unknown as Fields;
  if (isFunction(target)) {
    if (!has(fields, "use", "handle")) return functionOf(watch, target);
    applicationOf(watch, target as unknown as ExpressApplication);
    return target;
  }
  if (typeof target !== "object" || target === null) throw targetInvalid(target);
  if (has(fields, "addHook", "register")) {
    (fields["register"] as (this: unknown, plugin: (instance: FastifyLike, options: unknown, done: () => void) => void) => unknown).call(
      target,
      fastifyOf(watch),
    );
    return target;
  }
  const { middleware } = fields;
  if (has(fields, "use", "callback") && Array.isArray(middleware)) {
    used("Koa", fields, middleware.length, koaOf(watch));
    return target;
  }
  if (has(fields, "prependListener", "listenerCount", "listen")) {
    serverOf(watch, target as unknown as NodeServer);
    return target;
  }
  return fetchFollowed(watch, target);
}
