// A family's part of one writer, carried from one memory into another: what a thread does that counted before
// it could join.

import { ABSENT, GONE } from "../assembly/status.ts";
import type { Core } from "./core.ts";
import type { CounterFamily } from "./counter.ts";
import type { GaugeFamily } from "./gauge.ts";
import type { GaugeMode } from "./definition.ts";
import type { HistogramFamily } from "./histogram.ts";

interface Part {
  readonly block: string;
  readonly value: number;
  readonly buckets: Uint8Array;
}

function parts(core: Core, address: number, state: number): Part[] {
  const { verbs } = core;
  const found: Part[] = [];
  for (let position = 0; ; position++) {
    const buckets = core.cold(() => verbs.carryRead(address, state, position));
    if (buckets === GONE) return found;
    if (buckets === ABSENT || buckets < 0) continue;
    const from = verbs.carryBuckets();
    found.push({
      block: core.text(verbs.carryKey(), verbs.carryKeyLength()),
      value: verbs.carryValue(),
      buckets: core.bytes(from + buckets * 8).slice(from, from + buckets * 8),
    });
  }
}

/** A shared gauge is added to, so that an `inc` here and its `dec` there cancel out; a part is a part. */
function gaugeCarried(core: Core, mode: GaugeMode, cell: number, value: number): void {
  const token = core.verbs.seriesToken();
  if (mode === "shared") core.sharedAdd(cell, token, value);
  else if (mode === "mostrecent") core.gaugeSetLatest(cell, token, value);
  else core.gaugeSet(cell, token, value);
}

/** Moves a family to the address it has in another memory, with what this thread counted in it. */
export function carry(from: Core, family: CounterFamily | GaugeFamily | HistogramFamily, to: Core, address: number, state: number): void {
  const carried = parts(from, family.address, family.state);
  // A shared cell is nobody's: only ending its series sends the handles to it the cold way, to the new memory.
  if (family.definition.kind === "gauge" && family.definition.mode === "shared") family.reset();
  family.moved(to, address, state);
  for (const part of carried) {
    const cell = family.bind(part.block, true);
    if (cell === 0) continue;
    if (family.definition.kind === "gauge") {
      gaugeCarried(to, family.definition.mode, cell, part.value);
      continue;
    }
    to.cold(() => {
      const length = part.block.length * 3;
      const at = (length + 7) & ~7;
      const input = to.inputRoom(at + part.buckets.length + 8);
      const bytes = to.bytes(input + at + part.buckets.length);
      bytes.set(part.buckets, input + at);
      const written = to.input(part.block);
      return to.verbs.carryMerge(family.address, family.state, written, part.value, at);
    });
  }
}
