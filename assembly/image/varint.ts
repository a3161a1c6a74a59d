// Numbers of an image: LEB128, seven bits a byte, the least first, the highest bit where more follow; and the widths that
// stand among them. Signed ones are zigzag: 0, -1, 1, -2 become 0, 1, 2, 3.
//
// Whoever reads says where its bytes end, and nothing is read from there on. Where a number does not end before, or does
// not fit 64 bits, the reading fails: it returns 0, and so is `takenEnd`. A failure sticks: from address 0 nothing can be
// read but the same failure. So a row of numbers may be read to its end and be judged once.

/** The most bytes of a number. */
export const VARINT_BYTES_MAX: u32 = 10;

/** Behind what was taken last; 0 where that failed. */
let next: usize = 0;

/** Where what was taken last ends, 0 where it failed. */
export function takenEnd(): usize {
  return next;
}

function failed(): u64 {
  next = 0;
  return 0;
}

/** Takes an unsigned number. */
export function varintTaken(at: usize, end: usize): u64 {
  if (at == 0 || at >= end) return failed();
  const first = <u64>load<u8>(at++);
  next = at;
  if (first < 0x80) return first;
  let value = first & 0x7f;
  for (let shift: u32 = 7; at < end; shift += 7) {
    const byte = <u64>load<u8>(at++);
    // The tenth byte has one bit.
    if (shift == 63 && byte > 1) return failed();
    value |= (byte & 0x7f) << shift;
    if (byte < 0x80) {
      next = at;
      return value;
    }
  }
  return failed();
}

/** Takes an unsigned number of 32 bits. */
export function varint32Taken(at: usize, end: usize): u32 {
  const value = varintTaken(at, end);
  return <u32>(value > 0xffffffff ? failed() : value);
}

/** Whole numbers that are values end here: doubles beyond have none of their own. See encode.ts. */
export const WHOLE_MOST: u64 = 9007199254740991;

/** How many bytes a number has that begins a word of 8; 0 where it has more. */
export function wholeBytes(word: u64): u32 {
  const ends = ~word & 0x8080808080808080;
  return ends == 0 ? 0 : (<u32>ctz<u64>(ends) + 1) >> 3;
}

/** That number: its sevens of bits moved together two by two, instead of one by one. */
export function wholeOf(word: u64, bytes: u32): u64 {
  word &= 0x7f7f7f7f7f7f7f7f >> ((8 - bytes) << 3);
  word = (word & 0x007f007f007f007f) | ((word & 0x7f007f007f007f00) >> 1);
  word = (word & 0x00003fff00003fff) | ((word & 0x3fff00003fff0000) >> 2);
  return (word & 0x000000000fffffff) | ((word & 0x0fffffff00000000) >> 4);
}

/** A signed number as an unsigned one. */
export function zigzagOf(value: i64): u64 {
  return <u64>((value << 1) ^ (value >> 63));
}

/** And back. */
export function signedOf(zigzag: u64): i64 {
  return (<i64>(zigzag >> 1)) ^ -(<i64>(zigzag & 1));
}

/** Takes a signed number. */
export function zigzagTaken(at: usize, end: usize): i64 {
  return signedOf(varintTaken(at, end));
}

/** Passes over so many numbers; where they end, 0 where they are not there. */
export function varintsPassed(at: usize, end: usize, count: u64): usize {
  if (at == 0) return 0;
  // Each takes a byte at the least: what cannot be there is not looked for.
  if (count > <u64>(end - at)) return 0;
  for (; count != 0; count--) {
    if (at < end && load<u8>(at) < 0x80) {
      at++;
      continue;
    }
    varintTaken(at, end);
    at = next;
    if (at == 0) return 0;
  }
  return at;
}

/** Takes 8 bytes as they are. */
export function wideTaken(at: usize, end: usize): u64 {
  if (at == 0 || at > end || end - at < 8) return failed();
  next = at + 8;
  return load<u64>(at);
}

/** Takes 4 bytes as they are. */
export function wordTaken(at: usize, end: usize): u32 {
  if (at == 0 || at > end || end - at < 4) return <u32>failed();
  next = at + 4;
  return load<u32>(at);
}

/** Puts an unsigned number; where it ends. */
export function varintPut(to: usize, value: u64): usize {
  while (value >= 0x80) {
    store<u8>(to++, <u8>(value | 0x80));
    value >>= 7;
  }
  store<u8>(to, <u8>value);
  return to + 1;
}

export function zigzagPut(to: usize, value: i64): usize {
  return varintPut(to, zigzagOf(value));
}

export function widePut(to: usize, value: u64): usize {
  store<u64>(to, value);
  return to + 8;
}

export function wordPut(to: usize, value: u32): usize {
  store<u32>(to, value);
  return to + 4;
}
