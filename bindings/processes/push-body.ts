// The body of a push: as many frames as it may hold, compressed where that pays.

/** Below it a gzip header and a crossing cost more than the network saves. */
const COMPRESS_BYTES_LEAST = 1024;
/** Of compressed to plain: images are compact already, and the other end must unpack what is compressed. */
const COMPRESS_SHARE_MOST = 0.9;

export type Bytes = Uint8Array<ArrayBuffer>;

/** How many frames from `at` on go into one body: one at least, whatever its size. */
export function framesWithin(frames: readonly Uint8Array[], at: number, maxBytes: number): number {
  let count = 1;
  let bytes = frames[at]!.length;
  for (; at + count < frames.length && bytes + frames[at + count]!.length <= maxBytes; count++) bytes += frames[at + count]!.length;
  return count;
}

export function joined(parts: readonly Uint8Array[]): Bytes {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** The bytes compressed by gzip; undefined where that does not pay, or cannot be done here. */
export async function gzipped(bytes: Bytes): Promise<Bytes | undefined> {
  if (bytes.length < COMPRESS_BYTES_LEAST || typeof CompressionStream !== "function") return undefined;
  const packed = new Response(new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip")));
  const compressed = new Uint8Array(await packed.arrayBuffer());
  return compressed.length <= bytes.length * COMPRESS_SHARE_MOST ? compressed : undefined;
}
