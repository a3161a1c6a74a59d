// The front of a frame, as far as whoever hands frames on looks at it: how long it is, and whose. What the rest says is the
// core's matter: assembly/image/format.ts.

/** "TLYI", little-endian. */
const MAGIC = 0x49594c54;
export const HEAD_BYTES = 64;
/** Of one frame; the core refuses what is longer. */
const FRAME_BYTES_MAX = 4194304;
const FLAGS_AT = 12;
const INSTANCE_AT = 24;
const GENERATION_AT = 32;
const SEQUENCE_AT = 44;
const PART_AT = 48;
/** Of the flags. */
const FRAME_FULL = 1;
const FRAME_ENDED = 4;
/** The instance that the image of the retired is of: no process has it. */
export const RETIRED_INSTANCE = "ffffffffffffffff";

/** The bytes that a frame says it has; 0 for what is none, or where its front is not all there. */
export function frameBytes(view: DataView, at: number): number {
  if (at + HEAD_BYTES > view.byteLength || view.getUint32(at, true) !== MAGIC) return 0;
  const bytes = view.getUint32(at + 8, true);
  return bytes < HEAD_BYTES || bytes > FRAME_BYTES_MAX ? 0 : bytes;
}

/** What the frames of one body say of the state that they lead to. */
export interface Front {
  /** A whole image begins with it. */
  readonly isWhole: boolean;
  /** It is of a whole image. */
  readonly isFull: boolean;
  /** Of the last frame. */
  readonly generation: bigint;
  readonly sequence: number;
  /** Its process says by it that it writes no more. */
  readonly isEnded: boolean;
}

/** Undefined where the bytes begin with no frame. */
export function frontOf(bytes: Uint8Array): Front | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (frameBytes(view, 0) === 0) return undefined;
  let last = 0;
  for (let at = 0, length = 0; (length = frameBytes(view, at)) !== 0; at += length) last = at;
  const isFull = (view.getUint32(FLAGS_AT, true) & FRAME_FULL) !== 0;
  return {
    isWhole: isFull && view.getUint32(PART_AT, true) === 0,
    isFull,
    generation: view.getBigUint64(last + GENERATION_AT, true),
    sequence: view.getUint32(last + SEQUENCE_AT, true),
    isEnded: (view.getUint32(last + FLAGS_AT, true) & FRAME_ENDED) !== 0,
  };
}

/** A number by which bodies that say the same of one generation are known, whatever their sequences. */
export function wordOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  // FNV-1a.
  let word = 2166136261;
  const add = (from: number, end: number) => {
    for (let at = from; at < end; at++) word = Math.imul(word ^ bytes[at]!, 16777619) >>> 0;
  };
  let at = 0;
  for (let length = 0; (length = frameBytes(view, at)) !== 0; at += length) {
    add(at + FLAGS_AT, at + FLAGS_AT + 4);
    add(at + GENERATION_AT, at + GENERATION_AT + 8);
    add(at + HEAD_BYTES, Math.min(at + length, bytes.length));
  }
  add(at, bytes.length);
  return word;
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
