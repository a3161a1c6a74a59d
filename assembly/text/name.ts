// Names of metrics and labels: any UTF-8 inside, and what of it a scraper can read outside.
//
// A scraper asks for one of the four escaping schemes of Prometheus 3. The first three make any name legal; what they
// write is what Go's EscapeName does (rules E1 to E3), for names of metrics and of labels alike, rune by rune over
// valid UTF-8. The fourth leaves names alone, and text quotes those that are not legal (rule E5).
//
// A label block is the labels of a series as text has them, `method="GET","my.label"="x"`: a name stands as it is
// where it is legal for a label and as a quoted string where it is not; backslash, quote and newline are escaped in
// names and values. Blocks are made by the bindings and are trusted to be well formed. Two names that an escaping
// makes the same are not found here.

import { textPut } from "./escape";

/** What is not legal becomes `_`. */
export const UNDERSCORES: u32 = 0;
/** A dot becomes `_dot_`, anything else `__`. */
export const DOTS: u32 = 1;
/** `U__`, and the runes' numbers. */
export const VALUES: u32 = 2;
/** Names as they are. */
export const ALLOW_UTF8: u32 = 3;

const DOT_WORD: usize = memory.data<u64>([0x5f746f645f, 0, 0]); // "_dot_"
const VALUES_MARK: u32 = 0x5f5f55; // "U__"
const BACKSLASH: u32 = 92;
const COLON: u32 = 58;
const COMMA: u32 = 44;
const DOT: u32 = 46;
const EQUALS: u32 = 61;
const NEWLINE: u32 = 10;
const QUOTE: u32 = 34;
const UNDERSCORE: u32 = 95;
const N: u32 = 110;

function isLegal(byte: u32, first: bool, colons: bool): bool {
  if ((byte | 32) - 97 < 26 || byte == UNDERSCORE) return true;
  return byte == COLON ? colons : !first && byte - 48 < 10;
}

/** True for a name that every scraper reads: [a-zA-Z_:][a-zA-Z0-9_:]*, a label's without the colons (rule O4). */
export function nameIsLegal(from: usize, length: u32, colons: bool): bool {
  for (let i: u32 = 0; i < length; i++) if (!isLegal(load<u8>(from + i), i == 0, colons)) return false;
  return length != 0;
}

/** What the first byte of a rune says about its length. */
function runeBytes(first: u32): u32 {
  return first < 0xc0 ? 1 : clz<u32>(~(first << 24));
}

function runeAt(from: usize, bytes: u32): u32 {
  let rune = <u32>load<u8>(from);
  if (bytes == 1) return rune;
  rune &= 0x7f >> bytes;
  for (let i: u32 = 1; i < bytes; i++) rune = (rune << 6) | (load<u8>(from + i) & 63);
  return rune;
}

/** `_`, the number in lower-case hexadecimal digits, `_`. */
function runePut(at: usize, rune: u32): usize {
  store<u8>(at++, UNDERSCORE);
  // 4 bits each, and one digit for 0.
  for (let shift = <i32>((31 - clz<u32>(rune | 1)) & ~3); shift >= 0; shift -= 4) {
    const digit = (rune >> shift) & 15;
    store<u8>(at++, digit < 10 ? 48 + digit : 87 + digit);
  }
  store<u8>(at, UNDERSCORE);
  return at + 1;
}

function underscoresPut(at: usize, count: u32): usize {
  store<u16>(at, 0x5f5f);
  return at + count;
}

function illegalPut(at: usize, from: usize, bytes: u32, escaping: u32): usize {
  if (escaping == UNDERSCORES) return underscoresPut(at, 1);
  if (escaping == VALUES) return runePut(at, runeAt(from, bytes));
  return load<u8>(from) == DOT ? textPut(at, DOT_WORD, 5) : underscoresPut(at, 2);
}

/** What `namePut` may touch for a name: a dot becomes five bytes, vectors overshoot. */
export function namePutBytesMax(length: u32): u32 {
  return 5 * length + 16;
}

/** Writes a name in an escaping scheme; with ALLOW_UTF8 as it is. Go leaves colons in labels' names, which no scraper then reads. */
export function namePut(at: usize, from: usize, length: u32, escaping: u32, colons: bool = true): usize {
  // Dots write even a legal name anew: its underscores are doubled (rule E2).
  if (escaping == ALLOW_UTF8 || length == 0 || (escaping != DOTS && nameIsLegal(from, length, colons))) return textPut(at, from, length);
  if (escaping == VALUES) {
    store<u32>(at, VALUES_MARK);
    at += 3;
  }
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < length; i += bytes) {
    const byte = <u32>load<u8>(from + i);
    bytes = runeBytes(byte);
    if (byte == UNDERSCORE) at = underscoresPut(at, escaping == UNDERSCORES ? 1 : 2);
    else if (isLegal(byte, i == 0, colons)) store<u8>(at++, byte);
    else at = illegalPut(at, from + i, bytes, escaping);
  }
  return at;
}

function escapedPut(at: usize, byte: u32): usize {
  if (byte == BACKSLASH || byte == QUOTE || byte == NEWLINE) store<u8>(at++, BACKSLASH);
  store<u8>(at, byte == NEWLINE ? N : byte);
  return at + 1;
}

/** Writes a name in quotes, backslash, quote and newline escaped (rule E5). At most 2 * length + 2 bytes. */
export function quotedPut(at: usize, from: usize, length: u32): usize {
  store<u8>(at++, QUOTE);
  for (let i: u32 = 0; i < length; i++) at = escapedPut(at, load<u8>(from + i));
  store<u8>(at, QUOTE);
  return at + 1;
}

/** Writes what an escaped text means. At most `length` bytes. */
export function rawPut(at: usize, from: usize, length: u32): usize {
  const end = from + length;
  while (from < end) {
    let byte = <u32>load<u8>(from++);
    if (byte == BACKSLASH) {
      byte = load<u8>(from++);
      if (byte == N) byte = NEWLINE;
    }
    store<u8>(at++, byte);
  }
  return at;
}

/** The bytes that `rawPut` writes. */
export function rawBytes(from: usize, length: u32): u32 {
  let bytes: u32 = 0;
  for (let i: u32 = 0; i < length; bytes++) i += load<u8>(from + i) == BACKSLASH ? 2 : 1;
  return bytes;
}

// --- The cursor. There is one a thread: a block is read to its end before the next one is begun.

let nextLabel: usize = 0;
let blockEnd: usize = 0;
let nameFrom: usize = 0;
let nameLength: u32 = 0;
let valueFrom: usize = 0;
let valueLength: u32 = 0;

/** Where the label's name stands, between its quotes where it has some, as escaped as it is in the block. */
export function labelName(): usize {
  return nameFrom;
}

export function labelNameLength(): u32 {
  return nameLength;
}

/** Where the label's value stands, between its quotes and escaped. */
export function labelValue(): usize {
  return valueFrom;
}

export function labelValueLength(): u32 {
  return valueLength;
}

/** The quote that ends a string; 16 bytes at a time up to the first backslash. */
function quoteFrom(at: usize): usize {
  while (true) {
    const bytes = v128.load(at);
    const quotes = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(<i8>QUOTE)));
    const slashes = i8x16.bitmask(i8x16.eq(bytes, i8x16.splat(<i8>BACKSLASH)));
    const found = quotes | slashes;
    if (found == 0) {
      at += 16;
      continue;
    }
    at += ctz<u32>(found);
    if (load<u8>(at) == QUOTE) return at;
    at += 2;
  }
}

function equalsFrom(at: usize): usize {
  while (true) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), i8x16.splat(<i8>EQUALS)));
    if (found != 0) return at + ctz<u32>(found);
    at += 16;
  }
}

/** Goes to the next label; false behind the last one. */
export function labelNext(): bool {
  if (nextLabel >= blockEnd) return false;
  const quoted = load<u8>(nextLabel) == QUOTE;
  nameFrom = nextLabel + usize(quoted);
  const nameEnd = quoted ? quoteFrom(nameFrom) : equalsFrom(nameFrom);
  nameLength = <u32>(nameEnd - nameFrom);
  // Over the name's quote, `="`, and `",` behind the value.
  valueFrom = nameEnd + 2 + usize(quoted);
  const valueEnd = quoteFrom(valueFrom);
  valueLength = <u32>(valueEnd - valueFrom);
  nextLabel = valueEnd + 2;
  return true;
}

/** Goes to the first label of a block; false where it is empty. */
export function labelFirst(block: usize, length: u32): bool {
  nextLabel = block;
  blockEnd = block + length;
  return labelNext();
}

// --- A block in a scheme.

/** What `blockPut` may touch for a block: names grow by five, and one raw name stands in front of what is written. */
export function blockPutBytesMax(length: u32): u32 {
  return 6 * length + 32;
}

/** Writes a label's name, which may be escaped text in the block, in an escaping scheme. */
function labelNamePut(at: usize, escaping: u32): usize {
  // Raw where nothing is written yet: no scheme lets a byte become more than five.
  const raw = at + namePutBytesMax(nameLength);
  return namePut(at, raw, <u32>(rawPut(raw, nameFrom, nameLength) - raw), escaping, false);
}

/**
 * False where no name of a block is in quotes; true where one may be, for a value that ends with a comma looks the same
 * as a quote behind one. May read 15 bytes past the block.
 */
function mayQuote(block: usize, length: u32): bool {
  if (load<u8>(block) == QUOTE) return true;
  const commas = i8x16.splat(<i8>COMMA);
  const quotes = i8x16.splat(<i8>QUOTE);
  for (let i: u32 = 0; i + 1 < length; i += 16) {
    const before = i8x16.eq(v128.load(block + i), commas);
    if (v128.any_true(v128.and(before, i8x16.eq(v128.load(block + i, 1), quotes)))) return true;
  }
  return false;
}

/** Writes a block with its names in an escaping scheme; with ALLOW_UTF8 as it is. Uses the cursor. */
export function blockPut(at: usize, block: usize, length: u32, escaping: u32): usize {
  // Most blocks have legal names only, which dots alone change: 105 ns become 7.
  if (escaping == ALLOW_UTF8 || (escaping != DOTS && !mayQuote(block, length))) return textPut(at, block, length);
  for (let more = labelFirst(block, length); more; more = labelNext()) {
    // The first name stands at the block's begin, or behind a quote there.
    if (nameFrom > block + 1) store<u8>(at++, COMMA);
    at = labelNamePut(at, escaping);
    store<u16>(at, 0x223d); // = and a quote
    at = textPut(at + 2, valueFrom, valueLength);
    store<u8>(at++, QUOTE);
  }
  return at;
}
