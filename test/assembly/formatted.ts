// The ground that the unit tests of the core stand on: a formatted memory, several writers in one instance, and
// texts in and out. Import it first.
//
// as-pect's strings and the core's arena share one memory and both begin at __heap_base. The tests' runtime is
// the stub, which only moves upward: its first block is everything the arena will ever take, so the two never
// meet. Whoever allocates before this file breaks that, and is told so.

import {
  Cell,
  COUNTER,
  Definition,
  Family,
  FAMILY_CLASSIC,
  GAUGE,
  HEADER,
  Header,
  HISTOGRAM,
  MODE_SHARED,
  NATIVE,
  SUMMARY,
} from "../../assembly/layout";
import { counterAdd } from "../../assembly/metric/counter";
import { gaugeSet, sharedSet } from "../../assembly/metric/gauge";
import { histogramObserve } from "../../assembly/metric/histogram";
import { nativeObserve } from "../../assembly/metric/native";
import { summaryObserve } from "../../assembly/metric/summary";
import { OK } from "../../assembly/status";
import { familyCreate } from "../../assembly/store/family";
import { memoryBytes, memoryFormat, registryCreate, registryFirst } from "../../assembly/store/registry";
import { seriesRead, seriesValue } from "../../assembly/store/report";
import { seriesBind, seriesRemove } from "../../assembly/store/series";
import { identityNext, writerClaim } from "../../assembly/store/adopt";
import { clockSet, inputAddress, ownSlot, slotForget, slotOwn } from "../../assembly/store/writer";

/** Of series; 4 MiB more are the reserve. */
export const MAX_BYTES: u32 = 8 << 20;
const ground: usize = heap.alloc(memoryBytes(MAX_BYTES) + 64);
if (ground > ((__heap_base + 63) & ~63) + 64) abort("Import test/assembly/formatted before whatever allocates");

/** A clean memory with one registry and one writer: its slot. */
export function format(): usize {
  const header = changetype<Header>(HEADER);
  const first = (__heap_base + 63) & ~63;
  if (header.state != 0) memory.fill(first, 0, header.next - first);
  header.state = 0;
  slotForget();
  clockSet(1000);
  if (memoryFormat(MAX_BYTES, 1, 2) != OK) abort("The memory could not be formatted");
  const slot = claim();
  registryCreate();
  return slot;
}

/** A further writer in this instance, which is that writer from now on: its slot. */
export function claim(): usize {
  slotForget();
  if (writerClaim(identityNext(), 7, 3) != OK) abort("No slot to claim");
  return ownSlot();
}

/** Makes this instance the writer of a slot that it claimed before. */
export function become(slot: usize): void {
  slotOwn(slot, load<u32>(slot));
}

/** Bytes of a text in the writer's input; their number. */
export function input(text: string): u32 {
  const length = <u32>String.UTF8.byteLength(text);
  String.UTF8.encodeUnsafe(changetype<usize>(text), text.length, inputAddress(length + 8));
  return length;
}

export function textAt(address: usize, length: usize): string {
  return String.UTF8.decodeUnsafe(address, length);
}

/** A definition in the writer's input, as the binding serialises it; its number of bytes. */
export function define(
  type: u32,
  mode: u32,
  name: string,
  labels: string = "",
  bounds: f64[] = [],
  help: string = "",
  unit: string = "",
): u32 {
  const texts = unit + help + labels + name;
  const from = <u32>offsetof<Definition>() + ((<u32>bounds.length) << 3);
  const length = from + <u32>String.UTF8.byteLength(texts);
  const at = inputAddress(length + 8);
  memory.fill(at, 0, offsetof<Definition>());
  const record = changetype<Definition>(at);
  record.length = length;
  record.type = type;
  record.mode = mode;
  record.boundCount = bounds.length;
  record.unitLength = <u32>String.UTF8.byteLength(unit);
  record.helpLength = <u32>String.UTF8.byteLength(help);
  record.labelLength = <u32>String.UTF8.byteLength(labels);
  record.nameLength = <u32>String.UTF8.byteLength(name);
  for (let i = 0; i < bounds.length; i++) store<f64>(at + offsetof<Definition>() + ((<usize>i) << 3), bounds[i]);
  String.UTF8.encodeUnsafe(changetype<usize>(texts), texts.length, at + from);
  return length;
}

/** The definition that `define` left in the writer's input, for what it does not ask for. */
export function defined(): Definition {
  return changetype<Definition>(inputAddress(0));
}

/** The family of the definition in the input, or a status. */
export function familyDefined(flags: u32 = 0): i32 {
  return familyCreate(registryFirst(), load<u32>(registryFirst()), flags);
}

/** The family of a definition in the first registry, or a status. */
export function family(type: u32, mode: u32, name: string, labels: string = "", bounds: f64[] = []): i32 {
  define(type, mode, name, labels, bounds);
  return familyDefined();
}

/** What tells magnitudes from 0 in the native histograms of tests. */
export const ZERO_THRESHOLD: f64 = 0.001;

/** Leaves the definition of a native histogram in the input; with bounds it counts into classic buckets, too. */
export function defineNative(name: string, labels: string, schema: i32, bucketsMax: u32, bounds: f64[] = []): void {
  define(NATIVE, 0, name, labels, bounds);
  const record = defined();
  record.schema = schema;
  record.bucketsMax = bucketsMax;
  record.zeroThreshold = ZERO_THRESHOLD;
  if (bounds.length > 0) record.flags = FAMILY_CLASSIC;
}

export function native(name: string, labels: string, schema: i32, bucketsMax: u32, bounds: f64[] = []): i32 {
  defineNative(name, labels, schema, bucketsMax, bounds);
  return familyDefined();
}

/** A summary whose five windows reach back 50 s, with an accuracy of 0.01. */
export function summary(name: string, labels: string = "", quantiles: f64[] = [0.5, 0.9]): i32 {
  define(SUMMARY, 0, name, labels, quantiles);
  const record = defined();
  record.boundCount = 0;
  record.quantileCount = quantiles.length;
  record.accuracy = 0.01;
  record.maxAgeSeconds = 50;
  record.ageBuckets = 5;
  return familyDefined();
}

/** The cell of this writer for a label block, or a status; `value` is what will be observed, NaN unknown. */
export function bind(family: i32, block: string = "", value: f64 = NaN): i32 {
  return seriesBind(family, load<u32>(family), input(block), false, value);
}

/** Counts, sets or observes by a cell, as its family's type says, with this token. */
export function used(family: i32, cell: i32, token: u32, value: f64): i32 {
  const record = changetype<Family>(family);
  if (record.type == COUNTER) return counterAdd(cell, token, value);
  if (record.type == HISTOGRAM) return histogramObserve(cell, token, value);
  if (record.type == NATIVE) return nativeObserve(cell, token, value);
  if (record.type == SUMMARY) return summaryObserve(cell, token, value);
  return record.type == GAUGE && record.mode == MODE_SHARED ? sharedSet(cell, token, value) : gaugeSet(cell, token, value);
}

/** Binds for a value and counts it; OK, or what stood in the way. */
export function count(family: i32, block: string, value: f64): i32 {
  const cell = bind(family, block, value);
  return cell < 0 ? cell : used(family, cell, tokenOf(cell), value);
}

/** Reads a series over all its cells: its number of buckets, or a status. */
export function read(family: i32, block: string = ""): i32 {
  return seriesRead(family, load<u32>(family), input(block));
}

/** The value or the sum of a series, NaN where there is none. */
export function total(family: i32, block: string = ""): f64 {
  return read(family, block) < 0 ? NaN : seriesValue();
}

/** Removes the series of a label block. */
export function remove(family: i32, block: string): i32 {
  return seriesRemove(family, load<u32>(family), input(block));
}

/** The series that a cell belongs to. */
export function seriesOf(cell: i32): usize {
  return changetype<Cell>(cell).series;
}

/** What a handle of the cell shows. */
export function tokenOf(cell: i32): u32 {
  return load<u32>(cell);
}

/** Lets the n-th allocation from now on fail, and all after it; 0 none. */
export function failFrom(allocation: u32): void {
  changetype<Header>(HEADER).failAfter = allocation;
}

let seed: u64 = 1;

/** SplitMix64: the same numbers in every run. */
export function randomFrom(start: u64): void {
  seed = start;
}

export function random64(): u64 {
  seed += 0x9e3779b97f4a7c15;
  let z = seed;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** From 0 up to 1. */
export function random(): f64 {
  return <f64>(random64() >> 11) / 9007199254740992;
}

export function randomBelow(limit: u32): u32 {
  return <u32>(random64() % limit);
}
