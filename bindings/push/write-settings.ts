// What users say of remote write, checked.

import { checkOptions, type Kinds } from "../options.ts";
import type { StartTimestamps } from "./batch-2.ts";
import { choiceOf, numberOf } from "./options.ts";
import { SENDER_KINDS, type SenderOptions, type SenderSettings, senderSettings } from "./sender-settings.ts";
import { type Target, targetOf } from "./target.ts";
import { directoryEmpty, labelInvalid, noDirectory } from "./worded.ts";

/** What `remoteWrite` takes. */
export interface RemoteWriteOptions extends SenderOptions {
  /** 1 by default, which all receivers know. 2 falls back to 1 by itself where the receiver knows no other. */
  readonly version?: 1 | 2 | undefined;
  /** Labels that every series gets that has none of that name, as `{ job: "shop", instance: "10.0.0.7" }`. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
  /** From one round of samples to the next: 15 by default, from 0.1 to 3600; 0: only `flush()` takes samples. */
  readonly intervalSeconds?: number | undefined;
  /** True by default. False for receivers that refuse them: then they are written as classic ones. */
  readonly nativeHistograms?: boolean | undefined;
  /** Of version 2: where it has the time at which a series began. `rc.4` by default; Prometheus 3.0 to 3.7 reads `rc.3`. */
  readonly startTimestamps?: StartTimestamps | undefined;
  /** Of one request: 2000 samples and 1,048,576 bytes before they are compressed, by default. */
  readonly maxSamples?: number | undefined;
  readonly maxBytes?: number | undefined;
  /** Of what waits, compressed: 67,108,864 by default. Beyond it the oldest is dropped. */
  readonly queueBytes?: number | undefined;
  /** What waited for longer is dropped: 7200 by default. */
  readonly maxAgeSeconds?: number | undefined;
  /** A folder in which what waits outlives the process: this one's alone. Without it memory has it. */
  readonly directory?: string | undefined;
  /** How long an answer is waited for: 30 by default, from 0.001 to 300. */
  readonly timeoutSeconds?: number | undefined;
  /** Pauses after failures: the first and the longest, 0.1 and 30 seconds by default. A half of each is chance. */
  readonly retrySeconds?: readonly [number, number] | undefined;
}

export interface WriteSettings extends SenderSettings {
  readonly target: Target;
  readonly version: 1 | 2;
  readonly labels: readonly (readonly [string, string])[];
  readonly startTimestamps: StartTimestamps;
  readonly maxSamples: number;
  readonly maxBytes: number;
  readonly queueBytes: number;
  readonly maxAgeSeconds: number;
}

export const WHO = "remoteWrite";
const KINDS: Kinds = {
  ...SENDER_KINDS,
  version: "number",
  labels: "Object",
  startTimestamps: "string",
  maxSamples: "number",
  maxBytes: "number",
  queueBytes: "number",
  maxAgeSeconds: "number",
  directory: "string",
};
const DEFAULTS = { intervalSeconds: 15, timeoutSeconds: 30, retrySeconds: [0.1, 30] } as const;
/** What Prometheus sends at the most by default. */
const SAMPLES = 2000;
const SAMPLES_MOST = 1_000_000;
const BYTES = 1 << 20;
const BYTES_LEAST = 1024;
const BYTES_MOST = 1 << 26;
const QUEUE_BYTES = 1 << 26;
const QUEUE_BYTES_MOST = 2 ** 40;
/** As long as Prometheus keeps what it has yet to send. */
const AGE_SECONDS = 7200;
const AGE_SECONDS_MOST = 31_536_000;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const LONE_SURROGATE = /\p{Surrogate}/u;

function labelsOf(labels: Readonly<Record<string, unknown>>): [string, string][] {
  return Object.entries(labels).map(([name, value]) => {
    if (!LABEL.test(name) || name.startsWith("__")) throw labelInvalid(WHO, "labels", name, "it is no name of a label");
    if (typeof value !== "string" || LONE_SURROGATE.test(value))
      throw labelInvalid(WHO, "labels", name, "its value must be a string of whole characters");
    return [name, value];
  });
}

/** `has`: what the runtime has beside requests. */
export function writeSettings(options: RemoteWriteOptions, has: { readonly files: boolean; readonly timers: boolean }): WriteSettings {
  checkOptions(WHO, options, KINDS);
  const number = (option: keyof RemoteWriteOptions, own: number, least: number, most: number) =>
    numberOf(WHO, option, options[option] as number | undefined, own, least, most);
  if (!has.files && options.directory !== undefined && options.directory !== null) throw noDirectory(WHO);
  if (options.directory === "") throw directoryEmpty(WHO);
  return {
    ...senderSettings(WHO, options, DEFAULTS, has.timers),
    target: targetOf(WHO, options, ["x-prometheus-remote-write-version"]),
    version: choiceOf<1 | 2>(WHO, "version", options.version, [1, 2], 1),
    labels: labelsOf(options.labels ?? {}),
    startTimestamps: choiceOf<StartTimestamps>(WHO, "startTimestamps", options.startTimestamps, ["rc.4", "rc.3", "none"], "rc.4"),
    maxSamples: number("maxSamples", SAMPLES, 1, SAMPLES_MOST),
    maxBytes: number("maxBytes", BYTES, BYTES_LEAST, BYTES_MOST),
    queueBytes: number("queueBytes", QUEUE_BYTES, 0, QUEUE_BYTES_MOST),
    maxAgeSeconds: number("maxAgeSeconds", AGE_SECONDS, 1, AGE_SECONDS_MOST),
  };
}
