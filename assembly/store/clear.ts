// Every series of a registry ends, and its families stay.

import { load32 } from "../memory/atomics";
import { Definition, Family, FAMILY_CONSTANT, LIVE, Registry } from "../layout";
import { GONE, NO_WRITER, OK } from "../status";
import { limboEmpty } from "./limbo";
import { isLive, seriesBind, seriesRemoveAll } from "./series";
import { tableCount, tableGet } from "./table";
import { begin, end } from "./writer";

/** Of the last `cleared`: a family without labels, which begins again, and its state; 0 for one with labels. */
let bare: usize = 0;
let bareState: u32 = 0;

/** Ends the series of the family at a position. OK, GONE behind the last one. */
function cleared(registry: usize, position: u32): i32 {
  bare = 0;
  const table: usize = changetype<Registry>(registry).table;
  if (position >= tableCount(table)) return GONE;
  const family = tableGet(table, position);
  if (family == 0) return OK;
  bareState = load32(family);
  if ((bareState & 3) != LIVE) return OK;
  seriesRemoveAll(family);
  // A collector sets its own again, or is no more.
  const constant = (changetype<Family>(family).flags & FAMILY_CONSTANT) != 0;
  if (!constant && changetype<Definition>(<usize>changetype<Family>(family).definition).labelLength == 0) bare = family;
  return OK;
}

/** Ends all series of all families of a registry; those without labels begin again at nothing. */
export function registryClear(registry: usize, state: u32): i32 {
  let status = OK;
  for (let position: u32 = 0; status == OK; position++) {
    // A verb for each family: binding one is a verb of its own.
    if (!begin()) return NO_WRITER;
    status = isLive(registry, state) ? cleared(registry, position) : GONE;
    end();
    if (bare != 0) seriesBind(bare, bareState, 0, false, NaN);
    bare = 0;
  }
  limboEmpty();
  return OK;
}
