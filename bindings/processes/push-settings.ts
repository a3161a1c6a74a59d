// What a pusher is told, and what it tells.

import { checkOptions, type Kinds } from "../options.ts";
import { warned } from "./line.ts";
import { optionOutside, tokenInvalid, urlInvalid } from "./push-worded.ts";

/** As much of the reader of a stream as is used. */
export interface PushReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** As much of a Response as is read. Of one without a stream as its body its text is read whole. */
export interface PushResponse {
  readonly status: number;
  readonly body?: { getReader?(): PushReader } | null | undefined;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
}

/** The program's own AbortSignal; named directly, it would be an error in programs that have none of these types. */
type Signal = typeof globalThis extends { AbortSignal: { prototype: infer Own } } ? Own : never;

/** What a pusher's `fetch` is called with: the options of one POST. Its body is compressed; before that it has `maxBytes`, but for a frame that is larger alone. */
export interface PushInit {
  readonly method: "POST";
  readonly headers: Record<string, string>;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly redirect: "manual";
  readonly signal: Signal;
}

export interface PusherOptions {
  /** The receiver's. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`. */
  readonly token: string;
  /** Another way to the receiver, such as that of a Durable Object's stub; the runtime's own `fetch` by default. */
  readonly fetch?: ((url: string, init: PushInit) => Promise<PushResponse>) | undefined;
  /** Of one push before it is compressed, but for a frame that is larger alone: 1,048,576 by default. */
  readonly maxBytes?: number | undefined;
  /** How long an answer is waited for: 10 by default. */
  readonly timeoutSeconds?: number | undefined;
  /** Where nothing changes, the receiver is told after so long that this process lives: 60 by default. */
  readonly idleSeconds?: number | undefined;
  /**
   * Pushes begin so far apart at the least: 0 by default. Calls that come sooner wait until that is over, and are answered together
   * by one push, which has the last state. The one that says that it ends does not wait.
   */
  readonly leastSeconds?: number | undefined;
  /** Hears once of each way in which pushes fail, once that they arrive again, and again when it comes back after that. Without it the console does. */
  readonly onError?: ((error: Error) => void) | undefined;
  /** A clock that only durations are taken from; `performance.now()` by default. */
  readonly seconds?: (() => number) | undefined;
}

export interface PushCall {
  /** The last one: nothing is pushed behind it. Of several pushers of a registry the last one alone says so. */
  readonly ended?: boolean | undefined;
}

/** What one push came to. */
export interface PushResult {
  /**
   * `sent`: the receiver has it. `nothing`: nothing changed. `failed`: it may not have it, and the next push makes it good.
   * `paused`: nothing was tried, for the last one failed just now.
   */
  readonly outcome: "sent" | "nothing" | "failed" | "paused";
  /** The last sequence that the receiver has to its end. */
  readonly sequence: number;
  /** Bytes of the bodies of this push. */
  readonly bytes: number;
  /** The image did not fit into this push: the rest goes with the next ones. */
  readonly more: boolean;
  /** For so long nothing will be tried. */
  readonly pauseSeconds: number;
  readonly error?: Error;
}

/** Since the pusher was made. */
export interface PushCounts {
  readonly pushes: number;
  readonly failures: number;
  readonly bytes: number;
  /** How often the receiver asked for the whole image. */
  readonly behind: number;
  /** How often it had taken this process for dead. */
  readonly anew: number;
}

const KINDS: Kinds = {
  registry: "Object",
  url: "string",
  token: "string",
  fetch: "function",
  maxBytes: "number",
  timeoutSeconds: "number",
  idleSeconds: "number",
  leastSeconds: "number",
  onError: "function",
  seconds: "function",
};
const PUSH_BYTES = 1048576;
/** Smaller bodies are all headers. */
export const PUSH_BYTES_LEAST = 4096;
const PUSH_BYTES_MOST = 67108864;
const TIMEOUT_SECONDS = 10;
const TIMEOUT_SECONDS_MOST = 300;
/** A fifth of what receivers take for a death. */
const IDLE_SECONDS = 60;
const IDLE_SECONDS_MOST = 86400;
const LEAST_SECONDS_MOST = 3600;
/** What may be in a header. */
const VISIBLE = /^[\x21-\x7e]+$/;

export type PusherSettings = { readonly [Name in keyof PusherOptions]-?: NonNullable<PusherOptions[Name]> };

const PUSH_KINDS: Kinds = { ended: "boolean" };

/** What one push is told. Throws for what it does not know: one that meant its last word would not be that. */
export function pushChecked(options: PushCall): void {
  checkOptions("push", options, PUSH_KINDS);
}

/** Throws for what can never be pushed to. */
export function settingsOf(options: PusherOptions): PusherSettings {
  checkOptions("pusher", options, KINDS);
  const { url, token, maxBytes = PUSH_BYTES, timeoutSeconds = TIMEOUT_SECONDS, idleSeconds = IDLE_SECONDS } = options;
  const { leastSeconds = 0 } = options;
  if (!isAddress(url)) throw urlInvalid(url);
  if (!isToken(token)) throw tokenInvalid("pusher");
  for (const [name, value, least, most] of [
    ["maxBytes", maxBytes, PUSH_BYTES_LEAST, PUSH_BYTES_MOST],
    ["timeoutSeconds", timeoutSeconds, 0.001, TIMEOUT_SECONDS_MOST],
    ["idleSeconds", idleSeconds, 0, IDLE_SECONDS_MOST],
    ["leastSeconds", leastSeconds, 0, LEAST_SECONDS_MOST],
  ] as const) {
    if (!(value >= least && value <= most)) throw optionOutside("pusher", name, value, least, most);
  }
  return {
    url,
    token,
    maxBytes,
    timeoutSeconds,
    idleSeconds,
    leastSeconds,
    fetch: options.fetch ?? fetched,
    onError: options.onError ?? warned,
    seconds: options.seconds ?? (() => performance.now() / 1000),
  };
}

/** Not the runtime's function itself: it wants to be called on nothing. */
export const fetched: PusherSettings["fetch"] = (to, init) => fetch(to, init);

/** Whether it can be pushed to: to a URL with a user's name or a password in it no fetch goes. */
export function isAddress(value: unknown): value is string {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && username === "" && password === "";
}

/** Whether it can be a bearer token: it goes into a header. */
export function isToken(value: unknown): value is string {
  return typeof value === "string" && VISIBLE.test(value);
}
