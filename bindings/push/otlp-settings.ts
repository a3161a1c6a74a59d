// What users say of an exporter of OTLP, checked.

import { checkOptions, type Kinds } from "../options.ts";
import { choiceOf, numberOf } from "./options.ts";
import type { KeyValue } from "./otlp-wire.ts";
import { SENDER_KINDS, type SenderOptions, type SenderSettings, senderSettings } from "./sender-settings.ts";
import { type Target, targetOf } from "./target.ts";
import { labelInvalid } from "./worded.ts";

/** What `otlp` takes. */
export interface OtlpOptions extends SenderOptions {
  /** How bodies are written: `protobuf` by default. */
  readonly protocol?: "protobuf" | "json" | undefined;
  /** `cumulative` by default, or `delta`: what was added since the last time. */
  readonly temporality?: "cumulative" | "delta" | undefined;
  /** Attributes of the process: `{ "service.name": "shop" }`. Without that one it is `unknown_service`. */
  readonly resource?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** From one export to the next: 60 by default, from 0.1 to 3600; 0: only `flush()` exports. */
  readonly intervalSeconds?: number | undefined;
  /** True by default: native histograms are exponential ones; false: what they have of classic buckets. */
  readonly nativeHistograms?: boolean | undefined;
  /** Compresses what is sent; false by default. */
  readonly gzip?: boolean | undefined;
  /** Points of one request: 2000 by default. */
  readonly maxPoints?: number | undefined;
  /** How long an answer is waited for: 10 by default, from 0.001 to 300. */
  readonly timeoutSeconds?: number | undefined;
  /** Pauses after failures: the first and the longest, 1 and 30 seconds by default. A half of each is chance. */
  readonly retrySeconds?: readonly [number, number] | undefined;
}

export interface OtlpSettings extends SenderSettings {
  readonly target: Target;
  readonly isJson: boolean;
  readonly isDelta: boolean;
  readonly resource: readonly KeyValue[];
  readonly gzip: boolean;
  readonly maxPoints: number;
}

const WHO = "otlp";
const KINDS: Kinds = {
  ...SENDER_KINDS,
  protocol: "string",
  temporality: "string",
  resource: "Object",
  gzip: "boolean",
  maxPoints: "number",
};
const DEFAULTS = { intervalSeconds: 60, timeoutSeconds: 10, retrySeconds: [1, 30] } as const;
const PATH = "/v1/metrics";
/** So many histograms take 30 to 40 ms of processor time, a part of it in one go; 10,000 took 140 to 180. */
const POINTS = 2000;
const POINTS_MOST = 100_000;
const LONE_SURROGATE = /\p{Surrogate}/u;

function attributeOf(key: string, value: unknown): KeyValue {
  if (key === "" || LONE_SURROGATE.test(key)) throw labelInvalid(WHO, "resource", key, "it is no name of an attribute");
  if (typeof value === "boolean") return { key, value: { boolValue: value } };
  if (typeof value === "number") return { key, value: Number.isSafeInteger(value) ? { intValue: BigInt(value) } : { doubleValue: value } };
  if (typeof value === "string" && !LONE_SURROGATE.test(value)) return { key, value: { stringValue: value } };
  throw labelInvalid(WHO, "resource", key, "its value must be a string of whole characters, a number or a boolean");
}

export function otlpSettings(options: OtlpOptions, hasTimers: boolean): OtlpSettings {
  checkOptions(WHO, options, KINDS);
  const target = targetOf(WHO, options);
  // Of an endpoint that is only a host, as OpenTelemetry's own variables have it.
  if (target.url.pathname === "/") target.url.pathname = PATH;
  const resource = { "service.name": "unknown_service", ...options.resource };
  return {
    ...senderSettings(WHO, options, DEFAULTS, hasTimers),
    target: { ...target, shown: `${target.url.origin}${target.url.pathname}` },
    isJson: choiceOf(WHO, "protocol", options.protocol, ["protobuf", "json"], "protobuf") === "json",
    isDelta: choiceOf(WHO, "temporality", options.temporality, ["cumulative", "delta"], "cumulative") === "delta",
    resource: Object.entries(resource).map(([key, value]) => attributeOf(key, value)),
    gzip: options.gzip ?? false,
    maxPoints: numberOf(WHO, "maxPoints", options.maxPoints, POINTS, 1, POINTS_MOST),
  };
}
