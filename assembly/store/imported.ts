// What other processes counted, as readers meet it: a cell of the type IMPORTED in the list of a series, one for each
// source that has something of it. The cell holds the address of one part, a Base: whatever the source has of all its
// processes, added up. A new part takes the place of the old one by one store, so that a reader sees all of it or all of
// the one before; the old one goes through the limbo.

import { load32 } from "../memory/atomics";
import { Base, Cell, DETACHED, FOLDED, IMPORTED, ImportedCell, POISON } from "../layout";
import { cellType } from "./cell";
import { baseOf, cellAfter, CELLS_MAX, headOf } from "./list";

export function isImported(cell: usize): bool {
  return cellType(cell) == IMPORTED;
}

/** The part of an imported cell that counts for a series; 0 for another one's, for one that is folded, and for none. */
export function partOf(series: usize, cell: usize): usize {
  if (!isImported(cell) || load32(cell + offsetof<Cell>("series")) != series || load32(cell) == FOLDED) return 0;
  return load32(cell + offsetof<ImportedCell>("part"));
}

/** A number that changes with what a cell shows: with every part, and with every number that is stored into one. Only between `begin` and `end`. */
export function importedVersion(cell: usize): u64 {
  const part: usize = load32(cell + offsetof<ImportedCell>("part"));
  return ((<u64>load32(cell + offsetof<ImportedCell>("version"))) << 32) | (part == 0 ? 0 : load32(part + offsetof<Base>("includes")));
}

/** True for an imported cell whose series is being detached. */
export function isEnding(series: usize, cell: usize): bool {
  return isImported(cell) && load32(cell) == DETACHED && load32(cell + offsetof<Cell>("series")) == series;
}

/** The imported cell that a source has in the list of a word, or 0. */
export function importedCellOf(series: usize, word: u64, source: usize): usize {
  let cell: usize = word == POISON ? 0 : headOf(word);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    const ours = isImported(cell) && changetype<ImportedCell>(cell).source == <u32>source;
    if (ours && load32(cell + offsetof<Cell>("series")) == series) return cell;
    cell = cellAfter(cell);
  }
  return 0;
}

/** True for a series that has nothing but cells of sources, and those have nothing of it: yet, or any more. */
export function saysNothing(word: u64): bool {
  return isOfSources(word, true);
}

/**
 * True for a series that has cells of sources and no other, and no base: all there is of it others counted. Whoever draws a conclusion from it asks
 * whether the series still has that word, and its sequence.
 */
export function isReceived(word: u64): bool {
  return isOfSources(word, false);
}

/** True where all that is in the list of a word are cells of sources; `silent`: that show nothing. */
function isOfSources(word: u64, silent: bool): bool {
  let cell = headOf(word);
  if (word == POISON || cell == 0 || !isImported(cell) || baseOf(word) != 0) return false;
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    if (!isImported(cell) || (silent && load32(cell + offsetof<ImportedCell>("part")) != 0)) return false;
    cell = cellAfter(cell);
  }
  return true;
}

/** True where a source has a cell in a list, whatever it has of the series. */
export function hasImportedCell(word: u64): bool {
  let cell: usize = word == POISON ? 0 : headOf(word);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    if (isImported(cell)) return true;
    cell = cellAfter(cell);
  }
  return false;
}

/** True where a source has something of a series. */
export function hasImported(word: u64): bool {
  return hasImportedElse(word, 0);
}

/** True where another source than this one has. */
export function hasImportedElse(word: u64, source: usize): bool {
  let cell: usize = word == POISON ? 0 : headOf(word);
  for (let i: u32 = 0; cell != 0 && i < CELLS_MAX; i++) {
    const others = isImported(cell) && changetype<ImportedCell>(cell).source != <u32>source;
    if (others && load32(cell + offsetof<ImportedCell>("part")) != 0) return true;
    cell = cellAfter(cell);
  }
  return false;
}
