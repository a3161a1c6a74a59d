// This thread's heap, in bytes, and its spaces where there are any.

import process from "node:process";
import { getHeapSpaceStatistics, getHeapStatistics } from "node:v8";
import type { Part, RuntimeName } from "./part.ts";
import type { Sample, Sheet } from "./sheet.ts";

export const HEAP_NAMES = ["heapSizeAndUsed"];
export const SPACES_NAMES = ["heapSpacesSizeAndUsed"];

const TITLES = { nodejs: "Node.js", deno: "Deno", bun: "Bun" } as const;

interface Heap {
  readonly total: number;
  readonly used: number;
  readonly external: number;
}

/** As `process.memoryUsage()` has it, without its reading of the whole process' memory, which costs ten times as much. */
function ofV8(): Heap {
  const {
    total_heap_size: total,
    used_heap_size: used,
    external_memory: external,
  } = getHeapStatistics() as unknown as Record<string, number>;
  return { total: total!, used: used!, external: external! };
}

/** V8's statistics of Bun are made up of a walk over the heap, and half of them are nobody's. */
function ofJavaScriptCore(): Heap {
  const { heapTotal, heapUsed, external } = process.memoryUsage();
  return { total: heapTotal, used: heapUsed, external };
}

export function heap(sheet: Sheet, runtime: RuntimeName): Part {
  const title = TITLES[runtime];
  const gauge = (name: string, help: string) => sheet.one({ kind: "gauge", name: `${runtime}_${name}_bytes`, help });
  const total = gauge("heap_size_total", `Process heap size from ${title} in bytes.`);
  const used = gauge("heap_size_used", `Process heap size used from ${title} in bytes.`);
  const external = gauge("external_memory", `${title} external memory size in bytes.`);
  const told = runtime === "bun" ? ofJavaScriptCore : ofV8;
  return {
    collect() {
      const now = told();
      total.is(now.total);
      used.is(now.used);
      external.is(now.external);
    },
  };
}

const SUFFIX = /_space$/;

export function heapSpaces(sheet: Sheet, runtime: RuntimeName): Part {
  const metrics = (["total", "used", "available"] as const).map((what) =>
    sheet.metric({
      kind: "gauge",
      name: `${runtime}_heap_space_size_${what}_bytes`,
      help: `Process heap space size ${what} from ${TITLES[runtime]} in bytes.`,
      labelNames: ["space"],
    }),
  );
  const spaces = new Map<string, readonly Sample[]>();
  return {
    collect() {
      for (const {
        space_name: name,
        space_size: size,
        space_used_size: used,
        space_available_size: available,
      } of getHeapSpaceStatistics()) {
        let own = spaces.get(name);
        if (own === undefined) {
          const values = [name.replace(SUFFIX, "")];
          spaces.set(name, (own = metrics.map((metric) => metric.sample(values))));
        }
        own[0]!.is(size);
        own[1]!.is(used);
        own[2]!.is(available);
      }
    },
  };
}
