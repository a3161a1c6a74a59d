// Requests of servers of the fetch standard: Deno.serve, Bun.serve, workers, and what adapts such handlers to others.

import { atOnce } from "./at-once.ts";
import { handlerAlike, type AnyFunction } from "./alike.ts";
import { isStream, streamed } from "./body.ts";
import type { AnyRequest, Followed, Pattern, Watch } from "./watch.ts";
import { handlerInvalid } from "./worded.ts";

/** What an upgrade to a web socket answers with: in Deno and workerd by a Response, in Bun by none. */
const SWITCHING = 101;
export const FAILED = 500;

/** What Deno tells a handler beside the request. */
interface Served {
  readonly completed?: unknown;
}

/** The promise by which Deno tells that the response has been sent, whatever it was. */
export function completedOf(served: unknown): Promise<unknown> | undefined {
  const completed = (served as Served | null | undefined)?.completed;
  return completed instanceof Promise ? completed : undefined;
}

/** Whatever class of a Response it is: frameworks have their own. */
function statusOf(response: unknown): number {
  // Bun's upgrade to a web socket answers with nothing.
  if (response === undefined) return SWITCHING;
  const { status } = (response ?? {}) as { readonly status?: unknown };
  return typeof status === "number" ? status : FAILED;
}

/** Whether the response of a request has a body whose end is another one than its own. */
function isAwaited(watch: Watch, request: AnyRequest, response: unknown): response is Response {
  if (!(response instanceof Response) || response.status === SWITCHING || request.method === "HEAD") return false;
  return watch.isStream === undefined ? isStream(response) : atOnce("isStream", watch.isStream(response));
}

/** Closures of one function keep alive what any of them uses: this one is to know nothing of the response. */
function lostOf(followed: Followed, status: number): () => void {
  return () => followed.end(status, true);
}

/** The same response, with whose body the request ends. */
function awaited(followed: Followed, response: Response, status: number): Response | undefined {
  const ended = (aborted: boolean) => {
    followed.response = response;
    followed.end(status, aborted);
  };
  const through = streamed(response, ended, lostOf(followed, status));
  // Its end brings it back: of one that is gone nothing is left but its status.
  if (through !== undefined) followed.response = undefined;
  return through;
}

/** Ends what follows a request with its response: at once, or where the body ends. Gives what is to be sent. Never throws. */
export function answered<R>(watch: Watch, followed: Followed, response: R, completed: Promise<unknown> | undefined): R {
  let status = FAILED;
  try {
    status = statusOf(response);
    watch.answered(followed, response);
    if (completed !== undefined && status !== SWITCHING) {
      completed.then(
        () => followed.end(status, false),
        () => followed.end(status, true),
      );
      return response;
    }
    if (isAwaited(watch, followed.request, response)) {
      const through = awaited(followed, response, status);
      if (through !== undefined) return through as Response & R;
    }
  } catch (error) {
    watch.failed(error);
  }
  followed.end(status, false);
  return response;
}

/** Follows a request; undefined where its end is heard of elsewhere. Never throws. */
function begun(watch: Watch, request: AnyRequest, patterned: (() => Pattern) | undefined): Followed | undefined {
  const began = watch.begin();
  if (Number.isNaN(began)) return undefined;
  try {
    return watch.follow(request, request, began, patterned);
  } catch (error) {
    watch.failed(error);
    return undefined;
  }
}

/** A handler may give anything, also what throws where it is looked at. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  try {
    return typeof (value as { readonly then?: unknown } | null | undefined)?.then === "function";
  } catch {
    return false;
  }
}

/** A handler, followed. What it gives at once is given at once, and what it throws is thrown. */
export function fetchOf<F extends AnyFunction>(watch: Watch, handler: F, pattern?: string): F {
  if (typeof handler !== "function") throw handlerInvalid("fetch", handler);
  const known = pattern === undefined ? undefined : () => () => pattern;
  return handlerAlike(function (this: never, ...args: never[]): unknown {
    const own = begun(watch, args[0]!, known);
    if (own === undefined) return handler.apply(this, args);
    let result: unknown;
    try {
      result = handler.apply(this, args);
    } catch (error) {
      own.end(FAILED, false);
      throw error;
    }
    const completed = completedOf(args[1]);
    if (!isThenable(result)) return answered(watch, own, result, completed);
    // Where Deno tells of the end, the promise is the handler's own.
    if (completed !== undefined && result instanceof Promise) {
      result.then(
        (response) => answered(watch, own, response, completed),
        () => own.end(FAILED, false),
      );
      return result;
    }
    return Promise.resolve(result).then(
      (response) => answered(watch, own, response, completed),
      (error: unknown) => {
        own.end(FAILED, false);
        throw error;
      },
    );
  }, handler);
}
