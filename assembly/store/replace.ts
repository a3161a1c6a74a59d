// Replacing: a native histogram's cell that cannot take a value makes room for one that does, and nothing it holds is
// ever counted twice or not at all. For a cell X of series S, by its owner, between two of its observations:
//
//   1  Y, a cell of its own, is planned after X and the value, and holds what X holds.
//   2  X names Y. Y is in no list, so nothing has happened yet.
//   3  Y becomes the head of S's list by one swap. From here on readers skip X: they meet Y on the way to it. Whoever
//      holds an older list does not meet Y, and counts X.
//   4  sequence + 1: readers that hold the older list look again.
//   5  X's token becomes FOLDED, X is unlinked, sequence + 1, and X is given back: unlink.ts.
//
// A death after 3 leaves X in the list behind Y. Its heir, or whoever folds its cells, does 4 and 5 before it touches either
// of them. A death before 3 leaves Y, which is in no list: whoever folds finds that, and Y is free without a count.

import { add32, exchangeIf64, load32, store32 } from "../memory/atomics";
import { Cell, Definition, Family, NATIVE, DETACHED, FOLDED, POISON } from "../layout";
import { EXHAUSTED, FULL, OK } from "../status";
import { nativeTakes } from "../metric/native";
import { outgrownMoved, successorSet, successorUnset } from "../metric/outgrown";
import { nativeMake, nativePlan, nativePlanBytes, nativePlanSchema } from "../metric/plan";
import { schemaMost } from "./base";
import { cellFree, cellTake } from "./cell";
import { detachedOnce } from "./detach";
import { baseOf, ELSEWHERE, headOf, isIncluded, placeOf, seriesSequence, seriesWord, withHead, WORD } from "./list";
import { replacedGone } from "./unlink";
import { ownSlot } from "./writer";

/** No cell can take what the old one holds. */
const TOO_MUCH: usize = 1;

/** A cell, in no list yet, that holds what another one does and takes a value; 0 without memory, or TOO_MUCH. */
function successorMade(family: usize, series: usize, cell: usize, value: f64, reserve: bool): usize {
  const record = changetype<Family>(family);
  const definition = changetype<Definition>(<usize>record.definition);
  const word = seriesWord(series);
  let schema = schemaMost(family, word == POISON ? 0 : baseOf(word));
  while (true) {
    nativePlan(cell, value, schema, definition.zeroThreshold, definition.bucketsMax, record.shape);
    const made = cellTake(nativePlanBytes(), NATIVE, series, reserve);
    if (made == 0) return 0;
    nativeMake(made);
    const moved = outgrownMoved(cell, made);
    if (moved && nativeTakes(made, value)) return made;
    cellFree(ownSlot(), made);
    if (!moved) return TOO_MUCH;
    // Buckets that lie far apart are as many at half of the resolution.
    schema = nativePlanSchema() - 1;
  }
}

/** Ends the detaching that has a cell half way: its maker may be dead, and what is counted from now on is not its. */
function detachingEnd(series: usize, cell: usize): void {
  while (true) {
    const sequence = seriesSequence(series);
    const word = seriesWord(series);
    if (word == POISON) return;
    if (placeOf(word, 0, cell) == ELSEWHERE) detachedOnce(series, word, sequence, false);
    else if (seriesSequence(series) == sequence && seriesWord(series) == word) return;
  }
}

/**
 * Puts a cell into a series that takes a value, and holds what this writer's own one held, which could not. Or the
 * series is another one meanwhile: OK as well. EXHAUSTED, or FULL where no cell can hold so much or the base has it already:
 * then nothing happened, and the cell may be folded.
 */
export function replaced(family: usize, series: usize, cell: usize, value: f64, reserve: bool): i32 {
  const made = successorMade(family, series, cell, value, reserve);
  if (made <= TOO_MUCH) return made == 0 ? EXHAUSTED : FULL;
  const populated = successorSet(cell, made);
  while (true) {
    // The word before the token, as in folding: a token that is still alive says that this word has the cell.
    const word = seriesWord(series);
    const token = load32(cell);
    const included = isIncluded(word, cell);
    if (word == POISON || included || token == DETACHED || token == FOLDED) {
      successorUnset(cell, populated);
      cellFree(ownSlot(), made);
      return included ? FULL : OK;
    }
    store32(made + offsetof<Cell>("next"), headOf(word));
    if (exchangeIf64(series + WORD, word, withHead(word, made)) != word) continue;
    add32(family + offsetof<Family>("cellCount"), 1);
    if (!replacedGone(series, cell)) detachingEnd(series, cell);
    break;
  }
  return OK;
}
