// What undici publishes, and what becomes of it. The channels are node:diagnostics_channel's: of Node's own fetch, and of each copy of the
// package that a program has. Whoever throws in there ends the process, so nothing does.

import { clock } from "../clock.ts";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { sharedMap } from "../requests/copies.ts";
import { methodOf } from "../requests/method.ts";
import { OTHER } from "../http/bounded.ts";
import { statusNumber, statusText } from "../http/statuses.ts";
import { type Calls, ClientMetrics, type Host } from "./client-metrics.ts";
import { Hosts } from "./hosts.ts";
import { shownPools } from "./pools.ts";
import type { UndiciSettings } from "./settings.ts";

/** As much of undici's request as is needed. */
interface UndiciRequest {
  readonly origin?: unknown;
  readonly method?: unknown;
  readonly upgrade?: unknown;
}

interface Message {
  readonly request: UndiciRequest;
  readonly response: { readonly statusCode: number };
  readonly error: unknown;
  readonly socket: { once(event: "close", listener: () => void): unknown };
  readonly connectParams: { readonly host: string; readonly protocol: string };
}

/** A request that is under way. */
interface Following {
  readonly host: Host;
  readonly calls: Calls;
  readonly began: number;
  status: number;
  isSent: boolean;
}

const ERROR = "error";

function methodLabel(method: unknown): string {
  const known = methodOf(typeof method === "string" ? method : undefined);
  return known === "OTHER" ? OTHER : known;
}

class Observing {
  readonly #settings: UndiciSettings;
  readonly #metrics: ClientMetrics;
  readonly #hosts: Hosts;
  readonly #following = new WeakMap<UndiciRequest, Following>();
  readonly #channels: readonly (readonly [name: string, hear: (message: unknown) => void])[];
  readonly #endPools: () => void;
  #isOver = false;

  constructor(settings: UndiciSettings) {
    this.#settings = settings;
    this.#metrics = new ClientMetrics(settings);
    this.#hosts = new Hosts(settings, this.#metrics);
    this.#endPools = shownPools(settings);
    const heard = (name: string, hear: (message: Message) => void) => {
      const quietly = (message: unknown) => {
        try {
          hear(message as Message);
        } catch (error) {
          this.#hosts.failed(error);
        }
      };
      return [`undici:${name}`, quietly] as const;
    };
    this.#channels = [
      heard("request:create", ({ request }) => this.#created(request)),
      heard("client:sendHeaders", ({ request }) => this.#sent(request)),
      heard("request:headers", ({ request, response }) => this.#answered(request, response.statusCode)),
      heard("request:trailers", ({ request }) => this.#ended(request)),
      heard("request:error", ({ request, error }) => this.#failed(request, error)),
      heard("client:connected", ({ connectParams, socket }) => this.#connected(this.#hostOf(connectParams), socket)),
      heard("client:connectError", ({ connectParams, error }) => this.#metrics.connectionFailed(this.#hostOf(connectParams).name, error)),
    ];
    for (const [name, hear] of this.#channels) subscribe(name, hear);
  }

  #hostOf({ protocol, host }: Message["connectParams"]): Host {
    return this.#hosts.of(`${protocol}//${host}`);
  }

  #created(request: UndiciRequest): void {
    // A tunnel or a web socket is a connection from its answer on, and older versions tell of no end.
    if (request.upgrade || request.method === "CONNECT") return;
    const host = this.#hosts.of(String(request.origin));
    const calls = host.calls(methodLabel(request.method));
    this.#following.set(request, { host, calls, began: clock.now(), status: 0, isSent: false });
    calls.began();
  }

  #sent(request: UndiciRequest): void {
    const following = this.#following.get(request);
    if (following === undefined) return;
    if (following.isSent) following.host.retries.inc();
    following.isSent = true;
  }

  #answered(request: UndiciRequest, status: number): void {
    const following = this.#following.get(request);
    // What comes before the answer itself, as 103.
    if (following === undefined || status < 200) return;
    following.status = status;
    following.calls.firstByte.observe((clock.now() - following.began) / 1000);
  }

  /** Is heard once of each: some requests fail behind their end. */
  #over(request: UndiciRequest, status: (following: Following) => string): Following | undefined {
    const following = this.#following.get(request);
    if (following === undefined || this.#isOver) return undefined;
    this.#following.delete(request);
    following.calls.ended(status(following), (clock.now() - following.began) / 1000);
    return following;
  }

  #ended(request: UndiciRequest): void {
    this.#over(request, ({ status }) => statusText(statusNumber(status, false, this.#settings.isClass)));
  }

  #failed(request: UndiciRequest, error: unknown): void {
    const following = this.#over(request, () => ERROR);
    if (following !== undefined) this.#metrics.requestFailed(following.host.name, error);
  }

  #connected(host: Host, socket: Message["socket"]): void {
    host.made.inc();
    host.open.inc();
    host.connections++;
    socket.once("close", () => {
      if (this.#isOver) return;
      host.connections--;
      host.open.dec();
    });
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const [name, hear] of this.#channels) unsubscribe(name, hear);
    try {
      this.#hosts.end();
      this.#endPools();
    } catch {
      // The registry was closed before, and with it all that was shown.
    }
  }
}

const all = sharedMap<() => void>("undici");

/** Observes until what it returns is called; for the same registry it is the same. */
export function observing(settings: UndiciSettings): () => void {
  const there = all.get(settings.identity);
  if (there !== undefined) return there;
  const own = new Observing(settings);
  const stop = () => {
    own.stop();
    if (all.get(settings.identity) === stop) all.delete(settings.identity);
  };
  all.set(settings.identity, stop);
  return stop;
}
