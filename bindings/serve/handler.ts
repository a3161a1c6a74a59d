// The metrics endpoint, for servers of both shapes. Careful servers' manners: GET and HEAD, 405 with Allow for
// others, 500 with a text where the exposition cannot be made.

import { contentTypeOf, type FetchHandler, negotiate } from "../exposition.ts";
import { handlerNotCalled, requestForeign } from "../errors.ts";
import { checkOptions } from "../options.ts";
import { currentRuntime } from "../runtime.ts";
import type { Registry } from "../registry.ts";

export interface HandlerOptions {
  /** Called with what went wrong when a scrape fails; the answer is 500 all the same. */
  readonly onError?: (error: unknown) => void;
}

const METHODS = "GET, HEAD";
/** A slice and what a last series may add to it. */
const ROOM_BYTES = 147456;
/** So many slices may be on their way out before more rooms are made. */
const ROOMS_MAX = 64;
const FAILED = "The exposition could not be written\n";

/** As much of a node:http request and response as is needed: this file knows no runtime. */
interface NodeRequest {
  readonly method?: string | undefined;
  readonly headers: { readonly accept?: string | undefined };
}

interface NodeResponse {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  writeHead(status: number, headers: Record<string, string>): unknown;
  write(bytes: Uint8Array, written: () => void): boolean;
  end(): unknown;
  end(text: string): unknown;
  destroy(): unknown;
  on(event: "drain", listener: () => void): unknown;
  once(event: "close", listener: () => void): unknown;
}

export type NodeHandler = (request: NodeRequest, response: NodeResponse) => void;

const OPTIONS = { onError: "function" } as const;

/** `createServer(registry.nodeHandler)` calls what makes a handler with a request. */
function checkHandlerOptions(what: string, options: HandlerOptions): void {
  if (typeof options === "object" && options !== null && "headers" in options) throw handlerNotCalled(what);
  checkOptions(what, options, OPTIONS);
}

/** Tells of a failed scrape. What throws at that must not end the process in the middle of an answer. */
function told(options: HandlerOptions, error: unknown): void {
  try {
    options.onError?.(error);
  } catch (thrown) {
    console.warn("tallystick: a handler's onError threw:", thrown);
  }
}

/** @internal */
export function fetchHandler(registry: Registry, options: HandlerOptions): FetchHandler {
  checkHandlerOptions("handler", options);
  return async (request) => {
    if (typeof request?.headers?.get !== "function") throw requestForeign("handler");
    if (request.method !== "GET" && request.method !== "HEAD") return new Response(null, { status: 405, headers: { allow: METHODS } });
    const accept = request.headers.get("accept");
    const headers = { "content-type": contentTypeOf(negotiate(accept)), vary: "Accept" };
    if (request.method === "HEAD") return new Response(null, { headers });
    try {
      // Bytes of its own for each answer: a Response of the runtimes copies them, one of a framework may not.
      const { body } = await registry.expose({ accept });
      return new Response(body, { headers });
    } catch (error) {
      told(options, error);
      return new Response(FAILED, { status: 500 });
    }
  };
}

/** When the response takes more, or will never again: one listener for all waits, for middleware may not let go of any. */
class Drain {
  #wake: (() => void) | undefined;

  constructor(response: NodeResponse) {
    const woken = () => this.#wake?.();
    response.once("close", woken);
    response.on("drain", woken);
  }

  next(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}

/** Bytes of slices that have gone out, for the next ones: the memory is warm, and no garbage is made. */
class Rooms {
  #free: Uint8Array<ArrayBuffer>[] = [];

  take(bytes: number): Uint8Array<ArrayBuffer> {
    const room = this.#free.pop();
    return room !== undefined && room.length >= bytes ? room : currentRuntime().bytes(Math.max(bytes, ROOM_BYTES));
  }

  give(room: Uint8Array<ArrayBuffer>): void {
    if (this.#free.length < ROOMS_MAX && room.length <= ROOM_BYTES) this.#free.push(room);
  }
}

async function answer(registry: Registry, rooms: Rooms, request: NodeRequest, response: NodeResponse): Promise<void> {
  const { accept } = request.headers;
  let room: Uint8Array<ArrayBuffer> | undefined;
  const slices = registry.slices({ accept }, (bytes) => (room = rooms.take(bytes)));
  // The first slice before the head: what fails, fails there, and can still be said.
  let slice = await slices.next();
  response.writeHead(200, { "content-type": contentTypeOf(negotiate(accept)), vary: "Accept" });
  let drain: Drain | undefined;
  while (!slice.done && !response.destroyed) {
    const used = room!;
    // Only whoever has written the bytes gives them back.
    if (!response.write(slice.value, () => rooms.give(used)) && !response.destroyed) await (drain ??= new Drain(response)).next();
    slice = await slices.next();
  }
  response.end();
}

/** Says that there is no exposition, as far as that can still be said. */
function failed(response: NodeResponse): void {
  // A page cut short must not look whole.
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(500, { "content-type": "text/plain; charset=utf-8" });
  response.end(FAILED);
}

/** @internal */
export function nodeHandler(registry: Registry, options: HandlerOptions): NodeHandler {
  checkHandlerOptions("nodeHandler", options);
  const rooms = new Rooms();
  return (request, response) => {
    if (typeof response?.writeHead !== "function" || typeof request?.headers !== "object") throw requestForeign("nodeHandler");
    if (request.method === "HEAD") {
      response.writeHead(200, { "content-type": contentTypeOf(negotiate(request.headers.accept)), vary: "Accept" });
      response.end();
      return;
    }
    if (request.method !== "GET") {
      response.writeHead(405, { allow: METHODS });
      response.end();
      return;
    }
    answer(registry, rooms, request, response).catch((error: unknown) => {
      told(options, error);
      failed(response);
    });
  };
}
