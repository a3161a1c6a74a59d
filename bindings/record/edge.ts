// The recorder's door where there are no files and no threads: samples are taken by `drain()` or `stream()`.

import { type Recorder, recorderOf } from "./recorder.ts";
import type { RecorderOptions } from "./settings.ts";

export { RecorderLabel } from "./label.ts";
export { Recorder, type RecorderStatistics } from "./recorder.ts";
export type { DrainOptions, LabelOptions } from "./recorder-options.ts";
export type { Format, Policy, RecorderOptions, SamplesOptions } from "./settings.ts";
export type { DecoratorContext, Timed } from "./timed.ts";
export { RecorderError, type RecorderErrorCode } from "./worded.ts";

/** A recorder without files: see the door of Node. Throws a TypeError for a `dir`. */
export function recorder(options: RecorderOptions = {}): Recorder {
  return recorderOf(options, { process: 0, files: undefined, absolute: (dir) => dir, samplers: [], every: () => () => undefined });
}
