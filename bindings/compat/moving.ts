// A family taken from one store into another, with all that its series stand at: what this thread counted, what other copies of the
// library in it did, and what threads left that are no more. Nobody else counts meanwhile. Handles follow: their cells end where they were.

import type { AnyFamily } from "../catalog.ts";
import { definitionText } from "../definition.ts";
import type { Registry as Store } from "../index.ts";
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
  family.moved(place.core, there, thereState);
  for (const series of all) put(family, series);
  from.families.delete(definition.name);
  core.cold(() => core.verbs.familyRemove(address, state));
  to.families.set(definition.name, family);
  (family as { home: unknown }).home = to;
  family.begin();
}
