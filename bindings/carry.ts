// A family's part of one writer, carried from one memory into another: what a thread does that counted before
// it could join.

import { ABSENT, GONE, OK } from "../assembly/status.ts";
import type { Core } from "./core.ts";
import type { Family } from "./family.ts";
import type { GaugeFamily } from "./gauge.ts";
import { type Definition, keepsLatest } from "./definition.ts";
import { blocks } from "./describe.ts";
import type { Bound } from "./labels.ts";
import { readSeries } from "./reading.ts";
import type { Place } from "./thread.ts";
import type { WholeFamily } from "./whole.ts";

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

/** Series that were set as a whole: no thread has a part of them. Those of collectors are set at every scrape. */
function wholes(core: Core, { definition, address, state }: Family<Bound>): Part[] {
  const { kind, constant } = definition;
  if ((kind !== "info" && kind !== "gaugeHistogram") || constant) return [];
  return [...blocks(core, address, state)].map((block) => {
    const read = readSeries(core, definition, address, state, block);
    return { block, value: read?.value ?? 0, buckets: new Uint8Array(new BigUint64Array(read?.buckets ?? []).buffer) };
  });
}

/** True where all threads have one cell. */
function isShared({ kind, mode }: Definition): boolean {
  return kind === "unknown" || kind === "stateset" || (kind === "gauge" && mode === "shared");
}

/**
 * A shared gauge is added to, so that an `inc` here and its `dec` there cancel out; NaN and infinities can only
 * have been set, and are set. A part is a part.
 */
function gaugeStored(core: Core, { kind, mode }: Definition, cell: number, value: number): number {
  const token = core.verbs.seriesToken();
  // Which states hold is said as a whole, and 0 is nothing said.
  if (kind === "stateset") return value === 0 ? OK : core.sharedSet(cell, token, value);
  if (mode === "shared") return Number.isFinite(value) ? core.sharedAdd(cell, token, value) : core.sharedSet(cell, token, value);
  if (keepsLatest(mode)) return core.gaugeSetLatest(cell, token, value, Date.now());
  return core.gaugeSet(cell, token, value);
}

/** Once more where another thread reset or removed the series between the two steps. */
function gaugeCarried(family: GaugeFamily, { block, value }: Part): void {
  const { core, definition } = family;
  for (let i = 0; i < 8; i++) {
    const cell = family.bind(block, true);
    if (cell === 0 || gaugeStored(core, definition, cell, value) === OK) return;
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
  const { kind } = family.definition;
  const carried = parts(from, family.address, family.state);
  const set = wholes(from, family);
  // A shared cell is nobody's: only ending its series sends the handles to it the cold way, to the new memory.
  if (isShared(family.definition)) family.reset();
  family.moved(to, address, state);
  for (const { block, value, buckets } of set) (family as WholeFamily).store(block, value, buckets, 0n);
  for (const part of carried) {
    if (kind === "gauge" || kind === "unknown" || kind === "stateset") {
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
