// Reads what the processes of Python's client left in a directory: `counter_41.db`, `gauge_livesum_41.db` and so on.
//
// The binding opens the files and reads them straight into a room of the table; what the room has is worked off before
// more is asked for, so a file's size costs no memory. A file is read as far as it is whole: what it holds, `used`
// says before anything else is believed, and what stands behind the last whole record waits for the rest. A process
// writes while it is read: it stores a record before it raises `used`, and a value is one aligned store of 8 bytes.
//
// In a reading the values of all files become one for each key, by the rule of the file: sums, least, greatest, the one
// with the latest timestamp, the last one read. Sums are plain additions in the order of the files, as Python's are, for
// that is what a page is compared with. A reading begins without values but with all keys: `seen` tells a value of this
// reading from one of an earlier.
//
// The keys themselves are JSON, which the bindings read once for each.

import { give, take } from "../memory/arena";
import { KIND_PLAIN } from "../layout";
import { EXHAUSTED, FOREIGN, OK } from "../status";
import { isKey, Key, keyAt, keyFind, Keys, keysFree, keysMake, NO_KEY } from "./keys";
import { doublesOf, FILE_HEAD, isHead, keyBytes, UNDECIDED } from "./stride";

export const RULE_SUM: u32 = 0;
export const RULE_LEAST: u32 = 1;
export const RULE_GREATEST: u32 = 2;
export const RULE_LATEST: u32 = 3;
export const RULE_LAST: u32 = 4;

/** Python's client begins a file with 64 KiB, so that most come in one piece. */
const FIRST_BYTES: u32 = 65536;
/** Some more than the last file of that kind had, for files grow: 2,857 files take 20 ms to read instead of 30. */
const MORE_BYTES: u32 = 1024;
/** Kinds of files that are told apart; Python's client has 13. */
export const KINDS_MAX: u32 = 16;
/** Two of the largest records, and more than the first piece. */
const ROOM_BYTES: u32 = 131072;
/** What a file of the present format has. */
const DOUBLES: u32 = 2;

/*
 * Python (Keys): one directory's, private to the thread that reads
 *  48 room    u32  ROOM_BYTES, for bytes of a file
 *  52 reading u32  which one; 0 before the first
 *  56 samples u32  of this reading
 *  60 refused u32  samples of this reading past a limit of keys
 *  64 origin  u64  of the file: kind, then process
 *  72 rule    u32  of the file
 *  76 doubles u32  of the file: 1, 2, UNDECIDED
 *  80 hint    u32  of the files before
 *  84 used    u32  of the file, 0 not known yet
 *  88 base    u32  where in the file the room begins
 *  92 filled  u32  bytes in the room
 *  96 last    u32  the key of the sample before, NO_KEY
 * 100 kind    u32  of the file
 * 104 bytes   u32 × KINDS_MAX, `used` of the last file of each kind; 0 none yet
 */
@unmanaged
export class Python extends Keys {
  room: u32;
  reading: u32;
  samples: u32;
  refused: u32;
  origin: u64;
  rule: u32;
  doubles: u32;
  hint: u32;
  used: u32;
  base: u32;
  filled: u32;
  last: u32;
  kind: u32;
}
if (offsetof<Python>() != 104) ERROR("Python must be 104 bytes");
const PYTHON_BYTES: u32 = 104 + KINDS_MAX * 4;

/** A table for one directory, or EXHAUSTED. It is this thread's own, and lost with it. */
export function pythonCreate(): i32 {
  const made = take(PYTHON_BYTES, KIND_PLAIN, false);
  if (made == 0) return EXHAUSTED;
  memory.fill(made, 0, PYTHON_BYTES);
  const table = changetype<Python>(made);
  table.hint = DOUBLES;
  table.room = <u32>take(ROOM_BYTES, KIND_PLAIN, false);
  if (table.room != 0 && keysMake(table)) return <i32>made;
  pythonEnd(made);
  return EXHAUSTED;
}

/** Gives a table back. */
export function pythonEnd(address: usize): void {
  const table = changetype<Python>(address);
  keysFree(table);
  if (table.room != 0) give(table.room, ROOM_BYTES, KIND_PLAIN);
  give(address, PYTHON_BYTES, KIND_PLAIN);
}

/** A reading of the whole directory begins. */
export function pythonBegin(address: usize): void {
  const table = changetype<Python>(address);
  table.reading++;
  table.samples = 0;
  table.refused = 0;
}

/** Where the size of the last file of a kind is. */
function bytesAt(table: Python, kind: u32): usize {
  return changetype<usize>(table) + offsetof<Python>() + ((kind & (KINDS_MAX - 1)) << 2);
}

/** A file begins: its rule, a number for its kind, and one for its process where each has its own series. Bytes that are wanted. */
export function pythonFile(address: usize, rule: u32, kind: u32, process: u32): u32 {
  const table = changetype<Python>(address);
  table.origin = ((<u64>kind) << 32) | process;
  table.rule = rule;
  table.doubles = UNDECIDED;
  table.used = 0;
  table.base = 0;
  table.filled = 0;
  table.last = NO_KEY;
  table.kind = kind;
  const before = load<u32>(bytesAt(table, kind));
  return before == 0 ? FIRST_BYTES : min(before + MORE_BYTES, ROOM_BYTES);
}

/** Where the file's next bytes go. */
export function pythonInput(address: usize): usize {
  const table = changetype<Python>(address);
  return <usize>table.room + table.filled;
}

/** Sets a key's value by the file's rule. */
function merge(table: Python, key: Key, index: u32, value: f64, stamp: f64): void {
  const at = <usize>table.values + ((<usize>index) << 3);
  const fresh = key.seen != table.reading;
  const rule = table.rule;
  if (rule == RULE_SUM) {
    store<f64>(at, (fresh ? 0 : load<f64>(at)) + value);
  } else if (rule == RULE_LATEST) {
    const stamps = <usize>table.stamps + ((<usize>index) << 3);
    // One that was never set has no timestamp, and is no value.
    if (!((fresh ? 0 : load<f64>(stamps)) < stamp)) return;
    store<f64>(stamps, stamp);
    store<f64>(at, value);
  } else if (fresh || rule == RULE_LAST || (rule == RULE_LEAST ? value < load<f64>(at) : value > load<f64>(at))) {
    store<f64>(at, value);
  }
  key.seen = table.reading;
}

/** Works off the records from an address on; where it stopped: at one that is not whole, or is none. */
function records(table: Python, from: usize, end: usize): usize {
  const width = table.doubles << 3;
  const origin = table.origin;
  let last = table.last;
  let at = from;
  while (isHead(at, end)) {
    const bytes = keyBytes(load<u32>(at));
    const behind = at + bytes + width;
    if (behind > end) break;
    let index = last == NO_KEY ? NO_KEY : keyAt(table, last).after;
    if (index == NO_KEY || !isKey(keyAt(table, index), origin, at, bytes)) {
      index = keyFind(table, origin, at, bytes);
      if (last != NO_KEY && index != NO_KEY) keyAt(table, last).after = index;
    }
    if (index == NO_KEY) table.refused++;
    else {
      last = index;
      merge(table, keyAt(table, index), index, load<f64>(at + bytes), width == 16 ? load<f64>(behind - 8) : 0);
      table.samples++;
    }
    at = behind;
  }
  table.last = last;
  return at;
}

/** Moves what is not worked off to the front of the room; how many bytes go behind it, 0 where there is no room. */
function moved(table: Python, at: usize): u32 {
  const done = <u32>(at - table.room);
  table.filled -= done;
  if (done != 0) memory.copy(table.room, at, table.filled);
  table.base += done;
  return min(ROOM_BYTES - table.filled, table.used - table.base - table.filled);
}

/**
 * So many bytes more of the file are where `pythonInput` said, 0 at its end. How many are wanted next; OK when it is read
 * to its end, FOREIGN where it is not whole: what was whole is read.
 */
export function pythonRead(address: usize, length: u32): i32 {
  const table = changetype<Python>(address);
  const room: usize = table.room;
  table.filled += min(length, ROOM_BYTES - table.filled);
  let at = room;
  if (table.base == 0 && table.doubles == UNDECIDED) {
    if (table.filled < FILE_HEAD) return length == 0 ? FOREIGN : FIRST_BYTES - table.filled;
    const used = load<u32>(room);
    // It was made this moment.
    if (used == 0 || used == FILE_HEAD) return OK;
    if (used < FILE_HEAD || <i32>used < 0) return FOREIGN;
    table.used = used;
    store<u32>(bytesAt(table, table.kind), min(used, ROOM_BYTES));
    table.doubles = doublesOf(room, table.filled, used, table.hint);
    if (table.doubles == UNDECIDED) {
      if (length != 0 && table.filled < ROOM_BYTES) return min(ROOM_BYTES - table.filled, used - table.filled);
      table.doubles = table.hint;
    }
    table.hint = table.doubles;
    at += FILE_HEAD;
  }
  const known = min(table.filled, table.used - table.base);
  const end = room + known;
  at = records(table, at, end);
  if (table.base + known == table.used) return at == end ? OK : FOREIGN;
  // What is no record here will be none when there is more.
  if (length == 0 || (at + 8 <= end && !isHead(at, end))) return FOREIGN;
  const wanted = moved(table, at);
  return wanted == 0 ? FOREIGN : <i32>wanted;
}

/** Samples of this reading. */
export function pythonSamples(address: usize): u32 {
  return changetype<Python>(address).samples;
}

/** Samples of this reading whose keys were too many. */
export function pythonRefused(address: usize): u32 {
  return changetype<Python>(address).refused;
}

/** How many keys there are; they are numbered in the order in which they were met. */
export function pythonKeyCount(address: usize): u32 {
  return changetype<Python>(address).count;
}

/** Where the JSON of a key is. */
export function pythonKey(address: usize, index: u32): usize {
  return <usize>keyAt(changetype<Python>(address), index).text + 4;
}

export function pythonKeyLength(address: usize, index: u32): u32 {
  return load<u32>(keyAt(changetype<Python>(address), index).text);
}

/** The number of the kind of file that a key is of. */
export function pythonKeyKind(address: usize, index: u32): u32 {
  return <u32>(keyAt(changetype<Python>(address), index).origin >> 32);
}

export function pythonKeyProcess(address: usize, index: u32): u32 {
  return <u32>keyAt(changetype<Python>(address), index).origin;
}

/** True where this reading has a value for a key. */
export function pythonKeySeen(address: usize, index: u32): bool {
  const table = changetype<Python>(address);
  return keyAt(table, index).seen == table.reading;
}

/** Values by key, f64 each, until the next file. */
export function pythonValues(address: usize): usize {
  return changetype<Python>(address).values;
}

/** Timestamps by key, f64 each, of values that are the latest. */
export function pythonStamps(address: usize): usize {
  return changetype<Python>(address).stamps;
}
