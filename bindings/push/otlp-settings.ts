// What users say of an exporter of OTLP, checked.

import { registry as defaultRegistry, type Registry } from "../index.ts";
import { checkOptions, type Kinds } from "../options.ts";
import { choiceOf, numberOf, registryOf } from "./options.ts";
import type { KeyValue } from "./otlp-wire.ts";
import type { SendFetch } from "./request.ts";
import { TARGET_KINDS, type Target, type TargetOptions, targetOf } from "./target.ts";
import { labelInvalid, noTimers } from "./worded.ts";

export interface OtlpOptions extends TargetOptions {
  /** What is exported; the default registry. */
  readonly registry?: Registry | undefined;
  /** How bodies are written: `protobuf` by default. */
  readonly protocol?: "protobuf" | "json" | undefined;
  /** `cumulative` by default, or `delta`: what was added since the last time. */
  readonly temporality?: "cumulative" | "delta" | undefined;
  /** Attributes of the process: `{ "service.name": "shop" }`. Without that one it is `unknown_service`. */
  readonly resource?: Readonly<Record<string, string | number | boolean>> | undefined;
  /** From one export to the next: 60 by default, from 0.1 to 3600; 0: only `flush()` exports. */
  readonly intervalSeconds?: number | undefined;
  /** Only these families, or all but these; the library's own: as of `registry.expose`. */
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly statistics?: boolean | undefined;
  /** True by default: exemplars that have a time go along, each once. */
  readonly exemplars?: boolean | undefined;
  /** True by default: native histograms are exponential ones; false: what they have of classic buckets. */
  readonly nativeHistograms?: boolean | undefined;
  /** Compresses what is sent; false by default. */
  readonly gzip?: boolean | undefined;
  /** Points of one request: 10,000 by default. */
  readonly maxPoints?: number | undefined;
  /** How long an answer is waited for: 10 by default, from 0.001 to 300. */
  readonly timeoutSeconds?: number | undefined;
  /** Pauses after failures: the first and the longest, 1 and 30 seconds by default. A half of each is chance. */
  readonly retrySeconds?: readonly [number, number] | undefined;
  /** How long `close()` tries to export the last state: 5 by default. */
  readonly closeSeconds?: number | undefined;
  /** Hears of the first of a row of failures, and of all that is dropped. Without it the console does. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Another way to the receiver. By default undici's where that package is installed beside Node, else the runtime's own `fetch`. */
  readonly fetch?: SendFetch | undefined;
}

export interface OtlpSettings {
  readonly registry: Registry;
  readonly target: Target;
  readonly isJson: boolean;
  readonly isDelta: boolean;
  readonly resource: readonly KeyValue[];
  readonly intervalSeconds: number;
  readonly exemplars: boolean;
  readonly nativeHistograms: boolean;
  readonly gzip: boolean;
  readonly maxPoints: number;
  readonly timeoutSeconds: number;
  readonly retrySeconds: readonly [number, number];
  readonly closeSeconds: number;
}

const WHO = "otlp";
const KINDS: Kinds = {
  ...TARGET_KINDS,
  registry: "Object",
  protocol: "string",
  temporality: "string",
  resource: "Object",
  intervalSeconds: "number",
  include: "Array",
  exclude: "Array",
  statistics: "boolean",
  exemplars: "boolean",
  nativeHistograms: "boolean",
  gzip: "boolean",
  maxPoints: "number",
  timeoutSeconds: "number",
  retrySeconds: "Array",
  closeSeconds: "number",
  onError: "function",
  fetch: "function",
};
const PATH = "/v1/metrics";
const INTERVAL_SECONDS = 60;
const POINTS = 10_000;
const POINTS_MOST = 100_000;
const SECONDS_MOST = 3600;
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
  const number = (option: keyof OtlpOptions, own: number, least: number, most: number) =>
    numberOf(WHO, option, options[option] as number | undefined, own, least, most);
  const target = targetOf(WHO, options);
  // Of an endpoint that is only a host, as OpenTelemetry's own variables have it.
  if (target.url.pathname === "/") target.url.pathname = PATH;
  const { intervalSeconds: interval = hasTimers ? INTERVAL_SECONDS : 0 } = options;
  const intervalSeconds = interval === 0 ? 0 : numberOf(WHO, "intervalSeconds", interval, NaN, 0.1, SECONDS_MOST);
  if (!hasTimers && intervalSeconds !== 0) throw noTimers(WHO);
  const [least, most] = options.retrySeconds ?? [1, 30];
  const retryLeast = numberOf(WHO, "the first of retrySeconds", least, NaN, 0.001, SECONDS_MOST);
  const resource = { "service.name": "unknown_service", ...options.resource };
  return {
    registry: registryOf(WHO, options.registry, defaultRegistry),
    target: { ...target, shown: `${target.url.origin}${target.url.pathname}` },
    isJson: choiceOf(WHO, "protocol", options.protocol, ["protobuf", "json"], "protobuf") === "json",
    isDelta: choiceOf(WHO, "temporality", options.temporality, ["cumulative", "delta"], "cumulative") === "delta",
    resource: Object.entries(resource).map(([key, value]) => attributeOf(key, value)),
    intervalSeconds,
    exemplars: options.exemplars ?? true,
    nativeHistograms: options.nativeHistograms ?? true,
    gzip: options.gzip ?? false,
    maxPoints: number("maxPoints", POINTS, 1, POINTS_MOST),
    timeoutSeconds: number("timeoutSeconds", 10, 0.001, 300),
    retrySeconds: [retryLeast, numberOf(WHO, "the second of retrySeconds", most, NaN, retryLeast, SECONDS_MOST)],
    closeSeconds: number("closeSeconds", 5, 0, 300),
  };
}
