// Bytes into the output: copied in vectors, or with the escapes a dialect asks for.

const BACKSLASH: u32 = 92;
const QUOTE: u32 = 34;
const NEWLINE: u32 = 10;

/** Copies text and returns the address behind it. May write 15 bytes further and read 15 bytes past the source. */
export function textPut(at: usize, from: usize, length: u32): usize {
  const end = at + length;
  while (at < end) {
    v128.store(at, v128.load(from));
    at += 16;
    from += 16;
  }
  return end;
}

/** HELP text: backslash and newline escaped, the quote only where the dialect says so (rules P2, O6). */
export function helpPut(at: usize, from: usize, length: u32, quotes: bool): usize {
  for (let i: u32 = 0; i < length; i++) {
    const byte = load<u8>(from + i);
    if (byte == BACKSLASH || byte == NEWLINE || (quotes && byte == QUOTE)) {
      store<u8>(at++, BACKSLASH);
      store<u8>(at++, byte == NEWLINE ? 110 : byte);
    } else {
      store<u8>(at++, byte);
    }
  }
  return at;
}
