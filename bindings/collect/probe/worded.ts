// What goes wrong with a probe, in words: the place, the value and the limit.

import { MetricsError, shown } from "../../errors.ts";
import { reason } from "../../processes/reason.ts";

/** What a `ProbeError` is about; each of them is told once. */
export type ProbeErrorCode = "absent" | "thread" | "refused" | "hung";

/** What a probe tells `onError`. `code` is stable; the text is for people. */
export class ProbeError extends Error {
  override readonly name = "ProbeError";
  /** `absent`: there is no /proc to read, or no process for a tree; `thread`: its thread ended; `refused`: the registry did not take its metrics; `hung`: it was
   *  closed, and its thread stands in the kernel. */
  readonly code: ProbeErrorCode;

  constructor(code: ProbeErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export function procAbsent(proc: string, why: string): ProbeError {
  return new ProbeError(
    "absent",
    `Cannot probe this host by ${shown(proc)}: ${why}; tallystick_probe_up is 0 and there is nothing else to show`,
  );
}

export const NO_PROC = "it is not there, as on all systems but Linux";
export const NO_PROCESSES = "it has no processes";

export function noTree(pid: number): string {
  return `it has no process ${pid} that may be read, and the tree of that one was asked for`;
}

export function labelReserved(name: string, reserved: readonly string[]): Error {
  return new MetricsError(
    "label-conflict",
    `Cannot use ${shown(name)} as a default label of what a probe shows: metrics of the probe have labels ${reserved.join(", ")}`,
  );
}

export function threadOver(cause: unknown): ProbeError {
  const why = cause === undefined ? "it ended" : reason(cause);
  return new ProbeError("thread", `Cannot go on with the probe's thread: ${why}; tallystick_probe_up is 0`, cause);
}

export function threadHangs(seconds: number): ProbeError {
  return new ProbeError(
    "hung",
    `Cannot end the probe's thread within ${seconds} seconds: a reading of /proc does not return; it shows nothing more, and ends when that does`,
  );
}

export function metricsRefused(cause: unknown): ProbeError {
  return new ProbeError("refused", `Cannot show what the probe found: ${reason(cause)}; the probe has ended`, cause);
}

export function numberOutside(option: string, value: unknown, least: number, most: number, whole: boolean): Error {
  const must = `a ${whole ? "whole " : ""}number from ${least} to ${most}`;
  return new RangeError(`Cannot use ${shown(value)} as ${option} of a probe: it must be ${must}`);
}

export function groupingInvalid(value: unknown, choices: readonly string[]): Error {
  return new RangeError(`Cannot use ${shown(value)} as by of a probe: it must be ${choices.join(" or ")}`);
}

export function procInvalid(value: unknown): Error {
  return new TypeError(`Cannot use ${shown(value)} as proc of a probe: it must be a string that names a directory`);
}
