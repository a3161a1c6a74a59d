// Requests of Koa, by a middleware; their patterns are those of @koa/router, and of routers that tell them in the same way.

import { follow, type NodeRequest, type NodeResponse } from "./node.ts";
import type { Watch } from "./watch.ts";

export interface KoaContext {
  readonly req: NodeRequest;
  readonly res: NodeResponse;
}

export type KoaMiddleware = <T>(context: KoaContext, next: () => Promise<T>) => Promise<T>;

/** What a router leaves in a context: a path, or an expression. */
interface Routed {
  readonly _matchedRoute?: unknown;
}

export function koaOf(watch: Watch): KoaMiddleware {
  return (context, next) => {
    follow(watch, context.req, context.res, () => () => {
      const route = (context as Routed)._matchedRoute;
      return route === undefined ? undefined : String(route);
    });
    return next();
  };
}
