// Attaching: how a writer comes to its cell of a series, made where it has none and replaced where it cannot take what
// comes. The steps stand in series.ts.

import { add32, exchangeIf32, exchangeIf64, load32, store32 } from "../memory/atomics";
import {
  Cell,
  COUNTER,
  CounterCell,
  Definition,
  DETACHED,
  Family,
  FAMILY_OWN,
  GAUGE,
  GaugeCell,
  HISTOGRAM,
  HistogramCell,
  LIVE,
  MODE_SHARED,
  NATIVE,
  POISON,
  REVOKED_TOKEN,
  Series,
  Shape,
  SHARED_WRITER,
  SUMMARY,
  TOKEN_FIRST,
} from "../layout";
import { OK } from "../status";
import { histogramFull } from "../metric/histogram";
import { nativeTakes } from "../metric/native";
import { nativeMake, nativePlan, nativePlanBytes } from "../metric/plan";
import { summaryBytes, summaryInit, summaryPrepare } from "../metric/summary";
import { schemaMost } from "./base";
import { cellFree, cellOwner, cellTake, cellType, cellTypeOf, sharedFree, sharedTake, tokenNext } from "./cell";
import { detachedOnce } from "./detach";
import { cellFold } from "./fold";
import { baseOf, cellAfter, CELLS_MAX, headOf, seriesSequence, seriesWord, withHead, WORD } from "./list";
import { replaced } from "./replace";
import { ownSlot, ownWriter } from "./writer";

/** The token of the cell that was bound last: read where it was certainly alive. */
let boundToken: u32 = 0;
/** What will be observed in it; NaN unknown. */
let boundValue: f64 = NaN;
/** The cell of a native histogram that was folded because no other could be made that holds what it held; 0 none. */
let outgrown: usize = 0;

export function seriesToken(): u32 {
  return boundToken;
}

/** Says what will be observed in the cell that is bound next; NaN where that is not known. */
export function observing(value: f64): void {
  boundValue = value;
}

function isObserved(): bool {
  return boundValue - boundValue == 0;
}

function definitionOf(family: usize): Definition {
  return changetype<Definition>(<usize>changetype<Family>(family).definition);
}

/** The bytes of the next cell; of a native histogram's, after what the last one could not take. */
function cellBytes(family: usize, word: u64): u32 {
  const record = changetype<Family>(family);
  if (record.type == COUNTER) return offsetof<CounterCell>();
  if (record.type == HISTOGRAM) return changetype<Shape>(<usize>record.shape).cellBytes;
  if (record.type == SUMMARY) return summaryBytes(definitionOf(family).ageBuckets);
  if (record.type != NATIVE) return offsetof<GaugeCell>();
  const definition = definitionOf(family);
  const value = isObserved() ? boundValue : 0;
  // What was given back in this verb is nobody else's before it ends, and says what it said.
  nativePlan(outgrown, value, schemaMost(family, baseOf(word)), definition.zeroThreshold, definition.bucketsMax, record.shape);
  return nativePlanBytes();
}

/** What a fresh cell knows from the start. */
function begun(family: usize, type: u32, cell: usize): void {
  if (type == HISTOGRAM) changetype<HistogramCell>(cell).shape = changetype<Family>(family).shape;
  if (type == NATIVE) nativeMake(cell);
  if (type != SUMMARY) return;
  const definition = definitionOf(family);
  summaryInit(cell, definition.accuracy, definition.maxAgeSeconds, definition.ageBuckets);
}

/** Makes a cell fit for the value that will be observed; false without memory. */
export function prepared(family: usize, cell: usize): bool {
  if (!isObserved()) return true;
  const type = changetype<Family>(family).type;
  if (type == NATIVE) return nativeTakes(cell, boundValue);
  return type != SUMMARY || summaryPrepare(cell, boundValue, ownBytes(family));
}

/** True where a family's series may use what lies between the soft and the hard limit. */
export function ownBytes(family: usize): bool {
  return (changetype<Family>(family).flags & FAMILY_OWN) != 0;
}

/** True for a cell that cannot take what comes: another one takes its place. */
function isOutgrown(cell: usize): bool {
  const type = cellType(cell);
  if (type == HISTOGRAM) return histogramFull(cell);
  return type == NATIVE && isObserved() && !nativeTakes(cell, boundValue);
}

/** No cell: the list was changed on the way to one. */
const AGAIN: usize = 1;

/** Makes way for a cell that can take what this one cannot; false without memory, and it stays as it is. */
function outgrownEnded(series: usize, cell: usize): bool {
  const family: usize = changetype<Series>(series).family;
  const native = cellType(cell) == NATIVE;
  // Without memory for two of them, or for what they hold, the base takes it: there is a cell to use again then.
  if (native && replaced(family, series, cell, boundValue, ownBytes(family)) == OK) return true;
  if (cellFold(ownSlot(), cell, true) < 0) return false;
  if (native) outgrown = cell;
  return true;
}

/**
 * This writer's cell in the list, the shared one for a shared gauge, 0 or AGAIN; `boundToken` is its token. Completes
 * a detaching it meets, and makes way for a cell that can take what comes.
 */
function ownCell(series: usize, word: u64, sequence: u32, index: u32): usize {
  const type = cellTypeOf(changetype<Family>(<usize>changetype<Series>(series).family).type);
  let cell = headOf(word);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    if (cellOwner(cell) == index && cellType(cell) == type && load32(cell + offsetof<Cell>("series")) == series) {
      boundToken = load32(cell);
      if (boundToken == DETACHED) {
        detachedOnce(series, word, sequence, false);
        return 0;
      }
      if (boundToken == REVOKED_TOKEN) {
        // Cleared by a revoking that did not touch us: the slot is ours again, and so is the cell.
        const token = tokenNext();
        if (exchangeIf32(cell, REVOKED_TOKEN, token) == REVOKED_TOKEN) boundToken = token;
      }
      if (boundToken >= TOKEN_FIRST) {
        if (!isOutgrown(cell)) return cell;
        // What it holds is whole. Else the list is another one now, and is looked at again.
        return outgrownEnded(series, cell) ? AGAIN : cell;
      }
    }
    cell = cellAfter(cell);
  }
  return 0;
}

/** A cell of this writer in a live series; 0 without memory, 1 where the series is no longer live. */
export function attached(family: usize, series: usize): usize {
  const state = load32(series);
  if ((state & 3) != LIVE) return 1;
  const type = cellTypeOf(changetype<Family>(family).type);
  const shared = type == GAUGE && changetype<Family>(family).mode == MODE_SHARED;
  const index = shared ? SHARED_WRITER : ownWriter().index;
  let cell: usize = 0;
  outgrown = 0;
  while (true) {
    const sequence = seriesSequence(series);
    const word = seriesWord(series);
    const there = word == POISON ? 0 : ownCell(series, word, sequence, index);
    if (there == AGAIN) continue;
    const gone = word == POISON || load32(series) != state;
    if (there != 0 || gone) {
      if (cell != 0) {
        if (shared) sharedFree(cell);
        else cellFree(ownSlot(), cell);
      }
      return gone ? 1 : there;
    }
    if (seriesWord(series) != word) continue;
    if (cell == 0) {
      cell = shared ? sharedTake(series, GAUGE, ownBytes(family)) : cellTake(cellBytes(family, word), type, series, ownBytes(family));
      if (cell == 0) return 0;
      begun(family, type, cell);
    }
    store32(cell + offsetof<Cell>("next"), headOf(word));
    boundToken = changetype<Cell>(cell).token;
    if (exchangeIf64(series + WORD, word, withHead(word, cell)) != word) continue;
    add32(family + offsetof<Family>("cellCount"), 1);
    return cell;
  }
}
