// The word of a series, {head, base}, and the list of cells that hangs from it.
//
// Cells are 8-aligned and bases 16-aligned; the 7 bits below them are a tag that every detaching raises. A
// helper that slept while a list was emptied and the same cells were attached again finds another word.

import { load32, load64 } from "../memory/atomics";
import { Base, Cell, Family, POISON, Series, Shape, SUMMARY, WRITERS_MAX } from "../layout";

export const WORD: usize = offsetof<Series>("head");
export const SEQUENCE: usize = offsetof<Series>("sequence");
/** Longer than any list can be: a reader led astray by a cell that moved stops here and looks again. */
export const CELLS_MAX: u32 = WRITERS_MAX + 2;

/** Bytes of the classic buckets of a family's bases, or of a summary's count. */
export function bucketBytes(family: usize): u32 {
  const shape: usize = changetype<Family>(family).shape;
  if (shape != 0) return (changetype<Shape>(shape).boundCount + 1) << 3;
  return changetype<Family>(family).type == SUMMARY ? 8 : 0;
}

/** Bytes of a family's bases, but for what native histograms and constants have behind. */
export function baseBytes(family: usize): u32 {
  return <u32>offsetof<Base>() + bucketBytes(family);
}

/** The cells of a series, and what dead writers left, in one word. */
export function seriesWord(series: usize): u64 {
  return load64(series + WORD);
}

export function seriesSequence(series: usize): u32 {
  return load32(series + SEQUENCE);
}

export function cellAfter(cell: usize): usize {
  return load32(cell + offsetof<Cell>("next")) & ~1;
}

export function headOf(word: u64): usize {
  return (<u32>word) & ~7;
}

export function baseOf(word: u64): usize {
  return (<u32>(word >> 32)) & ~15;
}

/** The word with another first cell; base and tag stay. */
export function withHead(word: u64, head: usize): u64 {
  return (word & ~(<u64>0xfffffff8)) | (<u64>head);
}

/** The word with another base; head and tag stay. */
export function withBase(word: u64, base: usize): u64 {
  return (word & 0x0000000fffffffff) | ((<u64>base) << 32);
}

/** The word of an emptied list: the next tag and nothing else. */
export function emptied(word: u64): u64 {
  const tag = (((<u32>word) & 7) | (((<u32>(word >> 32)) & 15) << 3)) + 1;
  return (<u64>(tag & 7)) | ((<u64>((tag >> 3) & 15)) << 32);
}

/** True for a list without cells and without a base. */
export function isEmpty(word: u64): bool {
  return headOf(word) == 0 && baseOf(word) == 0;
}

/** Where one cell stands, seen from another one of the list. */
export const BEFORE: u32 = 0;
export const ELSEWHERE: u32 = 1;
/** The other one itself was not met: somebody took cells out meanwhile. */
export const ASTRAY: u32 = 2;

/** Where `other` stands in the list of a word, seen from one of its cells: BEFORE it, ELSEWHERE, or ASTRAY. */
export function placeOf(word: u64, other: usize, cell: usize): u32 {
  let before = headOf(word);
  for (let i: u32 = 0; before != 0 && before != cell && i < CELLS_MAX; i++) {
    if (before == other) return BEFORE;
    before = cellAfter(before);
  }
  return before == cell ? ELSEWHERE : ASTRAY;
}

/** True for a cell in the list of a series. */
export function isListed(series: usize, cell: usize): bool {
  while (true) {
    const sequence = seriesSequence(series);
    const word = seriesWord(series);
    if (word != POISON && placeOf(word, 0, cell) == ELSEWHERE) return true;
    if (seriesSequence(series) == sequence && seriesWord(series) == word) return false;
  }
}

/** True for a cell whose counts are in the base already: its folder died, or has not come to its token yet. */
export function isIncluded(word: u64, cell: usize): bool {
  const base = word == POISON ? 0 : baseOf(word);
  return base != 0 && load32(base + offsetof<Base>("includes")) == cell;
}
