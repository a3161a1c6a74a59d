// Bases: made anew whenever something is added to one, from the old one and with room for what comes. What stands behind
// the record is of the family's type: classic buckets, a summary's count, and of a native histogram a Sparse.

import { give, take } from "../memory/arena";
import { Base, Definition, Family, KIND_PLAIN, NATIVE, Sparse } from "../layout";
import { sparseBytes, sparseClear, sparseCount, sparseMerge } from "../metric/sparse";
import { bucketBytes } from "./list";

function definitionOf(family: usize): Definition {
  return changetype<Definition>(<usize>changetype<Family>(family).definition);
}

export function isNative(family: usize): bool {
  return changetype<Family>(family).type == NATIVE;
}

/** The Sparse of a native histogram's base. */
export function baseSparse(family: usize, base: usize): usize {
  return base + offsetof<Base>() + bucketBytes(family);
}

/** The coarsest schema that a native histogram may have, going by its definition and its base. */
export function schemaMost(family: usize, base: usize): i32 {
  const own = definitionOf(family).schema;
  return base == 0 ? own : min<i32>(own, changetype<Sparse>(baseSparse(family, base)).schema);
}

/**
 * A copy of a base, or an empty one where there is none, that takes `entries` more buckets of a native histogram; in no
 * series yet. 0 without memory.
 */
export function baseGrown(family: usize, old: usize, entries: u32): usize {
  const fixed = <u32>offsetof<Base>() + bucketBytes(family);
  const native = isNative(family);
  const capacity = native ? entries + (old == 0 ? 0 : sparseCount(baseSparse(family, old))) : 0;
  const bytes = fixed + (native ? sparseBytes(capacity) : 0);
  const made = take(bytes, KIND_PLAIN, true);
  if (made == 0) return 0;
  if (old != 0) memory.copy(made, old, fixed);
  else memory.fill(made, 0, fixed);
  changetype<Base>(made).bytes = bytes;
  if (!native) return made;
  sparseClear(made + fixed, capacity, schemaMost(family, old));
  if (old != 0) sparseMerge(made + fixed, baseSparse(family, old));
  return made;
}

/** Gives back one that was never published. */
export function baseGive(made: usize): void {
  give(made, changetype<Base>(made).bytes, KIND_PLAIN);
}
