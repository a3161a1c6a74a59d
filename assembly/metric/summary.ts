// Summaries: count and sum of all time, and quantiles of what was observed in a sliding window, each within a relative
// accuracy of the true one. A cell holds a DDSketch: bins by the logarithm of the value (mapping.ts), so that sketches
// of many writers add up bin by bin without loss; sketch.ts does that, this file is the cell of one writer.
//
// Count and sum are a self-validating record, as in histogram.ts. The writer makes four plain stores in this order:
//
//   1  pending = v
//   2  count += 1
//   3  sum = old + v
//   4  check += (bits(sum) - bits(old)) * K1 + K2
//
// so that between observations   check = bits(sum) * K1 + count * K2   holds. A reader takes a copy and asks whether it
// is clean, is clean with a count of one less (stores 1 and 2 were done), or whether the old sum that the check solves
// to and the pending value give the sum read (stores 1 to 3 were done, only the check is missing). The last says little
// where the pending value is all of the sum, for a torn copy solves to any old sum and may find it lost in the addition
// (714 wrong ones of 61 million). So the check is read twice, before the sum and with the count: where it stood still
// the sum is that of before or that of after, and the count of after was stored first.
//
// After that the observation is counted into a bin of the window, plainly: what reads the bins may miss the
// observation under way, and whoever dies there has counted it in the record and not in the window.
//
// Windows. A cell has `windows` of them, each `windowTicks` long, and counts into one. Once its time is over the next
// observation is STALE, and `summaryPrepare` uses the oldest window again: its stamp becomes 0, its bins become 0, then
// it has the stamp of its new life. A reader looks at the stamp before and after its copy, and leaves out a window
// that was turned in between. How old a window is its stamp tells, and nothing else: a cell that idled for an hour
// has windows that are too old, and nobody had to turn them. A clock that steps back by less than a window changes
// nothing; one that steps back by more begins a new window, and takes those that lie in the future out of use.
//
// Bins. Of all indices that doubles may have, a cell covers SUMMARY_CHUNKS chunks around the first value that it
// observes, 2^29 times less and more at the least; what lies beyond is counted in the bin at that end. A chunk has
// the bins of all windows, those of one window in a row, and is made when the first value falls into it: a cell whose
// values spread over one decimal power has four chunks of 5 windows, 2.5 KiB. The negative values have chunks of their
// own with the same origin; what is too small to be normal counts as 0.
//
// Whoever dies in a cold verb leaves a cell that is whole: a chunk is zero before the directory has it, and a window
// is stamped before it counts. One block is lost, as in the arena.
//
// It does not handle: more than 2^32 - 1 observations in a bin of one window (it stays at that), a cell that is read
// 2^32 ticks (497 days) after its last observation (its windows look young once more, for as long as they are kept).

import { add32, exchange32, load32, load64, store32 } from "../memory/atomics";
import { give, take } from "../memory/arena";
import { Header, HEADER, KIND_PLAIN, SUMMARY_CHUNKS, SummaryCell, SummaryWindow } from "../layout";
import { OK, REFUSED, STALE } from "../status";
import { K1, K1_INVERSE } from "./histogram";
import { indexOf, multiplierOf, SMALLEST_NORMAL } from "./mapping";
import { totalAdd } from "./total";

/** Windows of one cell; 60 of them make a chunk of 7.5 KiB at an accuracy of 0.01. */
export const AGE_BUCKETS_MAX: u32 = 60;
/** A scrape sees no finer than its own interval. */
export const WINDOW_SECONDS_MIN: f64 = 1;
/** 100 days: ticks wrap after 497, and an age must be told from a time to come. */
export const AGE_SECONDS_MAX: f64 = 8640000;
/** Of all chunk addresses of a cell. */
export const DIRECTORY_BYTES: u32 = 2 * SUMMARY_CHUNKS * 4;
/** Octaves that a cell covers on either side of its first value. */
const OCTAVES: f64 = 58;
/** SplitMix64's second factor, odd. */
const K2: u64 = 0x94d049bb133111eb;
const RETRIES: u32 = 4096;
/** A bin that is not counted up any more. */
const FULL: u32 = 0xffffffff;
const TICKS: usize = HEADER + offsetof<Header>("ticks");
const DIRECTORY: usize = offsetof<SummaryCell>("directory");
const ZEROS: usize = offsetof<SummaryWindow>("zeros");
/** Pending and sum, then check and count: two vectors. */
const RECORD: usize = offsetof<SummaryCell>("pending");
if (offsetof<SummaryCell>("count") != RECORD + 24) ERROR("The record must be pending, sum, check and count");

/** Bytes of a cell with that many windows. */
export function summaryBytes(ageBuckets: u32): u32 {
  return <u32>offsetof<SummaryCell>() + ageBuckets * <u32>offsetof<SummaryWindow>();
}

/** Bins of a chunk and one window, as a power of two: half the chunks cover OCTAVES. */
export function chunkShiftOf(multiplier: f64): u32 {
  let shift: u32 = 1;
  while (<f64>((SUMMARY_CHUNKS / 2) << shift) - 1 < OCTAVES * multiplier) shift++;
  return shift;
}

/** Makes a zeroed cell one of that accuracy, whose `ageBuckets` windows reach back `maxAgeSeconds`. */
export function summaryInit(cell: usize, accuracy: f64, maxAgeSeconds: f64, ageBuckets: u32): void {
  const record = changetype<SummaryCell>(cell);
  record.multiplier = multiplierOf(accuracy);
  record.chunkShift = chunkShiftOf(record.multiplier);
  record.windows = ageBuckets;
  record.windowTicks = <u32>((maxAgeSeconds * 100) / <f64>ageBuckets);
  begun(record, 0, load32(TICKS));
}

export function windowAt(cell: usize, window: u32): usize {
  return cell + offsetof<SummaryCell>() + window * offsetof<SummaryWindow>();
}

/** Lets a window that is zero count from a tick on. Stamped first: whoever dies after that leaves the old one, or both. */
function begun(record: SummaryCell, window: u32, start: u32): void {
  store32(windowAt(changetype<usize>(record), window), max<u32>(start, 1));
  record.current = window;
  record.turnAt = start + record.windowTicks;
}

/** True outside of the current window and the length of another one before it, by which a clock may step back. */
function isOver(record: SummaryCell): bool {
  return record.turnAt - load32(TICKS) - 1 >= record.windowTicks << 1;
}

/** True for the stamp of a window that began no longer ago than the windows reach back. */
export function isYoung(record: SummaryCell, stamp: u32, now: u32): bool {
  return stamp != 0 && isYoungIn(stamp, now, record.windowTicks, record.windows);
}

/** The same by how long a window is, and how many there are. */
export function isYoungIn(stamp: u32, now: u32, windowTicks: u32, windows: u32): bool {
  return now - stamp + windowTicks < (windows + 1) * windowTicks;
}

/** Where a value's chunk stands in the directory is `position >> chunkShift`; the ends take what lies beyond. */
function positionOf(record: SummaryCell, size: f64): u32 {
  const bins = <i32>(SUMMARY_CHUNKS << record.chunkShift);
  return max<i32>(min<i32>(indexOf(size, record.multiplier) - record.origin, bins - 1), 0);
}

/** Where the directory has the chunk of a position. */
function entryOf(record: SummaryCell, position: u32, negative: bool): usize {
  return <usize>record.directory + (((position >> record.chunkShift) + (negative ? SUMMARY_CHUNKS : 0)) << 2);
}

/** Where a value is counted in the current window; 0 where there is no chunk for it. */
function counterOf(record: SummaryCell, value: f64): usize {
  const size = abs<f64>(value);
  if (size < SMALLEST_NORMAL) return windowAt(changetype<usize>(record), record.current) + ZEROS;
  if (record.directory == 0) return 0;
  const position = positionOf(record, size);
  const chunk: usize = load<u32>(entryOf(record, position, value < 0));
  if (chunk == 0) return 0;
  const mask: u32 = (1 << record.chunkShift) - 1;
  return chunk + (((record.current << record.chunkShift) + (position & mask)) << 2);
}

/** Counts a finite value. STALE where the token is another one, or `summaryPrepare` must come first. */
export function summaryObserve(cell: usize, token: u32, value: f64): i32 {
  const record = changetype<SummaryCell>(cell);
  if (record.token != token) return STALE;
  if (!(value - value == 0)) return REFUSED;
  if (isOver(record)) return STALE;
  const counter = counterOf(record, value);
  if (counter == 0) return STALE;
  const old = record.sum;
  const sum = old + value;
  record.pending = value;
  record.count += 1;
  record.sum = sum;
  record.check += (reinterpret<u64>(sum) - reinterpret<u64>(old)) * K1 + K2;
  const counted = load<u32>(counter);
  store<u32>(counter, counted + u32(counted != FULL));
  return OK;
}

function chunkBytes(record: SummaryCell): u32 {
  return (record.windows << record.chunkShift) << 2;
}

/** Makes a window 0, for all who look at its stamp before and after. */
function emptied(record: SummaryCell, window: u32): void {
  const at = windowAt(changetype<usize>(record), window);
  const bytes: u32 = 4 << record.chunkShift;
  // Not a store: a weakly ordered processor may let plain stores pass one.
  exchange32(at, 0);
  store<u32>(at + ZEROS, 0);
  const directory: usize = record.directory;
  if (directory == 0) return;
  for (let entry: u32 = 0; entry < DIRECTORY_BYTES; entry += 4) {
    const chunk: usize = load<u32>(directory + entry);
    if (chunk != 0) memory.fill(chunk + window * bytes, 0, bytes);
  }
}

/** Begins the window that now lies in. Windows begin at multiples of their length, counted from the first one. */
function turned(record: SummaryCell): void {
  const cell = changetype<usize>(record);
  const now = load32(TICKS);
  const start = record.turnAt + ((now - record.turnAt) / record.windowTicks) * record.windowTicks;
  for (let i: u32 = 0; i < record.windows; i++) {
    if (!isYoung(record, load32(windowAt(cell, i)), now)) store32(windowAt(cell, i), 0);
  }
  const next = record.current + 1 == record.windows ? 0 : record.current + 1;
  emptied(record, next);
  begun(record, next, start);
}

/** A zeroed block, whole before anyone can find it. */
function zeroed(bytes: u32, reserve: bool): usize {
  const block = take(bytes, KIND_PLAIN, reserve);
  if (block != 0) memory.fill(block, 0, bytes);
  return block;
}

/** Sees to it that a value has a chunk; false without memory. */
function covered(record: SummaryCell, size: f64, negative: bool, reserve: bool): bool {
  if (record.directory == 0) {
    const directory = zeroed(DIRECTORY_BYTES, reserve);
    if (directory == 0) return false;
    record.origin = indexOf(size, record.multiplier) - ((SUMMARY_CHUNKS / 2) << record.chunkShift);
    store32(changetype<usize>(record) + DIRECTORY, directory);
  }
  const entry = entryOf(record, positionOf(record, size), negative);
  if (load<u32>(entry) != 0) return true;
  const chunk = zeroed(chunkBytes(record), reserve);
  if (chunk == 0) return false;
  store32(entry, chunk);
  return true;
}

/**
 * The cold way of a value that is finite, for the cell's owner: turns the windows and makes what the value needs to be
 * counted. False without memory; the cell is whole all the same. `reserve` may pass the soft limit.
 */
export function summaryPrepare(cell: usize, value: f64, reserve: bool): bool {
  const record = changetype<SummaryCell>(cell);
  if (isOver(record)) turned(record);
  const size = abs<f64>(value);
  return size < SMALLEST_NORMAL || covered(record, size, value < 0, reserve);
}

/**
 * Gives back all that a cell took, for its owner or whoever has proof of the owner's death. A reader that holds the
 * directory's address may add up foreign bytes: it must look at its series' sequence, as for any cell that left.
 */
export function summaryRelease(cell: usize): void {
  const record = changetype<SummaryCell>(cell);
  const directory: usize = record.directory;
  if (directory == 0) return;
  store32(cell + DIRECTORY, 0);
  for (let entry: u32 = 0; entry < DIRECTORY_BYTES; entry += 4) {
    const chunk: usize = load<u32>(directory + entry);
    if (chunk != 0) give(chunk, chunkBytes(record), KIND_PLAIN);
  }
  give(directory, DIRECTORY_BYTES, KIND_PLAIN);
}

/** True where the old sum that a copy's check solves to and the pending value give the sum that was read. */
function completes(copy: usize): bool {
  const old = (load<u64>(copy, 16) - (load<u64>(copy, 24) - 1) * K2) * K1_INVERSE;
  return reinterpret<u64>(reinterpret<f64>(old) + load<f64>(copy)) == load<u64>(copy, 8);
}

/** Returns the count of a cell and adds its sum to the total. `scratch` takes 32 bytes. */
export function summaryRead(cell: usize, scratch: usize): u64 {
  const from = cell + RECORD;
  let tries: u32 = 0;
  while (true) {
    const before = load64(cell + offsetof<SummaryCell>("check"));
    // By way of scratch, so that what is tested is what is used: see atomics.ts.
    v128.store(scratch, v128.load(from));
    v128.store(scratch, v128.load(from, 16), 16);
    const check = load<u64>(scratch, 16);
    const count = load<u64>(scratch, 24);
    const whole = load<u64>(scratch, 8) * K1 + count * K2;
    if (whole == check) break;
    if (whole - K2 == check) {
      store<u64>(scratch, count - 1, 24);
    } else if (before != check || !completes(scratch)) {
      if (tries++ < RETRIES) continue;
      add32(HEADER + offsetof<Header>("unexplained"), 1);
    }
    add32(HEADER + offsetof<Header>("repaired"), 1);
    break;
  }
  totalAdd(load<f64>(scratch, 8));
  return load<u64>(scratch, 24);
}

/** Ends what a dead owner began, by one store, as in histogram.ts. */
export function summaryRepair(cell: usize): void {
  const record = changetype<SummaryCell>(cell);
  const whole = reinterpret<u64>(record.sum) * K1 + record.count * K2;
  if (whole == record.check) return;
  if (whole - K2 == record.check) record.count -= 1;
  else record.check = whole;
}
