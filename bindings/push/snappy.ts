// The snappy block format (https://github.com/google/snappy/blob/main/format_description.txt): the length as a varint, then literals and
// copies of what is behind. Remote write has it, and no runtime has.
//
// Compressing goes over the input in blocks of 64 KiB, so that every offset takes two bytes, with a table of where four bytes of a hash were
// last. Where nothing matches for long, it looks at ever fewer places: what cannot be compressed costs little more than a copy.

type Bytes = Uint8Array<ArrayBuffer>;

const BLOCK_BYTES = 65_536;
const TABLE_BITS = 14;
/** Behind the last place that is looked at four bytes can be read. */
const MARGIN = 15;
const LITERAL = 0;
const COPY_1 = 1;
const COPY_2 = 2;
const COPY_4 = 3;
/** A copy of up to 64 bytes, and of 4 to 11 at an offset below 2048 in a shorter form. */
const COPY_MOST = 64;
const SHORT_MOST = 11;
const SHORT_OFFSET = 2048;
/** Knuth's multiplier, as snappy has it. */
const MULTIPLIER = 0x1e35a7bd;
/** Every so many places without a match the step grows by one. */
const SKIP_BITS = 5;

/** The most bytes that so many become. */
function boundOf(length: number): number {
  return 32 + length + Math.ceil(length / 6);
}

class Packer {
  readonly #from: Uint8Array;
  readonly #to: Bytes;
  readonly #table = new Uint16Array(1 << TABLE_BITS);
  #at = 0;

  constructor(from: Uint8Array) {
    this.#from = from;
    this.#to = new Uint8Array(boundOf(from.length));
    let rest = from.length;
    for (; rest > 127; rest >>>= 7) this.#to[this.#at++] = (rest & 127) | 128;
    this.#to[this.#at++] = rest;
  }

  packed(): Bytes {
    for (let block = 0; block < this.#from.length; block += BLOCK_BYTES)
      this.#block(block, Math.min(block + BLOCK_BYTES, this.#from.length));
    return this.#to.slice(0, this.#at);
  }

  #word(at: number): number {
    const from = this.#from;
    return from[at]! | (from[at + 1]! << 8) | (from[at + 2]! << 16) | (from[at + 3]! << 24);
  }

  #literal(from: number, to: number): void {
    if (to === from) return;
    const n = to - from - 1;
    const out = this.#to;
    if (n < 60) out[this.#at++] = (n << 2) | LITERAL;
    else if (n < 256) {
      out[this.#at++] = (60 << 2) | LITERAL;
      out[this.#at++] = n;
    } else {
      out[this.#at++] = (61 << 2) | LITERAL;
      out[this.#at++] = n & 255;
      out[this.#at++] = n >> 8;
    }
    out.set(this.#from.subarray(from, to), this.#at);
    this.#at += to - from;
  }

  #copy(offset: number, length: number): void {
    const out = this.#to;
    let rest = length;
    while (rest > 0) {
      // What is left behind 64 of them must be a copy, too, and one takes four bytes at the least.
      const now = rest <= COPY_MOST ? rest : Math.min(COPY_MOST, rest - 4);
      if (now >= 4 && now <= SHORT_MOST && offset < SHORT_OFFSET) {
        out[this.#at++] = ((offset >> 8) << 5) | ((now - 4) << 2) | COPY_1;
        out[this.#at++] = offset & 255;
      } else {
        out[this.#at++] = ((now - 1) << 2) | COPY_2;
        out[this.#at++] = offset & 255;
        out[this.#at++] = offset >> 8;
      }
      rest -= now;
    }
  }

  #block(begin: number, end: number): void {
    const from = this.#from;
    const table = this.#table.fill(0);
    const limit = end - MARGIN;
    let literal = begin;
    let at = begin + 1;
    let missed = 0;
    while (at < limit) {
      const word = this.#word(at);
      const slot = Math.imul(word, MULTIPLIER) >>> (32 - TABLE_BITS);
      const there = begin + table[slot]!;
      table[slot] = at - begin;
      if (there >= at || this.#word(there) !== word) {
        at += 1 + (missed++ >> SKIP_BITS);
        continue;
      }
      this.#literal(literal, at);
      let length = 4;
      while (at + length < end && from[there + length] === from[at + length]) length++;
      this.#copy(at - there, length);
      at += length;
      literal = at;
      missed = 0;
    }
    this.#literal(literal, end);
  }
}

export function snappy(bytes: Uint8Array): Bytes {
  return new Packer(bytes).packed();
}

/** The bytes of a block; undefined where it is none, or holds more than `maxBytes`. */
export function unsnappy(block: Uint8Array, maxBytes: number): Bytes | undefined {
  let at = 0;
  let size = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = block[at++];
    if (byte === undefined || scale > 2 ** 28) return undefined;
    size += (byte & 127) * scale;
    if (byte < 128) break;
  }
  if (size > maxBytes) return undefined;
  const out = new Uint8Array(size);
  let end = 0;
  while (at < block.length) {
    const tag = block[at++]!;
    if ((tag & 3) === LITERAL) {
      let length = tag >> 2;
      if (length >= 60) {
        const more = length - 59;
        length = 0;
        for (let i = 0; i < more; i++) length += (block[at + i] ?? 0) * 2 ** (8 * i);
        at += more;
      }
      length++;
      if (at + length > block.length || end + length > size) return undefined;
      out.set(block.subarray(at, at + length), end);
      at += length;
      end += length;
      continue;
    }
    const isShort = (tag & 3) === COPY_1;
    const length = isShort ? ((tag >> 2) & 7) + 4 : (tag >> 2) + 1;
    const more = isShort ? 1 : (tag & 3) === COPY_4 ? 4 : 2;
    let offset = isShort ? (tag >> 5) * 256 : 0;
    if (at + more > block.length) return undefined;
    for (let i = 0; i < more; i++) offset += block[at + i]! * 2 ** (8 * i);
    at += more;
    if (offset === 0 || offset > end || end + length > size) return undefined;
    // What is copied may lie in what is written by it.
    for (let i = 0; i < length; i++, end++) out[end] = out[end - offset]!;
  }
  return end === size ? out : undefined;
}
