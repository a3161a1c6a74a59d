// The recorder's door in Node, Deno and Bun.

import process from "node:process";
import { Files } from "./files.ts";
import { type Recorder, recorderOf } from "./recorder.ts";
import type { RecorderOptions } from "./settings.ts";

export { RecorderLabel } from "./label.ts";
export type { DrainOptions, LabelOptions, RecorderStatistics } from "./recorder.ts";
export { Recorder } from "./recorder.ts";
export type { Format, Policy, RecorderOptions } from "./settings.ts";
export type { DecoratorContext, Timed } from "./timed.ts";
export { RecorderError, type RecorderErrorCode } from "./worded.ts";

/**
 * A recorder: each sample with its time, from any thread, in memory of a size that is given; written as CSV or JSON lines into a
 * directory, or taken by `drain()`. The same options once more are the same recorder, in worker threads, too; several
 * processes share a directory.
 *
 * Throws a TypeError for options that there are not, a RangeError for those out of bounds, and a RecorderError: `conflict` where
 * another thread named other sizes, `too-many` for the 65th of a memory, `memory`. What goes wrong later is told to
 * `onError`, and never to the application.
 *
 * @example
 * ```ts
 * import { recorder } from "tallystick/record";
 *
 * const samples = recorder({ prefix: "example" });
 * samples.record("queue length", 3);
 * samples.time("work", () => "done"); // "done"
 * samples.statistics.recorded; // 2
 * ```
 */
export function recorder(options: RecorderOptions = {}): Recorder {
  return recorderOf(options, { process: process.pid, files: (...given) => new Files(...given) });
}
