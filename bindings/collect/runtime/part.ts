// What default metrics are made of: each part measures something, in the thread that began it.

import type { Sheet } from "./sheet.ts";

/** A part that runs. */
export interface Part {
  /** Sets what it knows now. */
  collect(collection: Collection): void;
  close?(): void;
}

/** A collection of values. */
export interface Collection {
  /** When the scrape began to run collectors in this thread, in milliseconds of `performance.now()`. */
  readonly began: number;
}

export type RuntimeName = "nodejs" | "deno" | "bun";

/** Begins a part; undefined where the runtime does not tell what it needs. */
export type Begin = (sheet: Sheet, runtime: RuntimeName) => Part | undefined;
