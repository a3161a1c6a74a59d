// Exemplars: the newest observation of each counter or bucket that came with labels of its own. They belong to the
// series and not to a writer's cell: whoever has a newer one replaces the old one by a compare-and-swap, so that what a
// scrape prints is the newest over all threads, and outlives them. Immutable once published; the old one goes through
// the limbo. A verb of its own, on the cold way: an observation without an exemplar knows nothing of this.

import { exchange32, exchangeIf32, load32 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import {
  Cell,
  COUNTER,
  Exemplar,
  EXEMPLAR_BYTES_MAX,
  Family,
  FAMILY_EXEMPLARS,
  HISTOGRAM,
  KIND_PLAIN,
  More,
  NATIVE,
  NATIVE_EXEMPLARS,
  Series,
  Shape,
} from "../layout";
import { EXHAUSTED, LIMIT, NO_WRITER, OK, REFUSED, STALE } from "../status";
import { bucketOf } from "../metric/histogram";
import { nativeIndex } from "../metric/slots";
import { limboSift, retire } from "./limbo";
import { moreOf } from "./more";
import { begin, end, ownWriter } from "./writer";

/** Four buckets in each power of two: exemplars a fifth of their values apart have slots of their own. */
const EXEMPLAR_SCHEMA: i32 = 2;
/** Most histograms have positive values alone: of them, those within four powers of two do not meet. */
const POSITIVE_EXEMPLARS: u32 = 16;
const NEGATIVE_EXEMPLARS: u32 = 8;
if (1 + POSITIVE_EXEMPLARS + NEGATIVE_EXEMPLARS != NATIVE_EXEMPLARS) ERROR("Zero, positive and negative exemplars fill the slots");
/** Makes every index positive, so that neighbours stay apart; the least is that of 2^-1074. */
const INDEX_SHIFT: i32 = 8192;

/** How many exemplars the series of a family may have. */
export function exemplarSlots(family: usize): u32 {
  const record = changetype<Family>(family);
  if ((record.flags & FAMILY_EXEMPLARS) == 0) return 0;
  if (record.type == COUNTER) return 1;
  if (record.type == HISTOGRAM) return changetype<Shape>(<usize>record.shape).boundCount + 1;
  return record.type == NATIVE ? NATIVE_EXEMPLARS + classicSlots(record.shape) : 0;
}

function classicSlots(shape: usize): u32 {
  return shape == 0 ? 0 : changetype<Shape>(shape).boundCount + 1;
}

/** The exemplar in a slot, or 0. Only between `begin` and `end`. */
export function exemplarAt(series: usize, slot: u32): usize {
  const block: usize = load32(moreOf(series) + offsetof<More>("exemplars"));
  return block == 0 ? 0 : load32(block + (slot << 2));
}

function blockMade(family: usize, series: usize): usize {
  const word = moreOf(series) + offsetof<More>("exemplars");
  const there = load32(word);
  if (there != 0) return there;
  const bytes = exemplarSlots(family) << 2;
  const made = take(bytes, KIND_PLAIN, false);
  if (made == 0) return 0;
  memory.fill(made, 0, bytes);
  const seen = exchangeIf32(word, 0, made);
  if (seen == 0) return made;
  give(made, bytes, KIND_PLAIN);
  return seen;
}

function bytesOf(exemplar: usize): u32 {
  return <u32>offsetof<Exemplar>() + changetype<Exemplar>(exemplar).length;
}

/** Puts a finished exemplar into a slot unless a newer one is there. */
function put(series: usize, block: usize, slot: u32, made: usize): void {
  const entry = block + (slot << 2);
  while (true) {
    const old: usize = load32(entry);
    if (old != 0 && changetype<Exemplar>(old).seconds > changetype<Exemplar>(made).seconds) {
      give(made, bytesOf(made), KIND_PLAIN);
      return;
    }
    if (exchangeIf32(entry, old, made) != <u32>old) continue;
    if (old != 0) retire(old, bytesOf(old), KIND_PLAIN);
    // Whoever lets go of the block unlinks it first and then empties it: either it found this one, or we see it.
    const linked: usize = load32(moreOf(series) + offsetof<More>("exemplars"));
    if (linked != block && exchangeIf32(entry, made, 0) == <u32>made) retire(made, bytesOf(made), KIND_PLAIN);
    return;
  }
}

function exemplarMade(value: f64, seconds: f64, labels: usize, length: u32): usize {
  const made = take(<u32>offsetof<Exemplar>() + length, KIND_PLAIN, false);
  if (made == 0) return 0;
  const record = changetype<Exemplar>(made);
  record.value = value;
  record.seconds = seconds;
  record.length = length;
  memory.copy(made + offsetof<Exemplar>(), labels, length);
  return made;
}

/**
 * The newest exemplars of a native histogram are kept by their buckets, so that rare values keep theirs: in the first slot
 * that of 0, then those of positive values, then those of negative ones. None takes the place of another kind's.
 */
function nativeSlotOf(value: f64): u32 {
  if (value == 0) return 0;
  const index = <u32>(nativeIndex(value, EXEMPLAR_SCHEMA) + INDEX_SHIFT);
  return value > 0 ? 1 + (index % POSITIVE_EXEMPLARS) : 1 + POSITIVE_EXEMPLARS + (index % NEGATIVE_EXEMPLARS);
}

function kept(series: usize, block: usize, slot: u32, value: f64, seconds: f64, length: u32): bool {
  const made = exemplarMade(value, seconds, ownWriter().input, length);
  if (made != 0) put(series, block, slot, made);
  return made != 0;
}

function published(family: usize, series: usize, value: f64, seconds: f64, length: u32): i32 {
  const record = changetype<Family>(family);
  if (exemplarSlots(family) == 0) return REFUSED;
  const block = blockMade(family, series);
  if (block == 0) return EXHAUSTED;
  const native = record.type == NATIVE;
  if (native && !kept(series, block, nativeSlotOf(value), value, seconds, length)) return EXHAUSTED;
  if (native && record.shape == 0) return OK;
  const first = native ? NATIVE_EXEMPLARS : 0;
  const bucket = record.shape == 0 ? 0 : bucketOf(record.shape, changetype<Shape>(<usize>record.shape).boundCount, value);
  return kept(series, block, first + bucket, value, seconds, length) ? OK : EXHAUSTED;
}

/**
 * Keeps the labels in the input as the exemplar of an observation that was just counted in a cell. STALE where the
 * cell is no longer this writer's: then the observation was of another life, and so is its exemplar.
 */
export function exemplarSet(cell: usize, token: u32, value: f64, seconds: f64, length: u32): i32 {
  limboSift();
  if (length > EXEMPLAR_BYTES_MAX) return LIMIT;
  if (!begin()) return NO_WRITER;
  // The series before the token: a cell that was given back has an epoch there, and no longer this token.
  const series: usize = load32(cell + offsetof<Cell>("series"));
  let status: i32 = STALE;
  if (load32(cell) == token) {
    const family: usize = changetype<Series>(series).family;
    status = published(family, series, value, seconds, length);
    // Whoever took the token meanwhile may have let go of what was there before this one came.
    if (load32(cell) != token) exemplarsRetire(family, series);
  }
  end();
  return status;
}

/** False for a slot of a classic bucket that a value does not fall into: readers refuse the page that has it there. */
function isIn(family: usize, slot: u32, value: f64): bool {
  const record = changetype<Family>(family);
  const first = record.type == NATIVE ? NATIVE_EXEMPLARS : 0;
  if (record.type == COUNTER || slot < first) return true;
  return slot - first == (record.shape == 0 ? 0 : bucketOf(record.shape, changetype<Shape>(<usize>record.shape).boundCount, value));
}

/** Keeps an exemplar that another process has in a slot, unless this one has a newer one. Only between `begin` and `end`. */
export function exemplarGiven(family: usize, series: usize, slot: u32, value: f64, seconds: f64, labels: usize, length: u32): void {
  if (slot >= exemplarSlots(family) || length > EXEMPLAR_BYTES_MAX || !isIn(family, slot, value)) return;
  const block = blockMade(family, series);
  const made = block == 0 ? 0 : exemplarMade(value, seconds, labels, length);
  if (made != 0) put(series, block, slot, made);
}

/** Lets go of all exemplars of a series that is in no trie any more, or that begins anew. */
export function exemplarsRetire(family: usize, series: usize): void {
  const slots = exemplarSlots(family);
  if (slots == 0) return;
  const word = moreOf(series) + offsetof<More>("exemplars");
  const block: usize = load32(word);
  if (block == 0 || exchangeIf32(word, block, 0) != <u32>block) return;
  for (let i: u32 = 0; i < slots; i++) {
    const exemplar: usize = exchange32(block + (i << 2), 0);
    if (exemplar != 0) retire(exemplar, bytesOf(exemplar), KIND_PLAIN);
  }
  retire(block, slots << 2, KIND_PLAIN);
}
