// What changed in the registry since a source looked last, without any image saying so: families that were registered in
// place of others or removed, and series that were removed or reset here while other processes still have something of them.

import { load32 } from "../memory/atomics";
import { Definition, Family, LIVE, Registry } from "../layout";
import { NO_WRITER, OK, WANTED } from "../status";
import { importedEnds } from "../store/detach";
import { definitionName, FAMILY_KEY, isFromImage } from "../store/family";
import { hashOf } from "../store/hash";
import { limboEmpty } from "../store/limbo";
import { isLive } from "../store/series";
import { trieFind } from "../store/trie";
import { begin, end } from "../store/writer";
import { isBound } from "./entries";
import { isFree, isUntold, knownAgain, knownDefinition, knownFamily, madeWay } from "./known";
import { entryChanged, isHeld } from "./links";
import { Entry, Known, KNOWN_PARTIAL, Source } from "./mirror";

/**
 * True where a definition's family is gone, and to be asked for anew: somebody who counts has something of it, for they have
 * not removed it, or there is another one of its name that shows what the dead had, too.
 */
function isReplaced(registry: usize, known: usize): bool {
  const record = changetype<Known>(known);
  if (record.family == 0 || knownFamily(known) != 0) return false;
  let left = false;
  for (let entry: usize = record.entries; entry != 0; entry = changetype<Entry>(entry).next) {
    if (isHeld(entry)) return true;
    if (changetype<Entry>(entry).links != 0) left = true;
  }
  if (!left) return false;
  const name = definitionName(knownDefinition(known));
  const length = changetype<Definition>(knownDefinition(known)).nameLength;
  const family = trieFind(registry + offsetof<Registry>("root"), hashOf(name, length), name, length, FAMILY_KEY);
  return family != 0 && (load32(family) & 3) == LIVE;
}

/** True where an entry was shown in a family, and what it was shown in ended: by a reset, a removal, or with the family before. */
function isEnded(entry: usize, family: usize): bool {
  const record = changetype<Entry>(entry);
  if (record.cell == 0 || isBound(entry)) return false;
  // A series that ended by itself, for nothing changed, is not to be back with the next page: it would never end.
  const expires = changetype<Family>(family).expireSeconds != 0;
  return !expires || record.family != <u32>family || load32(record.series) == record.state;
}

/**
 * Shows again what others have of series that were removed or reset here: they have not removed it. What the retired alone
 * had stays away, for nobody asks for it any more.
 */
function endedShown(source: usize): void {
  const record = changetype<Source>(source);
  // Before the look, so that what ends meanwhile is looked at the next time.
  const ends = importedEnds();
  if (record.ends == ends) return;
  for (let known: usize = record.known; known != 0; known = changetype<Known>(known).next) {
    const family = knownFamily(known);
    // Of a family that is gone: whoever defines it again finds all of it.
    for (let entry: usize = family == 0 ? 0 : <usize>changetype<Known>(known).entries; entry != 0; entry = changetype<Entry>(entry).next) {
      if (isEnded(entry, family) && isHeld(entry)) entryChanged(source, entry);
    }
  }
  record.ends = ends;
}

/** Shows the rest of a family that images had brought again, once it is registered here. */
function partialEnded(source: usize, known: usize): void {
  const family = knownFamily(known);
  if (changetype<Known>(known).flags != KNOWN_PARTIAL || family == 0 || isFromImage(family)) return;
  for (let entry: usize = changetype<Known>(known).entries; entry != 0; entry = changetype<Entry>(entry).next) {
    if (isBound(entry)) continue;
    changetype<Entry>(entry).family = 0;
    changetype<Entry>(entry).cell = 0;
    entryChanged(source, entry);
  }
  changetype<Known>(known).flags = 0;
}

/** Lets definitions be asked for again that another family was in the way of, which is gone; and be shown whole that are defined. */
function freeAsked(source: usize): void {
  for (let known: usize = changetype<Source>(source).known; known != 0; known = changetype<Known>(known).next) {
    partialEnded(source, known);
    if (isFree(known)) knownAgain(source, known);
  }
}

/** A refused definition that is to be asked for: what was in its way made way, or it is to be told of. */
function refusedAsked(source: usize): usize {
  const first: usize = changetype<Source>(source).known;
  for (let known = first; known != 0; known = changetype<Known>(known).next) if (madeWay(source, known)) return known;
  for (let known = first; known != 0; known = changetype<Known>(known).next) if (isUntold(known)) return known;
  return 0;
}

/**
 * WANTED where a family is gone, or was registered here in place of one that images brought, or made way for one of those who
 * live: it is asked for as others are. `whole`: of all processes what there is was read, so that it is known who lives.
 */
export function sourceRenew(source: usize, whole: bool): i32 {
  if (!begin()) return NO_WRITER;
  const record = changetype<Source>(source);
  const live = isLive(record.registry, record.state);
  if (live) freeAsked(source);
  // At once, so that no other one of its name comes before it.
  let known: usize = live && whole ? refusedAsked(source) : 0;
  if (live && known == 0) {
    known = record.known;
    while (known != 0 && !isReplaced(record.registry, known)) known = changetype<Known>(known).next;
  }
  if (live && known == 0) endedShown(source);
  end();
  // What went with its family.
  if (known != 0) limboEmpty();
  if (known == 0) return OK;
  record.wanted = known;
  return WANTED;
}
