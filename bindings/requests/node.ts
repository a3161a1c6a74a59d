// Requests of node:http, node:https and of node:http2's compatibility API. The end of one is its response's `finish`, or its `close`
// where that comes alone: the client left, or somebody destroyed it.

import { alike, type AnyFunction } from "./alike.ts";
import { hearGone, isGone } from "./gone.ts";
import type { Pattern, Watch } from "./watch.ts";
import { handlerInvalid, serverInvalid } from "./worded.ts";

interface Sent {
  readonly originalUrl?: unknown;
}

/** As much of a request and a response as is needed: this room knows no runtime. */
export interface NodeRequest extends Sent {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly socket?: unknown;
  on(event: string, listener: () => void): unknown;
}

export interface NodeResponse {
  readonly statusCode: number;
  readonly headersSent: boolean;
  readonly destroyed?: boolean;
  readonly stream?: unknown;
  readonly writableFinished?: boolean;
  readonly socket?: unknown;
  on(event: string, listener: () => void): unknown;
}

export interface NodeServer {
  listenerCount(event: string): number;
  on(event: string, listener: (event: unknown) => void): unknown;
  removeListener(event: string, listener: (event: unknown) => void): unknown;
  prependListener(event: string, listener: (request: NodeRequest, response: NodeResponse) => void): unknown;
}

/** What tells of an end that is none: `finish` comes in node:http2 whatever happened, and in Node 20 also where the last write failed. */
interface Beneath {
  readonly stream?: { readonly aborted?: boolean } | undefined;
  readonly socket?: { readonly errored?: unknown } | null | undefined;
}

function isBroken(request: Beneath, response: Beneath): boolean {
  return response.stream === undefined ? (request.socket?.errored ?? null) !== null : response.stream.aborted === true;
}

/**
 * Follows a request to its end; `patterned` makes what knows its pattern then. `sent` is what has its URL as it was sent, as the
 * request itself in Express and Connect: its `url` is what is left behind a mount. Never throws.
 */
export function follow(watch: Watch, request: NodeRequest, response: NodeResponse, patterned?: () => Pattern, sent: Sent = request): void {
  const began = watch.begin();
  if (Number.isNaN(began)) return;
  try {
    const { originalUrl } = sent;
    const url = typeof originalUrl === "string" ? originalUrl : request.url;
    const followed = watch.follow(response, request, began, patterned, url);
    if (followed === undefined) return;
    const status = () => (response.headersSent ? response.statusCode : 0);
    const ended = (isAborted: boolean) => {
      others?.delete(gone);
      followed.end(status(), isAborted);
    };
    const gone = () => ended(true);
    response.on("finish", () => ended(isBroken(request as Beneath, response as Beneath)));
    const others = hearGone(request, response, gone);
    if (!isGone(request, response)) return;
    const isCut = (response as Beneath).stream === undefined && response.writableFinished !== true;
    const last = status();
    // Not now: its route is not known before the framework had it.
    queueMicrotask(() => followed.end(last, isCut || isBroken(request as Beneath, response as Beneath)));
  } catch (error) {
    watch.failed(error);
  }
}

/** A request listener, followed. */
export function listenerOf<F extends AnyFunction>(watch: Watch, listener: F): F {
  if (typeof listener !== "function") throw handlerInvalid("listener", listener);
  return alike(function (this: never, ...args: never[]): unknown {
    follow(watch, args[0]!, args[1]!);
    return listener.apply(this, args);
  }, listener);
}

/** Each has a request and a response; where the application hears the others, it may answer there, and there is no `request`. */
const EVENTS = ["request", "checkContinue", "checkExpectation"] as const;

/**
 * A server, of which every request is followed before its own listeners have it. Nobody listens to these events before the application
 * does: for whoever hears `request`, node:http2 makes a request and a response of each stream, which listens to it and answers it, and who
 * serves streams alone would have that beneath him; and whoever hears the others has to answer.
 */
export function serverOf<S extends NodeServer>(watch: Watch, server: S, patterned?: () => Pattern): S {
  if (typeof server?.prependListener !== "function") throw serverInvalid(server);
  const listen = (event: string) => server.prependListener(event, (request, response) => follow(watch, request, response, patterned));
  const unheard = new Set<unknown>(EVENTS);
  for (const event of EVENTS) if (server.listenerCount(event) > 0 && unheard.delete(event)) listen(event);
  const heard = (event: unknown) => {
    if (!unheard.delete(event)) return;
    if (unheard.size === 0) server.removeListener("newListener", heard);
    listen(String(event));
  };
  if (unheard.size > 0) server.on("newListener", heard);
  return server;
}
