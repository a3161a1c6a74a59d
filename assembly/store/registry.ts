// A memory's first words, and its registries: records that name a set of families. Many share one memory.

import { add32, exchangeIf32, exchangeIf64, load32, store32 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import {
  FREE,
  HEADER,
  Header,
  KIND_FAMILY,
  KIND_PLAIN,
  KINDS,
  LAYOUT_VERSION,
  LIVE,
  MAGIC,
  PENDING,
  Registry,
  REMOVED,
  SIZE_CLASSES,
  TABLE_BYTES,
  TABLE_SEGMENTS,
} from "../layout";
import { EXHAUSTED, FOREIGN, GONE, NO_WRITER, OK } from "../status";
import { labelsSwap, labelsWord } from "./defaults";
import { limboSift, retire } from "./limbo";
import { NO_POSITION, tableAdd, tableCreate, tableGet, tableRemove, tableSegment, tableSegmentBytes } from "./table";
import { trieGive } from "./trie";
import { begin, end } from "./writer";

const REGISTRY_BYTES: u32 = 64;
const READY: u32 = 1;

/** What scrapes, slots and the library's own metrics may use once series have used up `maxBytes`. */
const RESERVE_LEAST: u32 = 8 << 20;

/** The bytes a memory needs for `maxBytes` of series: its maximum, in bytes. */
export function memoryBytes(maxBytes: u32): u32 {
  return min<u32>(maxBytes + max<u32>(maxBytes >> 4, RESERVE_LEAST), 0x7fff0000);
}

/** Makes raw memory ours. One thread, before anyone else has the memory. */
export function memoryFormat(maxBytes: u32, key0: u64, key1: u64): i32 {
  const header = changetype<Header>(HEADER);
  if (header.state != 0) return memoryCheck();
  memory.fill(HEADER, 0, offsetof<Header>() + KINDS * SIZE_CLASSES * 8);
  header.magic = MAGIC;
  header.layoutVersion = LAYOUT_VERSION;
  header.next = (<u32>__heap_base + 63) & ~63;
  header.softLimit = maxBytes;
  header.hardLimit = memoryBytes(maxBytes);
  header.epoch = 1;
  header.walks = 1;
  header.key0 = key0;
  header.key1 = key1;
  header.writers = tableCreate(true);
  header.registries = tableCreate(true);
  if (header.writers == 0 || header.registries == 0) return EXHAUSTED;
  store32(HEADER + offsetof<Header>("state"), READY);
  return OK;
}

/** Replaces the key of a memory in which no series was made yet. */
export function memoryKey(key0: u64, key1: u64): void {
  changetype<Header>(HEADER).key0 = key0;
  changetype<Header>(HEADER).key1 = key1;
}

/** Tells memories apart: half of the random key that each was made with. */
export function memoryIdentity(): u64 {
  return changetype<Header>(HEADER).key0;
}

/**
 * What other processes know a registry by: this random number, or what another thread said before. Another registry is another
 * one to them, also where it has the memory of one that was closed: what that had counted stays. 0 for one that is gone.
 */
export function registryInstance(registry: usize, state: u32, random: u64): u64 {
  const before = exchangeIf64(registry + offsetof<Registry>("instance"), 0, random);
  // A number that came to another one by this does no harm there: it is as random as any.
  return load32(registry) != state ? 0 : before == 0 ? random : before;
}

/** How many names before it whoever takes pushes has folded: each next one is made of `registryInstance` and this. */
export function registryNames(registry: usize): u32 {
  return load32(registry + offsetof<Registry>("names"));
}

/** The next name, behind so many: one more, or as many as another thread has made of it. */
export function registryRename(registry: usize, names: u32): u32 {
  const there = exchangeIf32(registry + offsetof<Registry>("names"), names, names + 1);
  return there == names ? names + 1 : there;
}

/** OK for a memory of this layout. */
export function memoryCheck(): i32 {
  const header = changetype<Header>(HEADER);
  const ours = header.magic == MAGIC && header.layoutVersion == LAYOUT_VERSION;
  return ours && load32(HEADER + offsetof<Header>("state")) == READY ? OK : FOREIGN;
}

/** A new registry, or EXHAUSTED. */
export function registryCreate(): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  const registry = registryMade();
  end();
  return registry == 0 ? EXHAUSTED : <i32>registry;
}

function registryMade(): usize {
  const registry = take(REGISTRY_BYTES, KIND_FAMILY, true);
  if (registry == 0) return 0;
  const record = changetype<Registry>(registry);
  const state = ((load32(registry) >> 2) + 1) << 2;
  store32(registry, state | PENDING);
  record.hash = 0;
  record.keyLength = 0;
  record.root = 0;
  record.labels = 0;
  record.version = 0;
  record.owner = 0;
  record.names = 0;
  record.instance = 0;
  record.moments = 0;
  record.table = tableCreate(true);
  record.position = record.table == 0 ? NO_POSITION : tableAdd(changetype<Header>(HEADER).registries, registry, true);
  if (record.position == NO_POSITION) {
    if (record.table != 0) give(record.table, TABLE_BYTES, KIND_PLAIN);
    store32(registry, state | FREE);
    give(registry, REGISTRY_BYTES, KIND_FAMILY);
    return 0;
  }
  store32(registry, state | LIVE);
  return registry;
}

/** The first registry of the memory: the default one. 0 where there is none yet. */
export function registryFirst(): usize {
  return tableGet(changetype<Header>(HEADER).registries, 0);
}

/** Gives a table back through the limbo; its owner is unlinked. */
export function tableRetire(table: usize): void {
  for (let i: u32 = 0; i < TABLE_SEGMENTS; i++) {
    const segment = tableSegment(table, i);
    if (segment != 0) retire(segment, tableSegmentBytes(i), KIND_PLAIN);
  }
  retire(table, TABLE_BYTES, KIND_PLAIN);
}

/** Ends an emptied registry; whoever holds its address and state finds it GONE. */
export function registryRemove(registry: usize, state: u32): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  let status = GONE;
  if ((state & 3) == LIVE && exchangeIf32(registry, state, (state & ~3) | REMOVED) == state) {
    const record = changetype<Registry>(registry);
    tableRemove(changetype<Header>(HEADER).registries, record.position);
    labelsEnd(registry);
    trieGive(registry + offsetof<Registry>("root"));
    tableRetire(record.table);
    store32(registry, (state & ~3) | FREE);
    retire(registry, REGISTRY_BYTES, KIND_FAMILY);
    status = OK;
  }
  end();
  return status;
}

function labelsEnd(registry: usize): void {
  while (!labelsSwap(registry, labelsWord(registry), 0));
}

/** A walk's number: series and families made from now on are not in it. */
export function walkBegin(): u32 {
  return add32(HEADER + offsetof<Header>("walks"), 1) + 1;
}
