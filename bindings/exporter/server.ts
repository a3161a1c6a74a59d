// The server of an exporter, in whichever thread: what it answers, and what it does not wait for. It never throws at a request.

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { clearTimeout, setImmediate, setTimeout } from "node:timers";
import type { Registry } from "../index.ts";
import { pathOf } from "../processes/page.ts";
import { Auth } from "./auth.ts";
import { Connections, Outgoing } from "./connection.ts";
import { type PageFile, pageRead } from "./page-file.ts";
import type { Settings } from "./settings.ts";
import { pageLost } from "./worded.ts";

/** Connections that the kernel keeps until they are accepted: as many as Linux keeps at the most by default. */
const BACKLOG = 4096;
/** An idle connection outlives the interval at which Prometheus scrapes by default. */
const IDLE_MS = 75_000;
/** Scrapes under way have so long to come to their end when the exporter is closed. */
const CLOSE_MS = 5000;
/** While scrapes are under way pages are begun so far from one another: whoever comes meanwhile has the next one with all others. */
const PACE_MS = 4;
const TEXT = { "content-type": "text/plain; charset=utf-8", "x-content-type-options": "nosniff" };

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A registry that is served, and how many of its scrapes are under way. */
interface Served {
  readonly answer: Answer;
  scrapes: number;
  /** It is another one's turn, and the last of its own scrapes is over. */
  left: (() => void) | undefined;
}

function said(response: ServerResponse, status: number, text: string, headers: Record<string, string> = {}): void {
  response.writeHead(status, { ...TEXT, ...headers, "content-length": String(Buffer.byteLength(text)) });
  response.end(response.req.method === "HEAD" ? undefined : text);
}

/** What is at the root, for a person who looks: where the metrics are. */
function landing(path: string): string {
  return `Metrics are at ${path}\n`;
}

export class MetricsServer {
  readonly #settings: Settings;
  readonly #auth: Auth | undefined;
  #served: Served;
  readonly #server: Server;
  readonly #connections: Connections;
  readonly #onError: (error: unknown) => void;
  #scrapes = 0;
  /** Scrapes that wait for the next page to begin, and when the last one did. */
  #began = -Infinity;
  #came: (readonly [IncomingMessage, ServerResponse])[] = [];
  #page: Promise<PageFile | undefined> | undefined;
  #closing: Promise<void> | undefined;

  constructor(registry: Registry, settings: Settings, onError: (error: unknown) => void) {
    this.#settings = settings;
    this.#onError = onError;
    this.#auth = settings.auth && new Auth(settings.auth.accepted, settings.auth.challenge);
    this.#connections = new Connections(settings.answerSeconds * 1000);
    this.#served = this.#of(registry);
    const limits = {
      maxHeaderSize: settings.maxHeaderBytes,
      requestTimeout: settings.requestSeconds * 1000,
      headersTimeout: settings.requestSeconds * 1000,
      keepAliveTimeout: IDLE_MS,
      // How often those that are late are looked for.
      connectionsCheckingInterval: Math.min(settings.requestSeconds * 500, 5000),
    };
    const answer: RequestListener = (request, response) => {
      const isScrape = pathOf(request.url) === settings.path;
      this.#connections.of(request).next({ isScrape, response, answer: () => this.#answer(request, response) });
    };
    const { tls } = settings;
    const keys = tls === undefined ? undefined : { key: tls.key, cert: tls.cert };
    const clients = tls?.ca === undefined ? {} : { ca: tls.ca, requestCert: true, rejectUnauthorized: true };
    // Until then a connection is none of HTTP's, and the limits above are not its own.
    const shake = { handshakeTimeout: settings.requestSeconds * 1000 };
    const phrase = tls?.passphrase === undefined ? {} : { passphrase: tls.passphrase };
    this.#server =
      keys === undefined ? createServer(limits, answer) : createTlsServer({ ...limits, ...shake, ...keys, ...clients, ...phrase }, answer);
    this.#server.maxConnections = settings.maxConnections;
    this.#server.on("connection", (socket) => {
      socket.unref?.();
      this.#connections.add(socket);
    });
  }

  #of(registry: Registry): Served {
    const { compress, created, statistics } = this.#settings;
    const onError = this.#onError;
    const handler = registry.nodeHandler({ compress, created, onError, ...(statistics === undefined ? {} : { statistics }) });
    const answer: Answer = (request, response) => handler(request, new Outgoing(response, this.#connections.of(request)));
    return { answer, scrapes: 0, left: undefined };
  }

  /** Serves another registry from the next scrape on. Resolves when nothing of the one before is written any more. */
  replace(registry: Registry): Promise<void> {
    const before = this.#served;
    this.#served = this.#of(registry);
    return before.scrapes === 0 ? Promise.resolve() : new Promise((resolve) => (before.left = resolve));
  }

  /** Listens, and keeps no process alive; the port that it has. */
  listen(): Promise<number> {
    const { port, host } = this.#settings;
    const server = this.#server;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen({ port, host, backlog: BACKLOG }, () => {
        server.off("error", reject);
        server.on("error", (error) => this.#onError(error));
        server.unref();
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    // What somebody sends along is not read: the connection ends behind the answer.
    if (request.headers["content-length"] !== undefined || request.headers["transfer-encoding"] !== undefined) {
      response.setHeader("connection", "close");
      request.resume();
    }
    const path = pathOf(request.url);
    const { healthPath, path: metricsPath } = this.#settings;
    if (path === healthPath) this.#read(request, response, () => said(response, 200, "Healthy\n", { "cache-control": "no-store" }));
    else if (path === metricsPath) this.#scraped(request, response);
    else if (path === "/") this.#read(request, response, () => this.#landed(request, response));
    else said(response, 404, "Not found\n");
  }

  #read(request: IncomingMessage, response: ServerResponse, answer: () => void): void {
    if (request.method === "GET" || request.method === "HEAD") answer();
    else said(response, 405, "Method not allowed\n", { allow: "GET, HEAD" });
  }

  /** Whether who asks may read; says so where not. */
  #permitted(request: IncomingMessage, response: ServerResponse): boolean {
    if (this.#auth === undefined || this.#auth.accepts(request.headers.authorization)) return true;
    said(response, 401, "Unauthorized\n", { "www-authenticate": this.#auth.challenge });
    return false;
  }

  /** The page for a person, or where the metrics are. */
  #landed(request: IncomingMessage, response: ServerResponse): void {
    const { page, path } = this.#settings;
    if (!page) return said(response, 200, landing(path));
    if (!this.#permitted(request, response)) return;
    this.#page ??= pageRead(path).catch((error: unknown) => void this.#onError(pageLost(error)));
    void this.#shown(this.#page, response);
  }

  async #shown(page: Promise<PageFile | undefined>, response: ServerResponse): Promise<void> {
    const file = await page;
    if (file === undefined) return said(response, 200, landing(this.#settings.path));
    response.writeHead(200, { ...file.headers, "content-length": String(file.body.length) });
    response.end(response.req.method === "HEAD" ? undefined : file.body);
  }

  #scraped(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#permitted(request, response)) return;
    if (this.#scrapes >= this.#settings.maxScrapes) {
      said(response, 503, `There are ${this.#scrapes} scrapes at the same time, and no more are taken\n`, { "retry-after": "1" });
      return;
    }
    this.#scrapes++;
    response.once("close", () => this.#scrapes--);
    // Those that come in one turn of the event loop, or before the next page may begin, have that one: it is older than none of them.
    if (this.#came.push([request, response]) > 1) return;
    const wait = this.#began + PACE_MS - performance.now();
    if (wait > 0 && this.#scrapes > 1) setTimeout(() => this.#begin(), wait);
    else setImmediate(() => this.#begin());
  }

  #begin(): void {
    const came = this.#came;
    this.#came = [];
    this.#began = performance.now();
    const served = this.#served;
    for (const [request, response] of came) {
      if (response.destroyed) continue;
      served.scrapes++;
      response.once("close", () => {
        if (--served.scrapes === 0) served.left?.();
      });
      served.answer(request, response);
    }
  }

  /** Takes no more connections, and ends when those that are answered are over, or after five seconds. */
  close(): Promise<void> {
    return (this.#closing ??= new Promise((resolve) => {
      const late = setTimeout(() => {
        this.#connections.destroy();
        this.#server.closeAllConnections?.();
      }, CLOSE_MS);
      this.#server.close(() => {
        clearTimeout(late);
        resolve();
      });
      this.#connections.close();
      this.#server.closeIdleConnections?.();
    }));
  }
}
