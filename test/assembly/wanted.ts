// Families of whole definitions, and what handles do with their series: for tests of what is printed of them.

import { BASE_SET, Cell, Definition, Family, GAUGE, MODE_SHARED, NATIVE, SUMMARY } from "../../assembly/layout";
import { counterAdd } from "../../assembly/metric/counter";
import { gaugeSetLatest, sharedSet } from "../../assembly/metric/gauge";
import { histogramObserve } from "../../assembly/metric/histogram";
import { nativeObserve } from "../../assembly/metric/native";
import { summaryObserve } from "../../assembly/metric/summary";
import { constantSet } from "../../assembly/store/constant";
import { exemplarSet } from "../../assembly/store/exemplar";
import { familyCreate, registryLabels } from "../../assembly/store/family";
import { registryFirst } from "../../assembly/store/registry";
import { seriesBind, seriesFind } from "../../assembly/store/series";
import { inputAddress } from "../../assembly/store/writer";
import { bind, input, tokenOf } from "./formatted";

/** What a definition says; what is not set is as a binding's defaults are, or empty. */
export class Wanted {
  labels: string = "";
  bounds: f64[] = [];
  quantiles: f64[] = [];
  help: string = "";
  unit: string = "";
  states: string = "";
  flags: u32 = 0;
  maxSeries: u32 = 0;
  expireSeconds: u32 = 0;
  schema: i32 = 3;
  bucketsMax: u32 = 160;
  zeroThreshold: f64 = 2.938735877055719e-39;
  accuracy: f64 = 0.01;
  maxAgeSeconds: f64 = 600;
  ageBuckets: u32 = 5;

  constructor(
    public type: u32,
    public name: string,
    public mode: u32 = 0,
  ) {}

  /** The family in a registry, the first one where none is given, or a status. */
  family(registry: usize = 0): i32 {
    this.put();
    if (registry == 0) registry = registryFirst();
    return familyCreate(registry, load<u32>(registry), 0);
  }

  /** Puts the definition into the writer's input, as the binding serialises it; its number of bytes. */
  put(): u32 {
    const texts = this.unit + this.help + this.states + this.labels + this.name;
    const doubles = this.bounds.concat(this.quantiles);
    const from = <u32>offsetof<Definition>() + ((<u32>doubles.length) << 3);
    const length = from + <u32>String.UTF8.byteLength(texts);
    const at = inputAddress(length + 8);
    memory.fill(at, 0, offsetof<Definition>());
    const record = changetype<Definition>(at);
    record.length = length;
    record.type = this.type;
    record.mode = this.mode;
    record.boundCount = this.bounds.length;
    record.quantileCount = this.quantiles.length;
    record.unitLength = <u32>String.UTF8.byteLength(this.unit);
    record.helpLength = <u32>String.UTF8.byteLength(this.help);
    record.stateLength = <u32>String.UTF8.byteLength(this.states);
    record.labelLength = <u32>String.UTF8.byteLength(this.labels);
    record.nameLength = <u32>String.UTF8.byteLength(this.name);
    record.flags = this.flags;
    record.maxSeries = this.maxSeries;
    record.expireSeconds = this.expireSeconds;
    if (this.type == NATIVE) {
      record.schema = this.schema;
      record.bucketsMax = this.bucketsMax;
      record.zeroThreshold = this.zeroThreshold;
    }
    if (this.type == SUMMARY) {
      record.accuracy = this.accuracy;
      record.maxAgeSeconds = this.maxAgeSeconds;
      record.ageBuckets = this.ageBuckets;
    }
    for (let i = 0; i < doubles.length; i++) store<f64>(at + offsetof<Definition>() + ((<usize>i) << 3), doubles[i]);
    String.UTF8.encodeUnsafe(changetype<usize>(texts), texts.length, at + from);
    return length;
  }
}

/** The series of a label block; made, with a cell of this writer, where there is none. */
export function seriesAt(family: i32, block: string = ""): usize {
  const found = seriesFind(family, input(block));
  return found == 0 ? changetype<Cell>(bind(family, block)).series : found;
}

/** Adds to a counter as its handle does. */
export function count(family: i32, amount: f64, block: string = ""): void {
  const cell = bind(family, block);
  counterAdd(cell, tokenOf(cell), amount);
}

/** Sets a gauge of any mode as its handle does. */
export function set(family: i32, value: f64, block: string = ""): void {
  const cell = bind(family, block);
  const mode = changetype<Family>(family).mode;
  if (changetype<Family>(family).type == GAUGE && mode != MODE_SHARED) gaugeSetLatest(cell, tokenOf(cell), value, 0);
  else sharedSet(cell, tokenOf(cell), value);
}

/** Observes a value as a handle does that takes the cold way first. */
export function observe(family: i32, value: f64, block: string = ""): void {
  const cell = seriesBind(family, load<u32>(family), input(block), false, value);
  const type = changetype<Family>(family).type;
  if (type == NATIVE) nativeObserve(cell, tokenOf(cell), value);
  else if (type == SUMMARY) summaryObserve(cell, tokenOf(cell), value);
  else histogramObserve(cell, tokenOf(cell), value);
}

/** Keeps an exemplar as a handle does behind its observation; a status. */
export function exemplar(family: i32, value: f64, seconds: f64, labels: string, block: string = ""): i32 {
  const cell = bind(family, block);
  return exemplarSet(cell, tokenOf(cell), value, seconds, input(labels));
}

/** Sets a series as a whole, to a value and the u64 that stand behind the base; a status. */
export function constant(
  family: i32,
  value: f64,
  words: u64[] = [],
  timestamp: f64 = 0,
  block: string = "",
  set: u32 = BASE_SET,
  created: f64 = 0,
  number: u64 = 1,
): i32 {
  const length = input(block);
  const at = (length + 7) & ~7;
  const bytes = (<u32>words.length) << 3;
  const room = inputAddress(at + bytes + 8);
  // It may be another room.
  input(block);
  for (let i = 0; i < words.length; i++) store<u64>(room + at + ((<usize>i) << 3), words[i]);
  return constantSet(family, load<u32>(family), length, false, set, value, timestamp, created, number, at, bytes);
}

/** Default labels of the first registry; a status. */
export function defaults(block: string): i32 {
  return registryLabels(registryFirst(), load<u32>(registryFirst()), input(block));
}
