// Processes of Python's client beside this one: what they leave in their directory is part of the same page.

import { closeSync, constants, existsSync, opendirSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { registry as defaultRegistry, type Registry } from "../index.ts";
import { optionInvalid } from "../errors.ts";
import { checkOptions } from "../options.ts";
import { claimed, Kept } from "./claims.ts";
import { GivenSink } from "./given.ts";
import { SystemDisk } from "./disk.ts";
import type { Host } from "./host.ts";
import { type MultiprocessStatistics, readDirectory } from "./multiprocess.ts";
import { sourceName } from "./names.ts";
import { OwnOfProcesses } from "./own.ts";
import { Pids, type System } from "./pids.ts";
import { teller } from "./settings.ts";
import { Source } from "./source.ts";

/** What `readMultiprocessDir` takes. */
export interface MultiprocessDirOptions {
  /** Where the metrics are shown; the default registry. */
  readonly registry?: Registry;
  /** Milliseconds of work between two turns of the event loop: 2 by default, Infinity does all at once. */
  readonly sliceMs?: number;
  /**
   * Leaves out `gauge_live…` files of pids that are no process of this machine, or by now another one than wrote them (on
   * Linux), as if `mark_process_dead` had been called for them. Off by default, as in Python: where containers share a directory, a pid of another one is not known here.
   */
  readonly forgetDead?: boolean;
  /** Hears of metrics that cannot be taken and of a directory that cannot be read, each once; without it the console does. */
  readonly onError?: (error: unknown) => void;
}

/** A directory of Python's client that is on a registry's page, until it is closed. */
export interface MultiprocessDir {
  /** Reads the directory, as every scrape does first. Rejects where it cannot be read; then what was shown stays. */
  refresh(): Promise<void>;
  /** Of the last reading. */
  readonly statistics: MultiprocessStatistics;
  /** Takes what was read from the page. */
  close(): void;
}

const TIMEOUT_SECONDS = 10;
const NOTHING: MultiprocessStatistics = { files: 0, skipped: 0, samples: 0, bytes: 0, keys: 0, refused: 0 };

const dirs = new Kept<MultiprocessDir | undefined>();
const fs = { closeSync, constants, opendirSync, openSync, readSync } as Host["fs"];

function told<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

function systemHere(): System {
  const disk = new SystemDisk();
  return {
    exists: (pid) => disk.exists(pid),
    startOf: (pid) => disk.startOf(pid),
    isHidden: (pid) => !existsSync(`/proc/${pid}/stat`),
    bootSeconds: () => told(() => Number(/^btime (\d+)$/m.exec(readFileSync("/proc/stat", "latin1"))![1])),
    changeOf: (path) =>
      told(() => {
        const { mtimeNs, ino } = statSync(path, { bigint: true });
        return { seconds: Number(mtimeNs) / 1e9, inode: ino };
      }),
    mapsOf: (pid) => told(() => readFileSync(`/proc/${pid}/maps`, "utf8")),
  };
}

/**
 * Shows what the processes of Python's `prometheus_client` leave in a directory (`PROMETHEUS_MULTIPROC_DIR`), in any of its three
 * formats, with values equal to that client's own: one page serves a fleet of Gunicorn workers and this process. Metrics of
 * the same name and labels are added up. Read anew at every scrape, in slices; files that are empty, cut short or of other
 * programs are skipped, counted and told of once. The same directory and registry once more is the same object, until it is closed. Throws a TypeError without a directory, and for options that there are not.
 *
 * @example
 * ```ts
 * import { readMultiprocessDir } from "tallystick/processes";
 *
 * const workers = readMultiprocessDir("/run/gunicorn", { onError: () => {} });
 * workers.statistics.files; // 0
 * workers.close();
 * ```
 */
export function readMultiprocessDir(dir: string, options: MultiprocessDirOptions = {}): MultiprocessDir {
  checkOptions("readMultiprocessDir", options, {
    registry: "Object",
    sliceMs: "number",
    forgetDead: "boolean",
    onError: "function",
  });
  const { registry = defaultRegistry } = options;
  if (typeof dir !== "string" || dir === "") throw optionInvalid("readMultiprocessDir", "dir", dir, "string that names a directory");
  if (typeof registry.expose !== "function") throw optionInvalid("readMultiprocessDir", "registry", registry, "Registry");
  const own = dirs.of(registry, dir, (forget) => reading(registry, dir, options, forget));
  return own ?? { refresh: () => Promise.resolve(), statistics: NOTHING, close: () => undefined };
}

/** Undefined where another thread of the process reads it already, and answers every scrape. */
function reading(registry: Registry, dir: string, options: MultiprocessDirOptions, forget: () => void): MultiprocessDir | undefined {
  const { sliceMs, forgetDead } = options;
  const told = teller(options.onError);
  const claim = claimed(registry, "python reader", dir);
  if (claim === undefined) return undefined;
  let refused = 0;
  const onRefused = (error: Error) => {
    refused++;
    told(error);
  };
  const source = new Source(registry, sourceName("python", dir), onRefused);
  const own = new OwnOfProcesses(registry, `python ${dir}`);
  let closed = false;
  let pids: Pids | undefined;
  // What it needs of the system is asked for where it is needed: without forgetDead by nobody.
  const host = { fs, isGone: (pid: number, path: string) => (pids ??= new Pids(systemHere())).isGone(pid, path) };
  const sink = new GivenSink(source, onRefused);
  const given = {
    core: source.core,
    host,
    sink,
    ...(sliceMs === undefined ? {} : { sliceMs }),
    forgetDead: forgetDead ?? false,
    onSkipped: onRefused,
  };
  const reader = readDirectory(dir, given);
  const refresh = async () => {
    await reader.refresh();
    own.tellRefused(refused);
  };
  const uncollect = registry.gather(refresh, { name: "python", timeoutSeconds: TIMEOUT_SECONDS, onError: told });
  return {
    refresh,
    get statistics() {
      return reader.statistics;
    },
    close() {
      if (closed) return;
      closed = true;
      forget();
      uncollect();
      reader.close();
      source.close();
      own.over();
      claim.close();
    },
  };
}
