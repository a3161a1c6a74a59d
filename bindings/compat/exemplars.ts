// The exemplars of a family. They are in the memory with what they are about, so that other threads and processes have them, and the
// one way out is the page of OpenMetrics: its lines are read back, label by label.

import { labelBlock, unquoted } from "../labels.ts";
import { blockName } from "../names.ts";
import type { Exemplar } from "./shapes.ts";
import type { Stored } from "./stored.ts";

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)",?/y;
const NUMBERS = /\} (\S+)(?: (\S+))?$/y;
const VALUE = /\}? ?(\S+)/y;
const MARK = " # {";
const LE = "le";

/** Labels from a position on, and where they end. */
function labelsAt(line: string, from: number): { labels: Map<string, string>; end: number } {
  const labels = new Map<string, string>();
  LABEL.lastIndex = from;
  let end = from;
  for (let label = LABEL.exec(line); label !== null; label = LABEL.exec(line)) {
    labels.set(label[1]!, unquoted(`"${label[2]!}"`));
    end = LABEL.lastIndex;
  }
  return { labels, end };
}

/** The key of an exemplar: its series' block and, of a histogram, its bucket's bound. */
export function exemplarKey(block: string, le?: number): string {
  return le === undefined ? block : `${le === Infinity ? "+Inf" : String(le)} ${block}`;
}

function boundOf(text: string): number {
  return text === "+Inf" ? Infinity : Number(text);
}

/** By their keys. Empty for a family that keeps none. */
export function exemplarsOf({ store, definition }: Stored): ReadonlyMap<string, Exemplar> {
  const found = new Map<string, Exemplar>();
  if (!definition.exemplars) return found;
  const { body } = store.exposeSync({ dialect: "openmetrics", include: [definition.name] });
  for (const line of new TextDecoder().decode(body).split("\n")) {
    if (line.startsWith("#") || !line.includes(MARK)) continue;
    NAME.lastIndex = 0;
    const name = NAME.exec(line);
    if (name === null) continue;
    const after = name[0].length;
    const own = line[after] === "{" ? labelsAt(line, after + 1) : { labels: new Map<string, string>(), end: after };
    VALUE.lastIndex = own.end;
    if (VALUE.exec(line) === null || !line.startsWith(MARK, VALUE.lastIndex)) continue;
    const about = labelsAt(line, VALUE.lastIndex + MARK.length);
    NUMBERS.lastIndex = about.end;
    const numbers = NUMBERS.exec(line);
    if (numbers === null) continue;
    // Default labels stand in the line and not in the block.
    const names = definition.labelNames.filter((label) => own.labels.has(label));
    const block = labelBlock(
      names.map(blockName),
      names.map((label) => own.labels.get(label)!),
    );
    const le = own.labels.get(LE);
    const key = exemplarKey(block, definition.kind === "histogram" && le !== undefined ? boundOf(le) : undefined);
    found.set(key, { labelSet: Object.fromEntries(about.labels), value: boundOf(numbers[1]!), timestamp: Number(numbers[2] ?? 0) });
  }
  return found;
}
