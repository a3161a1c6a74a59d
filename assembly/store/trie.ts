// Keys to records: a trie of 16-way nodes over the hash, whose leaves are buckets that are never changed,
// only replaced.
//
// A *word* (u64) is {address, tag << 1 | isNode}: empty, a bucket, or a node of 16 words. A bucket is
// {count, addresses}. Whoever inserts or removes builds the finished new bucket beside the old one and
// swaps the word by one compare-and-swap; the tag grows with every swap, so a word seen twice is the same
// word. A bucket that would pass BUCKET_MAX is swapped for a node with 16 finished buckets. That one swap is
// the whole protocol: two threads that insert the same key meet at the same word, and one of them sees the
// other's record. Death at any store leaves the old word or the new one.
//
// Nodes are never collapsed: with BUCKET_MAX of 12 they number about an eighth of the most records that were
// alive at once. They are given back with their owner, through the limbo, and so is nothing else: a bucket is
// given back at once, because a reader looks at the word again before it follows what the bucket held.
//
// At depth 8 the hash is used up and buckets grow without limit. SipHash's key keeps attackers away from it.

import { exchangeIf64, load32, load64, store32, store64 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import { FREE, Keyed, KIND_PLAIN, REMOVED } from "../layout";
import { retire } from "./limbo";

const FAN_SHIFT: u32 = 4;
const FAN: u32 = 1 << FAN_SHIFT;
const NODE_BYTES: u32 = FAN * 8;
const BUCKET_MAX: u32 = 12;
const HASH_BITS: u32 = 32;

/** The word the last search ended at, what it held, and how many bits of the hash led there. */
let foundWord: usize = 0;
let foundValue: u64 = 0;
let foundShift: u32 = 0;

function addressOf(word: u64): u32 {
  return <u32>word;
}

function isNode(word: u64): bool {
  return ((word >> 32) & 1) != 0;
}

function wordAfter(word: u64, address: u32, node: u32): u64 {
  return (<u64>address) | ((<u64>(((<u32>(word >> 33) + 1) << 1) | node)) << 32);
}

/*
 * Bucket
 *   0 count     u16  once
 *   2 capacity  u16  once: of how many it was taken, so that it is given back as the same size
 *   4 records   u32 × count  once
 */
function bucketTake(capacity: u32): usize {
  const bucket = take(4 + (capacity << 2), KIND_PLAIN, true);
  if (bucket != 0) store32(bucket, capacity << 16);
  return bucket;
}

function bucketGive(bucket: usize): void {
  if (bucket != 0) give(bucket, 4 + ((load32(bucket) >> 16) << 2), KIND_PLAIN);
}

function bucketCount(bucket: usize): u32 {
  return bucket == 0 ? 0 : load32(bucket) & 0xffff;
}

function bucketAdd(bucket: usize, record: u32): void {
  const count = load32(bucket) & 0xffff;
  store32(bucket + 4 + (count << 2), record);
  store32(bucket, load32(bucket) + 1);
}

function keyEquals(record: usize, keyOffset: u32, key: usize, length: u32): bool {
  if (changetype<Keyed>(record).keyLength != length) return false;
  const other = record + keyOffset;
  let i: u32 = 0;
  for (; i + 8 <= length; i += 8) if (load<u64>(other + i) != load<u64>(key + i)) return false;
  for (; i < length; i++) if (load<u8>(other + i) != load<u8>(key + i)) return false;
  return true;
}

/** Walks to the word that a hash ends at. Nodes outlive every verb that began before they were given up. */
function descend(root: usize, hash: u32): void {
  let word = root;
  let shift: u32 = 0;
  let value = load64(word);
  while (isNode(value)) {
    word = addressOf(value) + (((hash >> shift) & (FAN - 1)) << 3);
    shift += FAN_SHIFT;
    value = load64(word);
  }
  foundWord = word;
  foundValue = value;
  foundShift = shift;
}

function unchanged(): bool {
  return load64(foundWord) == foundValue;
}

/** The record of a key that is neither FREE nor REMOVED, or 0; the found word is where it would go. */
export function trieFind(root: usize, hash: u32, key: usize, length: u32, keyOffset: u32): usize {
  while (true) {
    descend(root, hash);
    const bucket = <usize>addressOf(foundValue);
    const count = bucketCount(bucket);
    let i: u32 = 0;
    for (; i < count; i++) {
      const record = <usize>load32(bucket + 4 + (i << 2));
      // Before the address is followed: only an unchanged word vouches for what the bucket held.
      if (!unchanged()) break;
      if (changetype<Keyed>(record).hash != hash || !keyEquals(record, keyOffset, key, length)) continue;
      const state = load32(record) & 3;
      if (!unchanged()) break;
      if (state != REMOVED && state != FREE) return record;
    }
    if (i >= count && unchanged()) return 0;
  }
}

/** Copies the found bucket into `made` but for the removed and `left`; false where the word changed meanwhile. */
function bucketCopy(made: usize, count: u32, left: usize): bool {
  const bucket = <usize>addressOf(foundValue);
  for (let i: u32 = 0; i < count; i++) {
    const record = load32(bucket + 4 + (i << 2));
    if (!unchanged()) return false;
    if (record != left && (load32(record) & 3) != REMOVED) bucketAdd(made, record);
  }
  return true;
}

/** Swaps the found word; gives back the old bucket, or what was made for nothing. */
function swap(made: usize, node: u32): bool {
  const value = foundValue;
  if (exchangeIf64(foundWord, value, wordAfter(value, made, node)) != value) return false;
  bucketGive(addressOf(value));
  return true;
}

function nodeGive(node: usize): void {
  for (let i: u32 = 0; i < FAN; i++) bucketGive(addressOf(load64(node + (i << 3))));
  give(node, NODE_BYTES, KIND_PLAIN);
}

/** A finished node of what the found bucket holds and `added`, or 0; `retry` where the word changed. */
let retry: bool = false;
function nodeMade(count: u32, added: usize): usize {
  retry = false;
  const node = take(NODE_BYTES, KIND_PLAIN, true);
  if (node == 0) return 0;
  memory.fill(node, 0, NODE_BYTES);
  const bucket = <usize>addressOf(foundValue);
  for (let i: u32 = 0; i <= count; i++) {
    const record = i < count ? load32(bucket + 4 + (i << 2)) : <u32>added;
    retry = !unchanged();
    if (retry) break;
    if ((load32(record) & 3) == REMOVED) continue;
    const word = node + (((changetype<Keyed>(record).hash >> foundShift) & (FAN - 1)) << 3);
    let child = <usize>addressOf(load64(word));
    if (child == 0) {
      // All of them may share the next bits of the hash.
      child = bucketTake(count + 1);
      if (child == 0) {
        nodeGive(node);
        return 0;
      }
      store64(word, wordAfter(0, child, 0));
    }
    bucketAdd(child, record);
  }
  if (!retry) return node;
  nodeGive(node);
  return 0;
}

/**
 * Inserts a PENDING record unless its key is there. Returns the record that is now found under the key, or 0
 * where there was no memory.
 */
export function trieInsert(root: usize, record: usize, keyOffset: u32): usize {
  const keyed = changetype<Keyed>(record);
  while (true) {
    const there = trieFind(root, keyed.hash, record + keyOffset, keyed.keyLength, keyOffset);
    if (there != 0) return there;
    const count = bucketCount(addressOf(foundValue));
    if (!unchanged()) continue;
    if (count >= BUCKET_MAX && foundShift < HASH_BITS) {
      const node = nodeMade(count, record);
      if (node == 0) {
        if (retry) continue;
        return 0;
      }
      if (swap(node, 1)) return record;
      nodeGive(node);
    } else {
      const made = bucketTake(count + 1);
      if (made == 0) return 0;
      if (bucketCopy(made, count, 0)) {
        bucketAdd(made, record);
        if (swap(made, 0)) return record;
      }
      bucketGive(made);
    }
  }
}

/** Takes a record out. False where there was no memory for the smaller bucket: then it must not be reused. */
export function trieRemove(root: usize, record: usize): bool {
  const hash = changetype<Keyed>(record).hash;
  while (true) {
    descend(root, hash);
    const bucket = <usize>addressOf(foundValue);
    const count = bucketCount(bucket);
    if (!unchanged()) continue;
    let there = false;
    for (let i: u32 = 0; i < count; i++) there = there || load32(bucket + 4 + (i << 2)) == record;
    if (!unchanged()) continue;
    if (!there) return true;
    if (count == 1) {
      if (swap(0, 0)) return true;
      continue;
    }
    const made = bucketTake(count - 1);
    if (made == 0) return false;
    if (bucketCopy(made, count, record) && swap(made, 0)) return true;
    bucketGive(made);
  }
}

/** Gives back all of a trie whose owner was removed: the nodes through the limbo, for verbs that still look. */
export function trieGive(root: usize): void {
  const value = load64(root);
  if (exchangeIf64(root, value, wordAfter(value, 0, 0)) != value) return;
  if (!isNode(value)) {
    const bucket = <usize>addressOf(value);
    if (bucket != 0) retire(bucket, 4 + ((load32(bucket) >> 16) << 2), KIND_PLAIN);
    return;
  }
  const node = <usize>addressOf(value);
  for (let i: u32 = 0; i < FAN; i++) trieGive(node + (i << 3));
  retire(node, NODE_BYTES, KIND_PLAIN);
}
