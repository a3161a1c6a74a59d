// How the parts of several processes become one: who is left out, and what stays of the dead. Counters, histograms and
// summaries stay. Of gauges those stay that say so by their mode; a shared gauge is one value a process, of those that
// live. What tells a state of now (info, state sets, unknowns, gauge histograms) is of those that live, too.

import { COUNTER, Family, GAUGE, HISTOGRAM, MODE_ALL, MODE_LIVE, MODE_SHARED, NATIVE, SUMMARY } from "../layout";

/** True where only living processes count. */
export function livesAlone(family: usize): bool {
  const record = changetype<Family>(family);
  const type = record.type;
  if (type == COUNTER || type == HISTOGRAM || type == SUMMARY || type == NATIVE) return false;
  return type != GAUGE || (record.mode & MODE_LIVE) != 0 || record.mode == MODE_SHARED;
}

/** True for gauges that print the values of all writers. */
export function printsAll(family: usize): bool {
  return changetype<Family>(family).type == GAUGE && (changetype<Family>(family).mode & ~MODE_LIVE) == MODE_ALL;
}
