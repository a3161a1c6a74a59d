// Default labels of a registry that come, or go, after series of other processes: of two labels of one name the registry's own
// is printed. So links whose entries have such a label move to those of their block without it, the dead's, too; and back,
// with what was set aside.

import { isTime } from "../layout";
import { EXHAUSTED, GONE, LIMIT, NO_WRITER, OK } from "../status";
import { labelsMeet, labelsWord } from "../store/defaults";
import { limboSift } from "../store/limbo";
import { isLive } from "../store/series";
import { begin, end, roomAddress } from "../store/writer";
import { HASHED_MORE, processAside } from "./aside";
import { beyondBytes, beyondPut, mergedPut, withinPut } from "./block";
import { entryOf } from "./entries";
import { familyOf, isPassed, knownAgain, knownDefinition, knownFamily } from "./known";
import { entryChanged } from "./links";
import { Entry, entryBlock, Known, Link, Process, Source } from "./mirror";
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

let shown: usize = 0;
let shownLength: u32 = 0;
let apart: usize = 0;
let apartLength: u32 = 0;

/**
 * Finds what of the labels that a process has of a series is shown from now on, and what is set aside; those that were set
 * aside are among them. False without memory.
 */
function parted(process: usize, entry: usize, own: usize): bool {
  const aside: usize = changetype<Process>(process).aside;
  const asideLength: u32 = aside == 0 ? 0 : load<u32>(aside);
  const length = changetype<Entry>(entry).length;
  const room = roomAddress(4 * length + 3 * asideLength + 8 + HASHED_MORE);
  if (room == 0) return false;
  shown = room;
  shownLength = length;
  memory.copy(room, entryBlock(entry), length);
  if (aside != 0) {
    // None twice: where memory ended in the middle of this it is done once more.
    const kept = beyondPut(room, entryBlock(entry), length, aside + 4, asideLength);
    shown = room + kept;
    shownLength = mergedPut(shown, room, kept, aside + 4, asideLength, knownDefinition(changetype<Entry>(entry).known));
  }
  apart = shown + shownLength;
  apartLength = 0;
  if (own == 0) return true;
  apartLength = withinPut(apart, shown, shownLength, own + 4, load<u32>(own));
  const whole = shown;
  shown = apart + apartLength;
  shownLength = beyondPut(shown, whole, shownLength, own + 4, load<u32>(own));
  return true;
}

/** Gives a link to the entry of the labels that are shown of it from now on. */
function linkRelabelled(source: usize, entry: usize, link: usize, own: usize): i32 {
  const record = changetype<Entry>(entry);
  const process: usize = changetype<Link>(link).process;
  if (!parted(process, entry, own)) return EXHAUSTED;
  const owner = processAside(process, apart, apartLength);
  if (owner == 0) return EXHAUSTED;
  if (owner == process && shownLength == record.length && memory.compare(shown, entryBlock(entry), shownLength) == 0) return OK;
  const family = familyOf(record.known);
  const status = entryOf(source, record.known, family, shown, shownLength);
  // Without its family it is found anew, or refused, when it is shown.
  if (status < 0) return status == GONE || status == LIMIT ? OK : status;
  const to = changetype<Entry>(<usize>status);
  if (isTime(record.begun) && (!isTime(to.begun) || record.begun < to.begun)) to.begun = record.begun;
  entryChanged(source, entry);
  entryChanged(source, <usize>status);
  return linkGiven(family, link, <usize>status, owner) ? OK : EXHAUSTED;
}

/** Lets go an entry of what the registry says by itself, and gives it back what it says no more. */
function relabelled(source: usize, entry: usize, own: usize): i32 {
  const record = changetype<Entry>(entry);
  const whole = own == 0 || beyondBytes(entryBlock(entry), record.length, own + 4, load<u32>(own)) == record.length;
  for (let link: usize = record.links; link != 0;) {
    const next: usize = changetype<Link>(link).next;
    const nothing = whole && changetype<Process>(<usize>changetype<Link>(link).process).aside == 0;
    const status = nothing ? OK : linkRelabelled(source, entry, link, own);
    if (status != OK) return status;
    link = next;
  }
  return OK;
}

/**
 * Takes the names of the registry's default labels from all series of a source, and gives those back that it has no more; then
 * its processes are to be told their labels anew. EXHAUSTED: the rest is as it was. What had no family with those before is
 * asked for again.
 */
export function sourceRelabel(source: usize): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  const record = changetype<Source>(source);
  const own = labelsOwn(source);
  let status: i32 = OK;
  for (let known: usize = record.known; known != 0 && status == OK; known = changetype<Known>(known).next) {
    const printed = isOwnLabel(known, own) ? 0 : own;
    for (let entry: usize = changetype<Known>(known).entries; entry != 0 && status == OK; entry = changetype<Entry>(entry).next) {
      status = relabelled(source, entry, printed);
    }
  }
  for (let known: usize = status == OK ? <usize>record.known : 0; known != 0; known = changetype<Known>(known).next) {
    if (knownFamily(known) == 0 && !isPassed(known)) knownAgain(source, known);
  }
  end();
  return status;
}
