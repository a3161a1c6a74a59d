// Requests from their beginning to their end, whatever server has them. An adapter says when one begins, what its framework
// knows of its route, and how it ended; what is told is one thing for all of them. What is made of it is another room's: this one
// knows neither recorders nor metrics.
//
// Two things hold here. Nothing that goes wrong in here reaches the application: each way in catches, and tells once. And a request
// is told exactly once: adapters hear of an end by several events, and a server and a framework on it may both have one; the
// first one's is the beginning, and whoever knows a pattern adds it. Its method and its path are those that it came with.

import { clock } from "../clock.ts";
import type { FetchResponse } from "../exposition.ts";
import { atOnce } from "./at-once.ts";
import { type Mark, markOf } from "./mark.ts";
import { methodOf } from "./method.ts";
import { pathRoute } from "./path.ts";
import { requestFailed, routeInvalid } from "./worded.ts";

/** A request that is over. */
export interface FinishedRequest {
  /** One of HTTP's methods, or `OTHER`. */
  readonly method: string;
  /** The pattern of its path, `/users/:id`, or `unmatched`. */
  readonly route: string;
  /** The status of its response; 0 where none was sent. */
  readonly status: number;
  /** From when the server had its head to when the response was handed over as a whole, or given up. */
  readonly seconds: number;
  /** Whether the response did not come to its end: the client left, or the stream failed. */
  readonly aborted: boolean;
}

/** As much of a request as all servers have: node:http's, whose url is a path, and the fetch standard's, whose is absolute. */
export interface AnyRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
}

/** A function of a request: whoever writes it may say more exactly whose request it is, for the server is known there. */
export type OfRequest<T, Others extends unknown[] = []> = { call(request: AnyRequest, ...others: Others): T }["call"];

/** What is to become of requests. None of these is asked to be careful: what they throw is caught. */
export interface Sink {
  /** What is recorded into: a request has one sample in it. */
  readonly into: object;
  /** The moment a request begins at, by the runtime's clock in milliseconds; NaN where nobody wants to hear of it. */
  start(): number;
  /** One that begins to be followed, and what it is found by: the response of node:http's, the request of others. */
  began?(followed: Followed, its: object): void;
  /** Of a fetch handler: there is a response, and the request can still be read, which it cannot at its end in Deno. */
  answered?(followed: Followed): void;
  finished(request: FinishedRequest, followed: Followed): void;
  told(error: unknown): void;
}

/** How requests are told apart where a server does not say. */
export interface Routing {
  /** The route of a request for which no framework knows a pattern. */
  readonly route?: OfRequest<string | undefined> | undefined;
  /** Whether a Response is a stream whose end is waited for. */
  readonly isStream?: ((response: FetchResponse) => boolean) | undefined;
}

/** What a framework says of a request's pattern, once it is over: undefined where it found no route, null where it has no routes. */
export type Pattern = (status: number) => string | null | undefined;

/** All requests that no route is there for. */
export const UNMATCHED = "unmatched";
export const NOT_FOUND = 404;

/** A request that is under way. */
export class Followed {
  /** None: nobody but the path says what it is. */
  pattern: Pattern | undefined;
  readonly request: AnyRequest;
  readonly began: number;
  /** Applications may write another one over it. */
  readonly method: string | undefined;
  /** As it was at the beginning: it may change, and Deno's cannot be read at the end where nobody did before. */
  readonly url: string;
  /** That of a fetch handler, once there is one. */
  response: unknown;
  /** What the sink keeps of it from its beginning to its end. */
  kept: unknown;
  readonly #watch: Watch;
  #over = false;

  constructor(watch: Watch, request: AnyRequest, began: number, pattern: Pattern | undefined, url = request.url ?? "") {
    this.#watch = watch;
    this.request = request;
    this.began = began;
    this.method = request.method;
    this.pattern = pattern;
    this.url = url;
  }

  /** Is heard once. */
  end(status: number, aborted: boolean): void {
    if (this.#over) return;
    this.#over = true;
    this.#watch.finish(this, status, aborted);
  }
}

/** What adapters of one sink share. */
export class Watch {
  readonly isStream: Routing["isStream"];
  readonly #mark: Mark<Followed>;
  readonly #sink: Sink;
  readonly #route: Routing["route"];
  #failed = false;

  constructor(sink: Sink, { route, isStream }: Routing) {
    this.#sink = sink;
    this.#mark = markOf(sink.into);
    this.#route = route;
    this.isStream = isStream;
  }

  /** When a request begins; NaN where it is not followed. */
  begin(): number {
    try {
      return this.#sink.start();
    } catch (error) {
      this.failed(error);
      return NaN;
    }
  }

  /**
   * Follows a request by a thing of its own, the request or its response. Undefined where that is followed already; it has the pattern
   * from now on, which `patterned` makes.
   */
  follow(its: object, request: AnyRequest, began: number, patterned?: () => Pattern, url?: string): Followed | undefined {
    const there = this.#mark.of(its);
    if (there === undefined) {
      const followed = new Followed(this, request, began, patterned?.(), url);
      this.#mark.put(its, followed);
      this.#sink.began?.(followed, its);
      return followed;
    }
    // What a batch asks of its own application is no request of anybody's.
    if (patterned !== undefined && !this.#mark.isPart(its)) there.pattern = patterned();
    return undefined;
  }

  answered(followed: Followed, response: unknown): void {
    followed.response = response;
    this.#sink.answered?.(followed);
  }

  finish(followed: Followed, status: number, aborted: boolean): void {
    try {
      const seconds = (clock.now() - followed.began) / 1000;
      const route = this.#routeOf(followed, status);
      this.#sink.finished({ method: methodOf(followed.method), route, status, seconds, aborted }, followed);
    } catch (error) {
      this.failed(error);
    }
  }

  #routeOf({ pattern, request, url }: Followed, status: number): string {
    const known = pattern?.(status);
    if (typeof known === "string") return known;
    if (this.#route !== undefined) return this.#asked(request);
    // A path that nothing is at may be anything.
    if ((pattern !== undefined && known !== null) || status === NOT_FOUND) return UNMATCHED;
    return pathRoute(url);
  }

  /** What the application says. Where it throws, the request is counted as one without a route. */
  #asked(request: AnyRequest): string {
    try {
      const route: unknown = atOnce("a route", this.#route!(request));
      if (route === undefined) return UNMATCHED;
      if (typeof route === "string") return route;
      throw routeInvalid(route);
    } catch (error) {
      this.failed(error);
      return UNMATCHED;
    }
  }

  /** Tells of what went wrong, the first time: it would be every request's. */
  failed(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    try {
      this.#sink.told(requestFailed(error));
    } catch {}
  }
}
