// A family where it lies, and what its series are: read over all threads, in the order in which they were made.

import type { Core } from "../core.ts";
import type { Definition } from "../definition.ts";
import { blocks } from "../describe.ts";
import type { Registry as Store } from "../index.ts";
import { blockLabels, unquoted } from "../labels.ts";
import { readSeries, type Reading } from "../reading.ts";

/** Where a family is: it may be another place the next time that somebody asks. */
export interface Stored {
  readonly store: Store;
  readonly core: Core;
  readonly address: number;
  readonly state: number;
  readonly definition: Definition;
}

/** One series: the labels as text prints them, and what it stands at. */
export interface Series {
  readonly block: string;
  readonly reading: Reading;
}

/** Each series that is still there when its turn has come. */
export function* seriesOf({ core, address, state, definition }: Stored): Generator<Series> {
  // All blocks first: a reading uses the room that they are told in.
  const all = [...blocks(core, address, state)];
  for (const block of all) {
    const reading = readSeries(core, definition, address, state, block);
    if (reading !== undefined) yield { block, reading };
  }
}

/** The labels of a block as an object. */
export function labelsOfBlock(block: string): Record<string, string> {
  const labels: Record<string, string> = {};
  if (block !== "") for (const [name, value] of blockLabels(block)) labels[unquoted(name)] = unquoted(value);
  return labels;
}

/** What a family's samples are called where prom-client would print it: a counter as whoever declared it wrote it. */
export function printedName({ kind, name, bare }: Definition): string {
  if (kind === "counter") return bare === true ? name : `${name}_total`;
  return kind === "info" ? `${name}_info` : name;
}
