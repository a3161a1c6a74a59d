// Families: get or create by name, one definition a name, and no two families whose sample names meet.
//
// The binding hands over the definition as bytes; equal bytes are the same definition. A new family is
// published PENDING, then looks for clashes and at the default labels, then becomes LIVE: of two that clash and
// are published at the same moment each sees the other, and the one at the lower address stays.

import { exchangeIf32, load32, store32 } from "../memory/atomics";
import { bytesReserved, give, take } from "../memory/arena";
import {
  BOUNDS_MAX,
  Definition,
  Family,
  FAMILY_EXPIRES,
  FAMILY_IMPORTED,
  FAMILY_OWN,
  FREE,
  Header,
  HEADER,
  KIND_FAMILY,
  KIND_PLAIN,
  LIVE,
  PENDING,
  Registry,
  REMOVED,
} from "../layout";
import { ABSENT, CLASH, CONFLICT, EXHAUSTED, GONE, LABELS, LIMIT, NO_WRITER, OK } from "../status";
import { clashing, clashingEscaped } from "./clash";
import { familyMeetsDefaults, familySuits, labelsMeet, labelsSwap, labelsWord } from "./defaults";
import { hashOf } from "./hash";
import { limboEmpty, limboSift, retire } from "./limbo";
import { tableRetire } from "./registry";
import { isLive, seriesRemoveAll, seriesResetAll } from "./series";
import { isAbandoned, isConstant, isSealed, SEALED } from "./setter";
import { bytesEqual, hasShape, shapeOf } from "./shape";
import { NO_POSITION, tableAdd, tableCount, tableCreate, tableGet, tableRemove } from "./table";
import { trieFind, trieGive, trieInsert, trieRemove } from "./trie";
import { begin, end, ownWriter } from "./writer";

export const FAMILY_KEY: u32 = 80;
if (FAMILY_KEY != offsetof<Family>()) ERROR("FAMILY_KEY must follow the record");
/** Never leaves this file. */
const RETRY: i32 = -100;
/** Longer names are refused, so that a name and its suffix fit the scratch. */
const NAME_MAX: u32 = 1024;

/** The family that stood in the way of the last creation. */
let conflict: usize = 0;
/** The state of the family that was created or found last, or stood in the way, read while it was certainly that one. */
let createdState: u32 = 0;

export function familyState(): u32 {
  return createdState;
}

export function conflictAddress(): usize {
  return conflict;
}

export function definitionName(definition: usize): usize {
  const record = changetype<Definition>(definition);
  return definition + record.length - record.nameLength;
}

/** Makes a family visible to walks that begin from now on. */
function confirm(family: usize): void {
  const state = load32(family);
  if ((state & 3) != PENDING) return;
  exchangeIf32(family + offsetof<Family>("birth"), 0, load32(HEADER + offsetof<Header>("walks")));
  exchangeIf32(family, state, (state & ~3) | LIVE);
}

function familyBytes(family: usize): u32 {
  return FAMILY_KEY + changetype<Family>(family).keyLength;
}

/** Gives all of a family back that is in no trie. */
function familyRetire(family: usize): void {
  const record = changetype<Family>(family);
  const definition: usize = record.definition;
  if (record.position != NO_POSITION) {
    tableRemove(changetype<Registry>(<usize>record.registry).table, record.position);
  }
  trieGive(family + offsetof<Family>("root"));
  if (record.table != 0) tableRetire(record.table);
  if (definition != 0) retire(definition, changetype<Definition>(definition).length, KIND_PLAIN);
  store32(family, (load32(family) & ~3) | FREE);
  retire(family, familyBytes(family), KIND_FAMILY);
}

/** True while there is more than half of the reserve: what scrapes need is not for families. */
function hasRoom(): bool {
  const header = changetype<Header>(HEADER);
  return bytesReserved() < header.softLimit + ((header.hardLimit - header.softLimit) >> 1);
}

/** A PENDING family in the registry's table and in no trie; 0 without memory. */
function familyMade(registry: usize, from: usize, flags: u32): usize {
  const source = changetype<Definition>(from);
  // Families are few, and nobody from outside makes any: a memory that series have filled still takes some.
  const reserve = true;
  const family = take(FAMILY_KEY + source.nameLength, KIND_FAMILY, reserve);
  if (family == 0) return 0;
  const record = changetype<Family>(family);
  const state = ((load32(family) >> 2) + 1) << 2;
  store32(family, state | FREE);
  record.keyLength = source.nameLength;
  record.hash = hashOf(definitionName(from), source.nameLength);
  memory.copy(family + FAMILY_KEY, definitionName(from), source.nameLength);
  record.root = 0;
  record.registry = registry;
  record.type = source.type;
  record.mode = source.mode;
  record.flags = flags | source.flags | (source.expireSeconds == 0 ? 0 : FAMILY_EXPIRES);
  record.maxSeries = source.maxSeries;
  record.expireSeconds = source.expireSeconds;
  record.hand = 0;
  record.cellCount = 0;
  record.birth = 0;
  record.seriesCount = 0;
  record.position = NO_POSITION;
  record.table = 0;
  record.definition = take(source.length, KIND_PLAIN, reserve);
  record.shape = 0;
  if (record.definition != 0) {
    memory.copy(record.definition, from, source.length);
    record.table = tableCreate(reserve);
  }
  const shaped = hasShape(source);
  if (record.table != 0 && shaped) record.shape = shapeOf(from + offsetof<Definition>(), source.boundCount, reserve);
  if (record.table == 0 || (shaped && record.shape == 0)) {
    familyRetire(family);
    return 0;
  }
  store32(family, state | PENDING);
  record.position = tableAdd(changetype<Registry>(registry).table, family, reserve);
  if (record.position != NO_POSITION) return family;
  familyRetire(family);
  return 0;
}

/** True for a family that images alone have. */
export function isFromImage(family: usize): bool {
  return (load32(family + offsetof<Family>("flags")) & FAMILY_IMPORTED) != 0;
}

/**
 * What another family in the way of one leads to: constants of those who are no more hold no name, and what images brought
 * none that is registered here. An older release beside this one must not keep this one from starting.
 */
function refused(registry: usize, other: usize, status: i32, flags: u32): i32 {
  conflict = other;
  createdState = load32(other);
  if ((flags & FAMILY_IMPORTED) == 0 && isFromImage(other)) {
    if ((createdState & 3) == PENDING) familyTakeBack(registry, other);
    else familyRemoved(other, createdState);
    return RETRY;
  }
  return isAbandoned(other) && familyRemoved(other, createdState) ? RETRY : status;
}

function created(registry: usize, flags: u32): i32 {
  const from: usize = ownWriter().input;
  const source = changetype<Definition>(from);
  const length = source.nameLength;
  if (length > NAME_MAX || source.boundCount > BOUNDS_MAX) return LIMIT;
  const root = registry + offsetof<Registry>("root");
  let family = trieFind(root, hashOf(definitionName(from), length), definitionName(from), length, FAMILY_KEY);
  if (family == 0) {
    // Looked at again when the family is published; this saves the making.
    if ((flags & FAMILY_OWN) == 0 && familyMeetsDefaults(labelsWord(registry), from)) return LABELS;
    family = (flags & FAMILY_OWN) != 0 || hasRoom() ? familyMade(registry, from, flags) : 0;
    if (family == 0) return EXHAUSTED;
    const there = trieInsert(root, family, FAMILY_KEY);
    if (there != family) {
      familyRetire(family);
      if (there == 0) return EXHAUSTED;
      family = there;
    }
  }
  const definition: usize = changetype<Family>(family).definition;
  if (changetype<Definition>(definition).length != source.length || !bytesEqual(definition, from, source.length)) {
    return refused(registry, family, CONFLICT, flags);
  }
  // It is registered here from now on, too.
  if ((flags & FAMILY_IMPORTED) == 0 && isFromImage(family)) {
    store32(family + offsetof<Family>("flags"), changetype<Family>(family).flags & ~FAMILY_IMPORTED);
  }
  createdState = load32(family);
  if ((createdState & 3) == LIVE) return <i32>family;
  // Removed since it was found: its name is free by now or will be.
  if ((createdState & 3) != PENDING) return RETRY;
  let other = clashing(registry, family, source.type, definitionName(from), length);
  if (other == 0) other = clashingEscaped(registry, family);
  if (other == 0 && ((flags & FAMILY_OWN) != 0 || familySuits(registry, from))) {
    confirm(family);
    createdState = load32(family);
    return (createdState & 3) == LIVE ? <i32>family : RETRY;
  }
  familyTakeBack(registry, family);
  return other == 0 ? LABELS : refused(registry, other, CLASH, flags);
}

/** Removes a PENDING family that is in the trie, unless somebody else removes or confirms it. */
function familyTakeBack(registry: usize, family: usize): void {
  const state = load32(family);
  if ((state & 3) != PENDING || exchangeIf32(family, state, (state & ~3) | REMOVED) != state) return;
  if (trieRemove(registry + offsetof<Registry>("root"), family)) familyRetire(family);
}

/** The family of the definition in the input: found, made, or what stands in the way. */
export function familyCreate(registry: usize, state: u32, flags: u32): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  let status: i32 = GONE;
  do status = isLive(registry, state) ? created(registry, flags) : GONE;
  while (status == RETRY);
  end();
  return status;
}

/** The live family of the name in the input, or ABSENT. */
export function familyFind(registry: usize, state: u32, length: u32): i32 {
  if (!begin()) return NO_WRITER;
  let found: i32 = GONE;
  if (isLive(registry, state)) {
    const name: usize = ownWriter().input;
    const family = trieFind(registry + offsetof<Registry>("root"), hashOf(name, length), name, length, FAMILY_KEY);
    createdState = family == 0 ? 0 : load32(family);
    found = (createdState & 3) == LIVE ? <i32>family : ABSENT;
  }
  end();
  return found;
}

/** Removes a family; false where somebody else did. Between `begin` and `end`. */
export function familyRemoved(family: usize, state: u32): bool {
  if ((state & 3) != LIVE || exchangeIf32(family, state, (state & ~3) | REMOVED) != state) return false;
  seriesRemoveAll(family);
  const registry: usize = changetype<Family>(family).registry;
  if (trieRemove(registry + offsetof<Registry>("root"), family)) familyRetire(family);
  return true;
}

/** Removes a family of constants that has no series; false where it has some, or is gone. Between `begin` and `end`. */
export function familyFreed(family: usize, state: u32): bool {
  if (!isConstant(family)) return false;
  if (!isSealed(family) && exchangeIf32(family + offsetof<Family>("seriesCount"), 0, SEALED) != 0) return false;
  return familyRemoved(family, state);
}

export function familyRemove(family: usize, state: u32): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  const status = familyRemoved(family, state) ? OK : GONE;
  end();
  limboEmpty();
  return status;
}

/** Removes all series of a family, or sets them back to nothing. */
export function familyEmpty(family: usize, state: u32, reset: bool): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  let status = GONE;
  if (isLive(family, state)) {
    status = OK;
    if (reset) seriesResetAll(family);
    else seriesRemoveAll(family);
  }
  end();
  limboEmpty();
  return status;
}

/** Removes all families of a registry, or resets them. */
export function registryEmpty(registry: usize, state: u32, reset: bool): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  let status = GONE;
  if (isLive(registry, state)) {
    status = OK;
    const table: usize = changetype<Registry>(registry).table;
    for (let i: u32 = 0; i < tableCount(table); i++) {
      const family = tableGet(table, i);
      if (family == 0 || (load32(family) & 3) != LIVE) continue;
      if (reset) seriesResetAll(family);
      else familyRemoved(family, load32(family));
    }
  }
  end();
  limboEmpty();
  return status;
}

/** A family's position in its registry; for filters of a walk. */
export function familyPosition(family: usize): u32 {
  return changetype<Family>(family).position;
}

/** Where a family's definition lies; for describing it. */
export function familyDefinition(family: usize): usize {
  return changetype<Family>(family).definition;
}

/** Stands for whatever default labels there are. */
const ANY_LABELS: u32 = 0xffffffff;

/** Sets the default labels of a registry to the rendered block in the input; none where it is empty. */
export function registryLabels(registry: usize, state: u32, length: u32): i32 {
  return registryRelabel(registry, state, length, ANY_LABELS);
}

/** The same in place of the block that stands behind it in the input: CONFLICT where there is another one by now. */
export function registryRelabel(registry: usize, state: u32, length: u32, replaced: u32): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  const status = isLive(registry, state) ? labelled(registry, length, replaced) : GONE;
  end();
  return status;
}

/** True where the default labels in a word are a certain block. */
function labelsAre(word: u64, block: usize, length: u32): bool {
  const labels: usize = <u32>word;
  if (labels == 0) return length == 0;
  return load32(labels) == length && bytesEqual(labels + 4, block, length);
}

function labelled(registry: usize, length: u32, replaced: u32): i32 {
  const text: usize = ownWriter().input;
  let block: usize = 0;
  if (length != 0) {
    block = take(4 + length, KIND_PLAIN, true);
    if (block == 0) return EXHAUSTED;
    store32(block, length);
    memory.copy(block + 4, text, length);
  }
  while (true) {
    const word = labelsWord(registry);
    const same = replaced == ANY_LABELS || labelsAre(word, text + length, replaced);
    conflict = length == 0 || !same ? 0 : familyAgainst(registry, text, length, false);
    // They make way only where the labels come.
    if (length != 0 && same && conflict == 0) familyAgainst(registry, text, length, true);
    if (conflict != 0 || !same) {
      if (block != 0) give(block, 4 + length, KIND_PLAIN);
      return same ? LABELS : CONFLICT;
    }
    if (labelsSwap(registry, word, block)) return OK;
  }
}

/**
 * A LIVE family that prints one of these labels itself, or 0; those that are PENDING are taken back. What images brought is
 * passed over, or removed where it makes way.
 */
function familyAgainst(registry: usize, text: usize, length: u32, makesWay: bool): usize {
  const table: usize = changetype<Registry>(registry).table;
  const root = registry + offsetof<Registry>("root");
  for (let i: u32 = 0; i < tableCount(table); i++) {
    const family = tableGet(table, i);
    if (family == 0) continue;
    const record = changetype<Family>(family);
    const state = load32(family);
    if ((state & 3) != LIVE && (state & 3) != PENDING) continue;
    if ((record.flags & FAMILY_OWN) != 0 || !labelsMeet(text, length, record.definition)) continue;
    if ((state & 3) == LIVE && isFromImage(family)) {
      if (makesWay) familyRemoved(family, state);
      continue;
    }
    // One that is in no trie yet meets the labels when it is.
    const found = trieFind(root, record.hash, family + FAMILY_KEY, record.keyLength, FAMILY_KEY) == family;
    if ((state & 3) == PENDING && found) familyTakeBack(registry, family);
    if (load32(family) == ((state & ~3) | LIVE)) return family;
  }
  return 0;
}
