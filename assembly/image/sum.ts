// Parts added up: those of the processes that have a series, for what is published, and that of a dead process to what
// the retired have. In a room of the writer; sums keep both their halves, so no order of processes and no death changes
// a digit.
//
// What grows has a limit: the buckets of a native histogram that of its definition, windows those that are young enough,
// and the values of all writers of dead processes ALL_MOST, of which the newest stay.

import {
  Base,
  BASE_QUANTILES,
  BASE_SET,
  COUNTER,
  Definition,
  Family,
  GAUGE,
  HISTOGRAM,
  Header,
  HEADER,
  MODE_SUM,
  NATIVE,
  Registry,
  SCRATCH_BYTES,
  SCRATCH_TOTALS,
  SUMMARY,
} from "../layout";
import { load32, load64 } from "../memory/atomics";
import {
  LEAST_BUCKETS,
  sparseBytes,
  sparseClear,
  sparseCount,
  sparseLimit,
  sparseMerge,
  sparseNegated,
  sparseTightened,
  sparseZerosDropped,
} from "../metric/sparse";
import { isYoungIn } from "../metric/summary";
import { baseSparse } from "../store/base";
import { bucketBytes } from "../store/list";
import { ownWriter, roomAddress } from "../store/writer";
import { printsAll } from "./modes";
import { numberAdded, numberBegun, numberEnded, numberPut, numberTimed } from "./number";
import { PART_WINDOWS_MAX, partCopied } from "./part";

/** Values of writers that the retired keep of a series. */
const ALL_MOST: u32 = 256;
const WINDOW_BYTES: u32 = 16;
const ENTRY_BYTES: u32 = 16;

let family: usize = 0;
let type: u32 = 0;
let into: usize = 0;
let end: usize = 0;
let fixed: u32 = 0;
/** True for a gauge that prints the values of all writers. */
let prints: bool = false;
/** What stands in `set` beside that there is a number. */
let more: u32 = 0;
/** Parts that had a number. */
let parts: u32 = 0;
/** Of a gauge that prints all: the name of this process, the bits of those that were added, and how many bits of a hash name none of them. */
let own: u32 = 0;
let names: usize = 0;
let unnamed: u64 = 0;

function definitionOf(): Definition {
  return changetype<Definition>(<usize>changetype<Family>(family).definition);
}

/** Bytes that a part of a family may add to a sum, beyond what all of them have. */
export function sumMore(owner: usize, part: usize): u32 {
  const record = changetype<Family>(owner);
  if (record.type == NATIVE) return sparseCount(baseSparse(owner, part));
  if (record.type != SUMMARY && !printsAll(owner)) return 0;
  return changetype<Base>(part).bytes - <u32>offsetof<Base>();
}

/** Begins a sum of parts of a family, whose `sumMore` are `bytes` together; false without memory. */
export function sumBegin(owner: usize, bytes: u32): bool {
  family = owner;
  type = changetype<Family>(owner).type;
  prints = printsAll(owner);
  more = 0;
  parts = 0;
  fixed = <u32>offsetof<Base>() + bucketBytes(owner);
  const entries: u32 = type == NATIVE ? min<u32>(bytes, 2 * definitionOf().bucketsMax + 2 * LEAST_BUCKETS) : 0;
  into = roomAddress(type == NATIVE ? fixed + sparseBytes(entries) : fixed + 16 + bytes);
  if (into == 0) return false;
  end = into + fixed;
  for (let at = into + offsetof<Base>(); at < end; at += 8) store<u64>(at, 0);
  if (type == NATIVE) sparseClear(end, entries, definitionOf().schema);
  else if (type == SUMMARY || prints) {
    store<u64>(end, 0);
    end += 8;
  }
  if (prints) {
    const registry: usize = changetype<Family>(owner).registry;
    own = registry == 0 ? 0 : <u32>load64(registry + offsetof<Registry>("instance"));
    names = <usize>ownWriter().scratch + SCRATCH_TOTALS;
    const shift = namesShift(bytes / ENTRY_BYTES);
    unnamed = 64 - shift;
    memory.fill(names, 0, 1 << (shift - 3));
  }
  numberBegun(owner);
  return true;
}

/** Lets each of so many values say of which process it is. */
function entriesNamed(at: usize, count: u32, process: u32): void {
  for (const last = at + count * ENTRY_BYTES; at < last; at += ENTRY_BYTES) if (load<u32>(at, 4) == 0) store<u32>(at, process, 4);
}

/** Lets the values in a part of a gauge that prints those of all writers say of which process they are. */
export function partNamed(part: usize, process: u32): void {
  const from = part + offsetof<Base>();
  entriesNamed(from + 8, load<u32>(from), process);
}

/** Bits of values that were added, by their names, at the most: where none is set nobody has to look. 4,000 values set one in eight. */
const NAMES_SHIFT: u32 = 15;
const NAMES_BYTES: u32 = 1 << (NAMES_SHIFT - 3);

/** Eight bits or more for each of so many values, in whole words. */
function namesShift(values: u32): u32 {
  return min<u32>(NAMES_SHIFT, 32 - clz<u32>((values << 3) | 63));
}

if (SCRATCH_TOTALS + NAMES_BYTES > SCRATCH_BYTES) ERROR("The bits must fit");

/** True for a value that was added already, by slot and process; else it is noted. */
function isAddedName(name: u64): bool {
  const hash = <u32>((name * 0x9e3779b97f4a7c15) >> unnamed);
  const word = names + ((hash >> 6) << 3);
  const bit = (<u64>1) << (hash & 63);
  const found = load<u64>(word);
  store<u64>(word, found | bit);
  if ((found & bit) == 0) return false;
  for (let at = into + fixed + 8; at < end; at += ENTRY_BYTES) if (load<u64>(at) == name) return true;
  return false;
}

/**
 * Adds the values of one part's writers; each says of which process it is. A page names a process by half of its number, and whoever pushes
 * says what that is: of two of one name the first one stays, and one of the name of this process is none.
 */
function allAdded(part: usize, process: u32): void {
  const from = part + offsetof<Base>();
  const last = from + 8 + load<u32>(from) * ENTRY_BYTES;
  const first = end;
  for (let at = from + 8; at < last; at += ENTRY_BYTES) {
    const its = load<u32>(at, 4);
    const named = its == 0 ? process : its;
    const name = (<u64>load<u32>(at)) | ((<u64>named) << 32);
    if (named == own || isAddedName(name)) continue;
    store<u64>(end, name);
    store<f64>(end, load<f64>(at, 8), 8);
    end += ENTRY_BYTES;
  }
  store<u32>(into + fixed, load<u32>(into + fixed) + <u32>(end - first) / ENTRY_BYTES);
}

/** Adds the windows of a summary that are young enough. */
function windowsAdded(part: usize): void {
  let from = part + fixed;
  const definition = definitionOf();
  const ticks = <u32>((definition.maxAgeSeconds * 100) / <f64>definition.ageBuckets);
  const now = load32(HEADER + offsetof<Header>("ticks"));
  let left = load<u32>(from);
  for (from += 8; left != 0; left--) {
    const bytes = WINDOW_BYTES + ((load<u32>(from, 8) + load<u32>(from, 12)) << 3);
    if (load<u32>(from) != 0 && isYoungIn(load<u32>(from), now, ticks, definition.ageBuckets)) {
      memory.copy(end, from, bytes);
      store<u32>(into + fixed, load<u32>(into + fixed) + 1);
      end += bytes;
    }
    from += bytes;
  }
}

/** Quantiles that were given cannot be added: those of one part alone stay. */
function quantilesAdded(part: usize): void {
  if (parts != 0 || (changetype<Base>(part).set & BASE_QUANTILES) == 0) {
    if (more != 0) {
      more = 0;
      store<u64>(into + fixed, 0);
      end = into + fixed + 8;
    }
    if ((changetype<Base>(part).set & BASE_QUANTILES) == 0) windowsAdded(part);
    return;
  }
  more = BASE_QUANTILES;
  const bytes = changetype<Base>(part).bytes - fixed;
  memory.copy(into + fixed, part + fixed, bytes);
  end = into + fixed + bytes;
}

/** Adds one part; `process` names it where the values of all writers are printed. */
export function sumAdd(at: usize, process: u32): void {
  const part = changetype<Base>(at);
  numberTimed(part);
  if (prints) {
    allAdded(at, process);
    more = BASE_SET;
    return;
  }
  if (type == SUMMARY) quantilesAdded(at);
  if (!numberAdded(part)) return;
  parts++;
  for (let offset: u32 = <u32>offsetof<Base>(); offset < fixed; offset += 8) {
    store<u64>(into + offset, load<u64>(into + offset) + load<u64>(at + offset));
  }
  if (type == NATIVE) {
    sparseMerge(into + fixed, baseSparse(family, at));
    sparseLimit(into + fixed, definitionOf().bucketsMax);
  }
}

/**
 * Makes a part one that is subtracted: of what is added up. False for one of which nothing is: a gauge's value is what it is,
 * whoever had which before. Windows say nothing of who counted what.
 */
export function partNegated(owner: usize, part: usize): bool {
  const record = changetype<Family>(owner);
  const gauge = record.type != COUNTER && record.type != HISTOGRAM && record.type != SUMMARY && record.type != NATIVE;
  if (gauge && (record.type != GAUGE || record.mode != MODE_SUM)) return false;
  const base = changetype<Base>(part);
  base.high = -base.high;
  base.low = -base.low;
  const last = part + offsetof<Base>() + bucketBytes(owner);
  for (let at = part + offsetof<Base>(); at < last; at += 8) store<u64>(at, 0 - load<u64>(at));
  if (record.type == SUMMARY) {
    base.set &= ~BASE_QUANTILES;
    store<u64>(last, 0);
    base.bytes = <u32>(last + 8 - part);
  }
  if (record.type == NATIVE) sparseNegated(last);
  return true;
}

/** Leaves the newest windows: those that came last. */
function windowsLimited(): void {
  let left = load<u32>(into + fixed);
  if (left <= PART_WINDOWS_MAX) return;
  let from = into + fixed + 8;
  for (; left > PART_WINDOWS_MAX; left--) from += WINDOW_BYTES + ((load<u32>(from, 8) + load<u32>(from, 12)) << 3);
  memory.copy(into + fixed + 8, from, end - from);
  end -= from - (into + fixed + 8);
  store<u32>(into + fixed, left);
}

/** Leaves the newest values of writers. */
function allLimited(): void {
  const count = load<u32>(into + fixed);
  if (count <= ALL_MOST) return;
  const over = count - ALL_MOST;
  memory.copy(into + fixed + 8, into + fixed + 8 + over * ENTRY_BYTES, ALL_MOST * ENTRY_BYTES);
  store<u32>(into + fixed, ALL_MOST);
  end -= over * ENTRY_BYTES;
}

/** The sum, a part; `limited` where it is what the retired keep. */
export function sumEnd(limited: bool): usize {
  if (limited && prints) allLimited();
  if (limited && type == SUMMARY && more == 0) windowsLimited();
  if (type == NATIVE) {
    // What was subtracted may have left buckets without anything.
    sparseZerosDropped(into + fixed);
    sparseTightened(into + fixed);
    end = into + fixed + sparseBytes(sparseCount(into + fixed));
  }
  numberEnded();
  numberPut(into, <u32>(end - into), more);
  return into;
}

/** Copies the sum to a block of its `bytes`. */
export function sumCopy(to: usize): void {
  partCopied(to, into, changetype<Base>(into).bytes);
}
