// Definitions that images have, and the families that they lead to. The binding finds or makes a family once for each
// definition of a source; here it is only kept, for as long as it lives.

import { load32 } from "../memory/atomics";
import { take } from "../memory/arena";
import {
  BOUNDS_MAX,
  COUNTER,
  Definition,
  Family,
  GAUGE_HISTOGRAM,
  KIND_PLAIN,
  LIVE,
  NATIVE,
  SCHEMA_LEAST,
  SCHEMA_MOST,
  Shape,
} from "../layout";
import { OK } from "../status";
import { familyRemoved, isFromImage } from "../store/family";
import { hashOf } from "../store/hash";
import { hasImportedElse } from "../store/imported";
import { seriesWord } from "../store/list";
import { bytesEqual, hasShape } from "../store/shape";
import { tableCount, tableGet } from "../store/table";
import { indexGiven } from "./ghosts";
import { entryChanged, isHeld } from "./links";
import {
  Entry,
  Held,
  HELD_BYTES,
  Known,
  KNOWN_BYTES,
  KNOWN_FAMILY,
  KNOWN_PARTIAL,
  KNOWN_SILENT,
  KNOWN_TOLD,
  NOT_LIVING,
  Process,
  Source,
} from "./mirror";
import { REFUSED_HELP, refusalNoted } from "./refusal";

/** A definition's place in the record. */
export function knownDefinition(known: usize): usize {
  return known + KNOWN_BYTES;
}

/** What a source knows of a definition, made where it knows nothing; 0 without memory. */
export function knownOf(source: usize, definition: usize, length: u32): usize {
  const hash = hashOf(definition, length);
  for (let known: usize = changetype<Source>(source).known; known != 0; known = changetype<Known>(known).next) {
    const record = changetype<Known>(known);
    if (record.hash == hash && record.length == length && bytesEqual(knownDefinition(known), definition, length)) return known;
  }
  const made = take(KNOWN_BYTES + length, KIND_PLAIN, false);
  if (made == 0) return 0;
  const record = changetype<Known>(made);
  record.hash = hash;
  record.length = length;
  record.family = 0;
  // Not refused: not asked for yet.
  record.state = NOT_ASKED;
  record.entries = 0;
  record.index = 0;
  record.blocker = 0;
  record.flags = 0;
  memory.fill(made + KNOWN_FAMILY, 0, offsetof<Family>());
  memory.copy(knownDefinition(made), definition, length);
  record.next = changetype<Source>(source).known;
  changetype<Source>(source).known = made;
  return made;
}

// Why there is no family; no record has these states, which are FREE.
/** It is refused for ever: what is of it is passed over. */
const PASSED: u32 = 0;
/** It is refused while the registry is what it is: what is of it is kept. */
const KEPT: u32 = 0xfffffff8;
const NOT_ASKED: u32 = 0xfffffffc;

/** The live family of a definition; 0 where it is refused, or to be asked for. */
export function knownFamily(known: usize): usize {
  const record = changetype<Known>(known);
  if (record.family == 0) return 0;
  return (record.state & 3) == LIVE && load32(record.family) == record.state ? <usize>record.family : 0;
}

export function isRefused(known: usize): bool {
  return isPassed(known) || isKept(known);
}

export function isPassed(known: usize): bool {
  return changetype<Known>(known).state == PASSED;
}

export function isKept(known: usize): bool {
  return changetype<Known>(known).state == KEPT;
}

/** The live family of a definition, or one like it: by which parts are added up and written, whether they are shown or not. */
export function familyOf(known: usize): usize {
  const family = knownFamily(known);
  return family != 0 ? family : knownLike(known);
}

/** Where a definition says how many bounds it has: all of a shape that is needed to pass over buckets. */
const BOUNDED: usize = offsetof<Definition>("boundCount");
if (offsetof<Shape>("boundCount") != 0) ERROR("A shape begins with how many bounds it has");

/** A family like a refused one. It takes no memory: shapes are never given back, and what is refused may be anything. */
export function knownLike(known: usize): usize {
  const family = changetype<Family>(known + KNOWN_FAMILY);
  return family.definition != 0 ? known + KNOWN_FAMILY : familyLike(known + KNOWN_FAMILY, knownDefinition(known));
}

/** Makes a family that nobody else sees of a definition, where there is room for it: by it parts can be read. */
export function familyLike(at: usize, from: usize): usize {
  const definition = changetype<Definition>(from);
  const family = changetype<Family>(at);
  memory.fill(at, 0, offsetof<Family>());
  family.type = definition.type;
  family.mode = definition.mode;
  family.flags = definition.flags;
  if (hasShape(definition)) family.shape = <u32>(from + BOUNDED);
  family.definition = from;
  return at;
}

/** Where the definition is that the binding is asked for. */
export function sourceWanted(source: usize): usize {
  return knownDefinition(changetype<Source>(source).wanted);
}

/**
 * The family of the definition that was asked for; 0 refuses it for ever. One that was registered here in place of the one
 * before shows all that one showed, that of the dead, too: whoever removes a family does not mean that, whoever defines it
 * does. So does one that was refused until now. One that images bring again shows what the living have.
 */
export function sourceFamily(source: usize, family: usize, state: u32): i32 {
  const known: usize = changetype<Source>(source).wanted;
  const record = changetype<Known>(known);
  const whole = family != 0 && (record.family == 0 || !isFromImage(family));
  for (let entry: usize = family == 0 ? 0 : <usize>record.entries; entry != 0; entry = changetype<Entry>(entry).next) {
    // Its series ended with its family, not by itself; another family may be where that was.
    changetype<Entry>(entry).family = 0;
    // Not found yet.
    if (whole) changetype<Entry>(entry).cell = 0;
    if (whole || isHeld(entry)) entryChanged(source, entry);
  }
  knownLed(known, family, family == 0 ? PASSED : state);
  if (family != 0 && !whole) record.flags = KNOWN_PARTIAL;
  return OK;
}

/** Leads a definition to a family, which others found. */
export function knownLed(known: usize, family: usize, state: u32): void {
  indexGiven(known);
  changetype<Known>(known).flags = 0;
  changetype<Known>(known).family = family;
  changetype<Known>(known).state = state;
}

/** What sourceKept answers of a definition of the dead alone in whose place images brought another: nobody is to be told. */
const MADE_WAY: i32 = 0;
/** And of one that no process has which lives. */
const OF_THE_DEAD: i32 = 1;

/**
 * Refuses the definition that was asked for, for as long as the family in its way has that state; 0: until there are other
 * default labels. What is of it is kept, and shown by nobody. Returns a living process that has it, OF_THE_DEAD or MADE_WAY.
 */
export function sourceKept(source: usize, blocker: usize, state: u32): i32 {
  const known: usize = changetype<Source>(source).wanted;
  const record = changetype<Known>(known);
  if (record.family != 0) record.flags = 0;
  record.family = 0;
  record.state = KEPT;
  record.blocker = blocker;
  record.blockerState = state;
  const holder = holderOf(source, known);
  if (holder != 0) return <i32>holder;
  return blocker != 0 && isFromImage(blocker) ? MADE_WAY : OF_THE_DEAD;
}

/** A process that lives and has a definition, with a series of it or without; 0 for none. */
export function holderOf(source: usize, known: usize): usize {
  for (let process: usize = changetype<Source>(source).processes; process != 0; process = changetype<Process>(process).next) {
    const record = changetype<Process>(process);
    if ((record.flags & NOT_LIVING) != 0) continue;
    for (let at: usize = record.held, last = at + record.capacity * HELD_BYTES; at < last; at += HELD_BYTES) {
      if (changetype<Held>(at).known == <u32>known) return process;
    }
  }
  return 0;
}

/** True where a living process of a source has what a family shows. */
function isShown(source: usize, family: usize): bool {
  // Several definitions lead to one family: of another help, say.
  for (let known: usize = changetype<Source>(source).known; known != 0; known = changetype<Known>(known).next) {
    if (knownFamily(known) == family && holderOf(source, known) != 0) return true;
  }
  return false;
}

/** True where another source has something of a family. */
function isElsewhere(source: usize, family: usize): bool {
  const table: usize = changetype<Family>(family).table;
  for (let i: u32 = 0; i < tableCount(table); i++) {
    const series = tableGet(table, i);
    if (series != 0 && (load32(series) & 3) == LIVE && hasImportedElse(seriesWord(series), source)) return true;
  }
  return false;
}

/**
 * Whether the family in the way of a refused definition makes way: images brought it, nobody who lives has it, and somebody
 * who lives has the other. Of two that live the one that is shown stays, so that none goes and comes with each page. Ends
 * that family then; what it had is kept like all that is refused.
 */
export function madeWay(source: usize, known: usize): bool {
  const record = changetype<Known>(known);
  const family: usize = record.blocker;
  if (record.state != KEPT || family == 0 || load32(family) != record.blockerState || !isFromImage(family)) return false;
  const holder = holderOf(source, known);
  // When a process has it that lives, that is to be told.
  if (holder == 0) record.flags = KNOWN_SILENT;
  else if (record.flags == KNOWN_SILENT) record.flags = 0;
  if (holder == 0) return false;
  if (isShown(source, family) || isElsewhere(source, family)) return false;
  for (let other: usize = changetype<Source>(source).known; other != 0; other = changetype<Known>(other).next) {
    // Not by the family's end alone: its memory may be the next one's.
    if (knownFamily(other) == family) knownAgain(source, other);
  }
  return familyRemoved(family, record.blockerState);
}

/** True for a refused definition, at which `madeWay` looked, of which somebody is to be told; from then on that was done. */
export function isUntold(known: usize): bool {
  const record = changetype<Known>(known);
  if (record.state != KEPT || record.blocker == 0 || record.flags != 0) return false;
  record.flags = KNOWN_TOLD;
  return true;
}

/** Puts the definitions that are shown in front of the refused: who reads them in this order shows the same. */
export function shownFirst(source: usize): void {
  let last: usize = 0;
  let before: usize = 0;
  for (let known: usize = changetype<Source>(source).known; known != 0;) {
    const next: usize = changetype<Known>(known).next;
    if (knownFamily(known) == 0) before = known;
    else if (before == last) {
      before = known;
      last = known;
    } else {
      changetype<Known>(before).next = next;
      if (last == 0) {
        changetype<Known>(known).next = changetype<Source>(source).known;
        changetype<Source>(source).known = known;
      } else {
        changetype<Known>(known).next = changetype<Known>(last).next;
        changetype<Known>(last).next = known;
      }
      last = known;
    }
    known = next;
  }
}

/** True where what was in the way of a definition is gone. */
export function isFree(known: usize): bool {
  const record = changetype<Known>(known);
  return record.state == KEPT && record.blocker != 0 && load32(record.blocker) != record.blockerState;
}

/** Lets a definition that has no family be asked for again, as soon as anything of it is to be shown. */
export function knownAgain(source: usize, known: usize): void {
  const record = changetype<Known>(known);
  record.family = 0;
  record.state = NOT_ASKED;
  record.flags = 0;
  for (let entry: usize = record.entries; entry != 0; entry = changetype<Entry>(entry).next) entryChanged(source, entry);
}

const CARRIAGE_RETURN: u8 = 13;

/** True for a definition whose parts fill it, and nothing more, and by which parts can be passed over. */
export function isDefinition(definition: usize, length: u32): bool {
  if (length < offsetof<Definition>()) return false;
  const record = changetype<Definition>(definition);
  if (record.length != length || record.boundCount > BOUNDS_MAX || record.quantileCount > BOUNDS_MAX) return false;
  if (record.type < COUNTER || record.type > GAUGE_HISTOGRAM) return false;
  if (record.type == NATIVE && (record.schema < SCHEMA_LEAST || record.schema > SCHEMA_MOST)) return false;
  const numbers = (<u64>(record.boundCount + record.quantileCount)) << 3;
  const texts = <u64>record.unitLength + record.helpLength + record.labelLength + record.nameLength + record.stateLength;
  return <u64>offsetof<Definition>() + numbers + texts == length;
}

/** False for a definition whose help ends with a carriage return: a line of a page would end with one, which is no end of a line anywhere. */
function isHelpPrinted(definition: usize): bool {
  const record = changetype<Definition>(definition);
  const help = definition + offsetof<Definition>() + ((record.boundCount + record.quantileCount) << 3) + record.unitLength;
  return record.helpLength == 0 || load<u8>(help + record.helpLength - 1) != CARRIAGE_RETURN;
}

/** True for a definition that a page can have. */
export function isDescribed(definition: usize, length: u32): bool {
  if (!isDefinition(definition, length)) return false;
  return isHelpPrinted(definition) || refusalNoted(REFUSED_HELP, changetype<Definition>(definition), 0) != 0;
}
