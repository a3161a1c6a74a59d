// Frames for the tests of what takes them in: written by hand, record by record, of the series of the first registry; they
// are taken in by a source of the second.

import { count, input } from "../formatted";
import { createdBegun, createdPut } from "../../../assembly/image/created";
import { partFlags, partPut } from "../../../assembly/image/encode";
import {
  FRAME_FULL,
  FRAME_LAST,
  SERIES_NEW,
  SERIES_REMOVED,
  TAG_ENTER,
  TAG_FAMILY,
  TAG_GONE,
  TAG_SERIES,
} from "../../../assembly/image/format";
import { frameBegun, frameSealed } from "../../../assembly/image/frame";
import { imageApply } from "../../../assembly/image/apply";
import { sourceFamily, sourceWanted } from "../../../assembly/image/known";
import { LABELS_PUT_BYTES, labelsPut, labelsPutBegun } from "../../../assembly/image/labels";
import { ownPart } from "../../../assembly/image/own";
import { sourcePublish } from "../../../assembly/image/publish";
import { sourceCreate, sourceRoom } from "../../../assembly/image/sources";
import { varintPut } from "../../../assembly/image/varint";
import { Definition, Family, Header, HEADER, KIND_PLAIN, Registry } from "../../../assembly/layout";
import { take } from "../../../assembly/memory/arena";
import { CONFLICT, WANTED } from "../../../assembly/status";
import { conflictAddress, familyCreate, familyState } from "../../../assembly/store/family";
import { registryCreate } from "../../../assembly/store/registry";
import { seriesRead, seriesValue } from "../../../assembly/store/report";
import { seriesFind } from "../../../assembly/store/series";
import { tableGet } from "../../../assembly/store/table";
import { inputAddress } from "../../../assembly/store/writer";

/** The registry that takes in, and its source. */
export let there: usize = 0;
export let source: usize = 0;

const BYTES: u32 = 1 << 20;
let labels: usize = 0;
let frame: usize = 0;
let to: usize = 0;
let records: u32 = 0;
let before: u32 = -1;
export let instance: u64 = 1;
export let generation: u64 = 1;

/** A second registry with a source, after `format`. */
export function listening(name: u64 = 7): void {
  there = registryCreate();
  source = sourceCreate(there, load<u32>(there), name);
  labels = take(LABELS_PUT_BYTES, KIND_PLAIN, true);
  frame = take(BYTES, KIND_PLAIN, true);
  instance = 1;
  generation = 1;
}

/** Says of which process, and of which of its exporters, the frames are from now on: sequences of a later one are greater, and begin at 1 here. */
export function speaking(process: u64, number: u64 = 1): void {
  instance = process;
  generation = number;
}

export function begun(base: u64, sequence: u64, part: u32 = 0): void {
  labelsPutBegun(labels);
  createdBegun(1000);
  const offset = (generation - 1) << 40;
  to = frameBegun(frame, instance, generation, base == 0 ? 0 : offset + base, offset + sequence, part, 1000);
  records = 0;
  before = -1;
}

export function described(index: u32, family: i32): void {
  const definition = changetype<Definition>(<usize>changetype<Family>(family).definition);
  store<u8>(to, TAG_FAMILY);
  to = varintPut(varintPut(to + 1, index), definition.length);
  memory.copy(to, changetype<usize>(definition), definition.length);
  to += definition.length;
  before = -1;
}

export function entered(index: u32): void {
  store<u8>(to, TAG_ENTER);
  to = varintPut(to + 1, index);
  before = -1;
}

export function gone(index: u32): void {
  store<u8>(to, TAG_GONE);
  to = varintPut(to + 1, index);
}

/** A definition that is in the input, whatever it says. */
export function definedBytes(index: u32, length: u32): void {
  store<u8>(to, TAG_FAMILY);
  to = varintPut(varintPut(to + 1, index), length);
  memory.copy(to, inputAddress(length), length);
  to += length;
  before = -1;
}

/** A new series of a family by its labels and bytes behind the tag's flags; the number of its position's step. */
export function told(flags: u32, step: u32, block: string, created: f64 = 1000): void {
  store<u8>(to, TAG_SERIES | SERIES_NEW | flags);
  to = varintPut(to + 1, step);
  records++;
  const text = String.UTF8.encode(block);
  to = labelsPut(createdPut(to, created), changetype<usize>(text), text.byteLength);
}

/** A number, and 8 bytes as they are. */
export function number(value: u64): void {
  to = varintPut(to, value);
}

export function wide(value: f64): void {
  store<f64>(to, value);
  to += 8;
}

/** A byte that is no record. */
export function nonsense(byte: u8): void {
  store<u8>(to++, byte);
}

/** The tag of a series, and its position behind the one before. */
export function positioned(flags: u32, position: u32): void {
  store<u8>(to, TAG_SERIES | flags);
  to = varintPut(to + 1, position - before - 1);
  before = position;
  records++;
}

/** What a family has at the labels now; with `described` the labels, too. */
export function said(position: u32, family: i32, block: string, isNew: bool, created: f64 = 1000): void {
  const series = seriesFind(family, input(block));
  const part = ownPart(family, series);
  positioned((isNew ? SERIES_NEW : 0) | partFlags(family, part), position);
  if (isNew) {
    const text = String.UTF8.encode(block);
    to = labelsPut(createdPut(to, created), changetype<usize>(text), text.byteLength);
  }
  to = partPut(to, family, part);
}

export function removed(position: u32): void {
  positioned(SERIES_REMOVED, position);
}

/** Seals the frame and puts it where frames are taken from; its bytes. */
export function sealed(flags: u32): u32 {
  const bytes = frameSealed(frame, to, flags, records);
  memory.copy(sourceRoom(source, bytes), frame, bytes);
  return bytes;
}

/** Finds or makes the family that is asked for; one of that name that says other things about itself will do, as in the binding. */
export function answered(): void {
  const wanted = sourceWanted(source);
  const length = changetype<Definition>(wanted).length;
  memory.copy(inputAddress(length + 8), wanted, length);
  const family = familyCreate(there, load<u32>(there), 0);
  if (family == CONFLICT) sourceFamily(source, conflictAddress(), familyState());
  else sourceFamily(source, family < 0 ? 0 : family, familyState());
}

/** Applies the frame to a process, with all families that it asks for. */
export function applied(process: usize, flags: u32): i32 {
  const bytes = sealed(flags);
  let status = imageApply(process, bytes);
  while (status == WANTED) {
    answered();
    status = imageApply(process, bytes);
  }
  return status;
}

/** Shows all that changed; a status, or how many. */
export function published(): i32 {
  let status = sourcePublish(source, 1 << 20);
  while (status == WANTED) {
    answered();
    status = sourcePublish(source, 1 << 20);
  }
  return status;
}

/** The family of the registry that takes in, at a position. */
export function familyThere(position: u32 = 0): i32 {
  return <i32>tableGet(changetype<Registry>(there).table, position);
}

/** The value or sum of a series there, NaN where there is none. */
export function totalThere(block: string = "", position: u32 = 0): f64 {
  const family = familyThere(position);
  if (family == 0) return NaN;
  return seriesRead(family, load<u32>(family), input(block)) < 0 ? NaN : seriesValue();
}

/** A whole image of one series: what most tests begin with. */
export function whole(process: usize, family: i32, block: string, sequence: u64 = 1): i32 {
  begun(0, sequence);
  described(0, family);
  said(0, family, block, true);
  return applied(process, FRAME_FULL | FRAME_LAST);
}

/** Bytes of the memory that are in use. */
export function bytesUsed(): u32 {
  return changetype<Header>(HEADER).next - changetype<Header>(HEADER).freeBytes;
}

/** Counts in the first registry, and says the new value in a sequence upon the one before. */
export function counted(process: usize, family: i32, block: string, amount: f64, sequence: u64): i32 {
  count(family, block, amount);
  begun(sequence - 1, sequence);
  entered(0);
  said(0, family, block, false);
  return applied(process, FRAME_LAST);
}
