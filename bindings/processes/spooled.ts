// A process's part in a spool: it leaves its image there, and where it is scraped it serves the sum of all.

import { registry as defaultRegistry, type Registry } from "../index.ts";
import { checkOptions, type Kinds } from "../options.ts";
import { Exporter } from "./exporter.ts";
import { sourceName } from "./names.ts";
import { OwnOfProcesses } from "./own.ts";
import { type SpoolProcess, SpoolReader, type SpoolStatistics } from "./reader.ts";
import { Source } from "./source.ts";
import { SpoolWriter, type SpoolWriterStatistics } from "./writer.ts";

export interface SpoolOptions {
  /** The directory; made where it is absent. On a disk of this machine, or one that all processes share. */
  readonly dir: string;
  /** What is told and shown; the default registry. */
  readonly registry?: Registry;
  /** The registry's name, the same in all processes: each has files of its own. `default` by default. */
  readonly name?: string;
  /** False: this process only leaves its image; what it serves is its own alone. True by default. */
  readonly collect?: boolean;
  /** False: this process counts nothing itself, it only serves what others left. True by default. */
  readonly write?: boolean;
  /** What tells this application from others, where two might use one directory. */
  readonly application?: string;
  /** Names the run, for totals that go on when all processes end and begin again. By default a run ends with its last process. */
  readonly run?: string;
  /** Takes what earlier runs counted along. False by default: totals begin at 0 when the application does. */
  readonly keepTotals?: boolean;
  /** How often this process writes what changed, in seconds: 1 by default, 0 for never but at the end. */
  readonly flushSeconds?: number;
  /** False where the process flushes itself before a signal ends it. True by default. */
  readonly signals?: boolean;
  /** How long a scrape waits for the others to write what they have, in seconds: 0.05 by default, 0 for not asking. */
  readonly askSeconds?: number;
  /** After so long without a sign of one whose death nobody can prove, its live gauges are left out: 60 seconds. */
  readonly deadAfterSeconds?: number;
  /** And after so long it is folded, and its file removed: 600 seconds. */
  readonly foldAfterSeconds?: number;
  /** Hears what went wrong, each thing once; without it the console does. */
  readonly onError?: (error: unknown) => void;
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
  signals: "boolean",
  askSeconds: "number",
  deadAfterSeconds: "number",
  foldAfterSeconds: "number",
  onError: "function",
};

/** A scrape waits so long for what the others left: the first one reads it all. */
const TIMEOUT_SECONDS = 10;

export interface Spool {
  /** Writes what this process has counted up to now. Rejects where that is not possible. */
  flush(): Promise<void>;
  /** Reads what the others left, as every scrape does first. Rejects where the directory cannot be read. */
  refresh(): Promise<void>;
  /** Folds dead processes into one file now, instead of beside a scrape; resolves to whether there were any. */
  compact(): Promise<boolean>;
  /** The others, as far as their files tell. */
  processes(): SpoolProcess[];
  /** What it did so far. */
  readonly statistics: { readonly writer: SpoolWriterStatistics | undefined; readonly reader: SpoolStatistics | undefined };
  /** Writes a last time, and takes what the others counted from the page. */
  close(): Promise<void>;
}

class Spooled implements Spool {
  readonly #exporter: Exporter | undefined;
  readonly #writer: SpoolWriter | undefined;
  readonly #reader: SpoolReader | undefined;
  readonly #own: OwnOfProcesses;
  readonly #uncollect: () => void;
  #refused = 0;

  constructor(options: SpoolOptions) {
    const { registry = defaultRegistry, name, collect = true, write = true, dir } = options;
    const { onError } = options;
    const both = { dir, registry: name, application: options.application, run: options.run, onError };
    this.#own = new OwnOfProcesses(registry, "spool");
    if (write) {
      const exporter = new Exporter(registry);
      this.#exporter = exporter;
      this.#writer = new SpoolWriter(exporter, { ...both, flushSeconds: options.flushSeconds, signals: options.signals });
    }
    if (!collect) {
      this.#uncollect = () => undefined;
      return;
    }
    const source = sourceName("spool", `${dir}\n${name ?? "default"}\n${options.run ?? ""}`);
    const told = onError ?? ((error: unknown) => console.warn(error));
    let lives = 0n;
    this.#reader = new SpoolReader(
      // A higher run is another source, beside the one before until that is closed.
      () =>
        new Source(registry, source + lives++, (error) => {
          this.#refused++;
          told(error);
        }),
      {
        ...both,
        keepTotals: options.keepTotals,
        askSeconds: options.askSeconds,
        deadAfterSeconds: options.deadAfterSeconds,
        foldAfterSeconds: options.foldAfterSeconds,
        skip: () => this.#exporter?.instance,
      },
    );
    this.#uncollect = registry.collect(() => this.refresh(), { name: "spool", timeoutSeconds: TIMEOUT_SECONDS, onError: told });
  }

  async flush(): Promise<void> {
    await this.#writer?.flush();
  }

  async refresh(): Promise<void> {
    const reader = this.#reader;
    if (reader === undefined) return;
    await reader.refresh();
    const living = reader.processes().filter(({ live }) => live);
    this.#own.tell({
      processes: living.length,
      ageSeconds: living.reduce((most, { ageSeconds }) => Math.max(most, ageSeconds), 0),
      refused: reader.statistics.refused + this.#refused,
    });
  }

  async compact(): Promise<boolean> {
    return (await this.#reader?.compact()) ?? false;
  }

  processes(): SpoolProcess[] {
    return this.#reader?.processes() ?? [];
  }

  get statistics(): Spool["statistics"] {
    return { writer: this.#writer?.statistics, reader: this.#reader?.statistics };
  }

  async close(): Promise<void> {
    this.#uncollect();
    this.#reader?.close();
    await this.#writer?.close();
    this.#exporter?.close();
  }
}

/**
 * Joins a spool: a directory in which the processes of an application leave what they have counted, so that any of them, or
 * `npx tallystick collect`, serves the sum. Each writes what changed once a second and at its end; what a killed process had
 * written counts on, in one file for all the dead. Gauges add up over the processes that live, or go by their `mode`.
 *
 * Throws a TypeError for options that there are not. What goes wrong later is told to `onError`, and never to the application.
 *
 * @example
 * ```ts
 * import { registry } from "tallystick";
 * import { spool } from "tallystick/processes";
 *
 * const shared = spool({ dir: "metrics" });
 * registry.counter({ name: "spooled_jobs", help: "Jobs of all processes." }).inc();
 * await shared.flush();
 * await shared.close();
 * ```
 */
export function spool(options: SpoolOptions): Spool {
  checkOptions("spool", options, OPTIONS);
  return new Spooled(options);
}
