// What the door answers. Valid AssemblyScript and valid TypeScript: both sides read this one file.
// A verb that returns an address returns a negative status in its place; addresses stay below 2 GiB.

/** Done. */
export const OK = 0;
/** The handle's cell is no longer the series' cell: bind again, then repeat the verb. */
export const STALE = 1;
/** The amount or the value is one this metric does not take. Nothing was written. */
export const REFUSED = 2;
/** Recorded, and the ring asks to be drained: said once, when it is half full. */
export const FLUSH = 3;

/** `maxBytes` is used up, or the engine would not grow the memory. */
export const EXHAUSTED = -1;
/** This instance owns no live writer slot: claim one, then repeat the verb. */
export const NO_WRITER = -2;
/** The registry or the family was removed. */
export const GONE = -3;
/** A family of that name has another definition; its address is in `conflictAddress()`. */
export const CONFLICT = -4;
/** A sample name of this family would equal one of another family; its address is in `conflictAddress()`. */
export const CLASH = -5;
/** Nothing of that name or of those labels. */
export const ABSENT = -6;
/** The memory was made by another layout version, or is no memory of ours. */
export const FOREIGN = -7;
/** A limit of the layout: writers, table segments, bytes of a label block. */
export const LIMIT = -8;
/** A default label of the registry and a label of the family in `conflictAddress()` have one name. */
export const LABELS = -9;
/** The family has as many series as its definition allows. */
export const FULL = -10;
/** A definition that an image has leads to no family yet: find or make it, or refuse it, then repeat the verb. */
export const WANTED = -11;
/** An image builds upon a state that is not there: the whole image is needed. */
export const BEHIND = -12;
