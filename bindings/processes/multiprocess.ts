// The metrics of Python's client, out of the directory in which its processes leave them, into a sink.
//
// The core reads the files and makes one value of each key (assembly/image/python.ts), series.ts knows what the keys are parts
// of. A refresh works in slices, so that a directory of thousands of files delays nobody for long.

import type { Core } from "../core.ts";
import { currentRuntime } from "../runtime.ts";
import { Directory } from "./directory.ts";
import type { Host } from "./host.ts";
import { SeriesTable } from "./series.ts";
import type { Sink } from "./sink.ts";

/** What a refresh does at once before it lets the event loop turn. */
const SLICE_MS = 2;
/** Keys or series between two looks at the clock: some 0.1 ms. */
const AT_ONCE = 128;

export interface MultiprocessOptions {
  readonly core: Core;
  readonly host: Host;
  readonly sink: Sink;
  /** Milliseconds of work between two turns of the event loop, 2 by default; Infinity does all at once. */
  readonly sliceMs?: number;
  /**
   * Leaves out `gauge_live…` files of pids that are no process of this machine, or by now another one than wrote them, as if
   * mark_process_dead had been called. Off by default, as in Python: where containers share a directory, a pid of another one is not known here.
   */
  readonly forgetDead?: boolean;
  /** Hears of each file that is not read, or not to its end, when that is first found. */
  readonly onSkipped?: (error: Error) => void;
}

/** Of the last refresh. */
export interface MultiprocessStatistics {
  /** Files that were opened. */
  readonly files: number;
  /** Files of that ending that were not read, or not to their end: empty, cut short, corrupt, links, other programs'. */
  readonly skipped: number;
  readonly samples: number;
  readonly bytes: number;
  /** Different keys that are known. */
  readonly keys: number;
  /** Samples and keys that no page has: past a limit, no JSON, no lawful name. */
  readonly refused: number;
}

export interface MultiprocessReader {
  /** Reads the directory and hands over what it has; one that is under way is shared. */
  refresh(): Promise<void>;
  readonly statistics: MultiprocessStatistics;
  /** Gives its memory back. What it handed over stays until the sink is told otherwise. */
  close(): void;
}

class Reader implements MultiprocessReader {
  readonly #directory: Directory;
  readonly #series: SeriesTable;
  readonly #sink: Sink;
  readonly #sliceMs: number;
  #refreshing: Promise<void> | undefined;
  #closed = false;
  #from = 0;
  statistics: MultiprocessStatistics = { files: 0, skipped: 0, samples: 0, bytes: 0, keys: 0, refused: 0 };

  constructor(path: string, { core, host, sink, sliceMs = SLICE_MS, forgetDead = false, onSkipped }: MultiprocessOptions) {
    this.#directory = new Directory(core, host, path, forgetDead, onSkipped);
    this.#series = new SeriesTable(sink);
    this.#sink = sink;
    this.#sliceMs = sliceMs;
  }

  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  close(): void {
    if (!this.#closed) this.#directory.close();
    this.#closed = true;
  }

  async #refresh(): Promise<void> {
    if (this.#closed) return;
    this.#from = performance.now();
    for (const _ of this.#steps()) {
      if (performance.now() - this.#from < this.#sliceMs) continue;
      await currentRuntime().pause();
      if (this.#closed) return;
      this.#from = performance.now();
    }
  }

  /** A refresh, in steps of less than a slice. */
  *#steps(): Generator<void, void, undefined> {
    const directory = this.#directory;
    const series = this.#series;
    if (series.isStale(directory) && directory.forget()) series.clear();
    for (const file of directory.files()) {
      directory.read(file);
      yield;
    }
    while (series.length < directory.keyCount) {
      series.learn(directory);
      if (series.length % AT_ONCE === 0) yield;
    }
    series.settle();
    yield* series.merge(directory, AT_ONCE);
    yield* series.handOver(AT_ONCE);
    this.#sink.publish();
    this.statistics = {
      ...directory.counts,
      samples: directory.samples,
      keys: directory.keyCount,
      refused: directory.refused + series.refused,
    };
  }
}

/** Reads what Python's client left in a directory, at every `refresh`. */
export function readDirectory(path: string, options: MultiprocessOptions): MultiprocessReader {
  return new Reader(path, options);
}
