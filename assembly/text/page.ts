// The block that a writer writes a slice of text into. In front of the text stands what all samples of a family have in
// common, made once for each slice.
//
//   0 prefixes of the family's samples                PREFIXES × PREFIX_BYTES
//   + one text a bound or quantile, `le="0.5"} `      (BOUNDS_MAX + 1) × BOUND_BYTES
//   + default labels, where some are left out         KEPT_LABELS_BYTES
//   + text                                            a slice and one series more

import { BOUNDS_MAX } from "../layout";
import { outputAddress, ownWriter } from "../store/writer";

/** Bucket or value, sum, count, creation. */
export const PREFIXES: u32 = 4;
/** Names have 1,024 bytes, of which an escaping makes up to five each. */
const NAME_BYTES_MAX: u32 = 1024;
/** Default labels, in whatever escaping: the bindings see to it. */
export const DEFAULT_LABELS_MAX: u32 = 8192;
/** What is written on the way stands behind what it becomes: a name as it is, and its escaped form. */
const STAGED_BYTES: u32 = 6 * NAME_BYTES_MAX;
const PREFIX_BYTES: u32 = 5 * NAME_BYTES_MAX + DEFAULT_LABELS_MAX + STAGED_BYTES + 128;
export const BOUND_BYTES: u32 = 64;
const BOUNDS_BYTES: u32 = (BOUNDS_MAX + 1) * BOUND_BYTES;
/** As a registry has them, their length in front; vectors may be written 16 bytes further. */
const KEPT_LABELS_BYTES: u32 = DEFAULT_LABELS_MAX + 32;
const FIXED_BYTES: u32 = PREFIXES * PREFIX_BYTES + BOUNDS_BYTES + KEPT_LABELS_BYTES;
/** Vectors may be written so far behind the limit. */
const SLACK_BYTES: u32 = 64;

let text: usize = 0;
let limit: usize = 0;
/** What the text's address shall be modulo 8. */
let alignment: u32 = 0;

export function pageAlign(aligned: u32): void {
  alignment = aligned & 7;
}

/** Makes room for at least `bytes` of text; what was there is gone. */
export function pageMade(bytes: u32): bool {
  const block = outputAddress(FIXED_BYTES + bytes + SLACK_BYTES + 8);
  if (block == 0) return false;
  text = block + FIXED_BYTES + alignment;
  limit = block + ownWriter().outputBytes - SLACK_BYTES;
  return true;
}

/** Where the slice's text begins. */
export function pageText(): usize {
  return text;
}

/** Where it must end. */
export function pageLimit(): usize {
  return limit;
}

export function prefixAt(index: u32): usize {
  return <usize>ownWriter().output + index * PREFIX_BYTES + 8;
}

export function boundAt(index: u32): usize {
  return <usize>ownWriter().output + PREFIXES * PREFIX_BYTES + index * BOUND_BYTES;
}

/** Where default labels may stand that are not all of the registry's. */
export function keptLabels(): usize {
  return boundAt(BOUNDS_MAX + 1);
}

/** The bytes of a prefix; its text is behind them. */
export function prefixLength(index: u32): u32 {
  return load<u32>(prefixAt(index) - 4);
}

/** Keeps a prefix that was written up to `end`. */
export function prefixKept(index: u32, end: usize): void {
  store<u32>(prefixAt(index) - 4, <u32>(end - prefixAt(index)));
}
