// What a collector that hands on to another one is told, and what it tells.

import { checkOptions, type Kinds } from "../options.ts";
import { forwardUrlInvalid } from "./forward-worded.ts";
import { fetched, isAddress, isToken, type PushInit, PUSH_BYTES_LEAST, type PushResponse } from "./push-settings.ts";
import { optionOutside, tokenInvalid } from "./push-worded.ts";

/** Where a receiver hands on what it gets. */
export interface ForwardOptions {
  /** Of the next collector's receiver. */
  readonly url: string;
  /** Its token, sent as `Authorization: Bearer`. */
  readonly token: string;
  /** Another way there, such as a Durable Object's stub; the runtime's own `fetch` by default. */
  readonly fetch?: ((url: string, init: PushInit) => Promise<PushResponse>) | undefined;
  /** What came in is handed on so often at the most: every second by default; 0: at once. */
  readonly everySeconds?: number | undefined;
  /** Of one request before it is compressed, but for a body that is larger alone: 1,048,576 by default. */
  readonly maxBytes?: number | undefined;
  /** Of all that may wait: 67,108,864 by default. What is beyond is dropped, and processes are asked for it anew. */
  readonly maxWaitingBytes?: number | undefined;
  /** How long an answer is waited for: 10 by default. */
  readonly timeoutSeconds?: number | undefined;
  /** How long `close()` tries to hand on what waits: 10 by default. */
  readonly closeSeconds?: number | undefined;
}

/** Since the receiver was made. */
export interface ForwardCounts {
  /** Bodies that the next collector acknowledged. */
  readonly handedOn: number;
  /** Requests that failed, bodies that it refused or had to ask for anew, and rows that were dropped here for want of room. */
  readonly failures: number;
  /** Bodies that wait, */
  readonly waiting: number;
  /** and their bytes. */
  readonly waitingBytes: number;
}

/** What one turn of handing on came to. */
export interface ForwardResult {
  /**
   * `sent`: all that waited is there. `nothing`: nothing did. `failed`: something of it is not there, and waits on or is asked for again;
   * `paused`: for that nothing was tried.
   */
  readonly outcome: "sent" | "nothing" | "failed" | "paused";
  readonly error?: Error;
}

export type ForwardSettings = { readonly [Name in keyof ForwardOptions]-?: NonNullable<ForwardOptions[Name]> };

const KINDS: Kinds = {
  url: "string",
  token: "string",
  fetch: "function",
  everySeconds: "number",
  maxBytes: "number",
  maxWaitingBytes: "number",
  timeoutSeconds: "number",
  closeSeconds: "number",
};
/** A row of a thousand small pushes takes less. */
const REQUEST_BYTES = 1048576;
const REQUEST_BYTES_MOST = 67108864;
const WAITING_BYTES = 67108864;
const WAITING_BYTES_MOST = 1073741824;
const EVERY_SECONDS = 1;
const SECONDS = 10;
const SECONDS_MOST = 300;

/** Throws for where nothing can ever be handed on to. */
export function forwardSettings(options: ForwardOptions): ForwardSettings {
  checkOptions("receiver's forward", options, KINDS);
  const { url, token, everySeconds = EVERY_SECONDS, maxBytes = REQUEST_BYTES, maxWaitingBytes = WAITING_BYTES } = options;
  const { timeoutSeconds = SECONDS, closeSeconds = SECONDS } = options;
  if (!isAddress(url)) throw forwardUrlInvalid(url);
  if (!isToken(token)) throw tokenInvalid("receiver's forward");
  for (const [name, value, least, most] of [
    ["everySeconds", everySeconds, 0, SECONDS_MOST],
    ["maxBytes", maxBytes, PUSH_BYTES_LEAST, REQUEST_BYTES_MOST],
    ["maxWaitingBytes", maxWaitingBytes, PUSH_BYTES_LEAST, WAITING_BYTES_MOST],
    ["timeoutSeconds", timeoutSeconds, 0.001, SECONDS_MOST],
    ["closeSeconds", closeSeconds, 0, SECONDS_MOST],
  ] as const) {
    if (!(value >= least && value <= most)) throw optionOutside("receiver's forward", name, value, least, most);
  }
  return { url, token, everySeconds, maxBytes, maxWaitingBytes, timeoutSeconds, closeSeconds, fetch: options.fetch ?? fetched };
}
