// What users say of an exporter, checked, in a form that can be handed to its thread.

import { optionInvalid } from "../errors.ts";
import type { Registry } from "../index.ts";
import { checkOptions, type Kinds } from "../options.ts";
import { authInvalid, hostInvalid, numberOutside, pathInvalid, pathsAlike, tlsInvalid } from "./worded.ts";

/** Who may read: whoever has one of these tokens, or this name and password. */
export type ServeAuth = { readonly bearer: string | readonly string[] } | { readonly user: string; readonly password: string };

/** A key and certificates as `node:https` takes them: PEM, as text or as the bytes that `readFileSync(path)` gives. */
export interface ServeTls {
  readonly key: string | Uint8Array;
  /** The server's, with those between it and its authority behind it. */
  readonly cert: string | Uint8Array;
  /** Certificates by which clients are known: then they must have one. */
  readonly ca?: string | Uint8Array | undefined;
  /** Of the key, where it is encrypted. */
  readonly passphrase?: string | undefined;
}

/** The same as text. */
export interface TlsTexts {
  readonly key: string;
  readonly cert: string;
  readonly ca: string | undefined;
  readonly passphrase: string | undefined;
}

/** What `serve` takes. */
export interface ServeOptions {
  /** What is served; the default registry. */
  readonly registry?: Registry | undefined;
  /** 9464 by default, which Prometheus lists for exporters of applications; 0 for any that is free. */
  readonly port?: number | undefined;
  /** `127.0.0.1` by default: nobody else reaches it. `::` and `0.0.0.0` are all addresses. */
  readonly host?: string | undefined;
  /** `/metrics` by default. */
  readonly path?: string | undefined;
  /** Answers 200 to everybody while it serves: `/-/healthy` by default. */
  readonly healthPath?: string | undefined;
  /** A page at `/` that shows the metrics to a person, live; true by default. */
  readonly page?: boolean | undefined;
  /** In a thread of its own, by default: it answers while every other event loop is blocked. */
  readonly thread?: boolean | undefined;
  /** HTTPS in place of HTTP; none by default. */
  readonly tls?: ServeTls | undefined;
  /** Who may read; everybody by default. The health path and nothing else is for all. */
  readonly auth?: ServeAuth | undefined;
  /** As of `registry.handler`. */
  readonly compress?: boolean | undefined;
  readonly created?: boolean | undefined;
  readonly statistics?: boolean | undefined;
  /** So many connections at the most, 128 by default; what comes beyond is refused. */
  readonly maxConnections?: number | undefined;
  /** So many scrapes at the same time, 16 by default; what comes beyond is answered with 503. */
  readonly maxScrapes?: number | undefined;
  /** Of the head of a request: 16,384 by default. */
  readonly maxHeaderBytes?: number | undefined;
  /** Seconds that a request may take to arrive, 10 by default. */
  readonly requestSeconds?: number | undefined;
  /** Seconds after which an answer ends, and its connection, of which the client has taken nothing, 30 by default. */
  readonly answerSeconds?: number | undefined;
  /** Hears what goes wrong after it listens; without it the console does. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const OPTIONS: Kinds = {
  registry: "Object",
  port: "number",
  host: "string",
  path: "string",
  healthPath: "string",
  page: "boolean",
  thread: "boolean",
  tls: "Object",
  auth: "Object",
  compress: "boolean",
  created: "boolean",
  statistics: "boolean",
  maxConnections: "number",
  maxScrapes: "number",
  maxHeaderBytes: "number",
  requestSeconds: "number",
  answerSeconds: "number",
  onError: "function",
};
const PEM = ["string", "Uint8Array"] as const;
const TLS: Kinds = { key: PEM, cert: PEM, ca: PEM, passphrase: "string" };
const AUTH: Kinds = { bearer: ["string", "Array"], user: "string", password: "string" };

/** The options with their defaults: what structured cloning carries to the thread. */
export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly path: string;
  readonly healthPath: string;
  readonly page: boolean;
  readonly tls: TlsTexts | undefined;
  /** Whole values of the header Authorization, and how it is asked for. */
  readonly auth: { readonly accepted: readonly string[]; readonly challenge: string } | undefined;
  readonly compress: boolean;
  readonly created: boolean;
  /** undefined: as the registry has it. */
  readonly statistics: boolean | undefined;
  readonly maxConnections: number;
  readonly maxScrapes: number;
  readonly maxHeaderBytes: number;
  readonly requestSeconds: number;
  readonly answerSeconds: number;
}

/** https://github.com/prometheus/prometheus/wiki/Default-port-allocations: applications that OpenTelemetry instruments. */
const PORT = 9464;
const PORT_MOST = 65_535;
const CONNECTIONS_MOST = 65_535;
const SCRAPES_MOST = 1024;
const HEADER_LEAST = 1024;
const HEADER_MOST = 1 << 20;
const SECONDS_MOST = 3600;
/** Somebody's origin. */
const BASE = "http://127.0.0.1";
/** What a header takes: visible ASCII. */
const TOKEN = /^[\x21-\x7e]+$/;

function numberOf(option: string, value: number | undefined, own: number, least: number, most: number): number {
  const number = value ?? own;
  if (!Number.isInteger(number) || number < least || number > most) throw numberOutside(option, value, least, most);
  return number;
}

function pathOf(option: string, value: string | undefined, own: string): string {
  const path = value ?? own;
  // What a client would write otherwise, it would ask for otherwise.
  const isAsked = path.startsWith("/") && !path.startsWith("//") && URL.canParse(path, BASE) && new URL(path, BASE).href === BASE + path;
  if (!isAsked || /[?#]/.test(path)) throw pathInvalid(option, path);
  return path;
}

/** RFC 7617: the name has no colon; both are UTF-8 in base64. */
function basicOf(user: string, password: string, of: string): string {
  if (user.includes(":")) throw authInvalid('a user has no ":" in it', of);
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** Of the option `auth` of this or that function. */
export function authOf(auth: ServeAuth, of = "serve"): NonNullable<Settings["auth"]> {
  checkOptions(`auth of ${of}`, auth, AUTH);
  const { bearer, user, password } = auth as { bearer?: string | readonly string[]; user?: string; password?: string };
  if (bearer === undefined || bearer === null) {
    // Null says nothing, and would be the word.
    if (typeof user !== "string" || !password) throw authInvalid("it must have bearer, or user and password, not empty", of);
    return { accepted: [basicOf(user, password, of)], challenge: 'Basic realm="metrics", charset="UTF-8"' };
  }
  if (user !== undefined || password !== undefined) throw authInvalid("it has bearer, or user and password, not both", of);
  const tokens = [bearer].flat();
  if (tokens.length === 0 || tokens.some((token) => typeof token !== "string" || !TOKEN.test(token))) {
    throw authInvalid("a token is a string of visible ASCII, not empty", of);
  }
  return { accepted: tokens.map((token) => `Bearer ${token}`), challenge: 'Bearer realm="metrics"' };
}

function pemOf(text: string | Uint8Array): string {
  return typeof text === "string" ? text : new TextDecoder().decode(text);
}

function tlsOf(tls: ServeTls): TlsTexts {
  checkOptions("tls of serve", tls, TLS);
  const { key, cert, ca, passphrase } = tls;
  // An empty `ca` would be all that the runtime trusts: anybody's.
  if (!key?.length || !cert?.length || ca?.length === 0) throw tlsInvalid();
  return { key: pemOf(key), cert: pemOf(cert), ca: ca ? pemOf(ca) : undefined, passphrase: passphrase ?? undefined };
}

export function settingsOf(options: ServeOptions, defaultRegistry: Registry): Settings {
  checkOptions("serve", options, OPTIONS);
  const { registry, host = "127.0.0.1", tls, auth } = options;
  // Of another copy it may be, or of a worker's.
  if (typeof (registry ?? defaultRegistry).expose !== "function") throw optionInvalid("serve", "registry", registry, "Registry");
  if (host === "" || /\s/.test(host)) throw hostInvalid(host);
  const path = pathOf("path", options.path, "/metrics");
  const healthPath = pathOf("healthPath", options.healthPath, "/-/healthy");
  if (path === healthPath) throw pathsAlike(path);
  return {
    port: numberOf("port", options.port, PORT, 0, PORT_MOST),
    host,
    path,
    healthPath,
    page: options.page ?? true,
    tls: tls === undefined || tls === null ? undefined : tlsOf(tls),
    auth: auth === undefined || auth === null ? undefined : authOf(auth),
    compress: options.compress ?? true,
    created: options.created ?? false,
    statistics: options.statistics ?? undefined,
    maxConnections: numberOf("maxConnections", options.maxConnections, 128, 1, CONNECTIONS_MOST),
    maxScrapes: numberOf("maxScrapes", options.maxScrapes, 16, 1, SCRAPES_MOST),
    maxHeaderBytes: numberOf("maxHeaderBytes", options.maxHeaderBytes, 16_384, HEADER_LEAST, HEADER_MOST),
    requestSeconds: numberOf("requestSeconds", options.requestSeconds, 10, 1, SECONDS_MOST),
    answerSeconds: numberOf("answerSeconds", options.answerSeconds, 30, 1, SECONDS_MOST),
  };
}
