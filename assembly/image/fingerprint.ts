// The hash of a key of Python's files. A reading of a large directory asks for 200,000 of them, and SipHash over 130 bytes
// each would take a quarter of it; but label values come from attackers, who must not choose keys that share a slot.
//
// It is NH, the fast half of UMAC (Black, Halevi, Krawczyk, Krovetz and Rogaway, 1999): to each word of 32 bits one of the
// secret's is added, and the products of pairs are summed. Whatever two keys of one length are, so few secrets give both one
// sum as there are chances in 2^32. The secret is made once a table, by SipHash under the memory's key, and is as long as the
// keys that are usual; longer ones are left to SipHash. It is shown to nobody, and neither is what is made of it.

import { hashOf } from "../store/hash";

export const SECRET_BYTES: u32 = 512;
/** 2^64 by the golden ratio: the upper half of a product by it depends on all of the sum. */
const SPREAD: u64 = 0x9e3779b97f4a7c15;

/** Makes SECRET_BYTES of secret. */
export function secretMake(at: usize): void {
  for (let i: u32 = 0; i < SECRET_BYTES; i += 8) {
    store<u64>(at + i, i);
    const upper = <u64>hashOf(at + i, 8);
    store<u64>(at + i, i + 1);
    store<u64>(at + i, (upper << 32) | hashOf(at + i, 8));
  }
}

/** The hash of so many bytes, a multiple of 8. */
export function fingerprint(secret: usize, from: usize, bytes: u32): u32 {
  if (bytes > SECRET_BYTES) return hashOf(from, bytes);
  let sums = i64x2.splat(0);
  let at: u32 = 0;
  for (; at + 32 <= bytes; at += 32) {
    const one = i32x4.add(v128.load(from + at), v128.load(secret + at));
    const other = i32x4.add(v128.load(from + at, 16), v128.load(secret + at, 16));
    sums = i64x2.add(sums, i64x2.add(i64x2.extmul_low_i32x4_u(one, other), i64x2.extmul_high_i32x4_u(one, other)));
  }
  let sum: u64 = i64x2.extract_lane(sums, 0) + i64x2.extract_lane(sums, 1);
  for (; at < bytes; at += 8) {
    const word = load<u64>(from + at);
    const own = load<u64>(secret + at);
    sum += <u64>(<u32>word + <u32>own) * <u64>(<u32>(word >> 32) + <u32>(own >> 32));
  }
  return <u32>(((sum ^ (sum >> 32)) * SPREAD) >> 32);
}
