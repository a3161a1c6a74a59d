// How a cell leaves the list of its series: it says so itself, is marked in its own `next`, as in Harris's list, and then
// passed by. And the end of what replace.ts began and could not finish.

import { add32, exchangeIf32, exchangeIf64, load32 } from "../memory/atomics";
import { Cell, DETACHED, Family, FOLDED, NATIVE, POISON, Series } from "../layout";
import { successorOf } from "../metric/outgrown";
import { cellGiveBack, cellOwner, cellType } from "./cell";
import { BEFORE, cellAfter, CELLS_MAX, headOf, placeOf, SEQUENCE, seriesSequence, seriesWord, withHead, WORD } from "./list";

const NEXT: usize = offsetof<Cell>("next");

/** Says FOLDED in a cell, whatever live token it had; false where it was detached. */
export function sayFolded(cell: usize): bool {
  while (true) {
    const token = load32(cell);
    if (token == FOLDED) return true;
    if (token == DETACHED) return false;
    if (exchangeIf32(cell, token, FOLDED) == token) return true;
  }
}

/** Takes every marked cell out of a series' list. */
function sweep(series: usize): void {
  while (true) {
    const word = seriesWord(series);
    if (word == POISON) return;
    let before: usize = 0;
    let cell = headOf(word);
    let again = false;
    for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
      const next = load32(cell + NEXT);
      if ((next & 1) == 0) {
        before = cell;
      } else if (before != 0) {
        again = exchangeIf32(before + NEXT, cell, next & ~1) != <u32>cell;
      } else {
        // Word by word: after the head is replaced the pair is another one, so the walk begins anew.
        exchangeIf64(series + WORD, word, withHead(word, next & ~1));
        again = true;
      }
      if (again) break;
      cell = next & ~1;
    }
    if (!again) return;
  }
}

export function unlink(series: usize, cell: usize): void {
  while (true) {
    const next = load32(cell + NEXT);
    if ((next & 1) != 0 || exchangeIf32(cell + NEXT, next, next | 1) == next) break;
  }
  sweep(series);
  add32(series + SEQUENCE, 1);
}

/** Takes a cell out of its series that another one replaces already; false where a detacher has it, and gives it back. */
export function replacedGone(series: usize, cell: usize): bool {
  // Readers that began before the other one was there look again.
  add32(series + SEQUENCE, 1);
  if (!sayFolded(cell)) return false;
  unlink(series, cell);
  if (cellGiveBack(cell, series)) add32(changetype<Series>(series).family + offsetof<Family>("cellCount"), -1);
  return true;
}

/** A cell of a writer that another one in front of it replaces; 0 none. */
function replacedOf(series: usize, word: u64, index: u32): usize {
  let cell = headOf(word);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    const ours = cellOwner(cell) == index && cellType(cell) == NATIVE && load32(cell + offsetof<Cell>("series")) == series;
    const living = ours && load32(cell) != DETACHED;
    if (living && successorOf(cell) != 0 && placeOf(word, successorOf(cell), cell) == BEFORE) return cell;
    cell = cellAfter(cell);
  }
  return 0;
}

/** Takes what a writer replaced and did not take out of a series itself, for it was killed in between. */
export function replacedEnd(series: usize, index: u32): void {
  while (true) {
    const sequence = seriesSequence(series);
    const word = seriesWord(series);
    if (word == POISON) return;
    const cell = replacedOf(series, word, index);
    if (cell != 0) replacedGone(series, cell);
    else if (seriesSequence(series) == sequence && seriesWord(series) == word) return;
  }
}
