// Cells: taken from slabs that one writer owns, given back to that writer alone.
//
// Another thread may be past its look at a cell's token and about to make one more store. So a cell that was
// detached from its series goes onto its owner's `reclaim` stack and waits for the owner, who is certainly
// not in the middle of its own verb. Shared cells have no owner: they wait until every live writer has passed
// a cold verb since, which puts it outside of all hot ones.

import { add32, exchange32, exchangeIf32, load32, store32 } from "../memory/atomics";
import { bump, give, take } from "../memory/arena";
import {
  Cell,
  CELL_CLASSES,
  CellClass,
  GAUGE,
  HEADER,
  Header,
  KIND_SHARED_CELL,
  RETIRED,
  SERIES_GIVEN_BACK,
  SHARED_CELL_BYTES,
  SHARED_WRITER,
  Slab,
  TOKEN_FIRST,
  Writer,
} from "../layout";
import { ownSlot, ownWriter, slotAt, slotCount } from "./writer";

/** The first slab of a size; each further one is twice as large, up to the last. */
const SLAB_FIRST: u32 = 256;
const SLAB_LAST: u32 = 16384;
/** Where a detached shared cell keeps the epoch of its end; nobody's late store reaches it. */
const SHARED_EPOCH: usize = 24;
const SHARED_LIMBO: usize = HEADER + offsetof<Header>("sharedLimbo");

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
  const from = classAt(slot, (record.writer >> 16) & 0xff);
  record.series = 0;
  record.next = from.free;
  from.free = cell;
}

/** COUNTER, GAUGE or HISTOGRAM, whatever has become of the cell's series. */
export function cellType(cell: usize): u32 {
  return changetype<Cell>(cell).writer >> 24;
}

export function cellOwner(cell: usize): u32 {
  return changetype<Cell>(cell).writer & 0xffff;
}

/** Takes everything that was given back to a slot, for its owner. */
export function cellsReclaim(slot: usize): void {
  let cell: usize = exchange32(slot + offsetof<Writer>("reclaim"), 0);
  while (cell != 0) {
    const next: usize = load32(cell + offsetof<Cell>("next"));
    cellFree(slot, cell);
    cell = next;
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

/** Gives a cell that was detached from a series back to whoever owns it, unless a folder was first. */
export function cellGiveBack(cell: usize, series: usize): void {
  const index = cellOwner(cell);
  if (exchangeIf32(cell + offsetof<Cell>("series"), series, SERIES_GIVEN_BACK) != series) return;
  if (index == SHARED_WRITER) {
    store32(cell + SHARED_EPOCH, add32(HEADER + offsetof<Header>("epoch"), 1));
    push(SHARED_LIMBO, cell);
  } else {
    push(slotAt(index) + offsetof<Writer>("reclaim"), cell);
  }
}

/** Stacks that are only ever emptied as a whole need no tag. */
function push(stack: usize, cell: usize): void {
  while (true) {
    const head = load32(stack);
    store32(cell + offsetof<Cell>("next"), head);
    if (exchangeIf32(stack, head, cell) == head) return;
  }
}

/** The epoch that every writer that may still store has passed in a cold verb. */
function oldestQuiet(): u32 {
  let oldest = load32(HEADER + offsetof<Header>("epoch"));
  for (let i: u32 = 0; i < slotCount(); i++) {
    const slot = slotAt(i);
    if (slot == 0 || (load32(slot) & 3) == RETIRED) continue;
    const quiet = load32(slot + offsetof<Writer>("quiet"));
    if (<i32>(quiet - oldest) < 0) oldest = quiet;
  }
  return oldest;
}

/** Moves what nobody can store into any more to the free list. Does nothing twice for one state of affairs. */
function sharedSift(): void {
  if (load32(SHARED_LIMBO) == 0) return;
  const oldest = oldestQuiet();
  const blocked = HEADER + offsetof<Header>("sharedBlocked");
  const seen = load32(blocked);
  if (seen == oldest || exchangeIf32(blocked, seen, oldest) != seen) return;
  let cell: usize = exchange32(SHARED_LIMBO, 0);
  while (cell != 0) {
    const next: usize = load32(cell + offsetof<Cell>("next"));
    if (<i32>(load32(cell + SHARED_EPOCH) - oldest) < 0) give(cell, SHARED_CELL_BYTES, KIND_SHARED_CELL);
    else push(SHARED_LIMBO, cell);
    cell = next;
  }
}

/** A zeroed shared cell, in no list yet, with a token of its own; or 0. */
export function sharedTake(series: usize, reserve: bool): usize {
  sharedSift();
  const cell = take(SHARED_CELL_BYTES, KIND_SHARED_CELL, reserve);
  if (cell == 0) return 0;
  memory.fill(cell, 0, SHARED_CELL_BYTES);
  changetype<Cell>(cell).writer = SHARED_WRITER | (GAUGE << 24);
  changetype<Cell>(cell).series = series;
  changetype<Cell>(cell).token = TOKEN_FIRST + add32(HEADER + offsetof<Header>("sharedTokens"), 1);
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
