// One page of an exporter, read to its end or not at all.

import { lineOf } from "../../processes/line.ts";
import type { LintFormat } from "../../lint/rules.ts";
import { seen, short } from "../seen.ts";
import type { Steady } from "../steady.ts";
import type { Given } from "./given.ts";

const ACCEPT =
  "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
/** Bytes of a page: some 500,000 series. */
const BYTES_MOST = 64 << 20;
const WHY_MOST = 200;
const UNAUTHORIZED = [401, 403];

export interface Page {
  readonly text: string;
  readonly format: LintFormat;
  /** When it was asked for. */
  readonly seconds: number;
}

async function bounded(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  const reader = response.body?.getReader();
  if (reader === undefined) return text;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    bytes += value.length;
    if (bytes > BYTES_MOST) {
      reader.cancel().catch(() => undefined);
      throw new RangeError(`it has more than ${BYTES_MOST} bytes`);
    }
    text += decoder.decode(value, { stream: true });
  }
}

function refused(status: number, isAuthorized: boolean): string {
  if (!UNAUTHORIZED.includes(status)) return `it answered with status ${status}`;
  return `it answered with status ${status}: ${isAuthorized ? "what --authorization says is not accepted" : "--authorization says who asks"}`;
}

/** The page, or why there is none. */
export async function pageOf({ url, timeoutSeconds, authorization }: Given, clock: Steady): Promise<Page | string> {
  const seconds = clock.seconds(performance.now());
  try {
    const response = await fetch(url, {
      headers: { accept: ACCEPT, ...(authorization === undefined ? {} : { authorization }) },
      signal: AbortSignal.timeout(Math.ceil(timeoutSeconds * 1000)),
    });
    if (!response.ok) {
      response.body?.cancel().catch(() => undefined);
      return refused(response.status, authorization !== undefined);
    }
    const format = /^application\/openmetrics-text/i.test(response.headers.get("content-type") ?? "") ? "openmetrics" : "text";
    return { text: await bounded(response), format, seconds };
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    return isLate ? `there was no answer within ${timeoutSeconds} seconds` : short(seen(lineOf(error)), WHY_MOST);
  }
}
