// The metrics endpoint, for servers of both shapes. Careful servers' manners: GET and HEAD, 405 with Allow for
// others, 500 with a text where the exposition cannot be made.

import { contentTypeOf, type FetchHandler, negotiate } from "../exposition.ts";
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
  end(text?: string): unknown;
  destroy(): unknown;
  once(event: "drain" | "close", listener: () => void): unknown;
  off(event: "drain" | "close", listener: () => void): unknown;
}

export type NodeHandler = (request: NodeRequest, response: NodeResponse) => void;

const OPTIONS = { onError: "function" } as const;

/** @internal */
export function fetchHandler(registry: Registry, options: HandlerOptions): FetchHandler {
  checkOptions("handler", options, OPTIONS);
  // A Response copies its bytes (Fetch, "extract a body"; Node, Deno and Bun do, workerd keeps them), so the next
  // answer may be written where this one was. A second request meanwhile gets bytes of its own.
  let spare: Uint8Array<ArrayBuffer> | undefined;
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return new Response(null, { status: 405, headers: { allow: METHODS } });
    const accept = request.headers.get("accept");
    const headers = { "content-type": contentTypeOf(negotiate(accept)), vary: "Accept" };
    if (request.method === "HEAD") return new Response(null, { headers });
    try {
      const into = spare;
      spare = undefined;
      const { body } = await registry.expose({ accept, into });
      const response = new Response(body, { headers });
      if (currentRuntime().shared) spare = new Uint8Array(body.buffer);
      return response;
    } catch (error) {
      options.onError?.(error);
      return new Response(FAILED, { status: 500 });
    }
  };
}

/** Resolves when the response takes more, or will never again. */
function drained(response: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.once("drain", done);
    response.once("close", done);
  });
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
  while (!slice.done && !response.destroyed) {
    const used = room!;
    // Only whoever has written the bytes gives them back.
    if (!response.write(slice.value, () => rooms.give(used))) await drained(response);
    slice = await slices.next();
  }
  response.end();
}

/** @internal */
export function nodeHandler(registry: Registry, options: HandlerOptions): NodeHandler {
  checkOptions("nodeHandler", options, OPTIONS);
  const rooms = new Rooms();
  return (request, response) => {
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
      options.onError?.(error);
      if (response.headersSent) {
        // A page cut short must not look whole.
        response.destroy();
        return;
      }
      response.writeHead(500, { "content-type": "text/plain; charset=utf-8" });
      response.end(FAILED);
    });
  };
}
