// What users say of a probe, checked, in a form that can be handed to its thread.

import { optionInvalid } from "../../errors.ts";
import type { Registry } from "../../index.ts";
import { checkOptions, type Kinds } from "../../options.ts";
import { listener } from "../../processes/line.ts";
import { groupingInvalid, numberOutside, procInvalid } from "./worded.ts";

/** What becomes a series of its own. */
export type ProbeGrouping = "command" | "pid" | "total";

/** What `probe` takes. */
export interface ProbeOptions {
  /** Where it is shown; the default registry. */
  readonly registry?: Registry | undefined;
  /** The pid of a process: it and all that descend from it. Without one: all processes of the host. */
  readonly tree?: number | undefined;
  /** A series for each command's name, for each process, or for all together. `command` by default. */
  readonly by?: ProbeGrouping | undefined;
  /** So many groups at most, the others are counted in one named `other`: 100 by default, 1,000 where `by` is `pid`. */
  readonly maxGroups?: number | undefined;
  /** How often all processes are looked at, in seconds, where the budget allows it: 1 by default. */
  readonly periodSeconds?: number | undefined;
  /** How often descriptors, I/O of idle processes and sockets are, which cost more: 10 by default. */
  readonly slowSeconds?: number | undefined;
  /** The CPU that it may take, as a percentage of one core: 1 by default. What would cost more comes less often. */
  readonly budgetPercent?: number | undefined;
  /** Where the host's /proc is mounted: `/proc` by default. */
  readonly proc?: string | undefined;
  /** Hears what went wrong, each thing once; without it the console does. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** A probe that is under way: it keeps no process alive. */
export interface Probe {
  /** Ends the probe's thread and takes what it showed from the page. */
  close(): Promise<void>;
}

const OPTIONS: Kinds = {
  registry: "Object",
  tree: "number",
  by: "string",
  maxGroups: "number",
  periodSeconds: "number",
  slowSeconds: "number",
  budgetPercent: "number",
  proc: "string",
  onError: "function",
};

/** The options with their defaults: what structured cloning carries to the thread. */
export interface Settings {
  readonly tree: number | undefined;
  readonly by: ProbeGrouping;
  readonly maxGroups: number;
  readonly periodSeconds: number;
  readonly slowSeconds: number;
  readonly budgetPercent: number;
  readonly proc: string;
}

const GROUPINGS: readonly ProbeGrouping[] = ["command", "pid", "total"];
const GROUPS = { command: 100, pid: 1000, total: 1 } as const;
const GROUPS_MOST = 10_000;
/** Faster is a profiler's work. */
const PERIOD_LEAST = 0.1;
const PERIOD_MOST = 3600;
const BUDGET_LEAST = 0.01;
const BUDGET_MOST = 100;
/** Of Linux: PID_MAX_LIMIT. */
export const PID_MOST = 4_194_304;

function numberOf(option: string, value: number | undefined, own: number, least: number, most: number, whole = false): number {
  const number = value ?? own;
  if (!(number >= least && number <= most) || (whole && !Number.isInteger(number))) throw numberOutside(option, value, least, most, whole);
  return number;
}

export function settingsOf(options: ProbeOptions, defaultRegistry: Registry): Settings {
  checkOptions("probe", options, OPTIONS);
  const { registry, by, proc, tree } = options;
  // Of another copy it may be, or of a worker's.
  if (typeof (registry ?? defaultRegistry).expose !== "function") throw optionInvalid("probe", "registry", registry, "Registry");
  const grouping = by ?? "command";
  if (!GROUPINGS.includes(grouping)) throw groupingInvalid(by, GROUPINGS);
  if (proc === "") throw procInvalid(proc);
  const periodSeconds = numberOf("periodSeconds", options.periodSeconds, 1, PERIOD_LEAST, PERIOD_MOST);
  return {
    tree: tree === undefined || tree === null ? undefined : numberOf("tree", tree, 1, 1, PID_MOST, true),
    by: grouping,
    maxGroups: numberOf("maxGroups", options.maxGroups, GROUPS[grouping], 1, GROUPS_MOST, true),
    periodSeconds,
    slowSeconds: numberOf("slowSeconds", options.slowSeconds, Math.max(10, periodSeconds), periodSeconds, PERIOD_MOST),
    budgetPercent: numberOf("budgetPercent", options.budgetPercent, 1, BUDGET_LEAST, BUDGET_MOST),
    proc: proc ?? "/proc",
  };
}

/** Tells each kind of failure once. Never throws. */
export function teller(onError: ((error: unknown) => void) | undefined): (error: Error) => void {
  const told = new Set<string>();
  const tell = listener(onError);
  return (error) => {
    if (told.has(error.message)) return;
    told.add(error.message);
    tell(error);
  };
}
