// The retired as an image: what a collector writes when it has folded the dead, so that their own images can go. It has no
// other sequence than the first, and is read once, by whoever collects next.
//
// It is written while nothing else is done with the source: its positions are those of the lists as they are. Labels that are
// set aside here are in it, for whoever reads it may have others of those names, or none.

import { isTime, LABELS_BYTES_MAX, Series, SLICE_BYTES } from "../layout";
import { EXHAUSTED, NO_WRITER } from "../status";
import { begin, end, outputAddress, roomAddress } from "../store/writer";
import { mergedPut } from "./block";
import { CREATED_BYTES_MAX, createdBegun, createdPut } from "./created";
import { partFlags, partPut, partPutBytes } from "./encode";
import { FRAME_FULL, FRAME_LAST, SERIES_NEW, TAG_ENTER, TAG_FAMILY, TAG_SERIES } from "./format";
import { frameBegun, frameSealed } from "./frame";
import { familyOf, knownDefinition, shownFirst } from "./known";
import { LABELS_PUT_BYTES, labelsPut, labelsPutBegun, labelsPutMost } from "./labels";
import { Entry, entryBlock, isRetired, Known, Link, linkPart, Process, Source } from "./mirror";
import { isBound } from "./entries";
import { VARINT_BYTES_MAX, varintPut } from "./varint";

/** Room for what is put between two series, and at the end. */
const MORE_BYTES: u32 = 64;
/** For the labels of a frame that are put together of two blocks. */
const TEXTS_BYTES: u32 = 131072;
if (TEXTS_BYTES < LABELS_BYTES_MAX + 4096 + 2) ERROR("One block must fit");

let known: usize = 0;
let entry: usize = 0;
/** Of the entry, from which on links are to be written. */
let link: usize = 0;
let index: u32 = 0;
let position: u32 = 0;
let described: bool = false;
let finished: bool = false;
let frame: u32 = 0;
let instance: u64 = 0;
let generation: u64 = 0;
let seconds: f64 = 0;
/** The room grows before a series that does not fit. */
let room: u32 = 0;

/** Begins: the image will say that it is of an instance. */
export function retiredBegin(source: usize, identity: u64, number: u64, now: f64): void {
  shownFirst(source);
  known = changetype<Source>(source).known;
  entryBegun(known == 0 ? 0 : changetype<Known>(known).entries);
  index = 0;
  position = 0;
  described = false;
  finished = false;
  frame = 0;
  instance = identity;
  generation = number;
  seconds = now;
  room = SLICE_BYTES;
}

function entryBegun(next: usize): void {
  entry = next;
  link = next == 0 ? 0 : <usize>changetype<Entry>(next).links;
}

/** True once the last frame was written. */
export function retiredDone(): bool {
  return finished;
}

/** The bytes that a family's description, or an entry, takes at the most. */
function bytesOf(): u32 {
  const part = linkPart(link);
  const length = changetype<Entry>(entry).length + asideLength();
  const definition: u32 = described ? 0 : changetype<Known>(known).length;
  return definition + 4 * VARINT_BYTES_MAX + CREATED_BYTES_MAX + labelsPutMost(length) + partPutBytes(familyOf(known), part) + MORE_BYTES;
}

/** {length u32, bytes} of the labels that are set aside of the link; 0 for none. */
function asideOf(): usize {
  return changetype<Process>(<usize>changetype<Link>(link).process).aside;
}

function asideLength(): u32 {
  return asideOf() == 0 ? 0 : load<u32>(asideOf()) + 1;
}

/** Where labels are put together; the coding refers to them to the frame's end. */
let texts: usize = 0;
let textsEnd: usize = 0;
let labelsAt: usize = 0;

/** True where labels of any of the retired are set aside. */
function isAsided(source: usize): bool {
  let process: usize = changetype<Source>(source).retired;
  while (process != 0 && changetype<Process>(process).aside == 0) process = changetype<Process>(process).apart;
  return process != 0;
}

/** Finds the labels of the link; their bytes, -1 where there is no room. */
function labelsFound(): i32 {
  const aside = asideOf();
  const length = changetype<Entry>(entry).length;
  labelsAt = entryBlock(entry);
  // Longer than a block may be: it went where all do that there is no room for.
  if (aside == 0 || length + asideLength() > LABELS_BYTES_MAX) return length;
  if (texts + length + asideLength() > textsEnd) return -1;
  labelsAt = texts;
  const bytes = mergedPut(texts, entryBlock(entry), length, aside + 4, load<u32>(aside), knownDefinition(known));
  texts += bytes;
  return bytes;
}

function createdOf(): f64 {
  const record = changetype<Entry>(entry);
  return isBound(entry) ? changetype<Series>(<usize>record.series).created : isTime(record.begun) ? record.begun : 0;
}

function nextLink(): void {
  if (link != 0) link = changetype<Link>(link).next;
  if (link == 0) entryBegun(changetype<Entry>(entry).next);
}

function nextKnown(): void {
  known = changetype<Known>(known).next;
  entryBegun(known == 0 ? 0 : changetype<Known>(known).entries);
  if (described) index++;
  described = false;
  position = 0;
}

/** Writes the next frame into the writer's output; its length, EXHAUSTED, or NO_WRITER. */
export function retiredWrite(source: usize): i32 {
  if (!begin()) return NO_WRITER;
  const status = written(source);
  end();
  return status;
}

function written(source: usize): i32 {
  const output = outputAddress(LABELS_PUT_BYTES + room);
  texts = isAsided(source) ? roomAddress(TEXTS_BYTES) : output;
  if (output == 0 || texts == 0) return EXHAUSTED;
  textsEnd = texts + TEXTS_BYTES;
  const from = (output + LABELS_PUT_BYTES + 7) & ~7;
  const limit = output + LABELS_PUT_BYTES + room - MORE_BYTES;
  labelsPutBegun(output);
  createdBegun(seconds);
  let to = frameBegun(from, instance, generation, 0, 1, frame, seconds);
  let count: u32 = 0;
  // In each frame a family is entered anew, and positions are told from -1 on.
  let entered = false;
  let before: u32 = -1;
  for (; known != 0; nextKnown(), entered = false, before = -1) {
    // Also of what is refused here, for whoever takes it.
    const family = familyOf(known);
    for (; entry != 0; nextLink()) {
      while (link != 0 && !isRetired(link)) link = changetype<Link>(link).next;
      if (link == 0) continue;
      const bytes = bytesOf();
      const fits = to + bytes <= limit;
      const length = fits ? labelsFound() : -1;
      if (length < 0) {
        if (count == 0) {
          if (fits) return EXHAUSTED;
          room = <u32>(to - output) + bytes + LABELS_PUT_BYTES;
          return written(source);
        }
        room = SLICE_BYTES;
        return <i32>sealed(from, to, 0, count);
      }
      if (!described) {
        store<u8>(to, TAG_FAMILY);
        to = varintPut(varintPut(to + 1, index), changetype<Known>(known).length);
        memory.copy(to, knownDefinition(known), changetype<Known>(known).length);
        to += changetype<Known>(known).length;
        described = true;
        entered = true;
      } else if (!entered) {
        store<u8>(to, TAG_ENTER);
        to = varintPut(to + 1, index);
        entered = true;
      }
      const part = linkPart(link);
      store<u8>(to, TAG_SERIES | SERIES_NEW | partFlags(family, part));
      to = varintPut(to + 1, position - before - 1);
      to = labelsPut(createdPut(to, createdOf()), labelsAt, length);
      to = partPut(to, family, part);
      before = position++;
      count++;
    }
  }
  finished = true;
  return <i32>sealed(from, to, FRAME_LAST, count);
}

/** Where the frame that was written last is. */
export function retiredText(): usize {
  return text;
}

let text: usize = 0;

function sealed(from: usize, to: usize, flags: u32, count: u32): u32 {
  text = from;
  frame++;
  return frameSealed(from, to, flags | FRAME_FULL, count);
}
