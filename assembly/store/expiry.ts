// When a series is idle: nothing that its cells hold has changed for as long as its family says. Nobody who counts does
// anything for it: whoever sweeps, a walk or the maker of another series, makes a mark of what the cells hold and
// compares it with the last one. A series thus ends between one and two sweeps after its time; where nobody scrapes and
// nobody makes series, nothing ends, and nothing grows either.
//
// An observation between the look and the removal goes down with the series, as with any other removal; its handle
// begins the series anew with the next one.

import { load32, load64, store32 } from "../memory/atomics";
import {
  Cell,
  COUNTER,
  CounterCell,
  Family,
  GAUGE,
  GaugeCell,
  HistogramCell,
  IMPORTED,
  More,
  POISON,
  SHARED_WRITER,
  SharedCell,
} from "../layout";
import { cellOwner, cellType } from "./cell";
import { importedVersion } from "./imported";
import { cellAfter, CELLS_MAX, headOf, seriesSequence, seriesWord } from "./list";
import { moreOf } from "./more";
import { clockPassed } from "./writer";

/** Odd; 2^64 divided by the golden ratio. */
const FACTOR: u64 = 0x9e3779b97f4a7c15;

/** A word of a cell that changes with every verb of it. */
function changing(cell: usize): u64 {
  const type = cellType(cell);
  if (type == COUNTER) return load64(cell + offsetof<CounterCell>("value"));
  if (type == IMPORTED) return importedVersion(cell);
  if (type != GAUGE) return load64(cell + offsetof<HistogramCell>("check"));
  if (cellOwner(cell) == SHARED_WRITER) return load32(cell + offsetof<SharedCell>("uses"));
  return load64(cell + offsetof<GaugeCell>("order"));
}

/** A number for all that a series holds; never 0. */
function markOf(series: usize): u32 {
  // Of samples that are set as a whole nothing but this tells: their bases use the same addresses again and again.
  let mark: u64 = <u64>seriesSequence(series) * FACTOR;
  const word = seriesWord(series);
  // Removed since somebody saw it live.
  let cell: usize = word == POISON ? 0 : headOf(word);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    if (load32(cell + offsetof<Cell>("series")) == series) mark = rotl<u64>(mark + changing(cell) + cellOwner(cell), 32) * FACTOR;
    cell = cellAfter(cell);
  }
  return (<u32>(mark >> 32)) | 1;
}

/** True where a live series of a family that lets series end has been idle for too long. Only between `begin` and `end`. */
export function isIdle(family: usize, series: usize): bool {
  const more = moreOf(series);
  const mark = markOf(series);
  if (load32(more + offsetof<More>("mark")) != mark) {
    // The time first: whoever finds this mark finds no older time.
    store32(more + offsetof<More>("since"), <u32>clockPassed());
    store32(more + offsetof<More>("mark"), mark);
    return false;
  }
  // And the time before the clock: another one's look may have been a moment ago, and its seconds are the memory's.
  const since = load32(more + offsetof<More>("since"));
  return <u32>clockPassed() - since > changetype<Family>(family).expireSeconds;
}
