// Frames of images as whoever wants them to be taken for sound makes them: with another front, and its checksum.
// assembly/image/format.ts and checksum.ts say the same.

export const HEAD_BYTES = 80;
const LENGTH_AT = 8;
const SUM_AT = 16;
const SUMMED = 24;
const FIRST = [0xbf58476d, 0x1ce4e5b9];
const SECOND = [0x94d049bb, 0x133111eb];

/** The high and the low 32 bits of what was reckoned last: pairs would be garbage, a million times over. */
let high = 0;
let low = 0;

/** Multiplies by an odd factor, without the bits above 64. */
function times([factorHigh, factorLow]) {
  const [a, b] = [low >>> 16, low & 0xffff];
  const [c, d] = [factorLow >>> 16, factorLow & 0xffff];
  const lowest = b * d;
  const middle = a * d + Math.floor(lowest / 65536);
  const other = b * c + (middle & 0xffff);
  const carried = a * c + Math.floor(middle / 65536) + Math.floor(other / 65536);
  high = (Math.imul(high, factorLow) + Math.imul(low, factorHigh) + carried) | 0;
  low = ((other & 0xffff) << 16) | (lowest & 0xffff);
}

function shifted(bits) {
  low ^= (low >>> bits) | (high << (32 - bits));
  high ^= high >>> bits;
}

/** Gives a frame its own length and checksum. Its bytes are a multiple of 8. */
export function sealed(frame) {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  view.setUint32(LENGTH_AT, frame.length, true);
  high = 0;
  low = frame.length - SUMMED + 1;
  times(FIRST);
  for (let at = SUMMED; at < frame.length; at += 8) {
    low ^= view.getUint32(at, true);
    high ^= view.getUint32(at + 4, true);
    times(FIRST);
    [high, low] = [(high << 29) | (low >>> 3), (low << 29) | (high >>> 3)];
  }
  shifted(30);
  times(FIRST);
  shifted(27);
  times(SECOND);
  shifted(31);
  view.setUint32(SUM_AT, low, true);
  view.setUint32(SUM_AT + 4, high, true);
  return frame;
}

/** Bytes as a frame that is whole: filled up, and sealed. */
export function framed(bytes) {
  const frame = new Uint8Array(Math.max(HEAD_BYTES, (bytes.length + 7) & ~7));
  frame.set(bytes);
  return sealed(frame);
}

/** The frames of a row. */
export function framesOf(row) {
  const frames = [];
  const view = new DataView(row.buffer, row.byteOffset, row.length);
  for (let at = 0; at < row.length;) {
    const length = view.getUint32(at + LENGTH_AT, true);
    // Of a Buffer a slice would be the same bytes.
    frames.push(Uint8Array.from(row.subarray(at, at + length)));
    at += length;
  }
  return frames;
}
