// What users say of a spool when they join it, checked.

import { optionInvalid } from "../errors.ts";
import { registry as defaultRegistry, type Registry } from "../index.ts";
import { checkOptions, type Kinds } from "../options.ts";
import { foldBeforeDeath, spoolIdle } from "./errors.ts";
import { ASK_SECONDS, DEAD_AFTER_SECONDS, FOLD_AFTER_SECONDS } from "./reader.ts";
import { FLUSH_SECONDS } from "./writer-settings.ts";

/** What `spool` takes. */
export interface SpoolOptions {
  /** The directory, from where the process is now; made by who writes, where it is absent. On a disk of this machine, or one that all processes share. */
  readonly dir: string;
  /** What is told and shown; the default registry. */
  readonly registry?: Registry | undefined;
  /** The registry's name, the same in all processes: each has files of its own. `default` by default. */
  readonly name?: string | undefined;
  /** False: this process only leaves its image; what it serves is its own alone. True by default. */
  readonly collect?: boolean | undefined;
  /** False: this process counts nothing itself, it only serves what others left. True by default. */
  readonly write?: boolean | undefined;
  /** What tells this application from others, where two might use one directory: of those that say another, or none, nothing is read. */
  readonly application?: string | undefined;
  /** Names the run, for totals that go on when all processes end and begin again. By default a run ends with its last process. */
  readonly run?: string | undefined;
  /** Takes what earlier runs counted along. False by default: totals begin at 0 when the application does. */
  readonly keepTotals?: boolean | undefined;
  /** How often this process writes what changed, in seconds: 1 by default. 0: only at the start, at its end and when asked. */
  readonly flushSeconds?: number | undefined;
  /** True: a thread of its own writes, which goes on while this one is blocked. False by default: a flush takes some 0.1 ms. */
  readonly thread?: boolean | undefined;
  /**
   * False where the process flushes itself before a signal ends it. True by default: then a signal that nobody else listens to
   * ends it, once it has flushed. Whoever listens and waits to be the only one that does would wait for us, but for signal-exit.
   */
  readonly signals?: boolean | undefined;
  /** How long a scrape waits for the others to write what they have, in seconds: 0.05 by default, 0 for not asking. */
  readonly askSeconds?: number | undefined;
  /** After so long without a sign of one whose death nobody can prove, its live gauges are left out: 60 seconds. */
  readonly deadAfterSeconds?: number | undefined;
  /** And after so long it is folded, and its file removed: 600 seconds. */
  readonly foldAfterSeconds?: number | undefined;
  /** Hears what went wrong, each thing at each path once; without it the console does. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const OPTIONS: Kinds = {
  dir: "string",
  registry: "Object",
  name: "string",
  collect: "boolean",
  write: "boolean",
  application: "string",
  run: "string",
  keepTotals: "boolean",
  flushSeconds: "number",
  thread: "boolean",
  signals: "boolean",
  askSeconds: "number",
  deadAfterSeconds: "number",
  foldAfterSeconds: "number",
  onError: "function",
};

/** Throws for what can never be joined. */
export function spoolChecked(options: SpoolOptions): void {
  checkOptions("spool", options, OPTIONS);
  const { dir, registry = defaultRegistry, collect = true, write = true } = options;
  // Of another copy it may be, or of a worker's.
  if (typeof registry.expose !== "function") throw optionInvalid("spool", "registry", registry, "Registry");
  if (typeof dir !== "string" || dir === "") throw optionInvalid("spool", "dir", dir, "string that names a directory");
  if (!collect && !write) throw spoolIdle(dir);
  const deadAfter = options.deadAfterSeconds ?? DEAD_AFTER_SECONDS;
  const foldAfter = options.foldAfterSeconds ?? deadAfter;
  if (foldAfter < deadAfter) throw foldBeforeDeath(foldAfter, deadAfter);
}

/** Of what must be the same where one registry joins a spool twice: who says what is true without did not ask for another. */
const OWN = {
  collect: true,
  write: true,
  application: "",
  keepTotals: false,
  flushSeconds: FLUSH_SECONDS,
  thread: false,
  signals: true,
  askSeconds: ASK_SECONDS,
  deadAfterSeconds: DEAD_AFTER_SECONDS,
  foldAfterSeconds: FOLD_AFTER_SECONDS,
} as const;

/** The options that are said otherwise than they were; whoever says nothing of one takes what there is. */
export function othersIn(asked: SpoolOptions, there: SpoolOptions): string[] {
  const names = Object.keys(OWN) as (keyof typeof OWN)[];
  return names.filter((name) => (asked[name] ?? undefined) !== undefined && asked[name] !== (there[name] ?? OWN[name]));
}
