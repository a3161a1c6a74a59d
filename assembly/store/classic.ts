// Names as scrapers of the classic data model get them (rule E1): what is not legal is `_`, a rune at a time. Names that
// are one there must not both be printed (rule E4). The other schemes tell all names apart that this one does.

const BACKSLASH: u32 = 92;
const COLON: u32 = 58;
const QUOTE: u32 = 34;
const UNDERSCORE: u32 = 95;

function classicByte(byte: u32, first: bool, colons: bool): u32 {
  if ((byte | 32) - 97 < 26 || (byte == COLON && colons) || (byte - 48 < 10 && !first)) return byte;
  return UNDERSCORE;
}

/** How many bytes a rune takes. */
function runeBytes(byte: u32): u32 {
  return byte < 0xc0 ? 1 : clz<u32>(~(byte << 24));
}

/** True where a metric's name with a suffix, the bytes of a word, is another metric's name. */
export function classicNamesMeet(one: usize, oneLength: u32, suffix: u64, other: usize, otherLength: u32): bool {
  let i: u32 = 0;
  let j: u32 = 0;
  for (; i < oneLength || suffix != 0; j += runeBytes(load<u8>(other + j))) {
    if (j >= otherLength) return false;
    let byte = (<u32>suffix) & 0xff;
    if (i < oneLength) {
      byte = classicByte(load<u8>(one + i), i == 0, true);
      i += runeBytes(load<u8>(one + i));
    } else {
      suffix >>= 8;
    }
    if (classicByte(load<u8>(other + j), j == 0, true) != byte) return false;
  }
  return j == otherLength;
}

/** True where a legal label name is what another one becomes, which is in quotes and escaped where it is not legal. */
export function classicLabelIs(legal: usize, length: u32, name: usize, nameLength: u32): bool {
  const quoted = nameLength > 1 && load<u8>(name) == QUOTE;
  const from: u32 = u32(quoted);
  const end = nameLength - from;
  let i: u32 = 0;
  for (let at = from; at < end; i++) {
    const byte = <u32>load<u8>(name + at);
    if (i >= length || load<u8>(legal + i) != classicByte(byte, i == 0, false)) return false;
    // What is escaped is not legal.
    at += quoted && byte == BACKSLASH ? 2 : runeBytes(byte);
  }
  return i == length;
}
