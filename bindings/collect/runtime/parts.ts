// All parts of default metrics: which there are in a runtime, and whether they are of the thread or of the process. A runtime that
// answers a question with an empty list or with zeros, for other programs' sake, is not asked.

import process from "node:process";
import { active, ACTIVE_NAMES } from "./active.ts";
import { delay, DELAY_NAMES } from "./delay.ts";
import { gc, GC_NAMES } from "./gc.ts";
import { heap, HEAP_NAMES, heapSpaces, SPACES_NAMES } from "./heap.ts";
import { ownProcess, OWN_PROCESS_NAMES } from "./own-process.ts";
import type { Begin, Part, RuntimeName } from "./part.ts";
import type { Sheet } from "./sheet.ts";
import { start, startOfMain } from "./start.ts";
import { usage, USAGE_NAMES } from "./usage.ts";
import { utilization, UTILIZATION_NAMES } from "./utilization.ts";
import { version, VERSION_NAMES } from "./version.ts";
import { readsProc } from "./where.ts";

interface PartTold {
  /** As `metricsList` has them. */
  readonly names: readonly string[];
  readonly on: readonly RuntimeName[];
  readonly begin: Begin;
}

const ALL: readonly RuntimeName[] = ["nodejs", "deno", "bun"];

/** What of the memory is known without /proc. */
const RESIDENT_NAMES = ["osMemoryHeap"];

function resident(sheet: Sheet): Part {
  const sample = sheet.one({ kind: "gauge", name: "process_resident_memory_bytes", help: "Resident memory size in bytes." });
  return {
    collect() {
      sample.is(process.memoryUsage.rss());
    },
  };
}

const proc = (sheet: Sheet) => (readsProc() ? ownProcess(sheet, () => process.memoryUsage.rss()) : resident(sheet));

/** Once for all threads of a process. */
export const OF_PROCESS: readonly PartTold[] = [
  { names: USAGE_NAMES, on: ALL, begin: usage },
  { names: ["processStartTime"], on: ALL, begin: start },
  { names: process.platform === "linux" ? OWN_PROCESS_NAMES : RESIDENT_NAMES, on: ALL, begin: proc },
  { names: VERSION_NAMES, on: ALL, begin: version },
];

/** For each thread its own. */
export const OF_THREAD: readonly PartTold[] = [
  { names: DELAY_NAMES, on: ALL, begin: delay },
  { names: UTILIZATION_NAMES, on: ["nodejs"], begin: utilization },
  { names: ACTIVE_NAMES, on: ["nodejs"], begin: active },
  { names: HEAP_NAMES, on: ALL, begin: heap },
  { names: SPACES_NAMES, on: ["nodejs", "deno"], begin: heapSpaces },
  { names: GC_NAMES, on: ["nodejs"], begin: gc },
  { names: [], on: ["deno", "bun"], begin: startOfMain },
];

/** The names of what a runtime has. */
export function namesOf(runtime: RuntimeName): readonly string[] {
  return [...OF_PROCESS, ...OF_THREAD].filter(({ on }) => on.includes(runtime)).flatMap(({ names }) => names);
}

export function begun(parts: readonly PartTold[], sheet: Sheet, runtime: RuntimeName): Part[] {
  return parts
    .filter(({ on }) => on.includes(runtime))
    .map(({ begin }) => begin(sheet, runtime))
    .filter((part) => part !== undefined);
}
