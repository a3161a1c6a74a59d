// OTLP's messages for metrics (opentelemetry-proto 1.x): objects by the names of its JSON, written as protobuf or as JSON. Numbers of 64 bits are bigints; ids are
// hexadecimal, as its JSON has them (rule L2).

import { ProtoReader } from "./proto-reader.ts";
import { ProtoWriter } from "./proto-writer.ts";
import type { Bytes } from "./request.ts";

export interface KeyValue {
  readonly key: string;
  readonly value:
    { readonly stringValue: string } | { readonly boolValue: boolean } | { readonly doubleValue: number } | { readonly intValue: bigint };
}

export interface Exemplar {
  readonly filteredAttributes: readonly KeyValue[];
  readonly timeUnixNano: bigint;
  readonly asDouble: number;
  readonly spanId?: string;
  readonly traceId?: string;
}

interface Point {
  readonly attributes: readonly KeyValue[];
  readonly startTimeUnixNano?: bigint | undefined;
  readonly timeUnixNano: bigint;
}

export interface NumberPoint extends Point {
  readonly asDouble: number;
  readonly exemplars?: readonly Exemplar[] | undefined;
}

export interface HistogramPoint extends Point {
  readonly count: bigint;
  readonly sum?: number | undefined;
  readonly bucketCounts: readonly bigint[];
  readonly explicitBounds: readonly number[];
  readonly exemplars?: readonly Exemplar[] | undefined;
}

export interface Buckets {
  readonly offset: number;
  readonly bucketCounts: readonly bigint[];
}

export interface ExponentialPoint extends Point {
  readonly count: bigint;
  readonly sum?: number | undefined;
  readonly scale: number;
  readonly zeroCount: bigint;
  readonly zeroThreshold: number;
  readonly positive: Buckets;
  readonly negative: Buckets;
  readonly exemplars?: readonly Exemplar[] | undefined;
}

export interface SummaryPoint extends Point {
  readonly count: bigint;
  readonly sum: number;
  readonly quantileValues: readonly { readonly quantile: number; readonly value: number }[];
}

export const DELTA = 1;
export const CUMULATIVE = 2;
type Temporality = typeof DELTA | typeof CUMULATIVE;

export interface Metric {
  readonly name: string;
  readonly description?: string | undefined;
  readonly unit?: string | undefined;
  readonly gauge?: { readonly dataPoints: NumberPoint[] };
  readonly sum?: { readonly dataPoints: NumberPoint[]; readonly aggregationTemporality: Temporality; readonly isMonotonic: true };
  readonly histogram?: { readonly dataPoints: HistogramPoint[]; readonly aggregationTemporality: Temporality };
  readonly exponentialHistogram?: { readonly dataPoints: ExponentialPoint[]; readonly aggregationTemporality: Temporality };
  readonly summary?: { readonly dataPoints: SummaryPoint[] };
}

export interface ExportRequest {
  readonly resourceMetrics: readonly {
    readonly resource: { readonly attributes: readonly KeyValue[] };
    readonly scopeMetrics: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly metrics: readonly Metric[];
    }[];
  }[];
}

type Kind = "string" | "bool" | "double" | "int64" | "enum" | "sint32" | "fixed64" | "hex" | "fixed64s" | "doubles" | "uint64s" | Message;
/** Fields by their names: number and kind; a message is one or several. */
interface Message {
  readonly [field: string]: readonly [number, Kind];
}

const VALUE: Message = { stringValue: [1, "string"], boolValue: [2, "bool"], intValue: [3, "int64"], doubleValue: [4, "double"] };
const ATTRIBUTE: Message = { key: [1, "string"], value: [2, VALUE] };
const EXEMPLAR: Message = {
  filteredAttributes: [7, ATTRIBUTE],
  timeUnixNano: [2, "fixed64"],
  asDouble: [3, "double"],
  spanId: [4, "hex"],
  traceId: [5, "hex"],
};
const TIMES: Message = { startTimeUnixNano: [2, "fixed64"], timeUnixNano: [3, "fixed64"] };
const NUMBER: Message = { ...TIMES, attributes: [7, ATTRIBUTE], asDouble: [4, "double"], exemplars: [5, EXEMPLAR] };
const HISTOGRAM: Message = {
  ...TIMES,
  attributes: [9, ATTRIBUTE],
  count: [4, "fixed64"],
  sum: [5, "double"],
  bucketCounts: [6, "fixed64s"],
  explicitBounds: [7, "doubles"],
  exemplars: [8, EXEMPLAR],
};
const BUCKETS: Message = { offset: [1, "sint32"], bucketCounts: [2, "uint64s"] };
const EXPONENTIAL: Message = {
  ...TIMES,
  attributes: [1, ATTRIBUTE],
  count: [4, "fixed64"],
  sum: [5, "double"],
  scale: [6, "sint32"],
  zeroCount: [7, "fixed64"],
  positive: [8, BUCKETS],
  negative: [9, BUCKETS],
  exemplars: [11, EXEMPLAR],
  zeroThreshold: [14, "double"],
};
const SUMMARY: Message = {
  ...TIMES,
  attributes: [7, ATTRIBUTE],
  count: [4, "fixed64"],
  sum: [5, "double"],
  quantileValues: [6, { quantile: [1, "double"], value: [2, "double"] }],
};
const METRIC: Message = {
  name: [1, "string"],
  description: [2, "string"],
  unit: [3, "string"],
  gauge: [5, { dataPoints: [1, NUMBER] }],
  sum: [7, { dataPoints: [1, NUMBER], aggregationTemporality: [2, "enum"], isMonotonic: [3, "bool"] }],
  histogram: [9, { dataPoints: [1, HISTOGRAM], aggregationTemporality: [2, "enum"] }],
  exponentialHistogram: [10, { dataPoints: [1, EXPONENTIAL], aggregationTemporality: [2, "enum"] }],
  summary: [11, { dataPoints: [1, SUMMARY] }],
};
const REQUEST: Message = {
  resourceMetrics: [
    1,
    {
      resource: [1, { attributes: [1, ATTRIBUTE] }],
      scopeMetrics: [2, { scope: [1, { name: [1, "string"], version: [2, "string"] }], metrics: [2, METRIC] }],
    },
  ],
};

function hexBytes(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function fieldPut(out: ProtoWriter, field: number, kind: Kind, value: unknown): void {
  if (typeof kind === "object") {
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
      const begin = out.begin(field);
      messagePut(out, kind, each as Readonly<Record<string, unknown>>);
      out.end(begin);
    }
    return;
  }
  switch (kind) {
    case "string":
      out.string(field, value as string);
      break;
    case "bool":
    case "enum":
      out.uint(field, Number(value));
      break;
    case "double":
      out.double(field, value as number);
      break;
    case "int64":
      out.int(field, Number(value));
      break;
    case "sint32":
      out.sint(field, value as number);
      break;
    case "fixed64":
      out.fixed64(field, value as bigint);
      break;
    case "hex":
      out.delimited(field, hexBytes(value as string));
      break;
    default: {
      const begin = out.begin(field);
      for (const each of value as readonly (number | bigint)[]) {
        if (kind === "doubles") out.rawDouble(each as number);
        else if (kind === "fixed64s") out.rawFixed64(each as bigint);
        else out.varint(Number(each));
      }
      out.end(begin);
    }
  }
}

function messagePut(out: ProtoWriter, message: Message, value: Readonly<Record<string, unknown>>): void {
  for (const name in message) {
    const each = value[name];
    const [field, kind] = message[name]!;
    if (each !== undefined) fieldPut(out, field, kind, each);
  }
}

export function requestProtobuf(request: ExportRequest): Bytes {
  const out = new ProtoWriter();
  messagePut(out, REQUEST, request as unknown as Readonly<Record<string, unknown>>);
  return out.bytes.slice();
}

/** As the mapping of protobuf to JSON has them: 64 bits as text, and what is no number of JSON, too. */
function jsonValue(_name: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

export function requestJson(request: ExportRequest): Bytes {
  return new TextEncoder().encode(JSON.stringify(request, jsonValue));
}

export interface PartialSuccess {
  readonly rejected: number;
  readonly message: string;
}

const NOTHING: PartialSuccess = { rejected: 0, message: "" };

/** What of a request that succeeded did not; whatever cannot be read says nothing (rule L9). */
export function partialSuccess(said: Bytes, isJson: boolean): PartialSuccess {
  try {
    return isJson ? partialJson(said) : partialProtobuf(said);
  } catch {
    return NOTHING;
  }
}

function partialJson(said: Bytes): PartialSuccess {
  const { partialSuccess } = JSON.parse(new TextDecoder().decode(said)) as {
    partialSuccess?: { rejectedDataPoints?: unknown; errorMessage?: unknown };
  };
  const rejected = Number(partialSuccess?.rejectedDataPoints ?? 0);
  return { rejected: rejected > 0 ? rejected : 0, message: String(partialSuccess?.errorMessage ?? "") };
}

function partialProtobuf(said: Bytes): PartialSuccess {
  const reader = new ProtoReader(said);
  let { rejected, message } = NOTHING;
  while (reader.next()) {
    if (reader.field !== 1 || reader.type !== 2) {
      reader.skip();
      continue;
    }
    const outer = reader.enter();
    while (reader.next()) {
      if (reader.field === 1) rejected = reader.int();
      else if (reader.field === 2) message = reader.string();
      else reader.skip();
    }
    reader.leave(outer);
  }
  return { rejected: rejected > 0 ? rejected : 0, message };
}
