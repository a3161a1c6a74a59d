// prom-client's Pushgateway: a registry's page by PUT or POST, with the options of node:http, which the door brings along.
//
// Nothing of it is push/pushgateway.ts': what users hand over and get back is node:http's (an agent, a timeout, the response itself), which
// fetch has not, and paths, errors and what is not escaped are prom-client's. What both would share is a call of `URL`.

import { isObject } from "./labels.ts";
import { globalRegisters } from "./listing.ts";
import type { RegistryContentType } from "./shapes.ts";
import { jobNameMissing, noPushHere, pushFailed, pushLate } from "./worded.ts";

/** As much of a registry as is pushed. */
interface Pushed {
  metrics(): Promise<string>;
}

interface Response {
  readonly statusCode?: number | undefined;
  setEncoding(encoding: string): void;
  on(event: "data", listener: (chunk: string) => void): void;
  on(event: "end", listener: () => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}

interface Request {
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "timeout", listener: () => void): void;
  destroy(error: Error): void;
  end(body?: string | Uint8Array): void;
}

type Http = (url: string, options: object, answered: (response: Response) => void) => Request;

/** What a runtime with node:http has of it. */
export interface Transport {
  readonly http: Http;
  readonly https: Http;
  gzip(text: string): Uint8Array;
}

let transport: Transport | undefined;

/** @internal How pages are pushed. */
export function pushesBy(how: Transport): void {
  transport = how;
}

/** Throws a TypeError where there is no way. */
function way(): Transport {
  if (transport === undefined) throw noPushHere();
  return transport;
}

type Method = "POST" | "PUT" | "DELETE";

const CODING = "Content-Encoding";

function pathOf(base: string, { jobName, groupings }: Partial<Pushgateway.Parameters>): string {
  const own = base === "/" ? "" : base;
  if (!jobName) return `${own}/metrics`;
  const groups = Object.entries(groupings ?? {}).map(([name, value]) => `/${encodeURIComponent(name)}/${encodeURIComponent(value)}`);
  return `${own}/metrics/job/${encodeURIComponent(jobName)}${groups.join("")}`;
}

function isPushed(value: unknown): value is Pushed {
  return typeof (value as Partial<Pushed> | null | undefined)?.metrics === "function";
}

/**
 * Pushes a registry's page to a Pushgateway. Its methods make one request each, resolve to node:http's response and its text, and reject for what
 * goes wrong on the way, as a `timeout` of the options in milliseconds, and for a status of 400 and above. They throw an Error without a `jobName`.
 *
 * @example
 * ```ts
 * import { Pushgateway } from "tallystick/prom-client";
 *
 * const gateway = new Pushgateway("http://127.0.0.1:1", { timeout: 5000 });
 * await gateway.pushAdd({ jobName: "backup" }).catch((error) => error.code); // "ECONNREFUSED"
 * ```
 */
export class Pushgateway<_T extends RegistryContentType = RegistryContentType> {
  readonly registry: Pushed;
  readonly gatewayUrl: string;
  readonly requireJobName: boolean;
  readonly requestOptions: Readonly<Record<string, unknown>>;

  /** To a URL; with options of node:http's `request`, and of a registry, the global one by default. */
  constructor(url: string, registry: Pushed);
  constructor(url: string, options?: Pushgateway.Options | null, registry?: Pushed);
  constructor(url: string, options?: Pushgateway.Options | Pushed | null, registry?: Pushed) {
    const { requireJobName = true, ...requestOptions } = (isPushed(options) ? {} : (options ?? {})) as Pushgateway.Options;
    this.registry = isPushed(options) ? options : (registry ?? (globalRegisters()[0] as unknown as Pushed));
    this.gatewayUrl = url;
    this.requireJobName = requireJobName;
    this.requestOptions = requestOptions;
  }

  /** Replaces what has the same names, in its group (POST). */
  pushAdd(params?: Partial<Pushgateway.Parameters>): Promise<{ resp?: unknown; body?: unknown }> {
    return this.#sent("POST", params);
  }

  /** Replaces the whole group (PUT). */
  push(params?: Partial<Pushgateway.Parameters>): Promise<{ resp?: unknown; body?: unknown }> {
    return this.#sent("PUT", params);
  }

  /** Takes the group away. */
  delete(params?: Partial<Pushgateway.Parameters>): Promise<{ resp?: unknown; body?: unknown }> {
    return this.#sent("DELETE", params);
  }

  /** Throws an Error without a job's name, at once; rejects for what goes wrong on the way, and for a status of 400 and above. */
  #sent(method: Method, params: Partial<Pushgateway.Parameters> = {}): Promise<{ resp?: unknown; body?: unknown }> {
    if (this.requireJobName && !params.jobName) throw jobNameMissing();
    return this.#answered(method, params);
  }

  /** The request is made at once, as prom-client does it; the page follows. */
  #answered(method: Method, params: Partial<Pushgateway.Parameters>): Promise<{ resp?: unknown; body?: unknown }> {
    return new Promise((resolve, reject) => {
      const url = new URL(this.gatewayUrl);
      url.pathname = pathOf(url.pathname, params);
      const { headers, ...rest } = this.requestOptions;
      const own = isObject(headers) ? { ...headers } : undefined;
      const isPacked = own?.[CODING] === "gzip";
      if (method === "DELETE" && own !== undefined) delete own[CODING];
      const { http, https } = way();
      const request = (url.protocol === "https:" ? https : http)(
        url.href,
        { ...rest, ...(own === undefined ? {} : { headers: own }), method },
        (resp) => {
          let text = "";
          resp.setEncoding("utf8");
          resp.on("data", (chunk) => (text += chunk));
          resp.on("error", reject);
          resp.on("end", () => {
            if ((resp.statusCode ?? 0) >= 400) reject(pushFailed(resp.statusCode, text));
            else resolve({ resp, body: text });
          });
        },
      );
      request.on("error", reject);
      request.on("timeout", () => request.destroy(pushLate()));
      if (method === "DELETE") request.end();
      else
        this.#body(isPacked).then(
          (body) => request.end(body),
          (error: Error) => {
            request.destroy(error);
            reject(error);
          },
        );
    });
  }

  async #body(isPacked: boolean): Promise<string | Uint8Array> {
    const text = await this.registry.metrics();
    return isPacked ? way().gzip(text) : text;
  }
}

export namespace Pushgateway {
  export interface Options {
    requireJobName?: boolean;
    [key: string]: unknown;
  }

  export interface Parameters {
    jobName: string;
    groupings?: { [key: string]: string };
  }
}
