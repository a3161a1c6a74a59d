// The checksum of a frame: of whole words of 8 bytes, against accidents. A disk, a pipe or a half-written file do not know
// it; whoever wants a frame to be taken for sound can make it so, and what reads frames must stand anything all the same.
//
// Each word is mixed in by a step that no two words pass alike, and that loses nothing of what came before: so a single
// word that is another one always shows, and anything else with a chance of one in 2^64.

/** Odd factors of SplitMix64: https://prng.di.unimi.it/splitmix64.c */
const FIRST: u64 = 0xbf58476d1ce4e5b9;
const SECOND: u64 = 0x94d049bb133111eb;

/** The checksum of so many bytes, a multiple of 8. */
export function checksumOf(at: usize, bytes: u32): u64 {
  const end = at + bytes;
  // The length, so that zeros at the end count.
  let sum: u64 = (<u64>bytes + 1) * FIRST;
  for (; at < end; at += 8) sum = rotl<u64>((sum ^ load<u64>(at)) * FIRST, 29);
  sum = (sum ^ (sum >> 30)) * FIRST;
  sum = (sum ^ (sum >> 27)) * SECOND;
  return sum ^ (sum >> 31);
}
