// What keeps this thread's event loop going: resources, and libuv's handles and requests, by their type.

import process from "node:process";
import type { Part } from "./part.ts";
import type { Sample, Sheet } from "./sheet.ts";

export const ACTIVE_NAMES = ["processResources", "processHandles", "processRequests"];

/** Types are classes, and a program may have any number of its own: those beyond are counted together. */
const TYPES_MOST = 100;
const OTHER = "other";

/** What Node has and does not write down; prom-client asks them, too. */
interface Undocumented {
  _getActiveHandles?(): readonly unknown[];
  _getActiveRequests?(): readonly unknown[];
}

function nameOf(thing: unknown): string | undefined {
  if (typeof thing === "string") return thing;
  return (thing as { readonly constructor?: { readonly name?: string } } | null)?.constructor?.name;
}

/** Counts what a list has of each type. */
class Types {
  readonly #list: () => readonly unknown[];
  readonly #sample: (type: string) => Sample;
  readonly #all: Sample;
  readonly #samples = new Map<string, Sample>();

  constructor(sheet: Sheet, list: () => readonly unknown[], name: string, help: string, totalHelp: string) {
    const types = sheet.metric({ kind: "gauge", name, help, labelNames: ["type"] });
    this.#list = list;
    this.#sample = (type) => types.sample([type]);
    this.#all = sheet.one({ kind: "gauge", name: `${name}_total`, help: totalHelp });
  }

  collect(): void {
    const all = this.#list();
    this.#all.is(all.length);
    // Those that were there: there are none of them now, which is known.
    for (const sample of this.#samples.values()) sample.is(0);
    for (const each of all) {
      const type = nameOf(each);
      if (type === undefined) continue;
      const sample = this.#of(type);
      sample.is(sample.value + 1);
    }
  }

  #of(type: string): Sample {
    const name = this.#samples.has(type) || this.#samples.size < TYPES_MOST ? type : OTHER;
    let sample = this.#samples.get(name);
    if (sample === undefined) this.#samples.set(name, (sample = this.#sample(name)));
    return sample;
  }
}

export function active(sheet: Sheet): Part {
  const types: Types[] = [];
  const { _getActiveHandles: handles, _getActiveRequests: requests } = process as Undocumented;
  if (typeof process.getActiveResourcesInfo === "function") {
    const help = "Number of active resources that are currently keeping the event loop alive, grouped by async resource type.";
    types.push(
      new Types(sheet, () => process.getActiveResourcesInfo(), "nodejs_active_resources", help, "Total number of active resources."),
    );
  }
  const grouped = (what: string) => `Number of active libuv ${what}s grouped by ${what} type. Every ${what} type is C++ class name.`;
  if (typeof handles === "function")
    types.push(
      new Types(sheet, () => handles.call(process), "nodejs_active_handles", grouped("handle"), "Total number of active handles."),
    );
  if (typeof requests === "function")
    types.push(
      new Types(sheet, () => requests.call(process), "nodejs_active_requests", grouped("request"), "Total number of active requests."),
    );
  return {
    collect() {
      for (const each of types) each.collect();
    },
  };
}
