// `tallystick/probe`: what a host and its processes are doing, within a budget.

export { probe, type Probe } from "./probe.ts";
export type { ProbeGrouping, ProbeOptions } from "./settings.ts";
export { ProbeError, type ProbeErrorCode } from "./worded.ts";
