// Drains: whoever has the claim takes what waits in all rings, writes it as rows in slices (rows.ts), and says when the rows
// are safe. Until then nothing is given free, so a drain that ends half way, by a death or a full disk, is made again.
//
//   begin    take the claim; of each ring: mark = head
//   link     merge the rings by time into one list a label, in the order in which labels first appear
//   write    the lists, as rows
//   commit   of each ring: markRows, drain = number; then `committed` = number, by one store: the drain is over. Then tail = mark.
//
// The one store is what makes a drain whole: before it, every sample waits, after it none does, for whoever comes next reads
// what rings have to say by it and ends what the dead did not. A drain that is made again has the same number: who names its
// file by that and renames it into place before the commit has the rows once, whatever it died of in between; only somebody who
// took the first of two such files away has seen them twice.
//
// A claim is an identity and a turn. It is taken from an instance that is proven dead, or by the same instance, whose earlier
// drain is over by that: every verb shows its turn.
//
// From one that lives it is taken while it rests: who hands slices to somebody else, and does not know when the next one is
// wanted, says so by a bit of the claim before and takes that bit back behind. Both are one swap of the claim, and so is the
// taking: the one who rests either has its drain again as it left it, or none, and never writes into another's. How long
// whoever waits bears with it is theirs to say.
//
// A drain may be limited: it has the oldest samples whose rows fit into so many bytes, and what is behind them waits for the next.
// Each ring's mark is then where linking came to in it, so such a drain is as whole as any other: who writes files has one drain
// a file, and of a long backlog each file is safe by itself.
//
// Where the oldest are dropped a writer may pass the drainer: rows.ts leaves out what it finds written over, and the commit
// counts it as dropped with all else that the tail passes and that was not written.

import { exchangeIf64, load32, load64, store32, store64 } from "../memory/atomics";
import { CONFLICT, GONE, NO_WRITER, OK } from "../status";
import { isThere } from "../store/setter";
import { owned, ownWriter } from "../store/writer";
import { labelAt, labelNumber } from "./label";
import { Group, Label, Recorder, Ring, Sample } from "./records";
import { ringAt, ringFirst, ringRows, ringTail } from "./ring";
import { checkOf } from "./sample";

export const FORMAT_CSV: u32 = 0;
export const FORMAT_JSON: u32 = 1;

// Phases of a drain.
export const LINKING: u32 = 0;
export const HEADING: u32 = 1;
export const WRITING: u32 = 2;
export const DONE: u32 = 3;

/** Samples that one slice links at most: about a millisecond. */
const LINK_MOST: u32 = 32768;
/** A store of a live thread is seen by then; what a processor holds back for longer is none. */
const LOOKS_MOST: u32 = 1000;
/** What a row has beside its label, at most: digits of a time, of a number and of a process, and what stands between and behind them. */
const CSV_ROW_BYTES: u32 = 20 + 24 + 10 + 5;
/** The same, a thread's digits and keys. */
const JSON_ROW_BYTES: u32 = 20 + 24 + 10 + 10 + 58;
/** The header of a file. */
const HEADER_BYTES: u64 = 33;
const TURN_MASK: u32 = 0x7fffffff;
/** Of a claim's turn: nobody is in a verb of that drain. */
const RESTING: u32 = 0x80000000;

const CLAIM: usize = offsetof<Recorder>("claim");

/** The claim of this instance's drain of that turn. */
function claimOf(turn: u32): u64 {
  return ((<u64>turn) << 32) | (<u64>ownWriter().identity);
}

/** True while this instance has the claim of that turn. */
export function isHeld(recorder: usize, turn: u32): bool {
  return load64(recorder + CLAIM) == claimOf(turn);
}

/**
 * Copies the sample in that place into this writer's scratch and returns its address; 0 where it is not the one of that
 * position, or is half written over. The copy alone is looked at: what is loaded twice may be two things.
 */
export function sampleCopied(ring: usize, place: usize, position: u64): usize {
  const copy: usize = ownWriter().scratch;
  const capacity: u64 = changetype<Ring>(ring).capacity;
  for (let i: u32 = 0; i < LOOKS_MOST; i++) {
    store<u64>(copy, load<u64>(place));
    store<u64>(copy, load<u64>(place, 8), 8);
    store<u64>(copy, load<u64>(place, 16), 16);
    if (load64(ring + offsetof<Ring>("begun")) > position + capacity) return 0;
    const sample = changetype<Sample>(copy);
    if (checkOf(sample.time, load<u64>(copy, 8), sample.label, position) == sample.check) return copy;
  }
  return 0;
}

/** Finds the next sample that can be linked, from the cursor on; false at the mark. */
function peeked(ring: usize): bool {
  const record = changetype<Ring>(ring);
  while (record.cursor < record.mark) {
    const copy = sampleCopied(ring, record.samples + record.cursorSlot * offsetof<Sample>(), record.cursor);
    if (copy != 0) {
      record.peek = changetype<Sample>(copy).time;
      record.peekLabel = changetype<Sample>(copy).label;
      return true;
    }
    passed(record);
  }
  return false;
}

function passed(record: Ring): void {
  record.cursor++;
  record.cursorSlot = record.cursorSlot + 1 == record.capacity ? 0 : record.cursorSlot + 1;
}

/** Where the link of a reference stands. */
export function linkOf(recorder: usize, reference: u32): usize {
  const bits = changetype<Recorder>(recorder).slotBits;
  const ring = ringAt(recorder, reference >> bits);
  return <usize>changetype<Ring>(ring).links + ((reference & ((1 << bits) - 1)) << 2);
}

/** Puts the sample at a ring's cursor behind the others of its label. */
function linked(recorder: usize, ring: usize, turn: u32): void {
  const record = changetype<Recorder>(recorder);
  const from = changetype<Ring>(ring);
  const number = labelNumber(recorder, from.peekLabel);
  const group = changetype<Group>(<usize>record.groups + number * offsetof<Group>());
  const reference = (from.number << record.slotBits) | from.cursorSlot;
  store<u32>(<usize>from.links + (from.cursorSlot << 2), 0);
  if (group.turn == turn) {
    store<u32>(linkOf(recorder, group.last - 1), reference + 1);
  } else {
    group.turn = turn;
    group.first = reference + 1;
    group.next = 0;
    if (record.lastLabel == 0) record.firstLabel = number + 1;
    else changetype<Group>(<usize>record.groups + (record.lastLabel - 1) * offsetof<Group>()).next = number + 1;
    record.lastLabel = number + 1;
  }
  group.last = reference + 1;
  passed(from);
}

/** Takes the row of the sample at a ring's cursor from the room of a drain. False where it has none; the first one always has. */
function fits(recorder: usize, ring: usize): bool {
  const record = changetype<Recorder>(recorder);
  const label = changetype<Label>(labelAt(recorder, changetype<Ring>(ring).peekLabel));
  const bytes = (record.format == FORMAT_JSON ? JSON_ROW_BYTES : CSV_ROW_BYTES) + label.length + label.more;
  if (record.room < bytes && record.lastLabel != 0) return false;
  record.room -= min<u64>(record.room, bytes);
  return true;
}

/** Ends linking before what has no room: it waits for the next drain. */
function cut(recorder: usize): void {
  const record = changetype<Recorder>(recorder);
  for (let ring: usize = record.active; ring != 0; ring = changetype<Ring>(ring).active) {
    store64(ring + offsetof<Ring>("mark"), changetype<Ring>(ring).cursor);
  }
  record.active = 0;
}

/** Links up to LINK_MOST samples of all rings, in the order of time. */
export function drainLink(recorder: usize, turn: u32): void {
  const record = changetype<Recorder>(recorder);
  for (let left: u32 = LINK_MOST; left > 0;) {
    let first: usize = 0;
    // How far the first one's samples are before those of all others.
    let until: i64 = i64.MAX_VALUE;
    for (let ring: usize = record.active; ring != 0; ring = changetype<Ring>(ring).active) {
      const time = changetype<Ring>(ring).peek;
      if (first == 0 || time < changetype<Ring>(first).peek) {
        if (first != 0) until = changetype<Ring>(first).peek;
        first = ring;
      } else if (time < until) until = time;
    }
    if (first == 0) {
      record.label = record.firstLabel;
      record.phase = HEADING;
      return;
    }
    let more: bool = true;
    for (; left > 0 && more && changetype<Ring>(first).peek <= until; left--) {
      if (!fits(recorder, first)) {
        cut(recorder);
        break;
      }
      linked(recorder, first, turn);
      more = peeked(first);
    }
    if (!more) removed(recorder, first);
  }
}

/** Takes a ring out of those with samples to link. */
function removed(recorder: usize, ring: usize): void {
  const record = changetype<Recorder>(recorder);
  const next = changetype<Ring>(ring).active;
  if (record.active == <u32>ring) {
    record.active = next;
    return;
  }
  let before: usize = record.active;
  while (changetype<Ring>(before).active != <u32>ring) before = changetype<Ring>(before).active;
  changetype<Ring>(before).active = next;
}

/** Says in a ring what the last drain that is over has left. Whoever died in between, this is the same. */
function ended(ring: usize): void {
  store64(ring + offsetof<Ring>("tail"), ringTail(ring));
  store64(ring + offsetof<Ring>("rows"), ringRows(ring));
  store32(ring + offsetof<Ring>("drain"), 0);
}

/** What of a ring this drain has. */
function marked(recorder: usize, ring: usize, turn: u32): void {
  const record = changetype<Ring>(ring);
  store64(ring + offsetof<Ring>("mark"), load64(ring + offsetof<Ring>("head")));
  record.from = max<u64>(record.tail, ringFirst(ring));
  record.fromSlot = <u32>(record.from % record.capacity);
  record.cursor = record.from;
  record.cursorSlot = record.fromSlot;
  record.written = 0;
  record.turn = turn;
  if (!peeked(ring)) return;
  record.active = changetype<Recorder>(recorder).active;
  changetype<Recorder>(recorder).active = ring;
}

/**
 * Begins a drain of all that waits now, in a format, and returns its turn: write it (`drainWrite`) until it is done, then
 * commit or abandon it. An earlier drain of this instance is over by that. CONFLICT while another thread drains.
 */
export function drainBegin(recorder: usize, format: u32, process: u32): i32 {
  return begun(recorder, format, process, false);
}

/** The same, and another thread's drain that rests is over by it. */
export function drainTake(recorder: usize, format: u32, process: u32): i32 {
  return begun(recorder, format, process, true);
}

/** Says of a drain that is to be linked yet that its rows, with a header, have so many bytes at most. One row it has in any case. */
export function drainLimit(recorder: usize, turn: u32, bytes: f64): i32 {
  if (!owned()) return NO_WRITER;
  if (!isHeld(recorder, turn)) return GONE;
  const room = <u64>max<f64>(min<f64>(bytes, 9007199254740991), 0);
  changetype<Recorder>(recorder).room = room > HEADER_BYTES ? room - HEADER_BYTES : 0;
  return OK;
}

/** The turn of a drain that rests; 0 where none does. */
export function drainResting(recorder: usize): u32 {
  const claim = load64(recorder + CLAIM);
  const turn = <u32>(claim >> 32);
  return <u32>claim != 0 && (turn & RESTING) != 0 ? turn & TURN_MASK : 0;
}

/** The row that a drain's next slice begins with: two looks at one that rests tell whether it went on in between. */
export function drainReached(recorder: usize): u32 {
  return changetype<Recorder>(recorder).reference;
}

function begun(recorder: usize, format: u32, process: u32, takes: bool): i32 {
  if (!owned()) return NO_WRITER;
  const own = ownWriter().identity;
  const seen = load64(recorder + CLAIM);
  const holder = <u32>seen;
  const last = <u32>(seen >> 32);
  const isTaken = takes && (last & RESTING) != 0;
  if (holder != 0 && holder != own && !isTaken && isThere(holder)) return CONFLICT;
  let turn = (last + 1) & TURN_MASK;
  if (turn == 0) turn = 1;
  if (exchangeIf64(recorder + CLAIM, seen, claimOf(turn)) != seen) return CONFLICT;
  const record = changetype<Recorder>(recorder);
  record.format = format;
  record.process = process;
  record.phase = LINKING;
  record.active = 0;
  record.firstLabel = 0;
  record.lastLabel = 0;
  record.label = 0;
  record.reference = 0;
  record.room = u64.MAX_VALUE;
  for (let i: u32 = 0; i < record.ringsMax; i++) {
    const ring = ringAt(recorder, i);
    if (ring == 0) continue;
    ended(ring);
    marked(recorder, ring, turn);
  }
  return turn;
}

/** The number of a drain that is not over: the same when it is made again, and the next one's is another. */
export function drainNumber(recorder: usize): u32 {
  const next = (load32(recorder + offsetof<Recorder>("committed")) + 1) & TURN_MASK;
  return next == 0 ? 1 : next;
}

/** True once all rows are written. */
export function drainDone(recorder: usize): bool {
  return changetype<Recorder>(recorder).phase == DONE;
}

/** Says that no verb of this drain is called before `drainResume`: others may take its place. GONE for a turn that is over. */
export function drainRest(recorder: usize, turn: u32): i32 {
  return turned(recorder, turn, turn | RESTING);
}

/** Goes on with a drain that rested. GONE where another one took its place: nothing of it is committed. */
export function drainResume(recorder: usize, turn: u32): i32 {
  return turned(recorder, turn | RESTING, turn);
}

function turned(recorder: usize, from: u32, to: u32): i32 {
  if (!owned()) return NO_WRITER;
  const claim = claimOf(from);
  return exchangeIf64(recorder + CLAIM, claim, claimOf(to)) == claim ? OK : GONE;
}

/** Lets go of the claim. */
function released(recorder: usize, turn: u32): void {
  exchangeIf64(recorder + CLAIM, claimOf(turn), (<u64>turn) << 32);
}

/**
 * Says that the rows are safe: their samples make room, and this drain will not be made again. GONE for a turn that is over, and
 * for a drain that is not done.
 */
export function drainCommit(recorder: usize, turn: u32): i32 {
  if (!owned()) return NO_WRITER;
  const record = changetype<Recorder>(recorder);
  if (!isHeld(recorder, turn) || record.phase != DONE) return GONE;
  const number = drainNumber(recorder);
  for (let i: u32 = 0; i < record.ringsMax; i++) {
    const ring = ringAt(recorder, i);
    if (ring == 0 || changetype<Ring>(ring).turn != turn) continue;
    store64(ring + offsetof<Ring>("markRows"), changetype<Ring>(ring).rows + changetype<Ring>(ring).written);
    store32(ring + offsetof<Ring>("drain"), number);
  }
  store32(recorder + offsetof<Recorder>("committed"), number);
  for (let i: u32 = 0; i < record.ringsMax; i++) {
    const ring = ringAt(recorder, i);
    if (ring != 0 && changetype<Ring>(ring).turn == turn) ended(ring);
  }
  released(recorder, turn);
  return OK;
}

/** Ends a drain whose rows went nowhere: all of it waits for the next one. */
export function drainAbandon(recorder: usize, turn: u32): i32 {
  if (!owned()) return NO_WRITER;
  if (!isHeld(recorder, turn)) return GONE;
  released(recorder, turn);
  return OK;
}
