// Requests of Express 4 and 5 and of Connect: by a middleware, or where they enter an application.
//
// Where they enter it they have the shape that all requests of node:http have. Express gives each the prototype of the application's own, and
// from then on each request and each response is a shape of its own in V8: a property that is added there costs microseconds.

import { alike, type AnyFunction } from "./alike.ts";
import { mountsOf, type ExpressRequest } from "./mounts.ts";
import { follow, type NodeRequest, type NodeResponse } from "./node.ts";
import type { Watch } from "./watch.ts";

/** A middleware as `app.use()` of Express and Connect takes it. */
export type ExpressMiddleware = (request: NodeRequest, response: NodeResponse, next: () => void) => void;

function followed(watch: Watch, request: NodeRequest, response: NodeResponse): void {
  follow(watch, request, response, () => {
    const mounts = mountsOf(request as ExpressRequest);
    return (status) => mounts.pattern(status);
  });
}

export function expressOf(watch: Watch): ExpressMiddleware {
  return (request, response, next) => {
    followed(watch, request, response);
    next();
  };
}

/** An application or a router: it and what it is mounted in call its `handle` with each request. */
export interface ExpressApplication {
  handle: AnyFunction;
}

/**
 * Follows all requests of an application, whatever it has already. Its first middleware would make its router, which takes over what is
 * set by then (`strict routing`, `query parser`): whoever sets that behind us would do so in vain. And of an application that is mounted the
 * parameters of its mount are known here, and in its middleware no more.
 */
export function applicationOf(watch: Watch, app: ExpressApplication): void {
  const { handle } = app;
  app.handle = alike(function (this: never, ...args: never[]): unknown {
    followed(watch, args[0]!, args[1]!);
    return handle.apply(this, args);
  }, handle);
}
