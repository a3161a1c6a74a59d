// Default labels of a registry that come after series of other processes: of two labels of one name the registry's own is
// printed. So entries that have such a label move to those of their block without it, the dead's, too.

import { isTime } from "../layout";
import { EXHAUSTED, GONE, NO_WRITER, OK } from "../status";
import { labelsMeet, labelsWord } from "../store/defaults";
import { limboSift } from "../store/limbo";
import { isLive } from "../store/series";
import { begin, end, roomAddress } from "../store/writer";
import { retiredApart } from "./aside";
import { beyondBytes, beyondPut } from "./block";
import { entryOf } from "./entries";
import { familyOf, isPassed, knownAgain, knownDefinition, knownFamily } from "./known";
import { entryChanged } from "./links";
import { Entry, entryBlock, isRetired, Known, Link, Source } from "./mirror";
import { linkGiven } from "./processes";

/** The default labels of a source's registry, {length u32, bytes}; 0 for none. */
export function labelsOwn(source: usize): usize {
  const record = changetype<Source>(source);
  return isLive(record.registry, record.state) ? <usize>(<u32>labelsWord(record.registry)) : 0;
}

/** True where a definition has a label of a default label's name itself: it is refused then, and keeps it. */
export function isOwnLabel(known: usize, own: usize): bool {
  return own != 0 && labelsMeet(own + 4, load<u32>(own), knownDefinition(known));
}

/** Lets go an entry of what the registry says by itself. */
function relabelled(source: usize, entry: usize, own: usize): i32 {
  const record = changetype<Entry>(entry);
  const bytes = beyondBytes(entryBlock(entry), record.length, own + 4, load<u32>(own));
  const family = familyOf(record.known);
  if (bytes == record.length || record.links == 0) return OK;
  const room = roomAddress(bytes + 1);
  if (room == 0) return EXHAUSTED;
  beyondPut(room, entryBlock(entry), record.length, own + 4, load<u32>(own));
  const status = entryOf(source, record.known, family, room, bytes);
  // Without its family it is found anew, or refused, when it is shown.
  if (status < 0) return status == GONE ? OK : status;
  const to = changetype<Entry>(<usize>status);
  if (isTime(record.begun) && (!isTime(to.begun) || record.begun < to.begun)) to.begun = record.begun;
  entryChanged(source, entry);
  entryChanged(source, <usize>status);
  while (record.links != 0) {
    const link: usize = record.links;
    const process: usize = changetype<Link>(link).process;
    const retired = isRetired(link) ? retiredApart(process, entryBlock(entry), record.length, own) : process;
    if (retired == 0 || !linkGiven(family, link, <usize>status, retired)) return EXHAUSTED;
  }
  return OK;
}

/**
 * Takes the names of the registry's default labels from all series of a source; EXHAUSTED: the rest has them still. What had
 * no family with those before is asked for again.
 */
export function sourceRelabel(source: usize): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  const record = changetype<Source>(source);
  const own = labelsOwn(source);
  let status: i32 = OK;
  for (let known: usize = own == 0 ? 0 : <usize>record.known; known != 0 && status == OK; known = changetype<Known>(known).next) {
    if (isOwnLabel(known, own)) continue;
    for (let entry: usize = changetype<Known>(known).entries; entry != 0 && status == OK; entry = changetype<Entry>(entry).next) {
      status = relabelled(source, entry, own);
    }
  }
  for (let known: usize = status == OK ? <usize>record.known : 0; known != 0; known = changetype<Known>(known).next) {
    if (knownFamily(known) == 0 && !isPassed(known)) knownAgain(source, known);
  }
  end();
  return status;
}
