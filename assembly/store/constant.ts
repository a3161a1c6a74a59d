// Samples that are set as a whole: what a collector has measured elsewhere, and gauge histograms. Such a series has no
// cells. Its base is the sample, and setting it is one swap of a finished base, so a scrape sees all of it or all of the
// one before. Each setting is numbered; a sweep ends the series that a collector did not mention again.
// Where threads set against each other, NUMBER_NEXT numbers them in one order for all, by order.ts: their sweeps end all but
// the newest, whoever sweeps last. Such a number says nothing of a setter, and is never asked: constants have none of them.
//
// A family of constants ends with its last series: its name is free again. Another thread may be making one just then, so
// the count of series is sealed first, which succeeds at 0 alone. Who counts a series on a sealed one, or finds the family
// removed, is told so once the sample is there, and registers the family anew.

import { add32, exchangeIf64 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import { Base, Family, isTime, KIND_PLAIN, POISON, Series } from "../layout";
import { CONFLICT, EXHAUSTED, GONE, LIMIT, NO_WRITER, OK } from "../status";
import { orderNext } from "../metric/order";
import { seriesDetach } from "./detach";
import { familyFreed, familyRemoved } from "./family";
import { limboEmpty, limboSift, retire } from "./limbo";
import { baseOf, isEmpty, SEQUENCE, seriesWord, withBase, WORD } from "./list";
import { isLive, seriesFound, seriesRemoved } from "./series";
import { isConstant, isOrphan, isOwnAlone, isSealed, isThere, sampleOf, setterOf } from "./setter";
import { tableCount, tableGet } from "./table";
import { begin, clockNow, end, ownWriter } from "./writer";

/** What a sample may have behind its base: 513 buckets, or two sides of a native histogram. */
const TAIL_BYTES_MAX: u32 = 262144;

/** As a number: the next one of all threads; to a sweep: whatever is older than the newest ends. */
const NUMBER_NEXT: u64 = 0xffffffffffffffff;

function baseMade(set: u32, value: f64, timestamp: f64, number: u64, tail: usize, tailBytes: u32): usize {
  const bytes = <u32>offsetof<Base>() + tailBytes;
  const made = take(bytes, KIND_PLAIN, false);
  if (made == 0) return 0;
  memory.fill(made, 0, offsetof<Base>());
  const base = changetype<Base>(made);
  base.set = set;
  base.high = value;
  base.order = number == NUMBER_NEXT ? orderNext(clockNow() * 1000) : number;
  base.timestamp = timestamp;
  base.bytes = bytes;
  memory.copy(made + offsetof<Base>(), tail, tailBytes);
  return made;
}

/** Swaps the sample in; false where the series was removed meanwhile. */
function swapped(series: usize, made: usize): bool {
  while (true) {
    const word = seriesWord(series);
    if (word == POISON) return false;
    if (exchangeIf64(series + WORD, word, withBase(word, made)) != word) continue;
    add32(series + SEQUENCE, 1);
    const old = baseOf(word);
    if (old != 0) retire(old, changetype<Base>(old).bytes, KIND_PLAIN);
    return true;
  }
}

/**
 * Sets the series of the label block in the input, which has `length` bytes; at `tailAt` behind it is what stands behind
 * the base. `set` are BASE_SET and BASE_QUANTILES. Times are as in records: see isTime. GONE: the family is to be registered anew.
 */
export function constantSet(
  family: usize,
  state: u32,
  length: u32,
  overflow: bool,
  set: u32,
  value: f64,
  timestamp: f64,
  created: f64,
  number: u64,
  tailAt: u32,
  tailBytes: u32,
): i32 {
  limboSift();
  if (tailBytes > TAIL_BYTES_MAX) return LIMIT;
  if (!begin()) return NO_WRITER;
  const tail = <usize>ownWriter().input + tailAt;
  let status: i32 = GONE;
  while (isLive(family, state)) {
    status = seriesFound(family, length, overflow);
    if (status < 0) break;
    const series = <usize>status;
    const made = baseMade(set, value, timestamp, number, tail, tailBytes);
    if (made == 0) {
      // One that is made for this would stay, and say nothing.
      if (isEmpty(seriesWord(series))) seriesRemoved(family, series);
      status = EXHAUSTED;
      break;
    }
    status = OK;
    // Of a constant nobody but its collector knows when it began.
    if (isTime(created) || isConstant(family)) changetype<Series>(series).created = created;
    if (swapped(series, made)) {
      if (isSealed(family)) familyRemoved(family, state);
      if (isLive(family, state)) break;
      // Removed meanwhile, and its remover may not have seen this series.
      seriesDetach(series, true);
      status = GONE;
      break;
    }
    status = GONE;
    give(made, changetype<Base>(made).bytes, KIND_PLAIN);
  }
  end();
  return status;
}

/** True for a sample that the setter of a number set before, and for one whose setter is no more. */
function isPassed(order: u64, number: u64): bool {
  const setter = setterOf(order);
  if (setter == setterOf(number)) return order != number;
  return !isThere(setter);
}

function newestOf(table: usize): u64 {
  let newest: u64 = 0;
  for (let i: u32 = 0; i < tableCount(table); i++) {
    const base = sampleOf(tableGet(table, i));
    if (base != 0) newest = max(newest, changetype<Base>(base).order);
  }
  return newest;
}

/** Ends the series that this number's setter set under another one; with the last of a constant its family. Returns how many. */
export function constantSweep(family: usize, state: u32, number: u64): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  let status = GONE;
  if (isLive(family, state)) {
    status = 0;
    const table: usize = changetype<Family>(family).table;
    const newest = number == NUMBER_NEXT ? newestOf(table) : 0;
    for (let i: u32 = 0; i < tableCount(table); i++) {
      const series = tableGet(table, i);
      if (series == 0) continue;
      const base = sampleOf(series);
      const order: u64 = base == 0 ? 0 : changetype<Base>(base).order;
      const over = number == NUMBER_NEXT ? order != newest : base != 0 && isPassed(order, number);
      if (over) status += i32(seriesRemoved(family, series));
    }
    familyFreed(family, state);
  }
  end();
  return status;
}

/** Ends what those who are no more have in a family of constants, and the family with its last series. Between `begin` and `end`. */
export function orphansEnded(family: usize, state: u32): void {
  const table: usize = changetype<Family>(family).table;
  for (let i: u32 = 0; i < tableCount(table); i++) {
    const series = tableGet(table, i);
    if (series != 0 && isOrphan(series)) seriesRemoved(family, series);
  }
  familyFreed(family, state);
}

/** Removes a family of constants that a setter wants otherwise now; CONFLICT where it is not the setter's alone. */
export function constantRemove(family: usize, state: u32, setter: u32): i32 {
  limboSift();
  if (!begin()) return NO_WRITER;
  let status = GONE;
  if (isLive(family, state)) status = isOwnAlone(family, setter) ? (familyRemoved(family, state) ? OK : GONE) : CONFLICT;
  end();
  limboEmpty();
  return status;
}
