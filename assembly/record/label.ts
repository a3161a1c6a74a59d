// Labels: a text once for each recorder, by a number that samples show. The number is its place in a table of open addresses,
// twice as large as there may be labels, so it is never moved; 0 is the overflow label's.
//
// A label's bytes are taken by one swap of {labels, bytes}, written, and published by another swap, of the place in the
// table. Who finds the place taken by the same text gives the label back, and its bytes where nobody took others behind them.
// Who dies in between loses one label.
//
// Labels come from attackers: they are hashed with the memory's key, and one that is too long or too many costs no bytes. Those
// that strangers chose, as paths of requests, are admitted: all threads together give them half of all labels, and half of their
// bytes, and not more. Their share is taken first; who dies before the label is made loses one of it.

import { add32, add64, exchangeIf32, exchangeIf64, load32, load64 } from "../memory/atomics";
import { NO_WRITER } from "../status";
import { hashOf } from "../store/hash";
import { owned, ownWriter } from "../store/writer";
import { Label, LABEL_ADMITTED, LABEL_BYTES_MAX, Recorder } from "./records";

const USE: usize = offsetof<Recorder>("labelUse");
const ADMITTED: usize = offsetof<Recorder>("admitted");
/** Words are read up to 7 bytes behind a text, vectors up to 15. */
const LABEL_SLACK: u32 = 16;

/** The label of that number; the overflow label where there is none. */
export function labelAt(recorder: usize, number: u32): usize {
  const record = changetype<Recorder>(recorder);
  const found: usize = number > record.labelSlots ? 0 : load32(<usize>record.labels + (number << 2));
  return found == 0 ? load32(record.labels) : found;
}

/** The number of the group that a sample of that label is in. */
export function labelNumber(recorder: usize, number: u32): u32 {
  const record = changetype<Recorder>(recorder);
  return number > record.labelSlots || load32(<usize>record.labels + (number << 2)) == 0 ? 0 : number;
}

/** What a label of so many bytes takes. */
export function labelTaken(length: u32): u32 {
  return (<u32>offsetof<Label>() + length + LABEL_SLACK + 7) & ~7;
}

const QUOTE: u32 = 34;
const COMMA: u32 = 44;
const BACKSLASH: u32 = 92;

/** Bytes that a text has more in a row, in the format in which they are most: rows.ts writes them. */
function moreOf(from: usize, length: u32): u32 {
  let csv: u32 = 0;
  let json: u32 = 0;
  let isQuoted: bool = false;
  for (let i: u32 = 0; i < length; i++) {
    const byte: u32 = load<u8>(from + i);
    if (byte < 32) json += 5;
    if (byte == QUOTE || byte == BACKSLASH) json++;
    if (byte == QUOTE) csv++;
    if (byte == QUOTE || byte == COMMA || byte == 10 || byte == 13) isQuoted = true;
  }
  return max<u32>(isQuoted ? csv + 2 : 0, json);
}

/** A label that nobody knows yet, or 0 where there is no room. */
function labelMade(recorder: usize, from: usize, length: u32, hash: u32, flags: u32): usize {
  const record = changetype<Recorder>(recorder);
  const bytes = labelTaken(length);
  while (true) {
    const seen = load64(recorder + USE);
    const end = <u32>(seen >> 32);
    if (<u32>seen >= record.labelsMax || bytes > record.labelRoom - end) return 0;
    if (exchangeIf64(recorder + USE, seen, (((<u64>(end + bytes)) << 32) | (<u64>(<u32>seen))) + 1) != seen) continue;
    const made: usize = record.labelBytes + end;
    const label = changetype<Label>(made);
    label.hash = hash;
    label.length = length;
    label.flags = flags;
    label.more = moreOf(from, length);
    memory.copy(made + offsetof<Label>(), from, length);
    return made;
  }
}

/** Takes back what `labelMade` made: the label, and its bytes where nobody took others behind them. */
function labelUnmade(recorder: usize, made: usize): void {
  const from = <u32>(made - <usize>changetype<Recorder>(recorder).labelBytes);
  const end = from + labelTaken(changetype<Label>(made).length);
  while (true) {
    const seen = load64(recorder + USE);
    const rest = <u32>(seen >> 32) == end ? from : <u32>(seen >> 32);
    if (exchangeIf64(recorder + USE, seen, (((<u64>rest) << 32) | (<u64>(<u32>seen))) - 1) == seen) return;
  }
}

/** Takes a label of so many bytes from the share of strangers; false where that is used up. */
function admitted(recorder: usize, length: u32, most: u32): bool {
  const record = changetype<Recorder>(recorder);
  const bytes: u64 = labelTaken(length);
  while (true) {
    const seen = load64(recorder + ADMITTED);
    if (<u32>seen >= min<u32>(most, record.labelsMax >> 1) || (seen >> 32) + bytes > record.labelRoom >> 1) return false;
    if (exchangeIf64(recorder + ADMITTED, seen, seen + (bytes << 32) + 1) == seen) return true;
  }
}

/** Gives one of so many bytes back to it. */
function dismissed(recorder: usize, length: u32): void {
  add64(recorder + ADMITTED, 0 - ((<u64>labelTaken(length)) << 32) - 1);
}

function isSame(label: usize, from: usize, length: u32, hash: u32): bool {
  const record = changetype<Label>(label);
  if (record.hash != hash || record.length != length) return false;
  return memory.compare(label + offsetof<Label>(), from, length) == 0;
}

/**
 * The number of the text in the input. 0, the overflow label's, for one of more than LABEL_BYTES_MAX bytes, whose text need not
 * be there, and where the recorder has as many labels or bytes of them as it may: that is counted. The flags are those of whoever came first.
 */
export function labelIntern(recorder: usize, length: u32, flags: u32): i32 {
  if (!owned()) return NO_WRITER;
  const number = length > LABEL_BYTES_MAX ? 0 : interned(recorder, ownWriter().input, length, flags, u32.MAX_VALUE);
  if (number == 0) add32(recorder + offsetof<Recorder>("refused"), 1);
  return <i32>number;
}

/**
 * The number of a text in the input that strangers chose. 0 where it is too long or has no room, and where it would be one more than
 * `most` of theirs, or than half of all there may be: whoever asked has another label for those, and nothing is counted.
 */
export function labelAdmit(recorder: usize, length: u32, most: u32): i32 {
  if (!owned()) return NO_WRITER;
  return length > LABEL_BYTES_MAX ? 0 : <i32>interned(recorder, ownWriter().input, length, LABEL_ADMITTED, most);
}

/** A label that nobody knows yet, or 0 where there is no room, or no share of it. */
function labelWanted(recorder: usize, from: usize, length: u32, hash: u32, flags: u32, most: u32): usize {
  if (flags != LABEL_ADMITTED) return labelMade(recorder, from, length, hash, flags);
  if (!admitted(recorder, length, most)) return 0;
  const made = labelMade(recorder, from, length, hash, flags);
  if (made == 0) dismissed(recorder, length);
  return made;
}

function interned(recorder: usize, from: usize, length: u32, flags: u32, most: u32): u32 {
  const record = changetype<Recorder>(recorder);
  const hash = hashOf(from, length);
  const mask = record.labelSlots - 1;
  let made: usize = 0;
  for (let i: u32 = 0; i <= mask; i++) {
    const number = ((hash + i) & mask) + 1;
    const place = <usize>record.labels + (number << 2);
    let there: usize = load32(place);
    if (there == 0) {
      if (made == 0) made = labelWanted(recorder, from, length, hash, flags, most);
      if (made == 0) return 0;
      there = exchangeIf32(place, 0, made);
      if (there == 0) return number;
    }
    if (!isSame(there, from, length, hash)) continue;
    if (made == 0) return number;
    labelUnmade(recorder, made);
    if (flags == LABEL_ADMITTED) dismissed(recorder, length);
    return number;
  }
  return 0;
}
