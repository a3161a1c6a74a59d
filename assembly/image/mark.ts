// Marks: one number for all that a series holds of this process. Where it is what it was, nothing has changed that an
// image would tell; where it is not, something may have. As expiry.ts does it for what is idle, but of 64 bits: there a mark
// that is the same by chance costs a series one more sweep, here a value would be missing until the next change.
//
// A mark is taken before the values are read, and from words that are stored after them, or are the values: what changes
// while they are read, or was read before its word was stored, shows in the next mark. Each word of a cell that tells
// whether and how it counts is in it, so that a reset that a death cut short shows, too, and whoever reads ends it.
//
// It does not handle: the bin of a summary's observation is counted behind the last word of its record. Who takes mark and
// windows in between misses it in the windows until the next observation, in count and sum never.

import { load32, load64 } from "../memory/atomics";
import {
  Cell,
  COUNTER,
  CounterCell,
  Family,
  GAUGE,
  GaugeCell,
  HistogramCell,
  IMPORTED,
  MODE_LIVE,
  More,
  POISON,
  Series,
  SHARED_WRITER,
  Writer,
} from "../layout";
import { cellOwner, cellType } from "../store/cell";
import { exemplarSlots } from "../store/exemplar";
import { cellAfter, CELLS_MAX, headOf, seriesSequence, seriesWord } from "../store/list";
import { moreOf } from "../store/more";
import { slotAt, slotState } from "../store/writer";

/** Odd: of SplitMix64, and 2^64 divided by the golden ratio. A sum of a few products is another one for other words. */
const FIRST: u64 = 0xbf58476d1ce4e5b9;
const SECOND: u64 = 0x94d049bb133111eb;
const THIRD: u64 = 0x9e3779b97f4a7c15;

/** Whether it tells which writers live, and how many exemplars there may be: of the family whose series follow. */
let live: bool = false;
let slots: u32 = 0;

/** Begins the marks of a family's series. */
export function markBegun(family: usize): void {
  live = (changetype<Family>(family).mode & MODE_LIVE) != 0;
  slots = exemplarSlots(family);
}

/** A word of a cell that changes with what it holds. */
function changing(cell: usize): u64 {
  const type = cellType(cell);
  if (type == COUNTER) return load64(cell + offsetof<CounterCell>("value"));
  if (type != GAUGE) return load64(cell + offsetof<HistogramCell>("check"));
  const value = load64(cell + offsetof<GaugeCell>("value"));
  return cellOwner(cell) == SHARED_WRITER ? value : value + load64(cell + offsetof<GaugeCell>("order")) * THIRD;
}

/** What tells whether a cell's owner lives. */
function owning(cell: usize): u64 {
  const slot = slotAt(cellOwner(cell));
  return slot == 0 ? 0 : ((<u64>slotState(slot)) << 1) | u64(load32(slot + offsetof<Writer>("doubted")) != 0);
}

/** The mark of a live series of the family that was begun. Only between `begin` and `end`. */
export function markOf(series: usize): u64 {
  const word = seriesWord(series);
  let mark = <u64>seriesSequence(series) * FIRST + word * SECOND + load<u64>(series + offsetof<Series>("created")) * THIRD;
  let cell: usize = word == POISON ? 0 : headOf(word);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    const next = cellAfter(cell);
    if (load32(cell + offsetof<Cell>("series")) == series && cellType(cell) != IMPORTED) {
      mark = rotl<u64>(mark, 31) + (<u64>load32(cell) + ((<u64>cellOwner(cell)) << 32)) * FIRST + changing(cell) * SECOND;
      if (live) mark += owning(cell) * THIRD;
    }
    cell = next;
  }
  return slots == 0 ? mark : withExemplars(mark, series);
}

function withExemplars(mark: u64, series: usize): u64 {
  const block: usize = load32(moreOf(series) + offsetof<More>("exemplars"));
  if (block == 0) return mark;
  for (let slot: u32 = 0; slot < slots; slot++) mark = rotl<u64>(mark, 31) * THIRD + load32(block + (slot << 2));
  return mark;
}
