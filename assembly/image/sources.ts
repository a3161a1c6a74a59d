// Sources: where a collector's images come from, a spool, workers, pushes. Each belongs to one thread, and has a name by
// which another thread takes it over when that one is no more. What was shown stays until the new one shows other things, so
// that no total goes back; then `sourceSweep` ends what it has nothing of.

import { exchangeIf32, load32 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import { Family, HEADER, Header, ImportedCell, KIND_PLAIN, LIVE, Registry } from "../layout";
import { CONFLICT, EXHAUSTED, NO_WRITER, OK } from "../status";
import { importedCellOf } from "../store/imported";
import { limboEmpty } from "../store/limbo";
import { seriesWord } from "../store/list";
import { isLive } from "../store/series";
import { isThere } from "../store/setter";
import { tableCount, tableGet } from "../store/table";
import { begin, end, ownWriter } from "../store/writer";
import { labelsGiven } from "./aside";
import { cellEnd } from "./entries";
import { expectedEnded } from "./expected";
import { FRAME_BYTES_MAX } from "./format";
import { indexGiven } from "./ghosts";
import { LABELS_TAKE_BYTES } from "./labels";
import { heldEnd } from "./links";
import { processesEnded } from "./processes";
import { sparesGiven, sparesRetired } from "./spares";
import { summedGiven } from "./summed";
import { ALL, Entry, ENTRY_BYTES, Known, KNOWN_BYTES, LAST_CHANGED, Link, Process, PROCESS_BYTES, Source, SOURCE_BYTES } from "./mirror";

const SOURCES: usize = HEADER + offsetof<Header>("sources");
/** A frame begins at a multiple of 8. */
const LABELS_ROOM: u32 = (LABELS_TAKE_BYTES + 15) & ~15;

function sourceFound(name: u64): usize {
  for (let source: usize = load32(SOURCES); source != 0; source = changetype<Source>(source).next) {
    if (changetype<Source>(source).name == name) return source;
  }
  return 0;
}

function sourceMade(name: u64): usize {
  const made = take(SOURCE_BYTES, KIND_PLAIN, true);
  if (made == 0) return 0;
  memory.fill(made, 0, SOURCE_BYTES);
  changetype<Source>(made).name = name;
  changetype<Source>(made).changed = LAST_CHANGED;
  changetype<Source>(made).failed = LAST_CHANGED;
  while (true) {
    const first = load32(SOURCES);
    changetype<Source>(made).next = first;
    if (exchangeIf32(SOURCES, first, made) == first) return made;
  }
}

function entriesFreed(known: usize): void {
  expectedEnded();
  for (let entry: usize = changetype<Known>(known).entries; entry != 0;) {
    const next: usize = changetype<Entry>(entry).next;
    // By `next` alone: the owner may have died between the two words that put a link in front of others.
    for (let link: usize = changetype<Entry>(entry).links; link != 0; link = changetype<Entry>(entry).links) {
      changetype<Entry>(entry).links = changetype<Link>(link).next;
      give(link, changetype<Link>(link).bytes, KIND_PLAIN);
    }
    changetype<Known>(known).entries = next;
    summedGiven(entry);
    give(entry, ENTRY_BYTES + changetype<Entry>(entry).length, KIND_PLAIN);
    entry = next;
  }
}

/** Frees what the last owner had: it is dead, or has ended. */
function freed(source: usize): void {
  processesEnded();
  const record = changetype<Source>(source);
  for (let known: usize = record.known; known != 0; known = changetype<Known>(known).next) entriesFreed(known);
  record.changed = LAST_CHANGED;
  record.failed = LAST_CHANGED;
  record.pass = ALL;
  record.retired = 0;
  for (let process: usize = record.processes; process != 0;) {
    const next: usize = changetype<Process>(process).next;
    heldEnd(process);
    labelsGiven(process);
    record.processes = next;
    give(process, PROCESS_BYTES, KIND_PLAIN);
    process = next;
  }
  for (let known: usize = record.known; known != 0;) {
    const next: usize = changetype<Known>(known).next;
    record.known = next;
    indexGiven(known);
    give(known, KNOWN_BYTES + changetype<Known>(known).length, KIND_PLAIN);
    known = next;
  }
  record.wanted = 0;
  record.blurred = 0;
  record.shared = 0;
  sparesRetired(source);
}

/**
 * The source of a name in a registry, this thread's from now on; CONFLICT where another thread has it, EXHAUSTED without
 * memory.
 */
export function sourceCreate(registry: usize, state: u32, name: u64): i32 {
  if (!begin()) return NO_WRITER;
  let source = sourceFound(name);
  if (source == 0) source = sourceMade(name);
  let status: i32 = source == 0 ? EXHAUSTED : <i32>source;
  if (source != 0) {
    const owner = load32(source + offsetof<Source>("owner"));
    const own = ownWriter().identity;
    if ((owner != 0 && isThere(owner)) || exchangeIf32(source + offsetof<Source>("owner"), owner, own) != owner) status = CONFLICT;
    else {
      const record = changetype<Source>(source);
      // In another registry nobody looks for what it shows in this one.
      if (record.registry != <u32>registry || record.state != state) swept(source, false);
      freed(source);
      record.life++;
      record.registry = registry;
      record.state = state;
    }
  }
  end();
  return status;
}

/** Says that others read what is written of the retired: until it is made anew. */
export function sourceShared(source: usize): void {
  changetype<Source>(source).shared = 1;
}

/** Where the next frame, of so many bytes, is put; 0 without memory, and for one that no frame has. */
export function sourceRoom(source: usize, bytes: u32): usize {
  const record = changetype<Source>(source);
  if (bytes > FRAME_BYTES_MAX) return 0;
  // More than the frame: numbers.ts reads behind it.
  const wanted = LABELS_ROOM + max<u32>(bytes + 16, 65536);
  if (record.roomBytes < wanted) {
    const made = take(wanted, KIND_PLAIN, true);
    if (made == 0) return 0;
    const old: usize = record.room;
    const oldBytes = record.roomBytes;
    record.room = made;
    record.roomBytes = wanted;
    if (old != 0) give(old, oldBytes, KIND_PLAIN);
  }
  return sourceFrame(source);
}

/** Where the frame is that is applied next. */
export function sourceFrame(source: usize): usize {
  return <usize>changetype<Source>(source).room + LABELS_ROOM;
}

/** The room for labels while a frame is applied. */
export function sourceLabels(source: usize): usize {
  return changetype<Source>(source).room;
}

/** Ends the source's cells in a family, but for those of its present life where `others`. */
function familySwept(source: usize, family: usize, others: bool): void {
  const table: usize = changetype<Family>(family).table;
  const life = changetype<Source>(source).life;
  for (let i: u32 = 0; i < tableCount(table); i++) {
    const series = tableGet(table, i);
    if (series == 0 || (load32(series) & 3) != LIVE) continue;
    const cell = importedCellOf(series, seriesWord(series), source);
    if (cell == 0 || (others && changetype<ImportedCell>(cell).life == life)) continue;
    cellEnd(family, series, cell);
  }
}

function swept(source: usize, others: bool): void {
  const record = changetype<Source>(source);
  if (!isLive(record.registry, record.state)) return;
  const families: usize = changetype<Registry>(<usize>record.registry).table;
  for (let i: u32 = 0; i < tableCount(families); i++) {
    const family = tableGet(families, i);
    if (family != 0 && (load32(family) & 3) == LIVE) familySwept(source, family, others);
  }
}

/** Ends what an earlier owner showed and this one has nothing of, once all there is was published. */
export function sourceSweep(source: usize): i32 {
  if (!begin()) return NO_WRITER;
  swept(source, true);
  end();
  limboEmpty();
  return OK;
}

/** Ends a source: all that it shows is gone. The name is free. */
export function sourceEnd(source: usize): i32 {
  if (!begin()) return NO_WRITER;
  swept(source, false);
  freed(source);
  const record = changetype<Source>(source);
  const room: usize = record.room;
  const bytes = record.roomBytes;
  // In this order: a room that is not there must not be believed to have bytes.
  record.roomBytes = 0;
  record.room = 0;
  if (room != 0) give(room, bytes, KIND_PLAIN);
  sparesGiven(source);
  exchangeIf32(source + offsetof<Source>("owner"), ownWriter().identity, 0);
  end();
  limboEmpty();
  return OK;
}
