// What a writer of a spool is told, and what it tells of itself.

import type { Disk } from "./disk.ts";
import { registryPart, runNamed } from "./paths.ts";
import { applicationOf, secondsOf } from "./settings.ts";

export interface SpoolWriterOptions {
  /** Made where it is absent, with its parents. */
  readonly dir: string;
  /** The registry's name: each has files of its own. */
  readonly registry?: string | undefined;
  /** What tells this application from others; one directory is one application's. */
  readonly application?: string | undefined;
  /** A run that has this name, instead of one that is found; its processes share totals over restarts. */
  readonly run?: string | undefined;
  /** Says to all that runs which are over are to be kept. */
  readonly keepTotals?: boolean | undefined;
  /** Takes runs away that are over, where nobody keeps totals. */
  readonly sweeps?: boolean | undefined;
  /** 1 by default; 0 for no timer. */
  readonly flushSeconds?: number | undefined;
  /** Joins at once, also without a timer: others then know of a process that lives. */
  readonly joins?: boolean | undefined;
  /** False where the process flushes by itself before it ends by a signal. */
  readonly signals?: boolean | undefined;
  /** False in a thread that may end before its process does: then nothing it writes is the last. True by default. */
  readonly endsProcess?: boolean | undefined;
  /** Hears of what goes wrong; without it the console does, once for each kind. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** @internal Is awaited before what was asked for is written. Never rejects. */
  readonly collected?: (() => Promise<void>) | undefined;
  /** @internal */
  readonly disk?: Disk | undefined;
}

/** What a spool's writer has done since it began in this process: with `thread: true` as of the last `flush()`. */
export interface SpoolWriterStatistics {
  readonly flushes: number;
  readonly failures: number;
  /** How often this process was taken for dead while it was not. */
  readonly folded: number;
  /** Of the file that is there. */
  readonly bytes: number;
  readonly run: string | undefined;
}

export const FLUSH_SECONDS = 1;
/** A collector that is further away than an hour has no use for what it reads. */
const FLUSH_SECONDS_MOST = 3600;

export interface WriterSettings {
  readonly registry: string;
  readonly application: string;
  readonly flushSeconds: number;
}

type Checked = Pick<SpoolWriterOptions, "registry" | "application" | "run" | "flushSeconds">;

/** The options that may be wrong, as a writer uses them; throws where they are. */
export function writerSettings({ registry = "default", application, run, flushSeconds }: Checked): WriterSettings {
  if (run !== undefined) runNamed(run);
  return {
    registry: registryPart(registry),
    application: applicationOf(application),
    flushSeconds: secondsOf("flushSeconds", flushSeconds, FLUSH_SECONDS, 0, FLUSH_SECONDS_MOST),
  };
}
