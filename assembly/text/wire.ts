// Protobuf's wire format: tags, varints, and messages whose length is known when they are written.
//
// A message inside a message begins with its length. Most are shorter than 128 bytes, whose length is one byte, so
// that one is left free; what turns out longer is moved when it ends. So nothing is measured before it is written,
// and nesting costs one move a level at the most.
//
// Verbs with a field write its tag, too. None but `stringPut` leaves out what is 0 or empty: proto3 reads the same
// either way, and whether a 0 says something only the caller knows.

import { textPut } from "./escape";

export const VARINT: u32 = 0;
export const FIXED64: u32 = 1;
/** A length and that many bytes: strings, messages, packed fields. */
export const BYTES: u32 = 2;

/** Of 64 bits, 7 a byte. */
export const VARINT_BYTES_MAX: u32 = 10;
/** Field numbers have 29 bits. */
export const TAG_BYTES_MAX: u32 = 5;

/** How many bytes a varint takes. */
export function varintBytes(value: u64): u32 {
  // 9 / 64 is 1/7 to the precision that 64 bits need; 0 takes a byte, too.
  return ((64 - <u32>clz<u64>(value | 1)) * 9 + 64) >> 6;
}

export function varintPut(at: usize, value: u64): usize {
  // Most are: tags, lengths, small counts.
  if (value < 0x80) {
    store<u8>(at, <u32>value);
    return at + 1;
  }
  while (value >= 0x80) {
    store<u8>(at++, (<u32>value) | 0x80);
    value >>= 7;
  }
  store<u8>(at, <u32>value);
  return at + 1;
}

/** Numbers near 0 of both signs become small ones: 0, -1, 1, -2 are 0, 1, 2, 3. */
export function zigzag(value: i64): u64 {
  return (<u64>(value << 1)) ^ (<u64>(value >> 63));
}

export function zigzagPut(at: usize, value: i64): usize {
  return varintPut(at, zigzag(value));
}

export function tagPut(at: usize, field: u32, wireType: u32): usize {
  const tag = (field << 3) | wireType;
  if (tag >= 0x80) return varintPut(at, tag);
  store<u8>(at, tag);
  return at + 1;
}

/** A field of uint32, uint64, bool, an enum; of int32 and int64 where the value is their 64 bits. */
export function uint64Put(at: usize, field: u32, value: u64): usize {
  return varintPut(tagPut(at, field, VARINT), value);
}

/** A field of sint32 or sint64. */
export function sint64Put(at: usize, field: u32, value: i64): usize {
  return zigzagPut(tagPut(at, field, VARINT), value);
}

export function fixed64Put(at: usize, field: u32, value: u64): usize {
  at = tagPut(at, field, FIXED64);
  store<u64>(at, value);
  return at + 8;
}

export function doublePut(at: usize, field: u32, value: f64): usize {
  at = tagPut(at, field, FIXED64);
  store<f64>(at, value);
  return at + 8;
}

/** Bytes behind their length. May write 15 bytes further, as `textPut` does. */
export function bytesPut(at: usize, field: u32, from: usize, length: u32): usize {
  return textPut(varintPut(tagPut(at, field, BYTES), length), from, length);
}

/** As `bytesPut`; nothing for no text. */
export function stringPut(at: usize, field: u32, from: usize, length: u32): usize {
  return length == 0 ? at : bytesPut(at, field, from, length);
}

/** Leaves room for a length and returns where what it counts begins; the caller keeps that for `lengthEnd`. */
export function lengthBegin(at: usize): usize {
  return at + 1;
}

/**
 * Moves what stands from `from` up to `at`, 16 bytes at least, by a few bytes. From its end on, so that nothing is
 * overwritten before it was read; what is left at its beginning was read first. memory.copy does the same, but a call
 * out of the module costs more than most messages are long.
 */
function moveUp(from: usize, at: usize, by: usize): void {
  const head = v128.load(from);
  for (let chunk = at - 16; chunk > from; chunk -= 16) v128.store(chunk + by, v128.load(chunk));
  v128.store(from + by, head);
}

/** Writes the length of what stands from `from` up to `at`, and returns the address behind it: it may have moved. */
export function lengthEnd(from: usize, at: usize): usize {
  const length = at - from;
  if (length < 0x80) {
    store<u8>(from - 1, <u32>length);
    return at;
  }
  const further = varintBytes(length) - 1;
  moveUp(from, at, further);
  varintPut(from - 1, length);
  return at + further;
}

/** As `lengthBegin`, behind a field's tag: a message, or a packed field. */
export function messageBegin(at: usize, field: u32): usize {
  return lengthBegin(tagPut(at, field, BYTES));
}

/** What `deltasPut` writes at the most. */
export function deltasPutBytesMax(count: u32): u32 {
  return count * VARINT_BYTES_MAX + TAG_BYTES_MAX + VARINT_BYTES_MAX;
}

/**
 * A packed field of sint64: by how much each of `count` u64, `stride` bytes apart, differs from the one before it,
 * the first from 0 (rule N4). Nothing for none of them.
 */
export function deltasPut(at: usize, field: u32, from: usize, count: u32, stride: u32): usize {
  if (count == 0) return at;
  const begin = messageBegin(at, field);
  at = begin;
  let before: u64 = 0;
  for (let i: u32 = 0; i < count; i++, from += stride) {
    const value = load<u64>(from);
    const delta = zigzag(value - before);
    if (delta < 0x80) store<u8>(at++, <u32>delta);
    else at = varintPut(at, delta);
    before = value;
  }
  return lengthEnd(begin, at);
}
