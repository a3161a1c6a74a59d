// The body of a push as it comes: never more of it in memory than was allowed, whatever its headers promise.

import type { Bytes } from "./push-body.ts";
import { joined } from "./push-body.ts";

/** Compressed bytes that are unpacked at once: gzip makes at most about a thousand times as many of them. */
const PIECE_BYTES = 1024;

/** A stream as requests have it. */
export interface ReceivedStream {
  getReader(): {
    read(): Promise<{ readonly done: boolean; readonly value?: Uint8Array | undefined }>;
    cancel(reason?: unknown): Promise<void>;
  };
}

/** What came is longer than allowed. */
export class TooLong extends Error {}

/** It did not come to its end in time. */
export class TooLate extends Error {}

async function* read(stream: ReceivedStream, maxBytes: number, late: Promise<never>): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = stream.getReader();
  let bytes = 0;
  let done = false;
  try {
    for (;;) {
      const next = await Promise.race([reader.read(), late]);
      done = next.done;
      if (next.done || next.value === undefined) return;
      bytes += next.value.length;
      if (bytes > maxBytes) throw new TooLong();
      yield next.value;
    }
  } finally {
    // Nobody waits for the rest; what does not come whole says so by itself.
    if (!done) reader.cancel().catch(() => undefined);
  }
}

async function* unpacked(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const { readable, writable } = new DecompressionStream("gzip");
  const [reader, writer] = [readable.getReader(), writable.getWriter()];
  const writing = async () => {
    for await (const piece of pieces) {
      for (let at = 0; at < piece.length; at += PIECE_BYTES) await writer.write(piece.slice(at, at + PIECE_BYTES));
    }
    await writer.close();
  };
  const written = writing();
  written.catch((error: unknown) => writer.abort(error).catch(() => undefined));
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
  } catch (error) {
    // What cannot be unpacked fails on both sides; what is too long on the other one, which says so.
    await written;
    throw error;
  } finally {
    reader.cancel().catch(() => undefined);
  }
  await written;
}

/** Reads a body to its end. Throws TooLong beyond `maxBytes`, packed or unpacked, and TooLate where it takes longer than `seconds`. */
export async function bodyOf(stream: ReceivedStream | null, packed: boolean, maxBytes: number, seconds: number): Promise<Bytes> {
  if (stream === null) return new Uint8Array(0);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  let timer: unknown;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TooLate()), seconds * 1000);
  });
  // Nobody may be waiting just then, for what is unpacked.
  late.catch(() => undefined);
  try {
    const pieces = read(stream, maxBytes, late);
    for await (const part of packed ? unpacked(pieces) : pieces) {
      bytes += part.length;
      if (bytes > maxBytes) throw new TooLong();
      parts.push(part);
    }
  } finally {
    clearTimeout(timer as Parameters<typeof clearTimeout>[0]);
  }
  return joined(parts);
}
