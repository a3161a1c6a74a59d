// The families and series that the keys of Python's files are parts of.
//
// A key is looked at once. From then on a reading is a walk over numbers: each key's value goes to its place in a series. Two
// keys may be the same place, since Python tells series apart by name and labels, and a key has the help, too, which a release
// may change: their values meet here, by the rule of their kind of file.
//
// A family's buckets are those that its files have when it is met first. A bound that comes later, with another release, counts
// into the next one that is there.

import type { Directory } from "./directory.ts";
import { FILE_KINDS, type FileKind, type KeyMeaning, keyMeaning, RULES } from "./python.ts";
import type { Sink } from "./sink.ts";

/** The core has as many; the largest ones count into +Inf. */
const BOUNDS_MAX = 512;
/** Buckets of all series: 32 MiB of doubles. */
const BUCKETS_MAX = 4194304;
/** So few keys may stay though nobody has them any more. */
const KEYS_KEPT = 4096;

interface Family {
  readonly file: FileKind;
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly series: Map<string, Series>;
  /** The sink's number; undefined where it has none. */
  number: number | undefined;
  /** Bounds that are met, until the sink is asked. */
  met: Set<number> | undefined;
  bounds: readonly number[];
}

interface Series {
  readonly family: Family;
  readonly block: string;
  /** In which reading what follows was set. */
  reading: number;
  isSet: boolean;
  value: number;
  stamp: number;
  count: number;
  buckets: Float64Array | undefined;
}

// A key's place in its series: one of these, or the index of a bucket.
const VALUE = -1;
const COUNT = -2;
/** No place at all. */
const NONE = -3;
/** A bucket, before the family's bounds are known. */
const BUCKET = -4;

/** Python's files have whole numbers here; whatever else somebody put there is none. */
function whole(value: number): number {
  return value > 0 ? Math.min(Math.round(value), Number.MAX_SAFE_INTEGER) : 0;
}

/** The first bound that is not below; their number, for +Inf, where there is none. */
function bucketOf(bounds: readonly number[], bound: number): number {
  let low = 0;
  let high = bounds.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (bounds[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

function valueSet(series: Series, value: number, stamp: number): void {
  const { rule } = series.family.file;
  if (!series.isSet || rule === RULES.all) series.value = value;
  else if (rule === RULES.sum) series.value += value;
  else if (rule === RULES.min) series.value = value < series.value ? value : series.value;
  else if (rule === RULES.max) series.value = value > series.value ? value : series.value;
  else if (stamp > series.stamp) series.value = value;
  series.stamp = series.isSet ? Math.max(series.stamp, stamp) : stamp;
  series.isSet = true;
}

export class SeriesTable {
  readonly #sink: Sink;
  /** By number of file kind and name. */
  readonly #families = new Map<string, Family>();
  /** By key: its series, its place there, its bound. */
  #series: (Series | undefined)[] = [];
  #places: number[] = [];
  #bounds: number[] = [];
  /** Keys whose places are known. */
  #settled = 0;
  #buckets = 0;
  #seen = 0;
  #reading = 0;
  /** Keys that no page could have. */
  refused = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** How many keys it knows. */
  get length(): number {
    return this.#series.length;
  }

  /** True where most keys were of nobody in the last reading: each process leaves some of its own, or its number. */
  isStale({ processCount }: Directory): boolean {
    return (this.length > KEYS_KEPT && this.#seen * 2 < this.length) || processCount > this.length + KEYS_KEPT;
  }

  /** Forgets the keys, and the families of which the last reading had nothing: they are gone from the sink, too. */
  clear(): void {
    this.#series = [];
    this.#places = [];
    this.#bounds = [];
    this.#settled = 0;
    this.#buckets = 0;
    this.refused = 0;
    for (const [key, { series }] of this.#families) {
      if (![...series.values()].some(({ reading }) => reading === this.#reading)) this.#families.delete(key);
      series.clear();
    }
  }

  /** Finds out what the next key is. */
  learn(directory: Directory): void {
    const index = this.length;
    const number = directory.keyNumber(index);
    const text = directory.keyText(index);
    const meaning = text === undefined ? undefined : keyMeaning(text, FILE_KINDS[number]!, directory.keyProcess(index));
    if (meaning === undefined || !directory.isBlock(meaning.block)) {
      this.refused++;
      this.#keep(undefined, NONE, 0);
      return;
    }
    const { part, bound } = meaning;
    const series = this.#seriesOf(this.#familyOf(number, meaning), meaning.block);
    if (part === "bucket" && bound !== Infinity) series.family.met?.add(bound);
    this.#keep(series, part === "value" ? VALUE : part === "count" ? COUNT : BUCKET, bound);
  }

  #keep(series: Series | undefined, place: number, bound: number): void {
    this.#series.push(series);
    this.#places.push(place);
    this.#bounds.push(bound);
  }

  #familyOf(number: number, { name, help, labelNames }: KeyMeaning): Family {
    const key = `${number} ${name}`;
    let family = this.#families.get(key);
    if (family === undefined) {
      const file = FILE_KINDS[number]!;
      family = { file, name, help, labelNames, series: new Map(), number: undefined, met: new Set(), bounds: [] };
      this.#families.set(key, family);
    }
    return family;
  }

  #seriesOf(family: Family, block: string): Series {
    let series = family.series.get(block);
    if (series === undefined) {
      series = { family, block, reading: 0, isSet: false, value: 0, stamp: 0, count: 0, buckets: undefined };
      family.series.set(block, series);
    }
    return series;
  }

  /** Asks the sink for the families that it has not given yet, and gives the new keys their places. */
  settle(): void {
    for (const family of this.#families.values()) this.#ask(family);
    for (; this.#settled < this.length; this.#settled++) {
      if (this.#places[this.#settled] === BUCKET) this.#places[this.#settled] = this.#bucket(this.#settled);
    }
  }

  #ask(family: Family): void {
    if (family.number !== undefined) return;
    const { file, name, help, labelNames, met } = family;
    if (met !== undefined) {
      family.bounds = [...met].sort((one, other) => one - other).slice(0, BOUNDS_MAX);
      family.met = undefined;
    }
    family.number = this.#sink.family({
      kind: file.kind,
      name,
      help,
      labelNames,
      ...(file.mode === undefined ? {} : { mode: file.mode }),
      ...(file.kind === "histogram" ? { buckets: family.bounds } : {}),
    });
  }

  #bucket(index: number): number {
    const series = this.#series[index]!;
    const { bounds } = series.family;
    if (series.buckets === undefined) {
      if (this.#buckets + bounds.length + 1 > BUCKETS_MAX) {
        this.refused++;
        return NONE;
      }
      this.#buckets += bounds.length + 1;
      series.buckets = new Float64Array(bounds.length + 1);
    }
    return bucketOf(bounds, this.#bounds[index]!);
  }

  /** Puts the values of a reading into their places; yields after every few keys. */
  *merge(directory: Directory, atOnce: number): Generator<void, void, undefined> {
    const values = directory.numbers(false);
    const stamps = directory.numbers(true);
    this.#reading++;
    this.#seen = 0;
    for (let index = 0; index < this.length; index++) {
      if (index % atOnce === 0) yield;
      if (!directory.keySeen(index)) continue;
      this.#seen++;
      const place = this.#places[index]!;
      if (place === NONE) continue;
      const series = this.#series[index]!;
      if (series.reading !== this.#reading) {
        series.reading = this.#reading;
        series.isSet = false;
        series.value = 0;
        series.count = 0;
        series.buckets?.fill(0);
      }
      if (place === VALUE) valueSet(series, values[index]!, stamps[index]!);
      else if (place === COUNT) series.count += whole(values[index]!);
      else series.buckets![place]! += whole(values[index]!);
    }
  }

  /** Hands over what the reading has; yields after every few series. */
  *handOver(atOnce: number): Generator<void, void, undefined> {
    let turn = 0;
    for (const { number, file, series } of this.#families.values()) {
      if (number === undefined) continue;
      for (const { reading, block, value, buckets, count } of series.values()) {
        if (reading !== this.#reading) continue;
        if (file.kind === "histogram") {
          // One whose process was only just making it has no buckets yet.
          if (buckets !== undefined) this.#sink.set(number, block, value, buckets);
        } else if (file.kind === "summary") this.#sink.set(number, block, value, undefined, count);
        else this.#sink.set(number, block, value);
        if (++turn % atOnce === 0) yield;
      }
    }
  }
}
