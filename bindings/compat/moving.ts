// A family taken from one store into another, with all that its series stand at: what this thread counted, what other copies of the
// library in it did, and what threads left that are no more. Nobody else counts meanwhile. Handles follow: their cells end where they were.

import type { AnyFamily } from "../catalog.ts";
import { definitionText } from "../definition.ts";
import type { Registry as Store } from "../index.ts";
import { labelBlock } from "../labels.ts";
import { blockName } from "../names.ts";
import { exemplarKey, exemplarsOf } from "./exemplars.ts";
import type { Exemplar } from "./shapes.ts";
import { type Series, seriesOf, type Stored } from "./stored.ts";

/** What stands behind a value: counts of buckets, not cumulative. */
function tailOf({ reading }: Series): Uint8Array {
  return new Uint8Array(new BigUint64Array(reading.buckets).buffer);
}

function merged(family: AnyFamily, series: Series): void {
  const { core, address, state } = family;
  const tail = tailOf(series);
  core.cold(() => {
    const at = (series.block.length * 3 + 7) & ~7;
    const input = core.inputRoom(at + tail.length + 8);
    core.bytes(input + at + tail.length).set(tail, input + at);
    return core.verbs.carryMerge(address, state, core.input(series.block), series.reading.value, at);
  });
}

/** What the series' exemplars were about, with their times. */
function told(family: AnyFamily, { block }: Series, exemplars: ReadonlyMap<string, Exemplar>): void {
  const { core, definition } = family;
  const keys =
    definition.kind === "histogram" ? [...definition.buckets, Infinity].map((le) => exemplarKey(block, le)) : [exemplarKey(block)];
  for (const { labelSet, value, timestamp } of keys.flatMap((key) => exemplars.get(key) ?? [])) {
    const cell = family.bind(block, true);
    if (cell === 0) return;
    const token = core.verbs.seriesToken();
    const about = labelBlock(Object.keys(labelSet).map(blockName), Object.values(labelSet));
    core.cold(() => core.verbs.exemplarSet(cell, token, value, timestamp, core.input(about)));
  }
}

function put(family: AnyFamily, series: Series): void {
  const cell = family.bind(series.block, true);
  if (cell === 0) return;
  const { kind, mode } = family.definition;
  const { core } = family;
  if (kind !== "gauge") merged(family, series);
  else if (mode === "shared") core.sharedSet(cell, core.verbs.seriesToken(), series.reading.value);
  else core.gaugeSet(cell, core.verbs.seriesToken(), series.reading.value);
}

/** Throws where the store has another family of the name. */
export function moveFamily(family: AnyFamily, stored: Stored, to: Store): void {
  const { store: from, core, address, state, definition } = stored;
  const place = to.here(`move "${definition.name}"`);
  const there = to.registered(place, definition, definitionText(definition), 0);
  const thereState = place.core.verbs.familyState();
  const all = [...seriesOf(stored)];
  const exemplars = exemplarsOf(stored);
  family.moved(place.core, there, thereState);
  for (const series of all) {
    put(family, series);
    if (exemplars.size > 0) told(family, series, exemplars);
  }
  from.families.delete(definition.name);
  core.cold(() => core.verbs.familyRemove(address, state));
  to.families.set(definition.name, family);
  (family as { home: unknown }).home = to;
  family.begin();
}
