// A family's part of one writer, carried from one memory into another: what a thread does that counted before
// it could join.

import { ABSENT, GONE, OK } from "../assembly/status.ts";
import type { Core } from "./core.ts";
import type { Family } from "./family.ts";
import type { GaugeFamily } from "./gauge.ts";
import { type GaugeMode, keepsLatest } from "./definition.ts";
import type { Bound } from "./labels.ts";
import type { Place } from "./thread.ts";

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

/**
 * A shared gauge is added to, so that an `inc` here and its `dec` there cancel out; NaN and infinities can only
 * have been set, and are set. A part is a part.
 */
function gaugeStored(core: Core, mode: GaugeMode, cell: number, value: number): number {
  const token = core.verbs.seriesToken();
  if (mode === "shared") return Number.isFinite(value) ? core.sharedAdd(cell, token, value) : core.sharedSet(cell, token, value);
  if (keepsLatest(mode)) return core.gaugeSetLatest(cell, token, value);
  return core.gaugeSet(cell, token, value);
}

/** Once more where another thread reset or removed the series between the two steps. */
function gaugeCarried(family: GaugeFamily, { block, value }: Part): void {
  const { core, definition } = family;
  for (let i = 0; i < 8; i++) {
    const cell = family.bind(block, true);
    if (cell === 0 || gaugeStored(core, definition.mode, cell, value) === OK) return;
  }
}

/** The block of a registry's default labels; empty where it has none. */
export function labelsOf({ core, address, state }: Place): string {
  const length = core.cold(() => core.verbs.carryLabels(address, state));
  return length <= 0 ? "" : core.text(core.verbs.carryKey(), length);
}

/**
 * Takes default labels along. Those that are there stay: the threads that joined in time set them. Where a family
 * there has a label of such a name, none are taken.
 */
export function carryLabels(from: Place, to: Place): void {
  const block = labelsOf(from);
  if (block === "" || labelsOf(to) !== "") return;
  to.core.cold(() => to.core.verbs.registryLabels(to.address, to.state, to.core.input(block)));
}

/** Moves a family to the address it has in another memory, with what this thread counted in it. */
export function carry(from: Core, family: Family<Bound>, to: Core, address: number, state: number): void {
  const carried = parts(from, family.address, family.state);
  // A shared cell is nobody's: only ending its series sends the handles to it the cold way, to the new memory.
  if (family.definition.kind === "gauge" && family.definition.mode === "shared") family.reset();
  family.moved(to, address, state);
  for (const part of carried) {
    if (family.definition.kind === "gauge") {
      gaugeCarried(family as GaugeFamily, part);
      continue;
    }
    if (family.bind(part.block, true) === 0) continue;
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
