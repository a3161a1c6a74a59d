// A gauge over all its cells, by its mode.

import { load32, load64 } from "../memory/atomics";
import {
  ACTIVE,
  Base,
  BASE_SET,
  Family,
  FAMILY_AGE,
  GAUGE,
  GaugeCell,
  MODE_LIVE,
  MODE_MAX,
  MODE_MIN,
  MODE_MOSTRECENT,
  MODE_SHARED,
  MODE_SUM,
  Series,
  SHARED_WRITER,
  STATESET,
  UNKNOWN,
  Writer,
} from "../layout";
import { totalAdd, totalClear, totalValue } from "../metric/total";
import { cellOwner } from "./cell";
import { isImported } from "./imported";
import { cellAfter, CELLS_MAX } from "./list";
import { counts, imported, readingBase, readingBegun, readingStands, RETRIES, sumAdded, valueOf } from "./reading";
import { clockNow, ownWriter, slotAt, slotState } from "./writer";

function alive(cell: usize): bool {
  const slot = slotAt(cellOwner(cell));
  return slot != 0 && (slotState(slot) & 3) == ACTIVE && load32(slot + offsetof<Writer>("doubted")) == 0;
}

/** True where a gauge's cell has something to say. */
function says(series: usize, cell: usize, type: u32, mode: u32): bool {
  if (!counts(series, cell, type)) return false;
  if ((mode == MODE_SHARED) != (cellOwner(cell) == SHARED_WRITER)) return false;
  if (mode == MODE_SHARED) return true;
  if (load64(cell + offsetof<GaugeCell>("order")) == 0) return false;
  return (mode & MODE_LIVE) == 0 || alive(cell);
}

/** Whether the last total had a part. */
let said: bool = false;

/** False where no living writer has a part of a live gauge: 0 would be a lie, except as a sum. */
export function gaugeSaid(): bool {
  return said;
}

/** Whether any part of the last gaugeTotal was set, and the order of the one that it is. */
export function gaugeIsSet(): bool {
  return gaugeSet;
}

export function gaugeNewest(): u64 {
  return gaugeOrder;
}

/** Of the gauge that is read: what is found so far. */
let gaugeSet: bool = false;
let gaugeValue: f64 = 0;
let gaugeOrder: u64 = 0;

/** Takes one more value into what a gauge of a mode has so far. Sums are added up beside. */
function gaugeTaken(mode: u32, value: f64, order: u64): void {
  if (
    !gaugeSet ||
    (mode != MODE_MOSTRECENT && gaugeValue != gaugeValue) ||
    (mode == MODE_MIN && value < gaugeValue) ||
    (mode == MODE_MAX && value > gaugeValue) ||
    (mode == MODE_MOSTRECENT && order > gaugeOrder)
  ) {
    gaugeValue = value;
    gaugeOrder = order;
    gaugeSet = true;
  }
}

/** Takes a base or a part; a state set is in every state that one of its processes is in. */
function gaugePartTaken(type: u32, mode: u32, from: usize): void {
  const part = changetype<Base>(from);
  if ((part.set & BASE_SET) == 0) return;
  sumAdded(from);
  const states = type == STATESET && gaugeSet;
  gaugeTaken(mode, part.high, part.order);
  if (states) gaugeValue = <f64>((<u64>gaugeValue) | (<u64>part.high));
}

export function gaugeTotal(series: usize): f64 {
  const family = changetype<Family>(<usize>changetype<Series>(series).family);
  const mode = family.mode & ~MODE_LIVE;
  const live = family.mode != mode;
  const scratch: usize = ownWriter().scratch;
  let adds = mode == MODE_SUM;
  let tries: u32 = 0;
  while (true) {
    let cell = readingBegun(series);
    gaugeSet = false;
    gaugeValue = 0;
    gaugeOrder = 0;
    totalClear();
    if (readingBase() != 0) gaugePartTaken(family.type, mode, readingBase());
    // A series that only other processes have says nothing once they have it no more. One that they have and have not set is 0.
    let there = readingBase() != 0 || cell == 0;
    for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
      const part = imported(series, cell);
      if (part != 0) {
        there = true;
        // A shared gauge has one value a process, and the sum of these. One alone keeps the sign of its 0.
        adds = adds || (gaugeSet && mode == MODE_SHARED && (family.type == GAUGE || family.type == UNKNOWN));
        gaugePartTaken(family.type, mode, part);
      } else if (says(series, cell, GAUGE, family.mode)) {
        // The order before the value: see gaugeSetLatest.
        const cellOrder = load64(cell + offsetof<GaugeCell>("order"));
        const value = valueOf(cell, scratch);
        adds = adds || (gaugeSet && mode == MODE_SHARED && (family.type == GAUGE || family.type == UNKNOWN));
        totalAdd(value);
        if (gaugeSet && family.type == STATESET) gaugeValue = <f64>((<u64>gaugeValue) | (<u64>value));
        else gaugeTaken(mode, value, cellOrder);
      }
      there = there || !isImported(cell);
      cell = cellAfter(cell);
    }
    if (readingStands(series) || tries++ == RETRIES) {
      said = gaugeSet || (there && (mode == MODE_SUM || !live));
      return adds ? totalValue() : gaugeValue;
    }
  }
}

/** For `all`: the next cell that has something to say, from `cell` on; 0 at the end. */
export function gaugeCellFrom(series: usize, cell: usize): usize {
  const family = changetype<Family>(<usize>changetype<Series>(series).family);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    if (says(series, cell, GAUGE, family.mode) || imported(series, cell) != 0) return cell;
    cell = cellAfter(cell);
  }
  return 0;
}

export function gaugeCellFirst(series: usize): usize {
  return gaugeCellFrom(series, readingBegun(series));
}

/** Whether what was read cell by cell from the first one on stands; after RETRIES of them, what was read last is used. */
export function gaugeCellsStand(series: usize, tries: u32): bool {
  return readingStands(series) || tries >= RETRIES;
}

/** The values of other processes in one of these cells: how many, and entries of {slot u32, process u32, value f64} behind. 0 for an own one. */
export function gaugeCellParts(series: usize, cell: usize): usize {
  const part = imported(series, cell);
  return part == 0 ? 0 : part + offsetof<Base>();
}

/** How many values of other processes a gauge has that prints them all. */
export function gaugePartCount(series: usize): u32 {
  let count: u32 = 0;
  for (let cell = gaugeCellFirst(series); cell != 0; cell = gaugeCellFrom(series, cellAfter(cell))) {
    const parts = gaugeCellParts(series, cell);
    if (parts != 0) count += load<u32>(parts);
  }
  return count;
}

export function gaugeCellValue(family: usize, cell: usize): f64 {
  const value = valueOf(cell, ownWriter().scratch);
  return (changetype<Family>(family).flags & FAMILY_AGE) != 0 ? max(clockNow() - value, 0) : value;
}
