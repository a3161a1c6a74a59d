// One request to a receiver, and what it answered: the same for a process that pushes its own image and for a collector that
// hands on those of others.

import { type Bytes, joined } from "./push-body.ts";
import type { PusherSettings, PushResponse } from "./push-settings.ts";
import { IMAGE_TYPE, IMAGES_TYPE } from "./push-wire.ts";
import { answerTooLong } from "./push-worded.ts";
import { retryAfterSeconds } from "./retry-after.ts";

const decoder = new TextDecoder();

/**
 * Longer than this no answer makes anybody pause, a proxy's neither: with what lies between two pushes it is well below `deadAfterSeconds`
 * of a receiver, 300 by default, and within RETURN_SECONDS, in which whoever lives comes back to one that was started anew.
 */
const RETRY_SECONDS_MOST = 90;
/** Of an answer: a receipt takes a hundred, those to a row of a thousand images with a reason each some hundred thousand. */
const ANSWER_BYTES_MOST: Readonly<Record<string, number>> = { [IMAGE_TYPE]: 65536, [IMAGES_TYPE]: 1048576 };

export interface Answered {
  readonly status: number;
  readonly said: string;
  readonly retrySeconds: number;
}

/** Where to, and how. */
export type Way = Pick<PusherSettings, "url" | "token" | "fetch" | "timeoutSeconds">;

/** Posts a body, or what it is when it is compressed. Rejects where there is no answer. */
export async function posted(
  way: Way,
  type: string,
  body: Bytes,
  packed: Bytes | undefined,
  more: Record<string, string>,
): Promise<Answered> {
  const headers: Record<string, string> = { authorization: `Bearer ${way.token}`, "content-type": type, ...more };
  if (packed !== undefined) headers["content-encoding"] = "gzip";
  // A redirect would carry the token to wherever it leads.
  const init = {
    method: "POST",
    headers,
    body: packed ?? body,
    redirect: "manual",
    signal: AbortSignal.timeout(way.timeoutSeconds * 1000),
  } as const;
  // A way that does not heed its signal, or an answer that does not, is left alone.
  const late = new Promise<never>((_, reject) => {
    init.signal.addEventListener("abort", () => reject(init.signal.reason as Error), { once: true });
  });
  late.catch(() => undefined);
  const response = await Promise.race([way.fetch(way.url, init), late]);
  const retry = retryAfterSeconds(response.headers.get("retry-after"), Date.now()) ?? 0;
  const said = await Promise.race([saidIn(response, ANSWER_BYTES_MOST[type]!), late]);
  return { status: response.status, said, retrySeconds: Math.min(retry, RETRY_SECONDS_MOST) };
}

/** Whoever answers may be any program, and its answer without an end. */
async function saidIn(response: PushResponse, maxBytes: number): Promise<string> {
  const body = response.body;
  if (typeof body?.getReader !== "function") return response.text();
  const reader = body.getReader();
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done || value === undefined) return decoder.decode(joined(parts));
    bytes += value.length;
    parts.push(value);
    if (bytes <= maxBytes) continue;
    reader.cancel().catch(() => undefined);
    throw new Error(answerTooLong(response.status, maxBytes));
  }
}
