// The receiver of pushes: a handler of requests that takes in what processes elsewhere have counted, so that the
// registry here has it. A fetch handler and no more, for Node, Deno, Bun, workers and Durable Objects alike.
//
// A token opens it. Nothing is read of a request without it, and of one with it never more than is allowed, packed or unpacked.
// What is refused is said to whoever pushes, and told here once a reason and address.

import { checkOptions, type Kinds } from "../options.ts";
import type { FetchRequest, FetchResponse } from "../exposition.ts";
import { Forwarder, type Forwarding, loading } from "./forward.ts";
import { type ForwardOptions, forwardSettings } from "./forward-settings.ts";
import { HEADS_BYTES_MOST, IMAGES_TYPE, STATUS_LOOP } from "./forward-wire.ts";
import { NOT_A_ROW } from "./forward-worded.ts";
import type { ImageReader } from "./image.ts";
import { warned } from "./line.ts";
import { foldBeforeDeath, optionOutside, tokenInvalid } from "./push-worded.ts";
import { isToken } from "./push-settings.ts";
import { hears } from "./push-told.ts";
import {
  IMAGE_TYPE,
  INSTANCE_HEADER,
  RECEIPTS_HEADER,
  type Share,
  SHARE_HEADER,
  SILENT_HEADER,
  STATE_HEADER,
  stateIn,
  STATUS_FOLDED,
} from "./push-wire.ts";
import { bodyOf, type ReceivedStream, TooLate, TooLong } from "./receive-body.ts";
import type { ReceiverStore } from "./receive-keep.ts";
import { Received } from "./receive-processes.ts";
import type { Answer, Push, ReceiverCounts } from "./receive-settings.ts";
import { allRefused, answersText, severalTaken } from "./receive-several.ts";
import { Token, tokenIn } from "./receive-token.ts";
import {
  bodyTooLate,
  bodyTooLong,
  codingForeign,
  headerInvalid,
  NOT_POST,
  NOT_UNPACKED,
  OVER,
  pushNotTaken,
  typeForeign,
  UNTOKENED,
  WRONG_TOKEN,
} from "./receive-worded.ts";

export type { Forwarding } from "./forward.ts";
export type { ForwardCounts, ForwardOptions, ForwardResult } from "./forward-settings.ts";
export type { ReceiverStore } from "./receive-keep.ts";
export type { ReceiverCounts } from "./receive-settings.ts";

export interface ReceiverOptions {
  /** What pushers send as `Authorization: Bearer`. */
  readonly token: string;
  /** Of one body, packed and unpacked: 8,388,608 by default, 262,144 at the least. */
  readonly maxBytes?: number | undefined;
  /** How long a body may take to come to its end: 30 by default. */
  readonly timeoutSeconds?: number | undefined;
  /** That are not folded: 10,000 by default. */
  readonly maxProcesses?: number | undefined;
  /** A process that was silent for so long is taken for dead, and gauges of the living forget it: 300 by default. */
  readonly deadAfterSeconds?: number | undefined;
  /**
   * A process that was silent for so long is folded into the retired, and begins anew where it comes back: 3,600 by
   * default. What one counted between its last push and its coming back after that is lost.
   */
  readonly foldAfterSeconds?: number | undefined;
  /** Where it is kept what was acknowledged; without one a receiver that ends forgets what the dead have counted. */
  readonly store?: ReceiverStore | undefined;
  /** Another collector's receiver, to which all that is taken in here is handed on: it shows what the processes of both have counted. */
  readonly forward?: ForwardOptions | undefined;
  /** Who sends a request, for `onError`; nobody by default. */
  readonly address?: ((request: ReceivedRequest) => string) | undefined;
  /** Hears once of each reason and address of refused pushes, of a hundred such at the most, and of a store that fails. Without it the console does. */
  readonly onError?: ((error: Error) => void) | undefined;
  /** A clock that does not jump; the runtime's own by default. */
  readonly seconds?: (() => number) | undefined;
}

/** As much of a Request as is read: every Request can be given. */
export interface ReceivedRequest extends FetchRequest {
  readonly body: ReceivedStream | null;
}

export interface ImageReceiver {
  (request: ReceivedRequest): Promise<FetchResponse>;
  /** Loads what was kept, notices who is dead, and shows it: to be awaited before a scrape. */
  readonly settled: () => Promise<void>;
  readonly counts: () => ReceiverCounts;
  /** Its handing on to another collector; undefined where it does not. */
  readonly forwarding: Forwarding | undefined;
}

/** One whose owner says when it is over. */
export interface EndingReceiver extends ImageReceiver {
  /** Hands on what waits, for as long as `closeSeconds` of `forward` at the most. Never rejects. */
  readonly handedOn: () => Promise<void>;
}

const KINDS: Kinds = {
  registry: "Object",
  name: "string",
  token: "string",
  maxBytes: "number",
  timeoutSeconds: "number",
  maxProcesses: "number",
  deadAfterSeconds: "number",
  foldAfterSeconds: "number",
  store: "Object",
  forward: "Object",
  address: "function",
  onError: "function",
  seconds: "function",
};
const BODY_BYTES = 8388608;
const TIMEOUT_SECONDS = 30;
const PROCESSES = 10000;
const DEAD_AFTER_SECONDS = 300;
const FOLD_AFTER_SECONDS = 3600;
/** Where it is less, images of no more than a few families do not fit: what cannot be divided, some 70 kB and more, comes whole. */
const BODY_BYTES_LEAST = 262144;
const LIMITS = {
  maxBytes: [BODY_BYTES_LEAST, 268435456],
  timeoutSeconds: [0.001, 86400],
  maxProcesses: [1, 1000000],
  seconds: [0.001, 31536000],
} as const;
const TOLD_MOST = 100;
const RETRY_SECONDS = "10";
/** Who pushes has the token, and what is pushed is at fault: not whole, too long, of another type. */
const OF_IMAGES: readonly number[] = [400, 413, 415];
const SHARES: readonly string[] = ["full", "changes", "nothing"] satisfies Share[];
const INSTANCE = /^(?!f{16})[0-9a-f]{16}$/;

/** Epoch seconds that no step of the clock moves, where the runtime has such a clock. */
function steady(): number {
  return (performance.timeOrigin + performance.now()) / 1000;
}

/** What was said, with what is true without. Throws for options that are no use; without a token there is no receiver. */
export function receiverChecked(options: ReceiverOptions) {
  const { store, ...plain } = options ?? {};
  checkOptions("receiver", options === null || options === undefined ? options : plain, KINDS);
  const { token, maxBytes = BODY_BYTES, maxProcesses = PROCESSES, deadAfterSeconds = DEAD_AFTER_SECONDS } = options;
  const { timeoutSeconds = TIMEOUT_SECONDS } = options;
  const foldAfterSeconds = options.foldAfterSeconds ?? Math.max(FOLD_AFTER_SECONDS, deadAfterSeconds);
  if (!isToken(token)) throw tokenInvalid("receiver");
  if (foldAfterSeconds < deadAfterSeconds) throw foldBeforeDeath(foldAfterSeconds, deadAfterSeconds);
  for (const [name, value, [least, most]] of [
    ["maxBytes", maxBytes, LIMITS.maxBytes],
    ["timeoutSeconds", timeoutSeconds, LIMITS.timeoutSeconds],
    ["maxProcesses", maxProcesses, LIMITS.maxProcesses],
    ["deadAfterSeconds", deadAfterSeconds, LIMITS.seconds],
    ["foldAfterSeconds", foldAfterSeconds, LIMITS.seconds],
  ] as const) {
    if (!(value >= least && value <= most)) throw optionOutside("receiver", name, value, least, most);
  }
  const { onError = warned, seconds = steady } = options;
  const forward = options.forward === undefined ? undefined : forwardSettings(options.forward);
  const settings = { maxProcesses, deadAfterSeconds, foldAfterSeconds, store, onError, seconds };
  return { token, maxBytes, timeoutSeconds, forward, settings };
}

function refusal(status: number, why: string, headers: Record<string, string> = {}): Response {
  return new Response(`${why}\n`, { status, headers: { "content-type": "text/plain; charset=utf-8", ...headers } });
}

function answered(answer: Answer): Response {
  if ("receipt" in answer) return Response.json(answer.receipt);
  return refusal(answer.status, answer.why, answer.status === 429 || answer.status === 503 ? { "retry-after": RETRY_SECONDS } : {});
}

/** What the headers say of a push; the first one that is not as it should be. */
function headed(headers: FetchRequest["headers"]): Omit<Push, "body"> | string {
  const instance = headers.get(INSTANCE_HEADER) ?? "";
  const share = headers.get(SHARE_HEADER) ?? "";
  const silent = headers.get(SILENT_HEADER);
  if (!INSTANCE.test(instance)) return INSTANCE_HEADER;
  if (!SHARES.includes(share)) return SHARE_HEADER;
  if (silent !== null && !/^\d{1,15}$/.test(silent)) return SILENT_HEADER;
  const said = headers.get(STATE_HEADER);
  const state = said === null ? undefined : stateIn(said);
  if (said !== null && state === undefined) return STATE_HEADER;
  return { instance, state, share: share as Share, silentSeconds: silent === null ? undefined : Number(silent), ageSeconds: 0, via: [] };
}

/** Makes the handler. `isOver` says when nothing shows any more what it takes in: the reader is closed, or another one's. */
export function imageReceiver(reader: ImageReader, options: ReceiverOptions, isOver: () => boolean): EndingReceiver {
  const { token, maxBytes, timeoutSeconds, forward, settings } = receiverChecked(options);
  const opened = new Token(token);
  const forwarder = forward === undefined ? undefined : new Forwarder(forward, settings.seconds, settings.onError);
  const received = new Received(reader, { ...settings, upstream: forwarder }, isOver);
  const told = new Set<string>();

  /** Nobody is told a thousand times of one who has the wrong token. */
  function tell(request: ReceivedRequest, status: number, why: string): void {
    try {
      const address = options.address?.(request) ?? "";
      const key = `${status} ${address}`;
      if (told.has(key) || told.size >= TOLD_MOST) return;
      told.add(key);
      hears("a receiver", settings.onError, pushNotTaken(status, why, address));
    } catch (thrown) {
      console.warn("tallystick: the address of a receiver threw:", thrown);
    }
  }

  async function handled(request: ReceivedRequest): Promise<Response> {
    // Before all else: what is acknowledged here nobody would ever see.
    if (isOver()) return answered({ status: 503, why: OVER });
    const { headers } = request;
    const no = (status: number, why: string, more?: Record<string, string>) => {
      received.refused(OF_IMAGES.includes(status));
      tell(request, status, why);
      return refusal(status, why, more);
    };
    if (request.method !== "POST") return no(405, NOT_POST, { allow: "POST" });
    const given = tokenIn(headers.get("authorization"));
    if (given === undefined) return no(401, UNTOKENED, { "www-authenticate": "Bearer" });
    if (!(await opened.is(given))) return no(403, WRONG_TOKEN);
    const type = headers.get("content-type")?.split(";")[0]!.trim().toLowerCase();
    if (type !== IMAGE_TYPE && type !== IMAGES_TYPE) return no(415, typeForeign(IMAGE_TYPE));
    const coding = (headers.get("content-encoding") ?? "identity").trim().toLowerCase();
    if (coding !== "gzip" && coding !== "identity") return no(415, codingForeign(), { "accept-encoding": "gzip" });
    const head = type === IMAGE_TYPE ? headed(headers) : undefined;
    if (typeof head === "string") return no(400, headerInvalid(head));
    // A body that was taken alone is taken in a row, too.
    const mostBytes = head === undefined ? maxBytes + HEADS_BYTES_MOST : maxBytes;
    if (Number(headers.get("content-length") ?? 0) > mostBytes) return no(413, bodyTooLong(maxBytes));
    let body;
    try {
      body = await bodyOf(request.body, coding === "gzip", mostBytes, timeoutSeconds);
    } catch (error) {
      if (error instanceof TooLate) return no(408, bodyTooLate(timeoutSeconds));
      return error instanceof TooLong ? no(413, bodyTooLong(maxBytes)) : no(400, NOT_UNPACKED);
    }
    const taken = (answer: Answer) => {
      if (answer.status === STATUS_LOOP) received.refused(false);
      if ("why" in answer && answer.why !== OVER && answer.status !== 409 && answer.status !== 410)
        tell(request, answer.status, answer.why);
    };
    if (head === undefined) {
      const answers = await severalTaken(body, { take: (push) => received.take(push), id: forwarder?.id });
      if (answers === undefined) return no(400, NOT_A_ROW);
      for (const answer of answers) taken(answer);
      const refused = allRefused(answers);
      return refused === undefined ? Response.json(answersText(answers)) : answered(refused);
    }
    const answer = await received.take({ ...head, body });
    taken(answer);
    const isReceipt = answer.status === STATUS_FOLDED && headers.get(RECEIPTS_HEADER) !== null;
    return answered(isReceipt ? { status: 200, receipt: { sequence: 0, folded: true } } : answer);
  }

  return Object.assign((request: ReceivedRequest) => handled(request) as Promise<FetchResponse>, {
    settled: async () => void (await received.take(undefined)),
    counts: () => received.counts,
    forwarding: forwarder === undefined ? undefined : loading(forwarder, () => received.loaded(), settings.store !== undefined),
    handedOn: async () => forwarder?.close(),
  });
}
