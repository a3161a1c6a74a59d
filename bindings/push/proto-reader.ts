// Protobuf's wire format on its way in: a cursor over bytes that this program wrote itself.

import { BYTES, FIXED64, VARINT } from "./proto-writer.ts";

const FIXED32 = 5;
const decoder = new TextDecoder();

export class ProtoReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  at: number;
  end: number;
  /** Of the last tag. */
  field = 0;
  type = 0;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = at;
    this.end = end;
  }

  /** Reads the next tag; false at the end. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.type = tag & 7;
    return true;
  }

  /** Whole to 2^53, and rounded beyond. */
  varint(): number {
    let byte = this.bytes[this.at++]!;
    if (byte < 128) return byte;
    let value = byte & 127;
    for (let scale = 128; byte >= 128 && this.at < this.end; scale *= 128) {
      byte = this.bytes[this.at++]!;
      value += (byte & 127) * scale;
    }
    return value;
  }

  /** All 64 bits. */
  varint64(): bigint {
    let value = 0n;
    let byte = 128;
    for (let shift = 0n; byte >= 128 && this.at < this.end; shift += 7n) {
      byte = this.bytes[this.at++]!;
      value |= BigInt(byte & 127) << shift;
    }
    return BigInt.asUintN(64, value);
  }

  /** An int64: of seconds or milliseconds, so exact as a number. */
  int(): number {
    return Number(BigInt.asIntN(64, this.varint64()));
  }

  /** A sint32 or sint64. */
  sint(): number {
    const value = this.varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    const value = this.#view.getFloat64(this.at, true);
    this.at += 8;
    return value;
  }

  /** The bits of a double. */
  bits(): bigint {
    const value = this.#view.getBigUint64(this.at, true);
    this.at += 8;
    return value;
  }

  /** Goes into what lies behind its length; what it gives is given to `leave`. */
  enter(): number {
    const length = this.varint();
    const outer = this.end;
    this.end = Math.min(outer, this.at + length);
    return outer;
  }

  leave(outer: number): void {
    this.at = this.end;
    this.end = outer;
  }

  string(): string {
    const length = this.varint();
    this.at += length;
    return decoder.decode(this.bytes.subarray(this.at - length, this.at));
  }

  /** What lies behind its length, as a view. */
  delimited(): Uint8Array {
    const length = this.varint();
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  skip(): void {
    if (this.type === VARINT) this.varint();
    else if (this.type === FIXED64) this.at += 8;
    else if (this.type === BYTES) this.delimited();
    else if (this.type === FIXED32) this.at += 4;
    else throw new TypeError(`Cannot read a protobuf field of wire type ${this.type}`);
  }
}
