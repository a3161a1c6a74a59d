// The front of a frame, as far as whoever hands frames on looks at it: how long it is, and whose. What the rest says is the
// core's matter: assembly/image/format.ts.

/** "TLYI", little-endian. */
const MAGIC = 0x49594c54;
const VERSION = 2;
export const HEAD_BYTES = 80;
/** Of one frame; the core refuses what is longer. */
const FRAME_BYTES_MAX = 4194304;
const FLAGS_AT = 12;
const INSTANCE_AT = 24;
const GENERATION_AT = 32;
const SEQUENCE_AT = 48;
const UNTIL_AT = 56;
const PART_AT = 64;
/** Of the flags. */
const FRAME_FULL = 1;
const FRAME_LAST = 2;
const FRAME_ENDED = 4;
const FRAME_BASELINE = 8;
const FRAME_BASED = 16;
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
  /** A whole image begins with it, with its baseline where it has one. */
  readonly isWhole: boolean;
  /** It is of a whole image. */
  readonly isFull: boolean;
  /** The sequence of the baseline, or of a part of it, that is in it; 0 where none is. */
  readonly baseline: number;
  /** Of the last frame, as are the following. */
  readonly isBaseline: boolean;
  readonly generation: bigint;
  readonly sequence: number;
  readonly until: number;
  /** Its sequence ends with it. */
  readonly isLast: boolean;
  /** Its process says by it that it writes no more. */
  readonly isEnded: boolean;
}

/** Undefined where the bytes begin with no frame of this version. */
export function frontOf(bytes: Uint8Array): Front | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (frameBytes(view, 0) === 0 || view.getUint32(4, true) !== VERSION) return undefined;
  const flagsAt = (at: number) => view.getUint32(at + FLAGS_AT, true);
  const numberAt = (at: number) => Number(view.getBigUint64(at, true));
  let last = 0;
  let baseline = 0;
  for (let at = 0, length = 0; (length = frameBytes(view, at)) !== 0; at += length) {
    if ((flagsAt(at) & FRAME_BASELINE) !== 0) baseline = numberAt(at + SEQUENCE_AT);
    last = at;
  }
  const isFull = (flagsAt(0) & FRAME_FULL) !== 0;
  return {
    // What has a baseline begins with that.
    isWhole: isFull && (flagsAt(0) & FRAME_BASED) === 0 && view.getUint32(PART_AT, true) === 0,
    isFull,
    baseline,
    isBaseline: (flagsAt(last) & FRAME_BASELINE) !== 0,
    generation: view.getBigUint64(last + GENERATION_AT, true),
    sequence: numberAt(last + SEQUENCE_AT),
    until: numberAt(last + UNTIL_AT),
    isLast: (flagsAt(last) & FRAME_LAST) !== 0,
    isEnded: (flagsAt(last) & FRAME_ENDED) !== 0,
  };
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
