// Frames that a test changed, with the checksum of what they hold by then: assembly/image/checksum.ts.

const U64 = (1n << 64n) - 1n;
const turned = (word, bits) => ((word << bits) | (word >> (64n - bits))) & U64;

/** Seals a frame of its own buffer anew, length and all. */
export function sealed(frame) {
  const view = new DataView(frame.buffer);
  view.setUint32(8, frame.length, true);
  let sum = ((BigInt(frame.length - 24) + 1n) * 0xbf58476d1ce4e5b9n) & U64;
  for (let from = 24; from < frame.length; from += 8)
    sum = turned(((sum ^ view.getBigUint64(from, true)) * 0xbf58476d1ce4e5b9n) & U64, 29n);
  sum = ((sum ^ (sum >> 30n)) * 0xbf58476d1ce4e5b9n) & U64;
  sum = ((sum ^ (sum >> 27n)) * 0x94d049bb133111ebn) & U64;
  view.setBigUint64(16, sum ^ (sum >> 31n), true);
  return frame;
}
