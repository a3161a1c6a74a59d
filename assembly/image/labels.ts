// Label blocks of an image. Those of one family are much alike: the same names, few methods and statuses, paths that
// differ in a number. So a block is cut into pieces, one label each, and a piece is either one that was there before, told
// by a number, or what lies between a beginning and an end that it has in common with the piece before.
//
//   count, at most PIECES_MOST, then each piece
//     0, shared prefix, shared suffix, length of what is between, its bytes
//                         a new piece, seen from the one at the same index of the block before in the frame; an empty
//                         one where that block had none, and in the first block
//     k                   the k-th new piece that this frame had at this index and that was kept
//
// A new piece is kept where its index is below KEPT_INDEXES, KEPT_MOST at most for each index, and as long as they take
// no more than KEPT_BYTES_MAX together: both sides count alike. So a reader's memory is bounded, whatever an image says.
//
// The writer cuts behind each `",`, which may also stand in a value: whatever the pieces are, they are the block when they
// are put together again. It refers to the blocks where they lie and so must be in one cold verb for all of a frame; the
// reader has copies of the last two blocks and of what is kept.

import { LABELS_BYTES_MAX } from "../layout";
import { textPut } from "../text/escape";
import { takenEnd, varint32Taken, varintPut } from "./varint";

/** What is beyond stays in the last one. */
const PIECES_MOST: u32 = 64;
const KEPT_INDEXES: u32 = 16;
/** What one byte tells. */
const KEPT_MOST: u32 = 127;
const KEPT_BYTES_MAX: u32 = 65536;
/** The most bytes of a piece's numbers. */
const NUMBERS_BYTES: u32 = 10;
/** Of `",`, little-endian. */
const CUT: u32 = 0x2c22;

// A room: how many are kept at each index; the pieces of the block before, {address, length} each; those that are kept,
// KEPT_MOST + 1 an index, the first of which stands for none. Then the writer's hash table; the reader's texts.
const COUNTS: usize = 0;
const BEFORE: usize = COUNTS + KEPT_INDEXES * 4;
const KEPT: usize = BEFORE + PIECES_MOST * 8;
const KEPT_SHIFT: u32 = 7;
if (KEPT_MOST + 1 != 1 << KEPT_SHIFT) ERROR("What is kept at an index is numbered by KEPT_SHIFT bits");
const KEPT_END: usize = KEPT + ((KEPT_INDEXES * 8) << KEPT_SHIFT);
/** Words of hash and number; twice as many as there may be numbers, so that a search ends soon. */
const SLOTS: u32 = 4096;
const NUMBER_MASK: u32 = (KEPT_INDEXES << KEPT_SHIFT) - 1;
/** The room of a writer, and of a reader. */
export const LABELS_PUT_BYTES: u32 = <u32>KEPT_END + SLOTS * 4;
/** Vectors may be written so far behind a text. */
const SLACK: u32 = 32;
const TEXTS: usize = KEPT_END;
const BLOCKS: usize = TEXTS + KEPT_BYTES_MAX + SLACK;
const BLOCK_BYTES: u32 = LABELS_BYTES_MAX + SLACK;
export const LABELS_TAKE_BYTES: u32 = <u32>BLOCKS + 2 * BLOCK_BYTES;

/** Odd; 2^64 divided by the golden ratio. */
const FACTOR: u64 = 0x9e3779b97f4a7c15;

let writing: usize = 0;
let writingKept: u32 = 0;
let writingBefore: u32 = 0;

let reading: usize = 0;
let readingKept: u32 = 0;
let readingBefore: u32 = 0;
/** Which of the two blocks is the newest, and its bytes. */
let turn: u32 = 0;
let taken: u32 = 0;

function countAt(room: usize, index: u32): u32 {
  return load<u32>(room + COUNTS + (index << 2));
}

function beforeAt(room: usize, index: u32): usize {
  return room + BEFORE + (index << 3);
}

function keptAt(room: usize, number: u32): usize {
  return room + KEPT + (number << 3);
}

function pieceKept(at: usize, address: usize, length: u32): void {
  store<u32>(at, <u32>address);
  store<u32>(at, length, 4);
}

/** True where a new piece at an index is kept. */
function isKept(room: usize, index: u32, length: u32, kept: u32): bool {
  return index < KEPT_INDEXES && countAt(room, index) < KEPT_MOST && kept + length <= KEPT_BYTES_MAX;
}

/** Numbers a piece that is kept: KEPT_SHIFT bits and its index. */
function numbered(room: usize, index: u32): u32 {
  const count = countAt(room, index) + 1;
  store<u32>(room + COUNTS + (index << 2), count);
  return (index << KEPT_SHIFT) | count;
}

/** Begins a frame, in a room of LABELS_PUT_BYTES. */
export function labelsPutBegun(room: usize): void {
  memory.fill(room, 0, KEPT);
  memory.fill(room + KEPT_END, 0, SLOTS * 4);
  writing = room;
  writingKept = 0;
  writingBefore = 0;
}

/** The most bytes that a block of so many takes. */
export function labelsPutMost(length: u32): u32 {
  return length + 2 + PIECES_MOST * NUMBERS_BYTES;
}

/** Where the piece that begins at an address ends. */
function pieceEnd(at: usize, end: usize): usize {
  for (; at + 1 < end; at++) if (load<u16>(at) == CUT) return at + 2;
  return end;
}

function piecesOf(block: usize, end: usize): u32 {
  let count: u32 = 0;
  for (let at = block; at < end && count < PIECES_MOST; count++) at = pieceEnd(at, end);
  return count;
}

/** A hash of a piece and its index. Reads up to 7 bytes past its end, which change nothing. */
function hashOf(at: usize, length: u32, index: u32): u32 {
  let hash: u64 = (((<u64>length) << 8) | (<u64>index)) * FACTOR;
  const end = at + length;
  for (; at + 8 <= end; at += 8) hash = rotl<u64>((hash ^ load<u64>(at)) * FACTOR, 31);
  if (at < end) hash = rotl<u64>((hash ^ (load<u64>(at) << ((8 - <u64>(end - at)) << 3))) * FACTOR, 31);
  return <u32>((hash * FACTOR) >> 32);
}

/** How many bytes two texts have in common from their beginnings on. */
function prefixOf(one: usize, other: usize, most: u32): u32 {
  let at: u32 = 0;
  for (; at + 8 <= most; at += 8) {
    const difference = load<u64>(one + at) ^ load<u64>(other + at);
    if (difference != 0) return at + ((<u32>ctz<u64>(difference)) >> 3);
  }
  while (at < most && load<u8>(one + at) == load<u8>(other + at)) at++;
  return at;
}

/** The same from their ends on. */
function suffixOf(oneEnd: usize, otherEnd: usize, most: u32): u32 {
  let count: u32 = 0;
  while (count < most && load<u8>(oneEnd - count - 1) == load<u8>(otherEnd - count - 1)) count++;
  return count;
}

function isPiece(number: u32, at: usize, length: u32): bool {
  const entry = keptAt(writing, number);
  return load<u32>(entry, 4) == length && prefixOf(load<u32>(entry), at, length) == length;
}

/** The slot of a piece in the hash table: with its number, or free. */
function slotOf(at: usize, length: u32, index: u32, hash: u32): usize {
  let i = hash >> 20;
  while (true) {
    const slot = writing + KEPT_END + (i << 2);
    const word = load<u32>(slot);
    if (word == 0) return slot;
    const alike = ((word ^ hash) & ~NUMBER_MASK) == 0 && (word & NUMBER_MASK) >> KEPT_SHIFT == index;
    if (alike && isPiece(word & NUMBER_MASK, at, length)) return slot;
    i = (i + 1) & (SLOTS - 1);
  }
}

/** Puts a piece that is new. */
function newPut(to: usize, at: usize, length: u32, index: u32): usize {
  const before = beforeAt(writing, index);
  const other: usize = load<u32>(before);
  const otherLength = index < writingBefore ? load<u32>(before, 4) : 0;
  const most = min(length, otherLength);
  const prefix = prefixOf(at, other, most);
  const suffix = suffixOf(at + length, other + otherLength, most - prefix);
  const between = length - prefix - suffix;
  to = varintPut(to, 0);
  to = varintPut(to, prefix);
  to = varintPut(to, suffix);
  to = varintPut(to, between);
  return textPut(to, at + prefix, between);
}

function piecePut(to: usize, at: usize, length: u32, index: u32): usize {
  if (index >= KEPT_INDEXES) return newPut(to, at, length, index);
  const hash = hashOf(at, length, index);
  const slot = slotOf(at, length, index, hash);
  const word = load<u32>(slot);
  if (word != 0) return varintPut(to, word & KEPT_MOST);
  to = newPut(to, at, length, index);
  if (isKept(writing, index, length, writingKept)) {
    const number = numbered(writing, index);
    pieceKept(keptAt(writing, number), at, length);
    store<u32>(slot, (hash & ~NUMBER_MASK) | number);
    writingKept += length;
  }
  return to;
}

/** Puts a label block, which must stay where it is until the frame's end; where it ends. May write SLACK bytes further. */
export function labelsPut(to: usize, block: usize, length: u32): usize {
  const end = block + length;
  const count = piecesOf(block, end);
  to = varintPut(to, count);
  let at = block;
  for (let index: u32 = 0; index < count; index++) {
    const next = index + 1 == count ? end : pieceEnd(at, end);
    to = piecePut(to, at, <u32>(next - at), index);
    pieceKept(beforeAt(writing, index), at, <u32>(next - at));
    at = next;
  }
  writingBefore = count;
  return to;
}

/** Begins a frame, in a room of LABELS_TAKE_BYTES. */
export function labelsTakeBegun(room: usize): void {
  memory.fill(room, 0, KEPT);
  reading = room;
  readingKept = 0;
  readingBefore = 0;
  taken = 0;
}

/** The label block that was taken last: where it is until the next but one, and its bytes. */
export function labelsText(): usize {
  return reading + BLOCKS + turn * BLOCK_BYTES;
}

export function labelsLength(): u32 {
  return taken;
}

/** Takes a piece that is new to where the block goes on; where it ends, 0 for nonsense. */
function newTaken(at: usize, end: usize, index: u32): usize {
  const prefix = varint32Taken(at, end);
  const suffix = varint32Taken(takenEnd(), end);
  const between = varint32Taken(takenEnd(), end);
  const from = takenEnd();
  if (from == 0 || between > <u32>(end - from)) return 0;
  const before = beforeAt(reading, index);
  const other: usize = load<u32>(before);
  const otherLength = index < readingBefore ? load<u32>(before, 4) : 0;
  const length = <u64>prefix + suffix + between;
  if (<u64>prefix + suffix > <u64>otherLength || length > LABELS_BYTES_MAX - taken) return 0;
  const begin = labelsText() + taken;
  let to = textPut(begin, other, prefix);
  to = textPut(to, from, between);
  textPut(to, other + otherLength - suffix, suffix);
  const bytes = <u32>length;
  if (isKept(reading, index, bytes, readingKept)) {
    const text = reading + TEXTS + readingKept;
    textPut(text, begin, bytes);
    pieceKept(keptAt(reading, numbered(reading, index)), text, bytes);
    readingKept += bytes;
  }
  pieceKept(before, begin, bytes);
  taken += bytes;
  return from + between;
}

/** Takes a piece that was there before; false for nonsense. */
function keptTaken(index: u32, k: u32): bool {
  if (index >= KEPT_INDEXES || k > countAt(reading, index)) return false;
  const entry = keptAt(reading, (index << KEPT_SHIFT) | k);
  const length = load<u32>(entry, 4);
  if (length > LABELS_BYTES_MAX - taken) return false;
  const begin = labelsText() + taken;
  textPut(begin, load<u32>(entry), length);
  pieceKept(beforeAt(reading, index), begin, length);
  taken += length;
  return true;
}

/** Takes a label block, which `labelsText` and `labelsLength` tell; where it ends, 0 for nonsense. */
export function labelsTaken(at: usize, end: usize): usize {
  const count = varint32Taken(at, end);
  at = takenEnd();
  if (at == 0 || count > PIECES_MOST) return 0;
  turn ^= 1;
  taken = 0;
  for (let index: u32 = 0; index < count; index++) {
    const k = varint32Taken(at, end);
    at = takenEnd();
    if (at == 0) return 0;
    if (k == 0) at = newTaken(at, end, index);
    else if (!keptTaken(index, k)) return 0;
    if (at == 0) return 0;
  }
  readingBefore = count;
  return at;
}
