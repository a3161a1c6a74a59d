// Detaching: what empties a series, or ends it, in one swap of its word. The steps stand in series.ts.

import { add32, exchangeIf32, exchangeIf64, load32 } from "../memory/atomics";
import { Base, Cell, DETACHED, Family, FOLDED, HEADER, Header, KIND_PLAIN, POISON, Series } from "../layout";
import { cellGiveBack } from "./cell";
import { hasImportedCell } from "./imported";
import { retire } from "./limbo";
import { baseOf, cellAfter, CELLS_MAX, emptied, headOf, isEmpty, SEQUENCE, seriesSequence, seriesWord, WORD } from "./list";

const IMPORTED_ENDS: usize = HEADER + offsetof<Header>("importedEnds");
/** Of those that this thread ended, and that of those that nobody is to look for. */
let ended: u32 = 0;
let expected: u32 = 0;

/**
 * Grows with every imported cell that is detached, but for those that this thread detached as `importedExpected`. A cell whose token is live
 * behind this is in its series while this stays what it is: tokens are taken first, then it grows, then the list is emptied, whoever dies in
 * between.
 */
export function importedEnds(): u32 {
  return load32(IMPORTED_ENDS) - expected;
}

function importedEnded(): void {
  add32(IMPORTED_ENDS, 1);
  ended++;
}

/** How many this thread has ended. */
export function importedEndings(): u32 {
  return ended;
}

/** Nobody is to look for what this thread has ended since it had ended so many. */
export function importedExpected(before: u32): void {
  expected += ended - before;
}

/** What a detached base becomes. */
function baseRetire(base: usize): void {
  if (base != 0) retire(base, changetype<Base>(base).bytes, KIND_PLAIN);
}

/** Takes the token of every cell of a list; what a folder has is left to the folder. False where the word changed. */
function tokensTaken(series: usize, word: u64): bool {
  let cell = headOf(word);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    // Until it is DETACHED: an adopter may be giving it another token just now.
    while (true) {
      const token = load32(cell);
      // The token was read while the cell was in this life of this list, and no other life has it: the
      // exchange cannot hit another. A cell that a folder took away meanwhile is somebody else's.
      if (seriesWord(series) != word) return false;
      if (load32(cell + offsetof<Cell>("series")) != series) break;
      if (token == DETACHED || token == FOLDED || exchangeIf32(cell, token, DETACHED) == token) break;
    }
    cell = cellAfter(cell);
  }
  return true;
}

/**
 * Empties the list that a word stands for, if the series still has it. `poison` for a series that is removed.
 * Helpers call this once, with the word in which they met a detached cell: what came after is not theirs.
 */
export function detachedOnce(series: usize, word: u64, sequence: u32, poison: bool): bool {
  if (!tokensTaken(series, word)) return false;
  // A fold meanwhile may have led the walk astray.
  if (seriesSequence(series) != sequence) return false;
  if (hasImportedCell(word)) importedEnded();
  if (exchangeIf64(series + WORD, word, poison ? POISON : emptied(word)) != word) return false;
  add32(series + SEQUENCE, 1);
  const family: usize = changetype<Series>(series).family;
  let cell = headOf(word);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    const next = cellAfter(cell);
    if (load32(cell) == DETACHED && cellGiveBack(cell, series)) add32(family + offsetof<Family>("cellCount"), -1);
    cell = next;
  }
  baseRetire(baseOf(word));
  return true;
}

/** Empties a series, whatever it has now. */
export function seriesDetach(series: usize, poison: bool): void {
  while (true) {
    const sequence = seriesSequence(series);
    const word = seriesWord(series);
    if (word == POISON || (!poison && isEmpty(word))) return;
    if (detachedOnce(series, word, sequence, poison)) return;
  }
}
