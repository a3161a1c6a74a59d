// The metrics endpoint, for servers of both shapes. Careful servers' manners: GET and HEAD, 405 with Allow for
// others, 500 with a text where the exposition cannot be made.

import { contentTypeOf, negotiate } from "../exposition.ts";
import type { Registry } from "../registry.ts";

export interface HandlerOptions {
  /** Called with what went wrong when a scrape fails; the answer is 500 all the same. */
  readonly onError?: (error: unknown) => void;
}

const METHODS = "GET, HEAD";
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
  write(bytes: Uint8Array): boolean;
  end(text?: string): unknown;
  destroy(): unknown;
  once(event: "drain" | "close", listener: () => void): unknown;
  off(event: "drain" | "close", listener: () => void): unknown;
}

export type NodeHandler = (request: NodeRequest, response: NodeResponse) => void;

export function fetchHandler(registry: Registry, options: HandlerOptions): (request: Request) => Promise<Response> {
  return async (request) => {
    if (request.method !== "GET" && request.method !== "HEAD") return new Response(null, { status: 405, headers: { allow: METHODS } });
    const accept = request.headers.get("accept");
    const headers = { "content-type": contentTypeOf(negotiate(accept)), vary: "Accept" };
    if (request.method === "HEAD") return new Response(null, { headers });
    try {
      const { body } = await registry.expose({ accept });
      return new Response(body, { headers });
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

async function answer(registry: Registry, request: NodeRequest, response: NodeResponse): Promise<void> {
  const { body, contentType } = registry.stream({ accept: request.headers.accept });
  const reader = body.getReader();
  // The first slice before the head: what fails, fails there, and can still be said.
  let slice = await reader.read();
  response.writeHead(200, { "content-type": contentType, vary: "Accept" });
  while (!slice.done && !response.destroyed) {
    if (!response.write(slice.value)) await drained(response);
    slice = await reader.read();
  }
  if (!slice.done) await reader.cancel();
  response.end();
}

export function nodeHandler(registry: Registry, options: HandlerOptions): NodeHandler {
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
    answer(registry, request, response).catch((error: unknown) => {
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
