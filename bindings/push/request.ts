// One request and what was answered: never waited for longer than its time, and never read further than its limit.

import { later } from "../processes/later.ts";
import { retryAfterSeconds } from "../processes/retry-after.ts";
import { noAnswer } from "./worded.ts";

export type Bytes = Uint8Array<ArrayBuffer>;

/** The program's own AbortSignal; named directly, it would be an error in programs that have none of these types. */
type Signal = typeof globalThis extends { AbortSignal: { prototype: infer Own } } ? Own : never;

/** What is handed to `fetch`. */
export interface SendInit {
  readonly method: "PUT" | "POST" | "DELETE";
  readonly headers: Record<string, string>;
  readonly body?: Bytes;
  readonly redirect: "manual";
  readonly signal: Signal;
}

/** As much of a Response as is read. */
export interface SendResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body?: { getReader?(): SendReader } | null | undefined;
}

/** As much of the reader of a stream. */
export interface SendReader {
  read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
  cancel(): Promise<void>;
}

/** A way to a server: the runtime's own `fetch`, or another one. */
export type SendFetch = (url: string, init: SendInit) => Promise<SendResponse>;

export interface Answer {
  readonly status: number;
  /** The start of its body. */
  readonly said: Bytes;
  /** Whether `said` is all of it. */
  readonly isWhole: boolean;
  readonly retrySeconds: number | undefined;
  header(name: string): string | null;
}

export interface Request {
  readonly fetch: SendFetch;
  readonly url: string;
  readonly method: SendInit["method"];
  readonly headers: Record<string, string>;
  readonly body?: Bytes | undefined;
  readonly timeoutSeconds: number;
  /** Of the answer's body. */
  readonly maxBytes: number;
  /** How a message begins where nothing is answered. */
  readonly what: string;
  /** Gives it up sooner. */
  readonly cancel?: Signal | undefined;
}

/** Not the runtime's function itself: it wants to be called on nothing. */
export const fetched: SendFetch = (url, init) => fetch(url, init);

/** Of an answer that is only looked at by people. */
export const ANSWER_BYTES = 4096;

/** Whoever answers may be any program, and its answer without an end; one that breaks off is what there is of it. */
async function start({ body }: SendResponse, maxBytes: number, givenUp: Promise<never>): Promise<{ said: Bytes; isWhole: boolean }> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  let isWhole = false;
  const reader = body?.getReader?.();
  try {
    while (reader !== undefined && bytes <= maxBytes) {
      const { done, value } = await Promise.race([reader.read(), givenUp]);
      isWhole = done;
      if (done || value === undefined) break;
      parts.push(value);
      bytes += value.length;
    }
  } catch {}
  if (!isWhole) reader?.cancel().catch(() => undefined);
  const said = new Uint8Array(Math.min(bytes, maxBytes));
  let at = 0;
  for (const part of parts) {
    said.set(part.subarray(0, said.length - at), at);
    at = Math.min(said.length, at + part.length);
  }
  return { said, isWhole: reader === undefined || (isWhole && bytes <= maxBytes) };
}

/** Sends it. Rejects with a SendError, `no-answer`. */
export async function answered(request: Request): Promise<Answer> {
  const { fetch: way, url, method, headers, body, timeoutSeconds, maxBytes, what, cancel } = request;
  // AbortSignal.timeout would do, but Bun's keeps a process alive until it is over.
  const controller = new AbortController();
  let giveUp!: (name: string) => void;
  // A way that does not heed its signal is left alone.
  const givenUp = new Promise<never>((_, reject) => {
    giveUp = (name) => {
      const why = new DOMException("given up", name);
      controller.abort(why);
      reject(why);
    };
  });
  givenUp.catch(() => undefined);
  const abort = () => giveUp("AbortError");
  if (cancel?.aborted === true) abort();
  cancel?.addEventListener("abort", abort);
  const timer = later(timeoutSeconds * 1000, () => giveUp("TimeoutError"));
  try {
    // A redirect would carry a token to wherever it leads.
    const init = { method, headers, redirect: "manual", signal: controller.signal, ...(body === undefined ? {} : { body }) } as const;
    const response = await Promise.race([way(url, init), givenUp]);
    const { said, isWhole } = await start(response, maxBytes, givenUp);
    const retrySeconds = retryAfterSeconds(response.headers.get("retry-after"), Date.now());
    return { status: response.status, said, isWhole, retrySeconds, header: (name) => response.headers.get(name) };
  } catch (error) {
    throw noAnswer(what, error, timeoutSeconds, new URL(url).search);
  } finally {
    cancel?.removeEventListener("abort", abort);
    clearTimeout(timer as ReturnType<typeof setTimeout>);
  }
}

const decoder = new TextDecoder();

/** The body as text. */
export function textOf({ said }: Answer): string {
  return decoder.decode(said);
}

/** The bytes compressed by gzip. */
export async function gzipped(bytes: Bytes): Promise<Bytes> {
  const packed = new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")));
  return new Uint8Array(await packed.arrayBuffer());
}
