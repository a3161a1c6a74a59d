// Folding: what a dead writer counted moves into the series' base, and its cell becomes free.
//
// Only with proof of the death, and only while the slot is FOLDING, held by one folder at a time. For a cell
// X of series S:
//
//   1  a finished new base = old base + X, `includes` = X, replaces the old one in S's word: one swap. From
//      here on X's content is in the base, and readers skip X by name.
//   2  sequence + 1: readers that still hold the old base look again.
//   3  X's token becomes FOLDED: readers skip X by its own word.
//   4  includes = 0: X may be used again without being skipped.
//   5  X is marked in its own `next` and unlinked, as in Harris's list; sequence + 1.
//   6  X is given back: its owner's heir may use it when every cold verb that was under way has ended.
//
// A folder that dies leaves a FOLDING slot, which the next one takes over when that death is proven; each
// step sees from the words whether it was done. The slot's `folder` is a lock; slots.pml has what came of less. Whoever replaces a base first does step 3 for the cell that
// it includes. Gauges fold by their mode; the live ones are forgotten, `all` keeps its cell until the slot
// has a new owner, and so does a summary, whose windows no base has.

import { add32, exchangeIf32, exchangeIf64, load32 } from "../memory/atomics";
import {
  Base,
  Cell,
  COUNTER,
  CounterCell,
  DETACHED,
  Family,
  FOLDED,
  FOLDING,
  GAUGE,
  GaugeCell,
  HISTOGRAM,
  HistogramCell,
  KIND_PLAIN,
  MODE_ALL,
  MODE_LIVE,
  MODE_MAX,
  MODE_MIN,
  MODE_MOSTRECENT,
  MODE_SUM,
  NATIVE,
  NativeCell,
  POISON,
  RETIRED,
  Series,
  Slab,
  SUMMARY,
  Writer,
  WRITERS_MAX,
} from "../layout";
import { ABSENT, EXHAUSTED, NO_WRITER } from "../status";
import { totalAdd, totalClear, totalHigh, totalLow } from "../metric/total";
import { histogramAdd, histogramRepair } from "../metric/histogram";
import { nativeAdd, nativePopulated, nativeRepair, nativeScratchBytes } from "../metric/native";
import { sparseLimit } from "../metric/sparse";
import { baseGive, baseGrown, baseSparse } from "./base";
import { cellFree, cellGiveBack, cellOwner, cellsReclaim, cellType, cellTypeOf, firstSlab, isGivenBack } from "./cell";
import { limboSift, retire } from "./limbo";
import { baseOf, isIncluded, isListed, SEQUENCE, seriesWord, withBase, WORD } from "./list";
import { replacedEnd, sayFolded, unlink } from "./unlink";
import { begin, end, mayAct, owned, ownState, ownWriter, roomAddress, slotAt, slotLife, slotMove, slotState } from "./writer";

/** Adds the value of a dead gauge cell to a base, by mode. */
function gaugeInto(base: Base, cell: usize, mode: u32): void {
  const record = changetype<GaugeCell>(cell);
  if (record.order == 0) return;
  const first = base.set == 0;
  if (mode == MODE_SUM) {
    totalClear();
    totalAdd(base.high);
    totalAdd(base.low);
    totalAdd(record.value);
    base.high = totalHigh();
    base.low = totalLow();
  } else if (
    first ||
    (mode != MODE_MOSTRECENT && base.high != base.high) ||
    (mode == MODE_MIN && record.value < base.high) ||
    (mode == MODE_MAX && record.value > base.high) ||
    (mode == MODE_MOSTRECENT && record.order > base.order)
  ) {
    base.high = record.value;
    base.order = record.order;
  }
  base.set = 1;
}

function cumulativeInto(base: Base, cell: usize, value: f64): void {
  totalClear();
  totalAdd(base.high);
  totalAdd(base.low);
  totalAdd(value);
  base.high = totalHigh();
  base.low = totalLow();
  if (cellType(cell) == HISTOGRAM) histogramAdd(cell, changetype<usize>(base) + offsetof<Base>());
}

/** Adds the buckets and the sum of a native histogram's cell, in no finer a resolution than its limit allows. */
function nativeInto(family: usize, base: Base, cell: usize, scratch: usize, scratchBytes: u32): void {
  const made = changetype<usize>(base);
  const sparse = baseSparse(family, made);
  cumulativeInto(base, cell, changetype<NativeCell>(cell).sum);
  const classic = changetype<NativeCell>(cell).shape == 0 ? 0 : made + offsetof<Base>();
  nativeAdd(cell, sparse, classic, scratch, scratchBytes);
  sparseLimit(sparse, changetype<NativeCell>(cell).bucketsMax);
}

/** Steps 2 and 3 on behalf of whoever published a base and has not come to them yet. */
export function helpIncluded(series: usize, base: usize): void {
  const cell = load32(base + offsetof<Base>("includes"));
  if (cell == 0) return;
  const token = load32(cell);
  // Still included, so still the same life of the cell, and the token seen belongs to it.
  if (load32(base + offsetof<Base>("includes")) != cell) return;
  if (token == FOLDED || token == DETACHED) return;
  add32(series + SEQUENCE, 1);
  exchangeIf32(cell, token, FOLDED);
}

/** Steps 1 and 2. EXHAUSTED without memory, ABSENT where the cell left its series meanwhile. */
function intoBase(family: usize, series: usize, cell: usize): i32 {
  const native = cellType(cell) == NATIVE;
  // The room before anything is read: where there is none nothing has happened.
  const scratchBytes: u32 = native ? nativeScratchBytes(cell) : 0;
  const scratch: usize = native ? roomAddress(scratchBytes) : 0;
  if (native && scratch == 0) return EXHAUSTED;
  while (true) {
    // The word before the token: a detacher takes the token before it swaps the word, so a token that is still
    // alive says that this word holds what the cell counted.
    const word = seriesWord(series);
    const token = load32(cell);
    if (token == DETACHED || word == POISON) return ABSENT;
    const old = baseOf(word);
    if (token == FOLDED || isIncluded(word, cell)) {
      // The folder before us may have died between steps 1 and 2.
      add32(series + SEQUENCE, 1);
      return 0;
    }
    if (old != 0) helpIncluded(series, old);
    const made = baseGrown(family, old, native ? nativePopulated(cell) : 0);
    if (made == 0) return EXHAUSTED;
    const base = changetype<Base>(made);
    base.includes = cell;
    const type = cellType(cell);
    if (type == COUNTER) cumulativeInto(base, cell, changetype<CounterCell>(cell).value);
    else if (type == HISTOGRAM) cumulativeInto(base, cell, changetype<HistogramCell>(cell).sum);
    else if (native) nativeInto(family, base, cell, scratch, scratchBytes);
    else gaugeInto(base, cell, changetype<Family>(family).mode);
    if (exchangeIf64(series + WORD, word, withBase(word, made)) == word) {
      add32(series + SEQUENCE, 1);
      if (old != 0) retire(old, changetype<Base>(old).bytes, KIND_PLAIN);
      return 0;
    }
    baseGive(made);
  }
}

/** False for a cell that is not of the family's kind. */
function belongs(family: usize, cell: usize): bool {
  const record = changetype<Family>(family);
  if (cellType(cell) != cellTypeOf(record.type)) return false;
  return record.type != HISTOGRAM || changetype<HistogramCell>(cell).shape == record.shape;
}

/** Folds one cell of a slot that is held for it. 1 folded, 0 nothing to do, EXHAUSTED. */
export function cellFold(slot: usize, cell: usize, adopting: bool): i32 {
  const series: usize = load32(cell + offsetof<Cell>("series"));
  if (series == 0 || isGivenBack(series)) return 0;
  const family: usize = changetype<Series>(series).family;
  if (!belongs(family, cell)) {
    // Taken for a series and never attached: its taker died. Nothing was counted in it.
    if (exchangeIf32(cell + offsetof<Cell>("series"), series, 0) != series) return 0;
    cellFree(slot, cell);
    return 1;
  }
  const mode = changetype<Family>(family).mode;
  const gauge = cellType(cell) == GAUGE;
  if (cellType(cell) == SUMMARY || (gauge && mode == MODE_ALL && !adopting)) return 0;
  if (cellType(cell) == HISTOGRAM) histogramRepair(cell);
  if (cellType(cell) == NATIVE) {
    // Before it goes itself: what it took along would count again.
    replacedEnd(series, cellOwner(cell));
    if (load32(cell + offsetof<Cell>("series")) != series) return 1;
    if (load32(cell) != DETACHED && !isListed(series, cell)) {
      // Its maker died before anybody could see it. What is in it is in the cell that it was to replace.
      if (exchangeIf32(cell + offsetof<Cell>("series"), series, 0) != series) return 0;
      cellFree(slot, cell);
      return 1;
    }
    nativeRepair(cell);
  }
  if (!gauge || ((mode & MODE_LIVE) == 0 && mode != MODE_ALL)) {
    const status = intoBase(family, series, cell);
    if (status == EXHAUSTED) return EXHAUSTED;
    if (status == ABSENT) return 0;
  }
  const folded = sayFolded(cell);
  const word = seriesWord(series);
  if (word != POISON && baseOf(word) != 0) exchangeIf32(baseOf(word) + offsetof<Base>("includes"), cell, 0);
  // Else a detacher has it, and gives it back.
  if (!folded) return 0;
  unlink(series, cell);
  if (!cellGiveBack(cell, series)) return 0;
  add32(family + offsetof<Family>("cellCount"), -1);
  return 1;
}

/** A folder by its slot and whose that was: whoever has the slot next is another one. 0 is nobody. */
const NAME_BITS: u32 = 12;
if (WRITERS_MAX + 1 > 1 << NAME_BITS) ERROR("A folder's name has room for the index of every slot");

function nameOf(index: u32, state: u32): u32 {
  return ((state >> 2) << NAME_BITS) | (index + 1);
}

function ownName(): u32 {
  return nameOf(ownWriter().index, ownState());
}

/** True where a folder of this name is certainly dead, or left. */
function isOver(name: u32): bool {
  const index = (name & ((1 << NAME_BITS) - 1)) - 1;
  const theirs = name == 0 ? 0 : slotAt(index);
  return theirs == 0 || nameOf(index, slotState(theirs)) != name || !mayAct(theirs);
}

/**
 * Takes the place of a slot's folder, if nobody has it who may still be at work; true where it is this writer's. It is
 * a lock, and no death can leave it locked: the name says whose proof opens it. The slot's state alone would not do, for
 * it is FOLDING from one folder to the next.
 */
function placeTaken(slot: usize): bool {
  const folder = slot + offsetof<Writer>("folder");
  const own = ownName();
  const there = load32(folder);
  return there == own || (isOver(there) && exchangeIf32(folder, there, own) == there);
}

function placeLeft(slot: usize): void {
  exchangeIf32(slot + offsetof<Writer>("folder"), ownName(), 0);
}

/** True where a slot may be folded by this writer, which then holds it. */
function held(slot: usize): bool {
  if (mayAct(slot) || !placeTaken(slot)) return false;
  const life = slotLife(slot);
  // By whoever died, or by this one, in an earlier verb.
  if (((<u32>life) & 3) == FOLDING) return true;
  if (((<u32>life) & 3) == RETIRED && slotMove(slot, life, FOLDING)) {
    changetype<Writer>(slot).foldSlab = 0;
    changetype<Writer>(slot).foldCell = 0;
    return true;
  }
  placeLeft(slot);
  return false;
}

/** Lets a slot that is held be adopted or folded again. The place last: nobody else changes what it is to do. */
function released(slot: usize): void {
  const life = slotLife(slot);
  if (((<u32>life) & 3) == FOLDING) slotMove(slot, life, RETIRED);
  placeLeft(slot);
}

/** Folds on from where the slot says, up to `most` cells. */
function foldOn(slot: usize, most: u32): i32 {
  const writer = changetype<Writer>(slot);
  let folded: u32 = 0;
  let slab: usize = writer.foldSlab != 0 ? writer.foldSlab : firstSlab(slot);
  let cell: usize = writer.foldCell;
  while (slab != 0) {
    const record = changetype<Slab>(slab);
    const last = slab + record.bytes - record.cellBytes;
    if (cell == 0) cell = slab + offsetof<Slab>();
    for (; cell <= last; cell += record.cellBytes) {
      if (folded >= most) {
        writer.foldSlab = slab;
        writer.foldCell = cell;
        return folded;
      }
      const series = load32(cell + offsetof<Cell>("series"));
      if (series == 0 || isGivenBack(series)) continue;
      const status = cellFold(slot, cell, false);
      if (status < 0) return status;
      folded += status;
    }
    slab = record.next;
    cell = 0;
  }
  writer.foldSlab = 0;
  writer.foldCell = 0;
  return folded;
}

/**
 * Folds up to `most` cells of a retired slot. Returns how many; fewer than `most` when the slot is done and
 * RETIRED again; ABSENT where it is not to be folded, EXHAUSTED without memory for a base.
 */
export function writerFold(index: u32, most: u32): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  const slot = slotAt(index);
  let folded: i32 = ABSENT;
  if (slot != 0 && held(slot)) {
    cellsReclaim(slot);
    folded = foldOn(slot, most);
    if (folded < <i32>most) released(slot);
  }
  end();
  return folded;
}

/** Lets go of what a dead folder held: its slot may be adopted, or folded by another. */
export function foldAbandoned(slot: usize): void {
  if ((slotState(slot) & 3) != FOLDING || !owned()) return;
  // Held while it is let go: another one may be about to take it over. What this writer folds itself goes on.
  if (load32(slot + offsetof<Writer>("folder")) != ownName() && placeTaken(slot)) released(slot);
}
