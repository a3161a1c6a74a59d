// A registry's page, metric by metric: the core writes it as delimited protobuf, and what others want is made of that. Nothing is copied and no
// string is made but for a family's own words; labels, exemplars and sparse buckets are told as where they lie.

import { ProtoReader } from "./proto-reader.ts";

/** Types of families, as io.prometheus.client has them. */
export const COUNTER = 0;
export const GAUGE = 1;
export const SUMMARY = 2;
export const UNTYPED = 3;
export const HISTOGRAM = 4;
export const GAUGE_HISTOGRAM = 5;

/** Where something lies in the page. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** One exemplar, read. */
export interface PageExemplar {
  readonly labels: readonly (readonly [string, string])[];
  readonly value: number;
  /** Milliseconds since the epoch, and the nanoseconds that are beyond; undefined where it has no time. */
  readonly time: { readonly milliseconds: number; readonly nanoseconds: number } | undefined;
}

/** Sparse buckets of a native histogram; spans and deltas are the contents of their fields. */
export interface Side {
  readonly spans: Range[];
  readonly deltas: Range[];
  /** Whether the deltas are one field of all. */
  isPacked: boolean;
}

function sideMade(): Side {
  return { spans: [], deltas: [], isPacked: true };
}

/** What the page has at one time. */
export class Page {
  readonly reader: ProtoReader;
  // The family.
  name = "";
  help = "";
  unit = "";
  kind = UNTYPED;
  #familyOuter = 0;
  #inFamily = false;
  // The metric.
  /** All of its labels, tags and all. */
  labelsFrom = 0;
  labelsTo = 0;
  /** Of a counter, a gauge, or what has no type; of the others the sum. */
  value = 0;
  count = 0;
  /** Milliseconds since the epoch; NaN for none. */
  timestamp = NaN;
  created = NaN;
  /** Bounds of buckets, or quantiles. */
  readonly bounds: number[] = [];
  /** Cumulative counts, or values. */
  readonly values: number[] = [];
  /** A counter's at 0, or a bucket's beside its bound. */
  readonly exemplars: (Range | undefined)[] = [];
  isNative = false;
  schema = 0;
  zeroThreshold = 0;
  zeroCount = 0;
  readonly positive: Side = sideMade();
  readonly negative: Side = sideMade();
  readonly nativeExemplars: Range[] = [];

  constructor(bytes: Uint8Array) {
    this.reader = new ProtoReader(bytes);
  }

  /** The next family: its words and its type. False at the end of the page. */
  nextFamily(): boolean {
    const { reader } = this;
    if (this.#inFamily) reader.leave(this.#familyOuter);
    this.#inFamily = reader.at < reader.bytes.length;
    if (!this.#inFamily) return false;
    this.#familyOuter = reader.enter();
    this.name = this.help = this.unit = "";
    this.kind = COUNTER;
    // The core writes them before the first metric.
    for (let from = reader.at; reader.next(); from = reader.at) {
      if (reader.field === 4) {
        reader.at = from;
        return true;
      }
      if (reader.field === 1) this.name = reader.string();
      else if (reader.field === 2) this.help = reader.string();
      else if (reader.field === 3) this.kind = reader.varint();
      else if (reader.field === 5) this.unit = reader.string();
      else reader.skip();
    }
    return true;
  }

  /** The next metric of the family. */
  nextMetric(): boolean {
    const { reader } = this;
    for (; reader.next(); reader.skip()) if (reader.field === 4) return this.#metric();
    return false;
  }

  #metric(): boolean {
    const { reader } = this;
    this.#clear();
    const outer = reader.enter();
    this.labelsFrom = this.labelsTo = reader.at;
    while (reader.next()) {
      if (reader.field === 1) {
        reader.skip();
        this.labelsTo = reader.at;
      } else if (reader.field === 6) this.timestamp = reader.int();
      else if (reader.type !== 2) reader.skip();
      else this.#valued(reader.field);
    }
    reader.leave(outer);
    return true;
  }

  #clear(): void {
    this.value = this.count = this.schema = this.zeroThreshold = this.zeroCount = 0;
    this.timestamp = this.created = NaN;
    this.isNative = false;
    this.bounds.length = this.values.length = this.exemplars.length = this.nativeExemplars.length = 0;
    for (const side of [this.positive, this.negative]) side.spans.length = side.deltas.length = 0;
  }

  #valued(field: number): void {
    const { reader } = this;
    const outer = reader.enter();
    if (field === 7) this.#histogram();
    else if (field === 4) this.#summary();
    else
      while (reader.next()) {
        if (reader.field === 1) this.value = reader.double();
        else if (reader.field === 2) this.exemplars[0] = this.#range();
        else if (reader.field === 3) this.created = this.#milliseconds();
        else reader.skip();
      }
    reader.leave(outer);
  }

  #range(): Range {
    const { reader } = this;
    const length = reader.varint();
    const from = reader.at;
    reader.at += length;
    return { from, to: reader.at };
  }

  #milliseconds(): number {
    const { milliseconds } = timeRead(this.reader);
    return milliseconds;
  }

  #summary(): void {
    const { reader } = this;
    while (reader.next()) {
      if (reader.field === 1) this.count = reader.varint();
      else if (reader.field === 2) this.value = reader.double();
      else if (reader.field === 3) this.#pair();
      else if (reader.field === 4) this.created = this.#milliseconds();
      else reader.skip();
    }
  }

  /** A quantile and its value. */
  #pair(): void {
    const { reader } = this;
    const outer = reader.enter();
    let quantile = 0;
    let value = 0;
    while (reader.next()) {
      if (reader.field === 1) quantile = reader.double();
      else if (reader.field === 2) value = reader.double();
      else reader.skip();
    }
    reader.leave(outer);
    this.bounds.push(quantile);
    this.values.push(value);
  }

  #bucket(): void {
    const { reader } = this;
    const outer = reader.enter();
    let count = 0;
    let bound = 0;
    let exemplar: Range | undefined;
    while (reader.next()) {
      if (reader.field === 1) count = reader.varint();
      else if (reader.field === 2) bound = reader.double();
      else if (reader.field === 3) exemplar = this.#range();
      else reader.skip();
    }
    reader.leave(outer);
    this.bounds.push(bound);
    this.values.push(count);
    this.exemplars.push(exemplar);
  }

  #deltas(side: Side): void {
    const { reader } = this;
    side.isPacked = reader.type === 2;
    if (side.isPacked) {
      side.deltas.push(this.#range());
      return;
    }
    const from = reader.at;
    reader.skip();
    side.deltas.push({ from, to: reader.at });
  }

  #histogram(): void {
    const { reader } = this;
    while (reader.next()) {
      switch (reader.field) {
        case 1:
          this.count = reader.varint();
          break;
        case 2:
          this.value = reader.double();
          break;
        case 3:
          this.#bucket();
          break;
        // One that has only classic buckets has none of these.
        case 5:
          this.isNative = true;
          this.schema = reader.sint();
          break;
        case 6:
          this.zeroThreshold = reader.double();
          break;
        case 7:
          this.zeroCount = reader.varint();
          break;
        case 9:
          this.negative.spans.push(this.#range());
          break;
        case 10:
          this.#deltas(this.negative);
          break;
        case 12:
          this.positive.spans.push(this.#range());
          break;
        case 13:
          this.#deltas(this.positive);
          break;
        case 15:
          this.created = this.#milliseconds();
          break;
        case 16:
          this.nativeExemplars.push(this.#range());
          break;
        default:
          reader.skip();
      }
    }
  }

  /** What lies there, as a view. */
  bytesOf({ from, to }: Range): Uint8Array {
    return this.reader.bytes.subarray(from, to);
  }

  labels(): [string, string][] {
    return labelsRead(new ProtoReader(this.reader.bytes, this.labelsFrom, this.labelsTo));
  }

  exemplar(range: Range): PageExemplar {
    const reader = new ProtoReader(this.reader.bytes, range.from, range.to);
    const labels: [string, string][] = [];
    let value = 0;
    let time: PageExemplar["time"];
    while (reader.next()) {
      if (reader.field === 1) labels.push(labelRead(reader));
      else if (reader.field === 2) value = reader.double();
      else if (reader.field === 3) time = timeRead(reader);
      else reader.skip();
    }
    return { labels, value, time };
  }

  /** The buckets of a side: their indices and counts. */
  sparse({ spans, deltas, isPacked }: Side): { readonly indices: number[]; readonly counts: number[] } {
    const indices: number[] = [];
    let index = 0;
    for (const { from, to } of spans) {
      const reader = new ProtoReader(this.reader.bytes, from, to);
      let length = 0;
      while (reader.next()) {
        if (reader.field === 1) index += reader.sint();
        else if (reader.field === 2) length = reader.varint();
        else reader.skip();
      }
      for (; length > 0; length--) indices.push(index++);
    }
    const counts: number[] = [];
    let count = 0;
    for (const { from, to } of deltas) {
      const reader = new ProtoReader(this.reader.bytes, from, to);
      do {
        count += reader.sint();
        counts.push(count);
      } while (isPacked && reader.at < to);
    }
    return { indices, counts };
  }
}

function labelRead(reader: ProtoReader): [string, string] {
  const outer = reader.enter();
  let name = "";
  let value = "";
  while (reader.next()) {
    if (reader.field === 1) name = reader.string();
    else if (reader.field === 2) value = reader.string();
    else reader.skip();
  }
  reader.leave(outer);
  return [name, value];
}

function labelsRead(reader: ProtoReader): [string, string][] {
  const labels: [string, string][] = [];
  while (reader.next()) labels.push(labelRead(reader));
  return labels;
}

/** A google.protobuf.Timestamp. */
function timeRead(reader: ProtoReader): { milliseconds: number; nanoseconds: number } {
  const outer = reader.enter();
  let seconds = 0;
  let nanos = 0;
  while (reader.next()) {
    if (reader.field === 1) seconds = reader.int();
    else if (reader.field === 2) nanos = reader.varint();
    else reader.skip();
  }
  reader.leave(outer);
  return { milliseconds: seconds * 1000 + Math.floor(nanos / 1e6), nanoseconds: nanos % 1e6 };
}
