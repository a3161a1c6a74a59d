// The metrics endpoint, for servers of both shapes. Careful servers' manners: GET, HEAD and OPTIONS, 405 with Allow for
// others, never 406, 500 with a text where the exposition cannot be made.

import { type Asked, scrapesOf, type Scrape } from "./scrapes.ts";
import { Body, type FetchHandler, type FetchResponse } from "../exposition.ts";
import { checkOptions } from "../options.ts";
import { currentRuntime } from "../runtime.ts";
import { encodingOf, type Format, negotiate } from "../negotiate.ts";
import { handlerNotCalled, requestForeign } from "../errors.ts";
import type { Exposer } from "../exposer.ts";

/** What `registry.handler` and `registry.nodeHandler` take. */
export interface HandlerOptions {
  /** Called with what went wrong when a scrape fails; the answer is 500 all the same. */
  readonly onError?: (error: unknown) => void;
  /** True by default, as far as `Accept-Encoding` allows; false where something else compresses: a proxy, middleware. */
  readonly compress?: boolean;
  /** Lines with the time at which each series began, in OpenMetrics 1.0; the later formats always tell it. False by default. */
  readonly created?: boolean;
  /** The library's own metrics; by default true for the default registry and false for others. */
  readonly statistics?: boolean;
}

const METHODS = { allow: "GET, HEAD, OPTIONS" };
const FAILED = "The exposition could not be written\n";

/** As much of a node:http request and response as is needed: this file knows no runtime. */
interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: { readonly accept?: string | undefined; readonly "accept-encoding"?: string | string[] | undefined };
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

/** A listener of `request`, for node:http and what takes its shape. Answers whatever happens, and never throws. */
export type NodeHandler = (request: NodeRequest, response: NodeResponse) => void;

const OPTIONS = { onError: "function", compress: "boolean", created: "boolean", statistics: "boolean" } as const;

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

type Header = (name: "accept" | "accept-encoding") => string | null | undefined;

function asked(registry: Exposer, url: string | undefined, header: Header, options: HandlerOptions): Asked {
  const { compress, created = false, statistics = registry.isDefault } = options;
  const query = new URLSearchParams(/\?([^#]*)/.exec(url ?? "")?.[1]);
  return {
    format: negotiate(header("accept")),
    coding: compress === false ? "identity" : encodingOf(header("accept-encoding"), currentRuntime().codings()),
    include: query.getAll("name[]"),
    exclude: query.getAll("exclude[]"),
    created,
    statistics,
  };
}

/** Without a body the coding is not known: small ones have none. */
function headersOf({ contentType }: Format, coding = "identity"): Record<string, string> {
  const headers = { "content-type": contentType, vary: "Accept, Accept-Encoding" };
  return coding === "identity" ? headers : { ...headers, "content-encoding": coding };
}

/** The answer to what is no GET, if it is none. */
function unread(method: string | undefined, header: Header): { status: number; headers: Record<string, string> } | undefined {
  if (method === "GET") return undefined;
  if (method === "HEAD") return { status: 200, headers: headersOf(negotiate(header("accept"))) };
  return { status: method === "OPTIONS" ? 204 : 405, headers: METHODS };
}

/** The whole of a scrape, in bytes of its own: a Response of the runtimes copies them, one of a framework may not. */
async function whole(registry: Exposer, scrape: Scrape, format: Format): Promise<Uint8Array<ArrayBuffer>> {
  let body: Body | undefined;
  for await (const chunk of scrape.chunks()) {
    body ??= scrape.coding === "identity" ? registry.body(undefined) : new Body(chunk.bytes.length, undefined);
    body.add(chunk.bytes);
    chunk.release();
  }
  return scrape.coding === "identity" ? registry.exposition(body!, format).body : body!.bytes();
}

async function fetched(registry: Exposer, wanted: Asked): Promise<FetchResponse> {
  const scrape = scrapesOf(registry).scrape(wanted);
  const body = await whole(registry, scrape, wanted.format);
  const headers = { ...headersOf(wanted.format, scrape.coding), "content-length": String(body.length) };
  // workerd would compress once more what says that it is compressed.
  const init: ResponseInit & { readonly encodeBody: "manual" } = { headers, encodeBody: "manual" };
  return new Response(body, init);
}

/** @internal */
export function fetchHandler(registry: Exposer, options: HandlerOptions): FetchHandler {
  checkHandlerOptions("handler", options);
  return async (request) => {
    if (typeof request?.headers?.get !== "function") throw requestForeign("handler");
    const header: Header = (name) => request.headers.get(name);
    const other = unread(request.method, header);
    if (other !== undefined) return new Response(null, other);
    try {
      return await fetched(registry, asked(registry, request.url, header, options));
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

async function answer(registry: Exposer, wanted: Asked, response: NodeResponse): Promise<void> {
  const scrape = scrapesOf(registry).scrape(wanted);
  let begun = false;
  let drain: Drain | undefined;
  // The first chunk before the head: what fails, fails there, and can still be said.
  for await (const chunk of scrape.chunks()) {
    if (response.destroyed) return;
    if (!begun) response.writeHead(200, headersOf(wanted.format, scrape.coding));
    begun = true;
    // Only whoever has written the bytes lets go of them.
    if (!response.write(chunk.bytes, () => chunk.release()) && !response.destroyed) await (drain ??= new Drain(response)).next();
    if (response.destroyed) break;
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
export function nodeHandler(registry: Exposer, options: HandlerOptions): NodeHandler {
  checkHandlerOptions("nodeHandler", options);
  return (request, response) => {
    if (typeof response?.writeHead !== "function" || typeof request?.headers !== "object") throw requestForeign("nodeHandler");
    const header: Header = (name) => request.headers[name]?.toString();
    const other = unread(request.method, header);
    if (other !== undefined) {
      response.writeHead(other.status, other.headers);
      response.end();
      return;
    }
    answer(registry, asked(registry, request.url, header, options), response).catch((error: unknown) => {
      told(options, error);
      failed(response);
    });
  };
}
