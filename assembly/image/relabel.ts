// Default labels of a registry that come after series of other processes: of two labels of one name the registry's own is
// printed. So entries that have such a label move to those of their block without it, the dead's, too.

import { isTime } from "../layout";
import { EXHAUSTED, GONE, NO_WRITER, OK } from "../status";
import { labelsWord } from "../store/defaults";
import { limboSift } from "../store/limbo";
import { isLive } from "../store/series";
import { begin, end, roomAddress } from "../store/writer";
import { beyondBytes, beyondPut } from "./block";
import { entryOf } from "./entries";
import { knownFamily } from "./known";
import { entryChanged, linkMoved } from "./links";
import { Entry, entryBlock, Known, Link, Source } from "./mirror";
import { linkMerged, retiredLink } from "./processes";

/** The default labels of a source's registry, {length u32, bytes}; 0 for none. */
export function labelsOwn(source: usize): usize {
  const record = changetype<Source>(source);
  return isLive(record.registry, record.state) ? <usize>(<u32>labelsWord(record.registry)) : 0;
}

/** Gives a link to another entry. */
function moved(source: usize, family: usize, link: usize, entry: usize): bool {
  const theirs = changetype<Link>(link).process == changetype<Source>(source).retired ? retiredLink(source, entry) : 0;
  if (theirs != 0) return linkMerged(family, link, theirs);
  linkMoved(link, entry);
  return true;
}

/** Lets go an entry of what the registry says by itself. */
function relabelled(source: usize, entry: usize, own: usize): i32 {
  const record = changetype<Entry>(entry);
  const bytes = beyondBytes(entryBlock(entry), record.length, own + 4, load<u32>(own));
  const family = knownFamily(record.known);
  if (bytes == record.length || family == 0 || record.links == 0) return OK;
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
  while (record.links != 0) if (!moved(source, family, record.links, <usize>status)) return EXHAUSTED;
  return OK;
}

/** Takes the names of the registry's default labels from all series of a source; EXHAUSTED: the rest has them still. */
export function sourceRelabel(source: usize): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  const record = changetype<Source>(source);
  const own = labelsOwn(source);
  let status: i32 = OK;
  for (let known: usize = own == 0 ? 0 : <usize>record.known; known != 0 && status == OK; known = changetype<Known>(known).next) {
    for (let entry: usize = changetype<Known>(known).entries; entry != 0 && status == OK; entry = changetype<Entry>(entry).next) {
      status = relabelled(source, entry, own);
    }
  }
  end();
  return status;
}
