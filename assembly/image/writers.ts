// Writers of a gauge that prints the values of all, a bit for each: no page has a line twice. The bits lie in this writer's scratch, behind
// what a reading of one cell takes there.

import { SCRATCH_BYTES, SCRATCH_TOTALS, WRITERS_MAX } from "../layout";
import { ownWriter } from "../store/writer";

const BYTES: u32 = ((WRITERS_MAX + 63) >> 6) << 3;
if (SCRATCH_TOTALS + BYTES > SCRATCH_BYTES) ERROR("A bit for each writer must fit");

let bits: usize = 0;

/** From here on no writer was found. */
export function writersBegun(): void {
  bits = <usize>ownWriter().scratch + SCRATCH_TOTALS;
  memory.fill(bits, 0, BYTES);
}

/** Notes a writer; false for one that was found before. */
export function isFirstOf(slot: u32): bool {
  const word = bits + ((slot >> 6) << 3);
  const found = load<u64>(word);
  const bit = (<u64>1) << (slot & 63);
  store<u64>(word, found | bit);
  return (found & bit) == 0;
}
