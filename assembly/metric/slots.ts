// The slots of a native histogram's cell: which one a value falls into.
//
// All are one array of u32 with one numbering: the zero bucket, the positive buckets, the negative ones, and in a cell
// with a shape the classic ones.
//
// A double is 2^e * m with m in [1, 2), and its bucket at schema 8 is 256 e and the number of roots 2^(i/256)
// below m. The first 8 bits of m tell that number but for two comparisons of integers, since no more than two roots begin
// with the same 8 bits: no loop, no logarithm, no branch on the value. Bounds of coarser schemas are among those of the
// finer, so their index is a shift away.
//
// Whoever reads may hold a cell whose owner makes another one of it: any slot may come out then, and nothing is read
// outside of the cell's head and of a Shape. In a cell of this size `shape` is 0 or a Shape, whatever lives there.

import { NativeCell, SCHEMA_LEAST, SCHEMA_MOST, Shape } from "../layout";
import { bucketOf } from "./histogram";
import { GUESSES, ROOTS } from "./roots";

/** Slots of one side: 32 KiB of counts. */
export const SIDE_MOST: u32 = 8192;
/** No slot. */
export const NONE: u32 = 0xffffffff;
/** Where the slots begin. */
export const SLOTS: usize = offsetof<NativeCell>();

/** The bucket of a magnitude that is finite and not 0: the index whose bounds are 2^((index-1) 2^-schema) < value <= 2^(index 2^-schema). */
export function nativeIndex(value: f64, schema: i32): i32 {
  let bits = reinterpret<u64>(value) & 0x7fffffffffffffff;
  let exponent = <i32>(bits >> 52) - 1023;
  if (exponent == -1023) {
    // Subnormal: made normal, exactly.
    bits = reinterpret<u64>(reinterpret<f64>(bits) * 4503599627370496);
    exponent = <i32>(bits >> 52) - 1023 - 52;
  }
  const fraction = bits & 0xfffffffffffff;
  const guess = load<u8>(GUESSES + <usize>(fraction >> 44));
  const root = ROOTS + ((<usize>guess) << 3);
  const below = <u32>guess + u32(load<u64>(root) < fraction) + u32(load<u64>(root, 8) < fraction);
  return (((exponent << 8) + <i32>below - 1) >> (SCHEMA_MOST - schema)) + 1;
}

/** The slot of a finite value, NONE outside of the cell's ranges. */
export function slotOf(cell: usize, value: f64): u32 {
  const record = changetype<NativeCell>(cell);
  if (abs(value) <= record.zeroThreshold) return 0;
  const negative = <u32>(reinterpret<u64>(value) >> 63);
  const side = cell + (negative << 3);
  const place = <u32>(nativeIndex(value, record.schema) - load<i32>(side, offsetof<NativeCell>("positiveOffset")));
  if (place >= load<u32>(side, offsetof<NativeCell>("positiveCount"))) return NONE;
  return 1 + place + (record.positiveCount & (0 - negative));
}

/** The slot of a value's classic bucket, in a cell with a shape. */
export function classicSlotOf(cell: usize, shape: usize, value: f64): u32 {
  const record = changetype<NativeCell>(cell);
  return 1 + record.positiveCount + record.negativeCount + bucketOf(shape, changetype<Shape>(shape).boundCount, value);
}

export function slotAt(cell: usize, slot: u32): u32 {
  return load<u32>(cell + SLOTS + (slot << 2));
}

/** True where no further slot may be populated. */
export function isLimited(cell: usize): bool {
  const record = changetype<NativeCell>(cell);
  return record.populated >= record.bucketsMax && record.schema > SCHEMA_LEAST;
}

/** Classic slots of a cell with that shape, 0 for none. */
export function classicSlots(shape: usize): u32 {
  return shape == 0 ? 0 : changetype<Shape>(shape).boundCount + 1;
}

/** Slots of a cell, in whole vectors. */
export function nativeSlots(positiveCount: u32, negativeCount: u32, shape: usize): u32 {
  return (1 + positiveCount + negativeCount + classicSlots(shape) + 3) & ~3;
}
