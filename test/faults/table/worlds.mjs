// The worlds of the table of faults, and for each export of the core the world that its faults happen in, or why there is none.

import { readFileSync } from "node:fs";
import * as images from "./images.mjs";
import * as imagesVerbs from "./images-verbs.mjs";
import * as metrics from "./metrics.mjs";
import * as metricsVerbs from "./metrics-verbs.mjs";
import * as records from "./records.mjs";
import * as recordsVerbs from "./records-verbs.mjs";

export const WORLDS = [
  { name: "metrics", ...metrics, ...metricsVerbs },
  { name: "images", ...images, ...imagesVerbs },
  { name: "records", ...records, ...recordsVerbs },
];

/** Exports that no other thread can be in the middle of. */
export const REASONS = {
  LAYOUT_VERSION: "a number",
  LABELS_BYTES_MAX: "a number",
  memoryFormat: "a memory is handed to others when it is formatted: table.test.mjs formats one that a death left half done",
  refusalReason: "a word of the thread's own instance: no access to any memory",
  refusalDefinition: "a word of the thread's own instance",
  refusalValue: "a word of the thread's own instance",
  memoryKey: "a memory that nobody else has yet, before its first series",
};

/** The name of an export, of a way to call it. */
export const exportOf = (verb) => verb.split(" ")[0];

/** What the core exports. */
export function exported() {
  const module = new WebAssembly.Module(readFileSync(new URL("../../../build/core.wasm", import.meta.url)));
  return WebAssembly.Module.exports(module)
    .map(({ name }) => name)
    .filter((name) => name !== "memory");
}
