// Why the last frame was refused, where that is more than nonsense: what is wrong with which metric, for the binding to word. A checksum
// keeps accidents away and nobody else, so a frame may say what no process can have counted, and a page with that is one that nobody reads.

import { Definition } from "../layout";

/** Of a counter: below 0, or NaN. */
export const REFUSED_COUNTER: u32 = 1;
/** Of a gauge that prints the values of all writers: one that it has twice. */
export const REFUSED_WRITER: u32 = 2;
/** A help that no format can print as it is. */
export const REFUSED_HELP: u32 = 3;

let reason: u32 = 0;
let definition: usize = 0;
let value: f64 = 0;

export function refusalBegun(): void {
  reason = 0;
}

/** Notes a reason; 0, as whoever takes something answers for nonsense. */
export function refusalNoted(why: u32, whose: Definition, what: f64): usize {
  reason = why;
  definition = changetype<usize>(whose);
  value = what;
  return 0;
}

/** The reason, 0 for none that could be told. */
export function refusalReason(): u32 {
  return reason;
}

/** Where the definition of the metric is, until anything else is done with its source. */
export function refusalDefinition(): usize {
  return definition;
}

/** What is wrong: the counter, or the writer. */
export function refusalValue(): f64 {
  return value;
}
