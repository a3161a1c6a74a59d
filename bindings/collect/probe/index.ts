// `tallystick/probe`: what a host and its processes are doing, within a budget.

export { probe } from "./probe.ts";
export type { Probe, ProbeGrouping, ProbeOptions } from "./settings.ts";
export { ProbeError, type ProbeErrorCode } from "./worded.ts";
