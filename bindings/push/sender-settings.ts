// What users say alike of remote write and of OTLP, checked: senders that go on by themselves.

import { registry as defaultRegistry, type Registry } from "../index.ts";
import type { Kinds } from "../options.ts";
import { numberOf, registryOf } from "./options.ts";
import type { SendFetch } from "./request.ts";
import { TARGET_KINDS, type TargetOptions } from "./target.ts";
import { noTimers } from "./worded.ts";

export interface SenderOptions extends TargetOptions {
  /** What is sent; the default registry. */
  readonly registry?: Registry | undefined;
  /** Only these families, or all but these; the library's own: as of `registry.expose`. */
  readonly include?: readonly string[] | undefined;
  readonly exclude?: readonly string[] | undefined;
  readonly statistics?: boolean | undefined;
  /** True by default: exemplars that have a time go along, each once. */
  readonly exemplars?: boolean | undefined;
  /** How long `close()` tries to send what is left: 5 by default. */
  readonly closeSeconds?: number | undefined;
  /** Hears of the first of a row of failures, and of all that is dropped. Without it the console does. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Another way to the receiver. By default undici's where that package is installed beside Node, else the runtime's own `fetch`. */
  readonly fetch?: SendFetch | undefined;
}

/** Options whose defaults differ from one sender to another; see there. */
interface OwnOptions {
  readonly intervalSeconds?: number | undefined;
  readonly nativeHistograms?: boolean | undefined;
  readonly timeoutSeconds?: number | undefined;
  readonly retrySeconds?: readonly [number, number] | undefined;
}

export interface SenderDefaults {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
  readonly retrySeconds: readonly [number, number];
}

export interface SenderSettings extends SenderDefaults {
  readonly registry: Registry;
  readonly exemplars: boolean;
  readonly nativeHistograms: boolean;
  readonly closeSeconds: number;
}

export const SENDER_KINDS: Kinds = {
  ...TARGET_KINDS,
  registry: "Object",
  intervalSeconds: "number",
  include: "Array",
  exclude: "Array",
  statistics: "boolean",
  exemplars: "boolean",
  nativeHistograms: "boolean",
  timeoutSeconds: "number",
  retrySeconds: "Array",
  closeSeconds: "number",
  onError: "function",
  fetch: "function",
};
const INTERVAL_SECONDS_LEAST = 0.1;
const SECONDS_MOST = 3600;
const RETRY_SECONDS_LEAST = 0.001;
const WAIT_SECONDS_LEAST = 0.001;
const WAIT_SECONDS_MOST = 300;
const CLOSE_SECONDS = 5;

/** `hasTimers`: whether the runtime has some of its own, outside a request. */
export function senderSettings(who: string, options: SenderOptions & OwnOptions, own: SenderDefaults, hasTimers: boolean): SenderSettings {
  const interval = options.intervalSeconds ?? (hasTimers ? own.intervalSeconds : 0);
  const intervalSeconds = interval === 0 ? 0 : numberOf(who, "intervalSeconds", interval, NaN, INTERVAL_SECONDS_LEAST, SECONDS_MOST);
  if (!hasTimers && intervalSeconds !== 0) throw noTimers(who);
  const [least, most] = options.retrySeconds ?? own.retrySeconds;
  const retryLeast = numberOf(who, "the first of retrySeconds", least, NaN, RETRY_SECONDS_LEAST, SECONDS_MOST);
  return {
    registry: registryOf(who, options.registry, defaultRegistry),
    intervalSeconds,
    exemplars: options.exemplars ?? true,
    nativeHistograms: options.nativeHistograms ?? true,
    timeoutSeconds: numberOf(who, "timeoutSeconds", options.timeoutSeconds, own.timeoutSeconds, WAIT_SECONDS_LEAST, WAIT_SECONDS_MOST),
    retrySeconds: [retryLeast, numberOf(who, "the second of retrySeconds", most, NaN, retryLeast, SECONDS_MOST)],
    closeSeconds: numberOf(who, "closeSeconds", options.closeSeconds, CLOSE_SECONDS, 0, WAIT_SECONDS_MOST),
  };
}
