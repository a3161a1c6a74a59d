// One request to a receiver, and what it answered: the same for a process that pushes its own image and for a collector that
// hands on those of others.

import type { Bytes } from "./push-body.ts";
import type { PusherSettings } from "./push-settings.ts";

/** Longer than this no answer makes anybody pause. */
const RETRY_SECONDS_MOST = 300;

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
  const response = await way.fetch(way.url, init);
  const retry = Number(response.headers.get("retry-after") ?? 0);
  return { status: response.status, said: await response.text(), retrySeconds: retry > 0 ? Math.min(retry, RETRY_SECONDS_MOST) : 0 };
}
