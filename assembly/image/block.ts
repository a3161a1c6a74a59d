// Label blocks that come from elsewhere. What is here was written by a binding, which escapes values and knows names; an
// image may say anything, and one newline would make other lines of what follows, or a page that nobody can read. So a
// block is looked at before there is a series of it: labels as bindings write them, no name twice, and UTF-8.
//
// Its first labels are those of its definition. Behind them may be others: those of a process' own default labels stand there in
// what the dead left.

import { Definition } from "../layout";
import { familyPrints, labelsMeet } from "../store/defaults";
import { bytesEqual } from "../store/shape";

/** 64 of a family, and what 4096 bytes of default labels may be. */
const LABELS_MOST: u32 = 1024;
/** As `setDefaultLabels` has it. */
const DEFAULT_LABELS_BYTES_MAX: u32 = 4096;
const NEWLINE: u32 = 10;
const QUOTE: u32 = 34;
const COMMA: u32 = 44;
const EQUALS: u32 = 61;
const BACKSLASH: u32 = 92;
const UNDERSCORE: u32 = 95;
const LETTER_N: u32 = 110;

function isLetter(byte: u32): bool {
  return byte == UNDERSCORE || (byte | 32) - 97 < 26;
}

/** The byte at an address, or one that no text has. */
function byteAt(at: usize, end: usize): u32 {
  return at < end ? <u32>load<u8>(at) : 0xff;
}

/** Bytes of the code point that begins at an address, 0 where it is no UTF-8: https://www.unicode.org/versions/Unicode15.0.0/ch03.pdf, table 3-7. */
function pointBytes(at: usize, end: usize): u32 {
  const first = <u32>load<u8>(at);
  if (first < 0x80) return 1;
  const bytes: u32 = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  if (first < 0xc2 || first > 0xf4) return 0;
  // No longer than need be, no half of a pair, none past the last.
  const least: u32 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
  const most: u32 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
  const second = byteAt(at + 1, end);
  if (second < least || second > most) return 0;
  for (let i: u32 = 2; i < bytes; i++) if ((byteAt(at + i, end) & 0xc0) != 0x80 || at + i >= end) return 0;
  return bytes;
}

/** Where the quoted text that begins at an address ends; 0 for none. */
function quotedEnd(at: usize, end: usize): usize {
  if (byteAt(at, end) != QUOTE) return 0;
  for (at++; at < end;) {
    const byte = <u32>load<u8>(at);
    if (byte == QUOTE) return at + 1;
    if (byte == NEWLINE) return 0;
    if (byte == BACKSLASH) {
      const escaped = byteAt(at + 1, end);
      if (escaped != BACKSLASH && escaped != QUOTE && escaped != LETTER_N) return 0;
      at += 2;
      continue;
    }
    const bytes = pointBytes(at, end);
    if (bytes == 0) return 0;
    at += bytes;
  }
  return 0;
}

/** Where the name that begins at an address ends; 0 for none. */
function nameEnd(at: usize, end: usize): usize {
  if (byteAt(at, end) == QUOTE) return quotedEnd(at, end);
  if (!isLetter(byteAt(at, end))) return 0;
  while (isLetter(byteAt(at, end)) || byteAt(at, end) - 48 < 10) at++;
  return at;
}

/** True where one of the labels before `until` has a name. */
function isNamed(block: usize, until: usize, name: usize, length: u32): bool {
  for (let at = block; at < until;) {
    const after = nameEnd(at, until);
    if (<u32>(after - at) == length && bytesEqual(at, name, length)) return true;
    at = quotedEnd(after + 1, until) + 1;
  }
  return false;
}

/** Bytes of the labels of a block of which another one has no such name, with commas between; both are blocks. */
export function beyondBytes(block: usize, length: u32, other: usize, otherLength: u32): u32 {
  return beyondPut(0, block, length, other, otherLength);
}

/** Puts those labels somewhere, unless that is 0; their bytes. */
export function beyondPut(to: usize, block: usize, length: u32, other: usize, otherLength: u32): u32 {
  return partPut(to, block, length, other, otherLength, false);
}

/** Puts the labels of a block of which another one has such a name; their bytes. */
export function withinPut(to: usize, block: usize, length: u32, other: usize, otherLength: u32): u32 {
  return partPut(to, block, length, other, otherLength, true);
}

function partPut(to: usize, block: usize, length: u32, other: usize, otherLength: u32, within: bool): u32 {
  const end = block + length;
  let bytes: u32 = 0;
  for (let at = block; at < end;) {
    const after = nameEnd(at, end);
    const next = quotedEnd(after + 1, end);
    if (isNamed(other, other + otherLength, at, <u32>(after - at)) == within) {
      if (bytes != 0) {
        if (to != 0) store<u8>(to + bytes, COMMA);
        bytes++;
      }
      if (to != 0) memory.copy(to + bytes, at, next - at);
      bytes += <u32>(next - at);
    }
    at = next + 1;
  }
  return bytes;
}

/** Puts the names of a block with one value each, `="..."`, somewhere, unless that is 0; their bytes. */
export function valuedPut(to: usize, block: usize, length: u32, value: usize, valueLength: u32): u32 {
  const end = block + length;
  let bytes: u32 = 0;
  for (let at = block; at < end;) {
    const after = nameEnd(at, end);
    const name = <u32>(after - at);
    if (to != 0) {
      if (bytes != 0) store<u8>(to + bytes - 1, COMMA);
      memory.copy(to + bytes, at, name);
      memory.copy(to + bytes + name, value, valueLength);
    }
    bytes += name + valueLength + 1;
    at = quotedEnd(after + 1, end) + 1;
  }
  return bytes == 0 ? 0 : bytes - 1;
}

/** True where a name comes before another one. */
function isBefore(name: usize, length: u32, other: usize, otherLength: u32): bool {
  const difference = memory.compare(name, other, min(length, otherLength));
  return difference < 0 || (difference == 0 && length < otherLength);
}

/**
 * Puts the labels of a block and, in the order of their names, those of another one, of which it has none; their bytes. Those
 * of a definition, 0 for none, stay in front.
 */
export function mergedPut(to: usize, block: usize, length: u32, other: usize, otherLength: u32, definition: usize): u32 {
  const end = block + length;
  const otherEnd = other + otherLength;
  const from = to;
  let left = other;
  for (let at = block; at < end || left < otherEnd;) {
    let label = at;
    let after = at < end ? nameEnd(at, end) : 0;
    if (left < otherEnd) {
      const otherAfter = nameEnd(left, otherEnd);
      const stays = at < end && definition != 0 && familyPrints(definition, at, <u32>(after - at));
      if (at >= end || (!stays && isBefore(left, <u32>(otherAfter - left), at, <u32>(after - at)))) {
        label = left;
        after = otherAfter;
      }
    }
    const next = quotedEnd(after + 1, label == left ? otherEnd : end);
    if (to != from) store<u8>(to++, COMMA);
    memory.copy(to, label, next - label);
    to += next - label;
    if (label == left) left = next + 1;
    else at = next + 1;
  }
  return <u32>(to - from);
}

/** True for a block that a binding may have written. */
export function isBlock(block: usize, length: u32): bool {
  const end = block + length;
  let labels: u32 = 0;
  for (let at = block; at < end; labels++) {
    const after = nameEnd(at, end);
    if (after == 0 || byteAt(after, end) != EQUALS || labels == LABELS_MOST) return false;
    if (isNamed(block, at, at, <u32>(after - at))) return false;
    at = quotedEnd(after + 1, end);
    if (at == 0 || (at != end && (byteAt(at, end) != COMMA || at + 1 == end))) return false;
    at += u32(at != end);
  }
  return true;
}

/** True where a block, which is one, begins with the labels of a definition in their order, and has no other that it prints. */
export function isBlockOf(block: usize, length: u32, definition: usize): bool {
  const record = changetype<Definition>(definition);
  const end = block + length;
  const last = definition + record.length - record.nameLength;
  let at = block;
  for (let name = last - record.labelLength; name < last;) {
    let nameLast = name;
    while (nameLast < last && load<u8>(nameLast) != NEWLINE) nameLast++;
    const bytes = <u32>(nameLast - name);
    if (at + bytes >= end || nameEnd(at, end) != at + bytes || !bytesEqual(at, name, bytes)) return false;
    at = quotedEnd(at + bytes + 1, end) + 1;
    name = nameLast + 1;
  }
  return at >= end || !labelsMeet(at, <u32>(end - at), definition);
}

/** True for default labels that a registry may have: a block of names of the classic data model, none of them reserved. */
export function isDefaults(block: usize, length: u32): bool {
  if (length > DEFAULT_LABELS_BYTES_MAX || !isBlock(block, length)) return false;
  const end = block + length;
  for (let at = block; at < end;) {
    if (byteAt(at, end) == QUOTE || (byteAt(at, end) == UNDERSCORE && byteAt(at + 1, end) == UNDERSCORE)) return false;
    at = quotedEnd(nameEnd(at, end) + 1, end) + 1;
  }
  return true;
}
