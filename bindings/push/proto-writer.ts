// Protobuf's wire format on its way out. A message in a message leaves one byte for its length and is moved where that takes more, so nothing
// is measured before it is written, and the bytes are used again for the next request.

/** What a tag says of the value behind it. */
export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;

const BEGIN_BYTES = 65_536;
/** Of 64 bits, 7 a byte. */
const VARINT_BYTES_MOST = 10;
const LOW = 0x1_0000_0000;
const encoder = new TextEncoder();

/** The marker of a series that ends: a NaN that no number of JavaScript carries through (rule R5). */
const STALE = 0x7ff0000000000002n;
/** What Go writes for any other NaN. */
const NAN = 0x7ff8000000000001n;

export class ProtoWriter {
  #bytes = new Uint8Array(BEGIN_BYTES);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  get length(): number {
    return this.#at;
  }

  /** What was written, until more is. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#at);
  }

  /** Back to a length that it had. */
  truncate(length: number): void {
    this.#at = length;
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** A whole number from 0 to 2^53. */
  varint(value: number): void {
    this.#room(VARINT_BYTES_MOST);
    let rest = value;
    // Bits of 32 are all that operators know.
    for (; rest >= LOW; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) | 128;
    for (rest >>>= 0; rest > 127; rest >>>= 7) this.#bytes[this.#at++] = (rest & 127) | 128;
    this.#bytes[this.#at++] = rest;
  }

  tag(field: number, type: number): void {
    this.varint(field * 8 + type);
  }

  uint(field: number, value: number): void {
    this.tag(field, VARINT);
    this.varint(value);
  }

  /** An int64, as int64 has it: what is below 0 takes all 64 bits. */
  int(field: number, value: number): void {
    this.tag(field, VARINT);
    if (value >= 0) {
      this.varint(value);
      return;
    }
    this.#room(VARINT_BYTES_MOST);
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 127n; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 127n) | 128;
    this.#bytes[this.#at++] = Number(rest);
  }

  /** A sint32 or sint64 near 0. */
  sint(field: number, value: number): void {
    this.uint(field, value < 0 ? -2 * value - 1 : 2 * value);
  }

  double(field: number, value: number): void {
    this.tag(field, FIXED64);
    this.rawDouble(value);
  }

  rawDouble(value: number): void {
    this.#room(8);
    if (Number.isNaN(value)) this.#view.setBigUint64(this.#at, NAN, true);
    else this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  stale(field: number): void {
    this.fixed64(field, STALE);
  }

  fixed64(field: number, value: bigint): void {
    this.tag(field, FIXED64);
    this.rawFixed64(value);
  }

  rawFixed64(value: bigint): void {
    this.#room(8);
    this.#view.setBigUint64(this.#at, value, true);
    this.#at += 8;
  }

  string(field: number, text: string): void {
    const begin = this.begin(field);
    // A unit of UTF-16 takes three bytes at the most.
    this.#room(3 * text.length);
    this.#at += encoder.encodeInto(text, this.#bytes.subarray(this.#at)).written;
    this.end(begin);
  }

  /** Bytes as they are, tags and all. */
  raw(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Bytes behind their length. */
  delimited(field: number, bytes: Uint8Array): void {
    this.tag(field, BYTES);
    this.varint(bytes.length);
    this.raw(bytes);
  }

  /** Begins a message, or what else lies behind its length: what it gives is given to `end`. */
  begin(field: number): number {
    this.tag(field, BYTES);
    this.#room(1);
    return ++this.#at;
  }

  end(begin: number): void {
    const length = this.#at - begin;
    if (length < 128) {
      this.#bytes[begin - 1] = length;
      return;
    }
    this.#room(4);
    let more = 1;
    for (let rest = length; rest > 127; rest >>>= 7) more++;
    this.#bytes.copyWithin(begin + more - 1, begin, this.#at);
    this.#at = begin - 1;
    this.varint(length);
    this.#at += length;
  }
}
