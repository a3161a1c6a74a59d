// What the library tells of recorders: samples by what became of them, files, and drains that failed.

import type { Catalog } from "../catalog.ts";
import { define, FLAG_OWN } from "../definition.ts";
import type { Counter } from "../metrics.ts";
import type { Keeping } from "./settings.ts";

const SAMPLES = {
  name: "tallystick_recorder_samples",
  help: "Samples of a recorder, by what became of them: written to files or given out, or dropped because there was no room.",
  labelNames: ["dir", "recorder", "outcome"],
};
const FILES = { name: "tallystick_recorder_files", help: "Files that a recorder wrote.", labelNames: ["dir", "recorder"] };
const BYTES = {
  name: "tallystick_recorder_written_bytes",
  help: "Bytes of the files that a recorder wrote.",
  unit: "bytes",
  labelNames: ["dir", "recorder"],
};
const FAILURES = {
  name: "tallystick_recorder_failures",
  help: "Times that samples could not be written.",
  labelNames: ["dir", "recorder"],
};

export interface Counts {
  readonly written: number;
  readonly dropped: number;
}

/** Tells of one recorder; where the memory is used up it is silent. */
export class OwnOfRecorder {
  readonly #catalog: Catalog;
  readonly #labels: readonly [string, string];

  constructor(catalog: Catalog, { dir, prefix }: Pick<Keeping, "dir" | "prefix">) {
    this.#catalog = catalog;
    this.#labels = [dir, prefix];
  }

  #counter(options: { readonly name: string; readonly help: string; readonly labelNames: readonly string[] }): Counter<string[]> {
    return this.#catalog.family("counter", define("counter", options), FLAG_OWN) as unknown as Counter<string[]>;
  }

  #silently(tell: () => void): void {
    try {
      tell();
    } catch {
      // The registry is closed, or the memory is used up.
    }
  }

  /** Of all threads, by one of them. */
  samples({ written, dropped }: Counts): void {
    this.#silently(() => {
      for (const [outcome, count] of Object.entries({ written, dropped })) {
        const counter = this.#counter(SAMPLES).labels(...this.#labels, outcome);
        // Before, another thread may have told them.
        counter.inc(Math.max(count - counter.value(), 0));
      }
    });
  }

  wrote(files: number, bytes: number): void {
    this.#silently(() => {
      this.#counter(FILES)
        .labels(...this.#labels)
        .inc(files);
      this.#counter(BYTES)
        .labels(...this.#labels)
        .inc(bytes);
    });
  }

  failed(): void {
    this.#silently(() =>
      this.#counter(FAILURES)
        .labels(...this.#labels)
        .inc(),
    );
  }

  /** What all threads wrote so far. */
  get written(): { readonly files: number; readonly bytes: number } {
    let files = 0;
    let bytes = 0;
    this.#silently(() => {
      files = this.#counter(FILES)
        .labels(...this.#labels)
        .value();
      bytes = this.#counter(BYTES)
        .labels(...this.#labels)
        .value();
    });
    return { files, bytes };
  }
}
