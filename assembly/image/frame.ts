// Frames: the 80 bytes in front, put and judged. What stands there is drawn in format.ts.
//
// A frame is refused as one: nothing of it is believed before its length, its flags and its checksum have been looked at.
// After that it may still be nonsense, for the checksum is no seal; who reads its records looks at each.

import { FOREIGN, OK, REFUSED } from "../status";
import { checksumOf } from "./checksum";
import {
  FRAME_BASED,
  FRAME_BASELINE,
  FRAME_BYTES_MAX,
  FRAME_ENDED,
  FRAME_FULL,
  FRAME_HEAD,
  FRAME_LAST,
  IMAGE_MAGIC,
  IMAGE_VERSION,
} from "./format";
import { MOMENTS_MAX } from "./moments";

/** From here on the checksum is of. */
const SUMMED: u32 = 24;
const FLAGS: u32 = FRAME_FULL | FRAME_LAST | FRAME_ENDED | FRAME_BASELINE | FRAME_BASED;
/** A tag and a position. */
const RECORD_BYTES_LEAST: u32 = 2;

/** The length that a frame says of itself, 0 where its head is not all there, or says another thing. */
export function frameLength(at: usize, length: u32): u32 {
  if (length < FRAME_HEAD || load<u32>(at) != IMAGE_MAGIC) return 0;
  return load<u32>(at, 8);
}

function isSane(at: usize): bool {
  const flags = frameFlags(at);
  if ((flags & ~FLAGS) != 0) return false;
  if (((flags & FRAME_FULL) != 0) != (frameBase(at) == 0)) return false;
  // What ends, ends with the last part.
  if ((flags & (FRAME_LAST | FRAME_ENDED)) == FRAME_ENDED) return false;
  if ((flags & (FRAME_BASELINE | FRAME_BASED)) == (FRAME_BASELINE | FRAME_BASED)) return false;
  if (frameSequence(at) <= frameBase(at) || frameSequence(at) > frameUntil(at) || frameUntil(at) >= MOMENTS_MAX) return false;
  return frameCount(at) <= (load<u32>(at, 8) - FRAME_HEAD) / RECORD_BYTES_LEAST;
}

/**
 * Judges a frame that begins at an address, of which there are `length` bytes: OK, FOREIGN where it is no frame of this
 * version, REFUSED where it is not whole.
 */
export function frameChecked(at: usize, length: u32): i32 {
  if (length >= 8 && (load<u32>(at) != IMAGE_MAGIC || load<u32>(at, 4) != IMAGE_VERSION)) return FOREIGN;
  const bytes = frameLength(at, length);
  if (bytes < FRAME_HEAD || bytes > length || bytes > FRAME_BYTES_MAX || (bytes & 7) != 0) return REFUSED;
  if (!isSane(at)) return REFUSED;
  return load<u64>(at, 16) == checksumOf(at + SUMMED, bytes - SUMMED) ? OK : REFUSED;
}

export function frameFlags(at: usize): u32 {
  return load<u32>(at, 12);
}

/** Its checksum: two frames of one are the same. */
export function frameSum(at: usize): u64 {
  return load<u64>(at, 16);
}

export function frameInstance(at: usize): u64 {
  return load<u64>(at, 24);
}

export function frameGeneration(at: usize): u64 {
  return load<u64>(at, 32);
}

export function frameBase(at: usize): u64 {
  return load<u64>(at, 40);
}

export function frameSequence(at: usize): u64 {
  return load<u64>(at, 48);
}

export function frameUntil(at: usize): u64 {
  return load<u64>(at, 56);
}

export function framePart(at: usize): u32 {
  return load<u32>(at, 64);
}

/** Series' records in it. */
export function frameCount(at: usize): u32 {
  return load<u32>(at, 68);
}

/** When its walk began, in seconds since the epoch. */
export function frameSeconds(at: usize): f64 {
  return load<f64>(at, 72);
}

/** Puts what is known of a frame before its records, as if nothing else began meanwhile; where they begin. */
export function frameBegun(at: usize, instance: u64, generation: u64, base: u64, sequence: u64, part: u32, seconds: f64): usize {
  store<u32>(at, IMAGE_MAGIC);
  store<u32>(at, IMAGE_VERSION, 4);
  store<u64>(at, instance, 24);
  store<u64>(at, generation, 32);
  store<u64>(at, base, 40);
  store<u64>(at, sequence, 48);
  frameUntilSet(at, sequence);
  store<u32>(at, part, 64);
  store<f64>(at, seconds, 72);
  return at + FRAME_HEAD;
}

export function frameUntilSet(at: usize, until: u64): void {
  store<u64>(at, until, 56);
}

/** Ends a frame whose records end at `to`, with up to 7 zeros; its length. */
export function frameSealed(at: usize, to: usize, flags: u32, count: u32): u32 {
  store<u64>(to, 0);
  const length = (<u32>(to - at) + 7) & ~7;
  store<u32>(at, length, 8);
  store<u32>(at, flags, 12);
  store<u32>(at, count, 68);
  store<u64>(at, checksumOf(at + SUMMED, length - SUMMED), 16);
  return length;
}
