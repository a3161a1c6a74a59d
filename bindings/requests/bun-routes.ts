// The routes of Bun.serve: an object of patterns, of which each has a handler, or one a method.

import type { AnyFunction } from "./alike.ts";
import { fetchOf } from "./fetch.ts";
import type { Watch } from "./watch.ts";
import { routesInvalid } from "./worded.ts";

/** An object of handlers by methods, or a module of them; pages and responses are of classes. */
function isPlain(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function routed(watch: Watch, value: unknown, pattern: string): unknown {
  if (typeof value === "function") return fetchOf(watch, value as AnyFunction, pattern);
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([method, handler]) => [method, handled(watch, handler, pattern)]));
}

function handled(watch: Watch, handler: unknown, pattern: string): unknown {
  return typeof handler === "function" ? fetchOf(watch, handler as AnyFunction, pattern) : handler;
}

/** The same routes, whose handlers are followed. Responses and pages that Bun answers with by itself are as they were. */
export function routesOf<T extends object>(watch: Watch, routes: T): T {
  if (typeof routes !== "object" || routes === null) throw routesInvalid(routes);
  return Object.fromEntries(Object.entries(routes).map(([pattern, value]) => [pattern, routed(watch, value, pattern)])) as T;
}
