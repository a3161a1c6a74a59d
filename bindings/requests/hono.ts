// Requests of Hono, by a middleware: on node:http by the response beneath, on Deno by what it tells, elsewhere by what it gives.

import type { FetchResponse } from "../exposition.ts";
import { answered, completedOf, FAILED } from "./fetch.ts";
import { follow, type NodeRequest, type NodeResponse } from "./node.ts";
import { type AnyRequest, type Followed, NOT_FOUND, type Pattern, type Watch } from "./watch.ts";

export interface HonoContext {
  readonly req: { readonly raw: AnyRequest };
  readonly env: unknown;
  get res(): FetchResponse;
  set res(response: FetchResponse | undefined);
}

/** A middleware as `app.use()` of Hono takes it. */
export type HonoMiddleware = (context: HonoContext, next: () => Promise<void>) => Promise<void>;

/** What a request of Hono tells of its routes: all that match, and the one that was last called. */
interface Routed {
  readonly matchedRoutes?: readonly { readonly path: string; readonly method: string }[] | undefined;
  readonly routeIndex?: number | undefined;
}

/** What @hono/node-server has as the environment. */
interface NodeEnvironment {
  readonly incoming?: NodeRequest | undefined;
  readonly outgoing?: NodeResponse | undefined;
}

/** Of all methods, as middleware is, and for everything below a path. */
const EVERYTHING = /^\/?\*$/;

function patternOf({ matchedRoutes, routeIndex }: Routed, status: number): string | undefined {
  const route = matchedRoutes?.[routeIndex ?? -1];
  if (route === undefined) return undefined;
  // Middleware was called last: it answered, or nobody did.
  if (route.method === "ALL" && (EVERYTHING.test(route.path) || (status === NOT_FOUND && route.path.endsWith("*")))) return undefined;
  return route.path;
}

/** Follows a request; undefined where its end is heard of elsewhere. Never throws. */
function begun(watch: Watch, context: HonoContext): Followed | undefined {
  const began = watch.begin();
  if (Number.isNaN(began)) return undefined;
  try {
    const patterned = (): Pattern => (status) => patternOf(context.req as Routed, status);
    const { incoming, outgoing } = (context.env ?? {}) as NodeEnvironment;
    if (incoming === undefined || outgoing === undefined) return watch.follow(context.req.raw, context.req.raw, began, patterned);
    follow(watch, incoming, outgoing, patterned);
  } catch (error) {
    watch.failed(error);
  }
  return undefined;
}

async function followedTo(watch: Watch, own: Followed, context: HonoContext, next: () => Promise<void>): Promise<void> {
  try {
    await next();
  } catch (error) {
    own.end(FAILED, false);
    throw error;
  }
  const { res } = context;
  const sent = answered(watch, own, res, completedOf(context.env));
  if (sent === res) return;
  // What is set over another one takes over its headers, which it has.
  context.res = undefined;
  context.res = sent;
}

export function honoOf(watch: Watch): HonoMiddleware {
  return (context, next) => {
    const own = begun(watch, context);
    return own === undefined ? next() : followedTo(watch, own, context, next);
  };
}
