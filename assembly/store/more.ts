// What lies behind a series' key where its family wants more of it: the sweeper's marks, and the exemplars.

import { Family, FAMILY_EXEMPLARS, FAMILY_EXPIRES, More, Series } from "../layout";

export const SERIES_KEY: u32 = 48;
if (SERIES_KEY != offsetof<Series>()) ERROR("SERIES_KEY must follow the record");

function moreAt(keyLength: u32): u32 {
  return (SERIES_KEY + keyLength + 7) & ~7;
}

/** True where the series of a family have a More. */
export function hasMore(family: usize): bool {
  return (changetype<Family>(family).flags & (FAMILY_EXEMPLARS | FAMILY_EXPIRES)) != 0;
}

/** The bytes of a series' record with a key of that length. */
export function seriesRecordBytes(family: usize, keyLength: u32): u32 {
  return hasMore(family) ? moreAt(keyLength) + <u32>offsetof<More>() : SERIES_KEY + keyLength;
}

/** Only where `hasMore`. */
export function moreOf(series: usize): usize {
  return series + moreAt(changetype<Series>(series).keyLength);
}
