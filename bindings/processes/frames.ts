// The front of a frame, as far as whoever hands frames on looks at it: how long it is, and whose. What the rest says is the
// core's matter: assembly/image/format.ts.

/** "TLYI", little-endian. */
const MAGIC = 0x49594c54;
export const HEAD_BYTES = 64;
/** Of one frame; the core refuses what is longer. */
const FRAME_BYTES_MAX = 4194304;
const INSTANCE_AT = 24;
/** The instance that the image of the retired is of: no process has it. */
export const RETIRED_INSTANCE = "ffffffffffffffff";

/** The bytes that a frame says it has; 0 for what is none, or where its front is not all there. */
export function frameBytes(view: DataView, at: number): number {
  if (at + HEAD_BYTES > view.byteLength || view.getUint32(at, true) !== MAGIC) return 0;
  const bytes = view.getUint32(at + 8, true);
  return bytes < HEAD_BYTES || bytes > FRAME_BYTES_MAX ? 0 : bytes;
}

/** False where a frame in a row of them is of another instance; behind what is no frame nobody looks. */
export function areOf(bytes: Uint8Array, instance: string): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const wanted = BigInt(`0x${instance}`);
  for (let at = 0, length = 0; (length = frameBytes(view, at)) !== 0; at += length) {
    if (view.getBigUint64(at + INSTANCE_AT, true) !== wanted) return false;
  }
  return true;
}
