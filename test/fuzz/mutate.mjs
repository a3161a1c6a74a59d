// What accidents and strangers make of bytes: flipped, cut off, spliced, said to be of another length.

/** Where programs that reckon with lengths go wrong: around the powers of two of every width, and what is less than nothing. */
const EXTREMES = [0, 1, 2, 7, 8, 9, 15, 16, 127, 128, 255, 256, 4095, 4096, 32767, 65535, 65536];
const EXTREME_WORDS = [0x7ffffff8, 0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffff8, 0xffffffff, 0x400000, 0x400008, 0x10000000];
const EXTREME_WIDES = [0n, 1n, 2n ** 32n - 1n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, 0x7ff8000000000000n, 0x7ff0000000000000n]; // prettier-ignore

function viewOf(bytes) {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Bytes without some in the middle. */
export function without(bytes, from, count) {
  const left = new Uint8Array(bytes.length - count);
  left.set(bytes.subarray(0, from));
  left.set(bytes.subarray(from + count), from);
  return left;
}

/** Bytes with others in the middle. */
export function inserted(bytes, at, others) {
  const all = new Uint8Array(bytes.length + others.length);
  all.set(bytes.subarray(0, at));
  all.set(others, at);
  all.set(bytes.subarray(at), at + others.length);
  return all;
}

/** A number in seven bits a byte that is larger than what it stands for. */
function longNumber(random) {
  const length = 1 + random.below(11);
  return Uint8Array.from({ length }, (_, i) => (i === length - 1 ? random.below(128) : 0x80 | random.of([0, 0x7f, random.below(128)])));
}

/** Each takes bytes that it may change, where in them, and other bytes to take from; it returns them or others. */
const MUTATIONS = [
  (bytes, at, random) => ((bytes[at] ^= 1 << random.below(8)), bytes),
  (bytes, at, random) => ((bytes[at] = random.below(256)), bytes),
  (bytes, at, random) => ((bytes[at] = random.of([0, 1, 0x7f, 0x80, 0xff])), bytes),
  (bytes, at, random) => ((bytes[at] = (bytes[at] + random.of([-1, 1, 2, 16])) & 255), bytes),
  (bytes, at, random) => {
    if (at + 4 <= bytes.length) viewOf(bytes).setUint32(at, random.of(random.once(2) ? EXTREMES : EXTREME_WORDS), true);
    return bytes;
  },
  (bytes, at, random) => {
    if (at + 8 <= bytes.length) viewOf(bytes).setBigUint64(at, random.of(EXTREME_WIDES), true);
    return bytes;
  },
  (bytes, at, random) => without(bytes, at, Math.min(bytes.length - at, 1 + random.below(16))),
  (bytes, at, random) => inserted(bytes, at, longNumber(random)),
  (bytes, at, random) =>
    inserted(
      bytes,
      at,
      Uint8Array.from({ length: 1 + random.below(8) }, () => random.below(256)),
    ),
  (bytes, at, random) => inserted(bytes, at, bytes.slice(at, at + 1 + random.below(64))),
  (bytes, at, random, others) => {
    const from = random.below(others.length);
    return inserted(bytes, at, others.subarray(from, from + 1 + random.below(128)));
  },
  (bytes, at, random, others) => {
    const from = random.below(others.length);
    bytes.set(others.subarray(from, from + Math.min(bytes.length - at, 1 + random.below(128))), at);
    return bytes;
  },
  (bytes, at) => bytes.slice(0, at),
];

/** A copy of bytes that went wrong once or more from `least` on; `others` are like them. */
export function mutated(bytes, random, others = bytes, least = 0) {
  let all = bytes.slice();
  for (let left = 1 + random.below(random.once(4) ? 12 : 3); left > 0; left--) {
    if (all.length <= least) return all;
    all = random.of(MUTATIONS)(all, least + random.below(all.length - least), random, others.length > 0 ? others : all);
  }
  return all;
}
