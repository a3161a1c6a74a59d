// Who set a constant: an instance, in the upper half of the number of its setting. What was set by somebody who is no more
// is no more, and so is a family of constants that nobody who is there has any sample in.

import { load32 } from "../memory/atomics";
import { Base, Family, FAMILY_CONSTANT, LIVE, POISON, Writer } from "../layout";
import { hasImported } from "./imported";
import { baseOf, seriesWord } from "./list";
import { tableCount, tableGet } from "./table";
import { mayAct, slotAt, slotCount } from "./writer";

/** No instance has it; 0 stands for whoever does not say. */
const NO_SETTER: u32 = 0xffffffff;

export function setterOf(number: u64): u32 {
  return <u32>(number >> 32);
}

/** False for an instance that owns no slot. */
export function isThere(setter: u32): bool {
  if (setter == 0) return true;
  for (let i: u32 = 0; i < slotCount(); i++) {
    const slot = slotAt(i);
    if (slot != 0 && mayAct(slot) && load32(slot + offsetof<Writer>("identity")) == setter) return true;
  }
  return false;
}

/** The sample of a live series; 0 where it has none, or is removed. */
export function sampleOf(series: usize): usize {
  const word = series == 0 ? POISON : seriesWord(series);
  return word == POISON ? 0 : baseOf(word);
}

/** True for a constant whose collector's thread is no more. */
export function isOrphan(series: usize): bool {
  if (hasImported(seriesWord(series))) return false;
  const base = sampleOf(series);
  return base != 0 && !isThere(setterOf(changetype<Base>(base).order));
}

/** In a family's count of series, of constants that have none: the family is to be removed, and no series is to be made in it. */
export const SEALED: u32 = 0x80000000;

export function isSealed(family: usize): bool {
  return (load32(family + offsetof<Family>("seriesCount")) & SEALED) != 0;
}

/** True for a family whose series collectors set. */
export function isConstant(family: usize): bool {
  return (changetype<Family>(family).flags & FAMILY_CONSTANT) != 0;
}

/** True where somebody who is there, but not a certain setter, or another process has a sample. */
function isHeld(family: usize, but: u32): bool {
  const table: usize = changetype<Family>(family).table;
  for (let i: u32 = 0; i < tableCount(table); i++) {
    const series = tableGet(table, i);
    if (series == 0 || (load32(series) & 3) != LIVE) continue;
    if (hasImported(seriesWord(series))) return true;
    const base = sampleOf(series);
    if (base == 0) continue;
    const setter = setterOf(changetype<Base>(base).order);
    if (setter != but && isThere(setter)) return true;
  }
  return false;
}

/** True for a family of constants that is a certain setter's alone, or nobody's. */
export function isOwnAlone(family: usize, setter: u32): bool {
  return isConstant(family) && !isHeld(family, setter);
}

/** True for a family of constants that is nobody's: whoever just made it makes it again. */
export function isAbandoned(family: usize): bool {
  return isOwnAlone(family, NO_SETTER);
}
