// Where an exposition comes from: the bytes of a URL, of a file, or of what comes in, piece by piece and so many at the most.

import { createReadStream } from "node:fs";
import process from "node:process";
import { isUrl } from "./given.ts";

export interface Source {
  /** As findings name it. */
  readonly label: string;
  /** Null for a page without; undefined for what has no headers. */
  readonly contentType: string | null | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
}

export interface Limits {
  readonly timeoutSeconds: number;
  readonly maxBytes: number;
}

/** As Prometheus asks that knows no protobuf. */
const ACCEPT = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const ACCEPTS = { text: "text/plain;version=0.0.4", openmetrics: "application/openmetrics-text;version=1.0.0" } as const;
const STATUS_OK = 200;

/** A source as findings name it: what stands behind a URL's path may be a secret. */
export function labelOf(source: string): string {
  if (source === "-") return "stdin";
  if (!isUrl(source)) return source;
  const { origin, pathname } = new URL(source);
  return origin + pathname;
}

async function* limited(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw new RangeError(`it has more than ${maxBytes} bytes, which is what --max-bytes says`);
    yield chunk;
  }
}

/** A body in pieces; not all runtimes' streams are iterable. */
async function* pieces(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever stops in the middle wants no more of it.
    reader.cancel().catch(() => undefined);
  }
}

async function fetched(url: string, format: "text" | "openmetrics" | undefined, { timeoutSeconds, maxBytes }: Limits): Promise<Source> {
  const response = await fetch(url, {
    headers: { accept: format === undefined ? ACCEPT : ACCEPTS[format] },
    signal: AbortSignal.timeout(Math.ceil(timeoutSeconds * 1000)),
  });
  if (response.status !== STATUS_OK) throw new Error(`it answered with status ${response.status}`);
  return {
    label: labelOf(url),
    contentType: response.headers.get("content-type"),
    chunks: limited(pieces(response.body), maxBytes),
  };
}

/** Opens a source. What goes wrong throws, here or with the next piece. */
export async function opened(source: string, format: "text" | "openmetrics" | undefined, limits: Limits): Promise<Source> {
  if (isUrl(source)) return fetched(source, format, limits);
  const stream = source === "-" ? process.stdin : createReadStream(source);
  return {
    label: labelOf(source),
    contentType: undefined,
    chunks: limited(stream as AsyncIterable<Uint8Array>, limits.maxBytes),
  };
}
