// The keys that the files of Python's processes have, each once, and a value for each.
//
// A key is known by its bytes as they stand in the files, from its length to its spaces, so that comparing them is
// whole words and no text is read twice. Beside the bytes stands its *origin*: of what kind of file it is, and of which
// process where each has a series of its own.
//
// Processes of one application make their keys in nearly the same order: the buckets of a histogram always follow
// one another. So each key remembers which one came behind it last, and that one is compared before anything is
// hashed. Where it is another, a table of open addresses finds it (fingerprint.ts).
//
// All of it is one thread's alone, hence no atomics, and in blocks of the arena: the fields that are looked at for
// each sample in one array of records, values and timestamps in arrays of doubles that the bindings read as they are. They
// double when they are full, so addresses are good until the next key. What is not handled: a key that is no longer there
// stays; whoever has too many of those makes a new table.

import { give, take } from "../memory/arena";
import { KIND_PLAIN } from "../layout";
import { fingerprint, SECRET_BYTES, secretMake } from "./fingerprint";

/** Of one table: 1,000 processes with 262 series of their own each. With what stands beside them, 14 MiB. */
export const KEYS_MAX: u32 = 262144;
/** Of their bytes: a directory is no way to take the memory away from those who count. */
export const KEY_BYTES_TOTAL_MAX: u32 = 33554432;
/** No key. */
export const NO_KEY: u32 = 0xffffffff;
/** Keys of a new table. */
const CAPACITY_FIRST: u32 = 256;
/** Bytes of keys that are taken at once. */
const CHUNK_BYTES: u32 = 65536;

/*
 * Key, private to the thread that reads: no other build ever sees one.
 *   0 text   u32  where its bytes are
 *   4 bytes  u32  how many, a multiple of 8
 *   8 hash   u32
 *  12 after  u32  the key that came behind it last, NO_KEY
 *  16 origin u64
 *  24 seen   u32  the reading that set its value last
 *  28 reserved u32
 */
@unmanaged
export class Key {
  text: u32;
  bytes: u32;
  hash: u32;
  after: u32;
  origin: u64;
  seen: u32;
  reserved: u32;
}
if (offsetof<Key>() != 32) ERROR("Key must be 32 bytes");

/*
 * Keys: the table
 *   0 count      u32
 *   4 capacity   u32  of the three arrays
 *   8 records    u32  Key × capacity
 *  12 values     u32  f64 × capacity
 *  16 stamps     u32  f64 × capacity
 *  20 slots      u32  u32 × capacity × 2: a key's index + 1, 0 none
 *  24 chunk      u32  the newest chunk of bytes: {the one before, its bytes}, then keys
 *  28 chunkAt    u32  where the next key goes
 *  32 chunkEnd   u32
 *  36 chunkBytes u32  of all chunks
 *  40 secret     u32  SECRET_BYTES
 *  44 reserved   u32
 */
@unmanaged
export class Keys {
  count: u32;
  capacity: u32;
  records: u32;
  values: u32;
  stamps: u32;
  slots: u32;
  chunk: u32;
  chunkAt: u32;
  chunkEnd: u32;
  chunkBytes: u32;
  secret: u32;
  reserved: u32;
}
if (offsetof<Keys>() != 48) ERROR("Keys must be 48 bytes");

export function keyAt(keys: Keys, index: u32): Key {
  return changetype<Key>(<usize>keys.records + ((<usize>index) << 5));
}

function slotAddress(keys: Keys, slot: u32): usize {
  return <usize>keys.slots + ((<usize>slot) << 2);
}

/** Gives back arrays of so many keys; 0 where one was never taken. */
function arraysGive(records: u32, values: u32, stamps: u32, slots: u32, capacity: u32): void {
  if (records != 0) give(records, capacity << 5, KIND_PLAIN);
  if (values != 0) give(values, capacity << 3, KIND_PLAIN);
  if (stamps != 0) give(stamps, capacity << 3, KIND_PLAIN);
  if (slots != 0) give(slots, capacity << 3, KIND_PLAIN);
}

function slotPut(keys: Keys, hash: u32, index: u32): void {
  const mask = (keys.capacity << 1) - 1;
  let slot = hash & mask;
  while (load<u32>(slotAddress(keys, slot)) != 0) slot = (slot + 1) & mask;
  store<u32>(slotAddress(keys, slot), index + 1);
}

/** Makes room for so many keys; false, and nothing changed, without memory. */
function grown(keys: Keys, capacity: u32): bool {
  const records = <u32>take(capacity << 5, KIND_PLAIN, false);
  const values = <u32>take(capacity << 3, KIND_PLAIN, false);
  const stamps = <u32>take(capacity << 3, KIND_PLAIN, false);
  const slots = <u32>take(capacity << 3, KIND_PLAIN, false);
  if (records == 0 || values == 0 || stamps == 0 || slots == 0) {
    arraysGive(records, values, stamps, slots, capacity);
    return false;
  }
  const count = keys.count;
  memory.copy(records, keys.records, count << 5);
  memory.copy(values, keys.values, count << 3);
  memory.copy(stamps, keys.stamps, count << 3);
  memory.fill(slots, 0, capacity << 3);
  arraysGive(keys.records, keys.values, keys.stamps, keys.slots, keys.capacity);
  keys.records = records;
  keys.values = values;
  keys.stamps = stamps;
  keys.slots = slots;
  keys.capacity = capacity;
  for (let i: u32 = 0; i < count; i++) slotPut(keys, keyAt(keys, i).hash, i);
  return true;
}

/** Begins a table, in bytes that are zeros; false without memory. */
export function keysMake(keys: Keys): bool {
  keys.secret = <u32>take(SECRET_BYTES, KIND_PLAIN, false);
  if (keys.secret == 0) return false;
  secretMake(keys.secret);
  return grown(keys, CAPACITY_FIRST);
}

/** Gives back all that a table has, were it made or not. */
export function keysFree(keys: Keys): void {
  if (keys.secret != 0) give(keys.secret, SECRET_BYTES, KIND_PLAIN);
  arraysGive(keys.records, keys.values, keys.stamps, keys.slots, keys.capacity);
  let chunk = keys.chunk;
  while (chunk != 0) {
    const before = load<u32>(chunk);
    give(chunk, load<u32>(chunk, 4), KIND_PLAIN);
    chunk = before;
  }
}

/** Room for the bytes of a key, 8-aligned; 0 without memory or past the limit. */
function textRoom(keys: Keys, bytes: u32): usize {
  if (keys.chunkAt + bytes > keys.chunkEnd) {
    const size = max<u32>(CHUNK_BYTES, bytes + 16);
    if (keys.chunkBytes + size > KEY_BYTES_TOTAL_MAX) return 0;
    const chunk = <u32>take(size, KIND_PLAIN, false);
    if (chunk == 0) return 0;
    store<u32>(chunk, keys.chunk);
    store<u32>(chunk, size, 4);
    keys.chunk = chunk;
    keys.chunkAt = chunk + 8;
    keys.chunkEnd = chunk + size;
    keys.chunkBytes += size;
  }
  const at = keys.chunkAt;
  keys.chunkAt += bytes;
  return at;
}

/** True where so many bytes, a multiple of 8, are equal. */
export function bytesEqual(one: usize, other: usize, bytes: u32): bool {
  let at: usize = 0;
  for (const end = <usize>(bytes & ~15); at < end; at += 16) {
    if (v128.any_true(v128.xor(v128.load(one + at), v128.load(other + at)))) return false;
  }
  return (bytes & 8) == 0 || load<u64>(one + at) == load<u64>(other + at);
}

/** True where a key is the one at an address. */
export function isKey(key: Key, origin: u64, from: usize, bytes: u32): bool {
  return key.bytes == bytes && key.origin == origin && bytesEqual(key.text, from, bytes);
}

/** The index of the key at an address, which is added where it is new; NO_KEY past a limit or without memory. */
export function keyFind(keys: Keys, origin: u64, from: usize, bytes: u32): u32 {
  const hash = fingerprint(keys.secret, from, bytes) ^ (<u32>((origin * 0x9e3779b97f4a7c15) >> 32));
  const mask = (keys.capacity << 1) - 1;
  let slot = hash & mask;
  while (true) {
    const there = load<u32>(slotAddress(keys, slot));
    if (there == 0) return added(keys, hash, origin, from, bytes);
    const key = keyAt(keys, there - 1);
    if (key.hash == hash && isKey(key, origin, from, bytes)) return there - 1;
    slot = (slot + 1) & mask;
  }
}

function added(keys: Keys, hash: u32, origin: u64, from: usize, bytes: u32): u32 {
  const index = keys.count;
  if (index == KEYS_MAX || (index == keys.capacity && !grown(keys, index << 1))) return NO_KEY;
  const text = textRoom(keys, bytes);
  if (text == 0) return NO_KEY;
  memory.copy(text, from, bytes);
  const key = keyAt(keys, index);
  key.text = <u32>text;
  key.bytes = bytes;
  key.hash = hash;
  key.after = NO_KEY;
  key.origin = origin;
  key.seen = 0;
  slotPut(keys, hash, index);
  keys.count = index + 1;
  return index;
}
