// What the bindings and the tests may ask about records, so that they need no offset.

import { add32, load32, load64, store32 } from "../memory/atomics";
import {
  ACTIVE,
  COUNTER,
  Definition,
  Family,
  GAUGE_HISTOGRAM,
  HEADER,
  Header,
  HISTOGRAM,
  LIVE,
  MODE_ALL,
  MODE_LIVE,
  NATIVE,
  NO_THREAD,
  Registry,
  Series,
  Shape,
  Sparse,
  SUMMARY,
  Writer,
} from "../layout";
import { ABSENT, EXHAUSTED, GONE, NO_WRITER } from "../status";
import { sparseCountAt, sparseIndexAt } from "../metric/sparse";
import { cellOwner } from "./cell";
import { hasImportedCell, saysNothing } from "./imported";
import { bucketBytes, cellAfter, seriesWord } from "./list";
import { isLive, seriesFind } from "./series";
import { gaugeCellFirst, gaugeCellFrom, gaugeCellsStand, gaugeCellValue, gaugeTotal } from "./gauges";
import {
  bucketsAddress,
  counterTotal,
  histogramTotal,
  nativeSparse,
  nativeTotal,
  summaryCount,
  summaryQuantile,
  summaryTotal,
} from "./total";
import { SERIES_KEY } from "./more";
import { isAbandoned, isConstant, isOrphan, SEALED } from "./setter";
import { tableCount, tableGet } from "./table";
import { begin, end, inputAddress, mayAct, owned, ownSlot, roomAddress, slotAt, slotCount, slotLife, slotState, threadOf } from "./writer";

/** A record's state word: a handle's proof that the record is still the one it was. */
export function recordState(record: usize): u32 {
  return load32(record);
}

/** RETIRED, ACTIVE, REVOKED or FOLDING. */
export function writerState(index: u32): i32 {
  const slot = slotAt(index);
  return slot == 0 ? ABSENT : <i32>(slotState(slot) & 3);
}

/** The thread a slot was claimed for. */
export function writerThread(index: u32): u32 {
  const slot = slotAt(index);
  return slot == 0 ? 0 : threadOf(slotLife(slot));
}

/** The thread that started the one a slot was claimed for; NO_THREAD where nobody owns it, or nobody has said so yet. */
export function writerParent(index: u32): u32 {
  const slot = slotAt(index);
  if (slot == 0) return 0;
  const said = load64(slot + offsetof<Writer>("parent"));
  return mayAct(slot) && (<u32>said) >> 2 == slotState(slot) >> 2 ? <u32>(said >> 32) : NO_THREAD;
}

/** The instance a slot was claimed by. */
export function writerIdentity(index: u32): u32 {
  const slot = slotAt(index);
  return slot == 0 ? 0 : load32(slot + offsetof<Writer>("identity"));
}

/** This instance's slot, or ABSENT. */
export function writerIndex(): i32 {
  return ownSlot() == 0 ? ABSENT : <i32>changetype<Writer>(ownSlot()).index;
}

let value: f64 = 0;
let read64s: usize = 0;

/** Reads the series of the label block in the input over all its cells. Returns its number of buckets, or of a gauge's parts twice that. */
export function seriesRead(family: usize, state: u32, length: u32): i32 {
  if (!begin()) return NO_WRITER;
  let status: i32 = GONE;
  if (isLive(family, state)) {
    const series = seriesFind(family, length);
    status = series == 0 || saysNothing(seriesWord(series)) ? ABSENT : <i32>read(family, series);
    if (status >= 0 && changetype<Family>(family).type == NATIVE && nativeSparse() == 0) status = EXHAUSTED;
  }
  end();
  return status;
}

function read(family: usize, series: usize): u32 {
  read64s = bucketsAddress();
  const record = changetype<Family>(family);
  if (record.type == SUMMARY) return summaryKept(family, series);
  if (record.type == NATIVE) {
    value = nativeTotal(series);
    return bucketBytes(family) >> 3;
  }
  if ((record.mode & ~MODE_LIVE) == MODE_ALL) return partsKept(series);
  if (record.type != HISTOGRAM && record.type != GAUGE_HISTOGRAM) {
    value = record.type == COUNTER ? counterTotal(series) : gaugeTotal(series);
    return 0;
  }
  value = histogramTotal(series);
  return changetype<Shape>(<usize>record.shape).boundCount + 1;
}

/**
 * Keeps the parts of a gauge that prints them all: of each the writer's slot, and the value behind it. The value is this
 * writer's own part, or the first one where it has none.
 */
function partsKept(series: usize): u32 {
  const own = changetype<Writer>(ownSlot()).index;
  const most = slotCount();
  read64s = roomAddress((most << 4) + 8);
  value = 0;
  if (read64s == 0) return 0;
  let count: u32 = 0;
  for (let tries: u32 = 0; tries == 0 || !gaugeCellsStand(series, tries); tries++) {
    count = 0;
    value = 0;
    for (let cell = gaugeCellFirst(series); cell != 0 && count < most; cell = gaugeCellFrom(series, cellAfter(cell))) {
      const part = gaugeCellValue(changetype<Series>(series).family, cell);
      if (count == 0 || cellOwner(cell) == own) value = part;
      store<u64>(read64s + (count << 4), cellOwner(cell));
      store<f64>(read64s + (count << 4), part, 8);
      count++;
    }
  }
  return count << 1;
}

/** Keeps the count of a summary where a histogram has its first bucket, and the quantiles behind it. */
function summaryKept(family: usize, series: usize): u32 {
  const definition = changetype<Definition>(<usize>changetype<Family>(family).definition);
  value = summaryTotal(series);
  store<u64>(bucketsAddress(), summaryCount());
  const wanted = changetype<usize>(definition) + offsetof<Definition>() + (definition.boundCount << 3);
  for (let i: u32 = 0; i < definition.quantileCount; i++) {
    store<f64>(seriesQuantiles() + (i << 3), summaryQuantile(i, load<f64>(wanted + (i << 3))));
  }
  return definition.quantileCount;
}

/** Where a summary's quantiles are. */
export function seriesQuantiles(): usize {
  return bucketsAddress() + 8;
}

/** The family at a position of a registry, whose state is in `familyAtState`; ABSENT for none there, GONE behind the last one. */
export function familyAt(registry: usize, state: u32, position: u32): i32 {
  if (!begin()) return NO_WRITER;
  let status: i32 = GONE;
  const table: usize = changetype<Registry>(registry).table;
  if (isLive(registry, state) && position < tableCount(table)) {
    const family = tableGet(table, position);
    foundState = family == 0 ? 0 : load32(family);
    status = (foundState & 3) == LIVE && !isAbandoned(family) ? <i32>family : ABSENT;
  }
  end();
  return status;
}

let foundState: u32 = 0;

export function familyAtState(): u32 {
  return foundState;
}

/** The length of the label block of the series at a position, which is copied to the input; else as `familyAt`. */
export function seriesAt(family: usize, state: u32, position: u32): i32 {
  if (!begin()) return NO_WRITER;
  let status: i32 = GONE;
  const table: usize = changetype<Family>(family).table;
  if (isLive(family, state) && position < tableCount(table)) {
    const series = tableGet(table, position);
    const told =
      series != 0 && (load32(series) & 3) == LIVE && !saysNothing(seriesWord(series)) && !(isConstant(family) && isOrphan(series));
    status = told ? keyCopied(series) : ABSENT;
  }
  end();
  return status;
}

function keyCopied(series: usize): i32 {
  const length = changetype<Series>(series).keyLength;
  const input = inputAddress(length + 8);
  if (input == 0) return EXHAUSTED;
  memory.copy(input, series + SERIES_KEY, length);
  return <i32>length;
}

/** 1 where a source has a cell of a family's series: what is read of those is not of this memory's threads alone. */
export function familyImported(family: usize, state: u32): i32 {
  if (!begin()) return NO_WRITER;
  const table: usize = changetype<Family>(family).table;
  let found: i32 = 0;
  const count: u32 = isLive(family, state) ? tableCount(table) : 0;
  for (let i: u32 = 0; i < count && found == 0; i++) {
    const series = tableGet(table, i);
    if (series != 0 && hasImportedCell(seriesWord(series))) found = 1;
  }
  end();
  return found;
}

/** Live series of a family, and their cells. */
export function familySeries(family: usize): u32 {
  return load32(family + offsetof<Family>("seriesCount")) & ~SEALED;
}

export function familyCells(family: usize): u32 {
  return load32(family + offsetof<Family>("cellCount"));
}

/** The schema of the native histogram that was read last, until this writer's next verb; so are those that follow. */
export function seriesSchema(): i32 {
  return changetype<Sparse>(nativeSparse()).schema;
}

export function seriesZeroCount(): u64 {
  return changetype<Sparse>(nativeSparse()).zeroCount;
}

export function seriesSparseCount(negative: bool): u32 {
  const sparse = changetype<Sparse>(nativeSparse());
  return negative ? sparse.negativeCount : sparse.positiveCount;
}

function positionOf(negative: bool, bucket: u32): u32 {
  return bucket + (negative ? changetype<Sparse>(nativeSparse()).positiveCount : 0);
}

export function seriesSparseIndex(negative: bool, bucket: u32): i32 {
  return sparseIndexAt(nativeSparse(), positionOf(negative, bucket));
}

export function seriesSparseBucket(negative: bool, bucket: u32): u64 {
  return sparseCountAt(nativeSparse(), positionOf(negative, bucket));
}

/** The value, or a histogram's sum, of the last seriesRead. */
export function seriesValue(): f64 {
  return value;
}

/** Where its buckets are: u64s, not cumulative; or the parts of a gauge. */
export function seriesBuckets(): usize {
  return read64s;
}

/** Snapshots that a reader rolled back or completed, and those it could not explain. */
export function snapshotsRepaired(): u32 {
  return load32(HEADER + offsetof<Header>("repaired"));
}

export function snapshotsUnexplained(): u32 {
  return load32(HEADER + offsetof<Header>("unexplained"));
}

/** The word that a scrape raises to ask all collectors; their threads wait for it to change. */
export function scrapeWantedAddress(): usize {
  return HEADER + offsetof<Header>("scrapeWanted");
}

/** This writer has so many collectors, has answered every wish up to `collected`, and may take so many milliseconds for one. */
export function writerCollected(collectors: u32, collected: u32, wait: u32): void {
  if (!owned()) return;
  store32(ownSlot() + offsetof<Writer>("collected"), collected);
  store32(ownSlot() + offsetof<Writer>("wait"), wait);
  // Before the collectors: an heir is awaited by what it says itself.
  store32(ownSlot() + offsetof<Writer>("missed"), 0);
  store32(ownSlot() + offsetof<Writer>("collectors"), collectors);
}

/** How many other writers have collectors. */
export function writersCollecting(): u32 {
  let collecting: u32 = 0;
  for (let i: u32 = 0; i < slotCount(); i++) {
    const slot = slotAt(i);
    if (slot == 0 || slot == ownSlot() || (slotState(slot) & 3) != ACTIVE) continue;
    collecting += u32(load32(slot + offsetof<Writer>("collectors")) != 0);
  }
  return collecting;
}

/**
 * Whoever let so many scrapes in a row wait in vain is awaited no more until it answers one: its thread is blocked, or
 * dead and nobody was told. One that is late for each scrape alone answers in between.
 */
const MISSED_MOST: u32 = 3;

/** Whether a slot is another writer's, with collectors that have not answered a wish and that it is worth to wait for. */
function unanswered(slot: usize, wanted: u32): bool {
  if (slot == 0 || slot == ownSlot() || (slotState(slot) & 3) != ACTIVE) return false;
  if (load32(slot + offsetof<Writer>("collectors")) == 0 || load32(slot + offsetof<Writer>("missed")) >= MISSED_MOST) return false;
  return <i32>(load32(slot + offsetof<Writer>("collected")) - wanted) < 0;
}

/** How many other writers have collectors that have not answered a wish of so many milliseconds ago, and may still do so in time. */
export function writersAwaited(wanted: u32, milliseconds: u32): u32 {
  let awaited: u32 = 0;
  for (let i: u32 = 0; i < slotCount(); i++) {
    const slot = slotAt(i);
    awaited += u32(unanswered(slot, wanted) && load32(slot + offsetof<Writer>("wait")) > milliseconds);
  }
  return awaited;
}

/** Says that a scrape goes without those who have not answered its wish. */
export function writersMissed(wanted: u32): void {
  for (let i: u32 = 0; i < slotCount(); i++) {
    const slot = slotAt(i);
    if (unanswered(slot, wanted)) add32(slot + offsetof<Writer>("missed"), 1);
  }
}
