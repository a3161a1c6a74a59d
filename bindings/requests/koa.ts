// Requests of Koa, by a middleware; their patterns are those of @koa/router, and of routers that tell them in the same way.

import { follow, type NodeRequest, type NodeResponse } from "./node.ts";
import type { Watch } from "./watch.ts";

export interface KoaContext {
  readonly req: NodeRequest;
  readonly res: NodeResponse;
  /** What was sent: that of `req` is what is left behind a mount. */
  readonly originalUrl?: unknown;
}

/** A middleware as `app.use()` of Koa takes it. */
export type KoaMiddleware = <T>(context: KoaContext, next: () => Promise<T>) => Promise<T>;

/** What a router leaves in a context: the path or expression that matched, and itself, also where none did. */
interface Routed {
  readonly _matchedRoute?: unknown;
  readonly router?: unknown;
}

export function koaOf(watch: Watch): KoaMiddleware {
  // An application without a router has no patterns, and its paths are as good as those of a server without a framework. With one,
  // what is answered in front of it has a path that may be anything.
  let isRouted = false;
  return (context, next) => {
    const patterned = () => () => {
      const { _matchedRoute: route, router } = context as Routed;
      isRouted ||= route !== undefined || router !== undefined;
      if (route !== undefined) return String(route);
      return isRouted ? undefined : null;
    };
    follow(watch, context.req, context.res, patterned, context);
    return next();
  };
}
