// The records of a `.db` file of Python's client, by their structure. Its versions wrote three formats and none of them
// says which it is:
//
//   0 used   i32  bytes of the file that count; the rest is zeros
//   4 zeros
//   8 records, each
//       length u32, the key, spaces up to a multiple of 8 and one at the least, f64 value
//       and, since it has gauges of the most recent value, f64 timestamp
//   The key is JSON: ["family","sample",{labels}] or, later, with the help behind.
//
// What tells 8 bytes behind a key from 16 is where the next key begins: at a length that may be one and `["`. A timestamp
// looks like that once in a while, for a quarter of an hour every two years; then the whole way through the file decides,
// which must end at `used`.

/** Longer keys are no keys: label values of an application are cut long before. */
export const KEY_BYTES_MAX: u32 = 32768;
/** What `used` counts, too. */
export const FILE_HEAD: u32 = 8;
/** What every key begins with: `["`. */
const OPENING: u16 = 0x225b;
/** The least of a record: a length, `["a"`, its spaces and a value. */
const RECORD_LEAST: u32 = 24;
/** It cannot be said yet: there is too little of the file. */
export const UNDECIDED: u32 = 0;

/** From the length of a key to its value. */
export function keyBytes(length: u32): u32 {
  return ((length + 4) & ~7) + 8;
}

/** True where a record may begin: there is a length and the beginning of a key. */
export function isHead(at: usize, end: usize): bool {
  return at + 8 <= end && load<u32>(at) - 4 <= KEY_BYTES_MAX - 4 && load<u16>(at, 4) == OPENING;
}

/** How far one gets with so many bytes behind each key; not past `end` where the file ends there. */
function reach(from: usize, end: usize, width: u32, whole: bool): usize {
  let at = from;
  while (isHead(at, end)) {
    const next = at + keyBytes(load<u32>(at)) + width;
    if (whole && next > end) return at;
    at = next;
  }
  return at;
}

/**
 * How many doubles the records of a file have, 1 or 2, from its first `filled` bytes of `used`; `hint` where both or none
 * would do. UNDECIDED where more bytes would tell.
 */
export function doublesOf(from: usize, filled: u32, used: u32, hint: u32): u32 {
  const first = from + FILE_HEAD;
  const end = from + min(filled, used);
  if (!isHead(first, end)) return filled < used && filled < FILE_HEAD + 8 ? UNDECIDED : hint;
  const value = first + keyBytes(load<u32>(first));
  const behind = <u32>(value - from);
  // The only record.
  if (used == behind + 8) return 1;
  if (used == behind + 16) return 2;
  if (filled < used && behind + RECORD_LEAST > filled) return UNDECIDED;
  const one = isHead(value + 8, end);
  const two = isHead(value + 16, end);
  if (one != two) return one ? 1 : 2;
  if (!one) return hint;
  const whole = filled >= used;
  const reached1 = reach(first, end, 8, whole);
  const reached2 = reach(first, end, 16, whole);
  return reached1 == reached2 ? hint : reached1 > reached2 ? 1 : 2;
}
