// Cells: taken from slabs that one writer owns, given back to that writer alone.
//
// Another thread may be past its look at a cell's token and about to make one more store. So a cell that was
// detached from its series, or folded, goes onto its owner's `reclaim` stack and waits for the owner, who is certainly
// not in the middle of its own verb. Before that it waits in the limbo until every cold verb that was under way has
// ended: one that sleeps in the middle of unlinking it must not wake up to find the same cell in the same list again,
// for then its compare-and-swap would throw a living cell out.
//
// Shared cells have no owner. One that was detached waits until no writer can be in the middle of a verb of it:
// each has begun a cold verb since, or rested, which puts it outside of all hot ones; or the cell was born after
// the writer's last cold verb had ended, so that it has never heard of it. A thread that is blocked for an hour
// thus holds the shared cells that there were when it was blocked, 64 bytes each, and none of those that come
// and go meanwhile. A thread that left, or was believed dead for the whole quarantine, and goes on with a handle
// of a shared gauge is waited for no longer: it would have to sleep between the look at the token and the store
// while the series is removed and another one gets the cell, to set that one.
//
// Whoever takes or sifts cells has one in hand at a time, and loses that one if it dies.

import { add32, exchangeIf32, load32, store32 } from "../memory/atomics";
import { bump, give, take } from "../memory/arena";
import { waitingFirst, waitingPush, waitingTaken } from "../memory/waiting";
import {
  Base,
  Cell,
  CELL_CLASSES,
  CellClass,
  GAUGE,
  HEADER,
  Header,
  IMPORTED,
  ImportedCell,
  KIND_PLAIN,
  KIND_SHARED_CELL,
  NATIVE,
  SHARED_CELL_BYTES,
  SHARED_WRITER,
  SharedCell,
  Slab,
  SUMMARY,
  TOKEN_FIRST,
  Writer,
} from "../layout";
import { summaryRelease } from "../metric/summary";
import { mayAct, ownSlot, ownWriter, slotAt, slotCount } from "./writer";

/** The first slab of a size; each further one is twice as large, up to the last. */
const SLAB_FIRST: u32 = 256;
const SLAB_LAST: u32 = 16384;
const EPOCH: usize = HEADER + offsetof<Header>("epoch");
/** Cells that were given back. */
const CELLS: usize = HEADER + offsetof<Header>("cells");
/** Shared cells that were detached. */
const ENDED: usize = HEADER + offsetof<Header>("ended");
/** So many of them are looked at for every one that is taken, so that there are a third more than must wait. */
const SIFT_MOST: u32 = 4;

export function cellClassOf(bytes: u32): u32 {
  if (bytes <= 384) return ((bytes + 7) >> 3) - 1;
  return 48 + max<u32>(32 - clz<u32>(bytes - 1), 9) - 9;
}

function cellClassBytes(cellClass: u32): u32 {
  return cellClass < 48 ? (cellClass + 1) << 3 : 512 << (cellClass - 48);
}

function classAt(slot: usize, cellClass: u32): CellClass {
  return changetype<CellClass>(slot + offsetof<Writer>() + cellClass * offsetof<CellClass>());
}

/** Puts a free cell where its slot's next take finds it. */
export function cellFree(slot: usize, cell: usize): void {
  const record = changetype<Cell>(cell);
  if (cellType(cell) == SUMMARY) summaryRelease(cell);
  const from = classAt(slot, (record.writer >> 16) & 0xff);
  record.series = 0;
  record.next = from.free;
  from.free = cell;
}

/** The type of the cells that families of a type have. */
export function cellTypeOf(familyType: u32): u32 {
  return familyType <= NATIVE ? familyType : GAUGE;
}

/** COUNTER, GAUGE, HISTOGRAM, SUMMARY or NATIVE, whatever has become of the cell's series. */
export function cellType(cell: usize): u32 {
  return changetype<Cell>(cell).writer >> 24;
}

export function cellOwner(cell: usize): u32 {
  return changetype<Cell>(cell).writer & 0xffff;
}

/** Takes everything that was given back to a slot, for its owner. */
export function cellsReclaim(slot: usize): void {
  const reclaim = slot + offsetof<Writer>("reclaim");
  while (true) {
    const cell: usize = load32(reclaim);
    if (cell == 0) return;
    // One by one and by one thread alone: what it saw on top stays where it is until it takes it.
    if (exchangeIf32(reclaim, cell, load32(cell + offsetof<Cell>("next"))) == <u32>cell) cellFree(slot, cell);
  }
}

/** A new slab for a class; its cells are not touched before they are taken. */
function slabMade(from: CellClass, cellBytes: u32, reserve: bool): bool {
  const room = <u32>offsetof<Slab>() + cellBytes;
  const bytes = max<u32>((room + 63) & ~63, from.bytes == 0 ? SLAB_FIRST : min<u32>(from.bytes << 1, SLAB_LAST));
  const slab = bump(bytes, 64, reserve);
  if (slab == 0) return false;
  const record = changetype<Slab>(slab);
  record.next = ownWriter().slabs;
  record.cellBytes = cellBytes;
  record.bytes = bytes;
  ownWriter().slabs = slab;
  from.bytes = bytes;
  from.bump = slab + offsetof<Slab>();
  from.end = slab + bytes;
  return true;
}

/** A zeroed cell of this writer for a series, in no list yet, with a token of its own; or 0. */
export function cellTake(bytes: u32, type: u32, series: usize, reserve: bool): usize {
  const cellClass = cellClassOf(bytes);
  const cellBytes = cellClassBytes(cellClass);
  const slot = ownSlot();
  const from = classAt(slot, cellClass);
  if (from.free == 0 && load32(slot + offsetof<Writer>("reclaim")) != 0) cellsReclaim(slot);
  let cell: usize = from.free;
  if (cell != 0) {
    from.free = changetype<Cell>(cell).next;
  } else {
    if (from.bump + cellBytes > from.end && !slabMade(from, cellBytes, reserve)) return 0;
    cell = from.bump;
    from.bump += cellBytes;
  }
  memory.fill(cell, 0, cellBytes);
  changetype<Cell>(cell).writer = ownWriter().index | (cellClass << 16) | (type << 24);
  changetype<Cell>(cell).series = series;
  // Before the cell is linked: a linked cell whose token is DETACHED says that its series is being detached.
  changetype<Cell>(cell).token = tokenNext();
  return cell;
}

/** A token that no handle of this slot has shown before. */
export function tokenNext(): u32 {
  const writer = ownWriter();
  writer.tokens = max<u32>(writer.tokens + 1, TOKEN_FIRST);
  return writer.tokens;
}

/** True for what the `series` of a cell says that was given back. */
export function isGivenBack(series: u32): bool {
  return (series & 1) != 0;
}

/** Gives a cell that no list has any more back to whoever owns it, unless somebody else was first. */
export function cellGiveBack(cell: usize, series: usize): bool {
  const epoch = add32(EPOCH, 1);
  if (exchangeIf32(cell + offsetof<Cell>("series"), series, (epoch << 1) | 1) != series) return false;
  if (cellOwner(cell) == SHARED_WRITER) {
    store32(cell + offsetof<SharedCell>("ended"), epoch);
    waitingPush(ENDED, cell);
  } else {
    waitingPush(CELLS, cell);
  }
  return true;
}

/** Hands up to `most` of the cells that were given back before `oldest` to their owners. */
export function cellsSift(oldest: u32, most: u32): void {
  for (let i: u32 = 0; i < most; i++) {
    const cell = waitingFirst(CELLS);
    if (cell == 0) return;
    const epoch = load32(cell + offsetof<Cell>("series")) >> 1;
    // Of 31 bits, for the lowest says that it was given back.
    if (<i32>((epoch - oldest) << 1) >= 0) return;
    if (waitingTaken()) push(slotAt(cellOwner(cell)) + offsetof<Writer>("reclaim"), cell);
  }
}

/** True where cells wait to be handed on. */
export function cellsWait(): bool {
  return waitingFirst(CELLS) != 0;
}

/** A stack that one thread alone pops from needs no tag. */
function push(stack: usize, cell: usize): void {
  while (true) {
    const head = load32(stack);
    store32(cell + offsetof<Cell>("next"), head);
    if (exchangeIf32(stack, head, cell) == head) return;
  }
}

/** True where a writer may be in the middle of a hot verb of a detached shared cell. */
function sharedHeld(cell: usize): bool {
  const ended = load32(cell + offsetof<SharedCell>("ended"));
  const born = load32(cell + offsetof<SharedCell>("born"));
  for (let i: u32 = 0; i < slotCount(); i++) {
    const slot = slotAt(i);
    if (slot == 0 || !mayAct(slot)) continue;
    if (<i32>(ended - load32(slot + offsetof<Writer>("quiet"))) < 0) continue;
    // `busy` before `known`: a verb that ends in between only says that it knows more.
    const busy = load32(slot + offsetof<Writer>("busy")) != 0;
    if (busy || <i32>(born - load32(slot + offsetof<Writer>("known"))) <= 0) return true;
  }
  return false;
}

/** Moves a few of those that nobody can store into any more to the free list. */
function sharedSift(): void {
  let kept: usize = 0;
  for (let i: u32 = 0; i < SIFT_MOST; i++) {
    const cell = waitingFirst(ENDED);
    if (cell == 0 || cell == kept) return;
    if (!waitingTaken()) continue;
    if (!sharedHeld(cell)) {
      // Of one that was detached with what it showed: its source has not seen it since, and nobody else takes it away.
      const part: usize = cellType(cell) == IMPORTED ? load32(cell + offsetof<ImportedCell>("part")) : 0;
      if (part != 0) give(part, changetype<Base>(part).bytes, KIND_PLAIN);
      give(cell, SHARED_CELL_BYTES, KIND_SHARED_CELL);
      continue;
    }
    waitingPush(ENDED, cell);
    if (kept == 0) kept = cell;
  }
}

/** A token that no shared cell had before. */
function sharedTokenNext(): u32 {
  while (true) {
    const token = add32(HEADER + offsetof<Header>("sharedTokens"), 1) + 1;
    if (token >= TOKEN_FIRST) return token;
  }
}

/** A zeroed shared cell of a type, GAUGE or IMPORTED, in no list yet, with a token of its own; or 0. */
export function sharedTake(series: usize, type: u32, reserve: bool): usize {
  sharedSift();
  const cell = take(SHARED_CELL_BYTES, KIND_SHARED_CELL, reserve);
  if (cell == 0) return 0;
  memory.fill(cell, 0, SHARED_CELL_BYTES);
  changetype<SharedCell>(cell).born = load32(EPOCH);
  changetype<Cell>(cell).writer = SHARED_WRITER | (type << 24);
  changetype<Cell>(cell).series = series;
  changetype<Cell>(cell).token = sharedTokenNext();
  return cell;
}

/** Gives back one that was never attached. */
export function sharedFree(cell: usize): void {
  give(cell, SHARED_CELL_BYTES, KIND_SHARED_CELL);
}

/** The slabs of a slot, newest first, for whoever takes it over. */
export function firstSlab(slot: usize): usize {
  return changetype<Writer>(slot).slabs;
}

/** Forgets the free cells of a slot, before they are found again by a walk of its slabs. */
export function cellsForget(slot: usize): void {
  for (let i: u32 = 0; i < CELL_CLASSES; i++) {
    const from = classAt(slot, i);
    from.free = 0;
    from.bump = 0;
    from.end = 0;
  }
}

/** Puts a cell that a slab walk found unused back, whatever was left in it. */
export function cellFound(slot: usize, cell: usize, cellBytes: u32): void {
  changetype<Cell>(cell).writer = changetype<Writer>(slot).index | (cellClassOf(cellBytes) << 16);
  cellFree(slot, cell);
}
