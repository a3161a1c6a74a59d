// Label values meet strings once: values -> this thread's cell, cached per family and thread.
//
// Each label has a map from value to a small number; the numbers of all labels together find an entry in an
// open-addressed table, and the entry has the cell's address and token. So a family of arity n costs n map
// look-ups and one probe, allocates nothing on a hit, and an entry weighs some 25 bytes: it needs neither a
// joined string, nor nested maps, which weigh 200 bytes for every prefix, nor a handle, which weighs 150.
// The arities 1 to 3 are written out, without generated code, which the edge forbids.
//
// The cache is bounded: past ENTRIES_MAX entries, VALUES_MAX values or CHARACTERS_MAX it starts anew. What falls
// out costs its next user one cold call; nothing counted depends on it.

import { NO_TOKEN } from "./core.ts";

/** What a label's value may be; anything but a string is printed as String(value) would. */
export type LabelValue = string | number | bigint | boolean;

/** An object with a value for every label. */
export type LabelObject = Readonly<Record<string, LabelValue>>;

/** True for what is the object's own, and what a class gives it; of what every object inherits, as `constructor`, nothing is a label. */
export function isGiven(labels: object, name: string): boolean {
  return Object.hasOwn(labels, name) || (name in labels && !Object.hasOwn(Object.prototype, name));
}

/** A handle, as far as the cache looks at it: its cell's address and token. */
export interface Bound {
  readonly cell: number;
  readonly token: number;
}

const ENTRIES_MAX = 131072;
const VALUES_MAX = 131072;
/** Attackers choose long values: so many characters of them in a family's cache are enough. */
const CHARACTERS_MAX = 4194304;
/** Handles weigh more than entries, and who asks for one again and again is served by a few. */
const HANDLES_MAX = 8192;
/** V8 copies shorter pieces. */
const PIECE_MIN = 13;
const FIRST_SLOTS = 64;
const FIRST_ENTRIES = 16;

/** Mixes the numbers of the labels; the multipliers are those of MurmurHash3's 32-bit finaliser. */
function mixed(hash: number, id: number): number {
  const h = Math.imul(hash ^ id, 0x85ebca6b);
  return h ^ (h >>> 13);
}

export class LabelCache<H extends Bound> {
  readonly #arity: number;
  readonly #ids: Map<LabelValue, number>[];
  /** Per entry: the cell's address and its token. Entry 0 stands for none: its token fits no cell. */
  words = new Uint32Array(0);
  #entries = 0;
  /** By entry. */
  #handles: (H | undefined)[] = [];
  #kept = 0;
  /** Per slot: the labels' numbers and the entry; 0 is an empty slot. */
  #slots = new Int32Array(0);
  #mask = 0;
  #values = 0;
  #characters = 0;

  constructor(arity: number) {
    this.#arity = arity;
    this.#ids = Array.from({ length: arity }, () => new Map<LabelValue, number>());
    this.clear();
  }

  clear(): void {
    this.words = new Uint32Array(FIRST_ENTRIES * 2);
    this.words[1] = NO_TOKEN;
    this.#entries = 1;
    this.#handles = [];
    this.#kept = 0;
    this.#values = 0;
    this.#characters = 0;
    for (const ids of this.#ids) ids.clear();
    this.#slots = new Int32Array(this.#arity > 1 ? FIRST_SLOTS * (this.#arity + 1) : 0);
    this.#mask = FIRST_SLOTS - 1;
  }

  find1(first: LabelValue): number {
    return this.#ids[0]!.get(first) ?? 0;
  }

  find2(first: LabelValue, second: LabelValue): number {
    const ids = this.#ids;
    const a = ids[0]!.get(first);
    const b = ids[1]!.get(second);
    if (a === undefined || b === undefined) return 0;
    const slots = this.#slots;
    for (let slot = mixed(mixed(0, a), b) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * 3;
      const entry = slots[at + 2]!;
      if (entry === 0 || (slots[at] === a && slots[at + 1] === b)) return entry;
    }
  }

  find3(first: LabelValue, second: LabelValue, third: LabelValue): number {
    const ids = this.#ids;
    const a = ids[0]!.get(first);
    const b = ids[1]!.get(second);
    const c = ids[2]!.get(third);
    if (a === undefined || b === undefined || c === undefined) return 0;
    const slots = this.#slots;
    for (let slot = mixed(mixed(mixed(0, a), b), c) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * 4;
      const entry = slots[at + 3]!;
      if (entry === 0 || (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c)) return entry;
    }
  }

  /** The entry of values in the order of the labels; 0 where there is none. */
  find(values: readonly LabelValue[]): number {
    if (this.#arity === 0) return 0;
    if (this.#arity === 1) return this.find1(values[0]!);
    let hash = 0;
    for (let i = 0; i < this.#arity; i++) {
      const id = this.#ids[i]!.get(values[i]!);
      if (id === undefined) return 0;
      hash = mixed(hash, id);
    }
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * (this.#arity + 1);
      const entry = this.#slots[at + this.#arity]!;
      if (entry === 0 || this.#same(at, values)) return entry;
    }
  }

  #same(at: number, values: readonly LabelValue[]): boolean {
    for (let i = 0; i < this.#arity; i++) if (this.#slots[at + i] !== this.#ids[i]!.get(values[i]!)) return false;
    return true;
  }

  /** The handle that was kept for an entry. */
  handle(entry: number): H | undefined {
    return this.#handles[entry];
  }

  /** Remembers the cell of values, and where `keep` the handle itself. */
  set(values: readonly LabelValue[], bound: H, keep: boolean): void {
    if (this.#arity === 0) return;
    const entry = this.find(values) || this.#entryMade(values);
    this.words[entry * 2] = bound.cell;
    this.words[entry * 2 + 1] = bound.token;
    if (!keep || this.#handles[entry] === bound) return;
    if (this.#kept++ >= HANDLES_MAX) {
      this.#handles = [];
      this.#kept = 0;
    }
    // Dense, for the engine's sake.
    while (this.#handles.length < entry) this.#handles.push(undefined);
    this.#handles[entry] = bound;
  }

  #entryMade(values: readonly LabelValue[]): number {
    if (this.#entries >= ENTRIES_MAX || this.#values + this.#arity > VALUES_MAX || this.#characters > CHARACTERS_MAX) this.clear();
    const entry = this.#entries++;
    if (entry * 2 >= this.words.length) {
      // By a quarter: half of what doubling leaves unused.
      const words = new Uint32Array(Math.ceil((entry * 5) / 4) * 2);
      words.set(this.words);
      this.words = words;
    }
    if (this.#arity === 1) {
      this.#idMade(0, values[0]!, entry);
      return entry;
    }
    // Four fifths full: 100,000 entries fit into 131,072 slots.
    if (entry * 5 > this.#mask * 4) this.#grow();
    let hash = 0;
    const numbers = values.map((value, i) => {
      const id = this.#ids[i]!.get(value) ?? this.#idMade(i, value, this.#ids[i]!.size + 1);
      hash = mixed(hash, id);
      return id;
    });
    this.#put(hash, numbers, entry);
    return entry;
  }

  #idMade(label: number, value: LabelValue, id: number): number {
    // A piece of a longer string keeps all of it alive; this is a string of its own.
    this.#ids[label]!.set(typeof value === "string" && value.length >= PIECE_MIN ? value.split("").join("") : value, id);
    this.#values++;
    if (typeof value === "string") this.#characters += value.length;
    return id;
  }

  #put(hash: number, numbers: ArrayLike<number>, entry: number): void {
    let slot = hash & this.#mask;
    const width = this.#arity + 1;
    while (this.#slots[slot * width + this.#arity] !== 0) slot = (slot + 1) & this.#mask;
    for (let i = 0; i < this.#arity; i++) this.#slots[slot * width + i] = numbers[i]!;
    this.#slots[slot * width + this.#arity] = entry;
  }

  #grow(): void {
    const old = this.#slots;
    const width = this.#arity + 1;
    this.#mask = this.#mask * 2 + 1;
    this.#slots = new Int32Array((this.#mask + 1) * width);
    for (let at = 0; at < old.length; at += width) {
      if (old[at + this.#arity] === 0) continue;
      let hash = 0;
      for (let i = 0; i < this.#arity; i++) hash = mixed(hash, old[at + i]!);
      this.#put(hash, old.subarray(at, at + this.#arity), old[at + this.#arity]!);
    }
  }
}

const SPECIAL = /["\\\n]/;
const ESCAPES = /["\\\n]/g;

/** @internal A label's value as blocks have it. */
export function escaped(value: string): string {
  return SPECIAL.test(value) ? value.replace(ESCAPES, (character) => (character === "\n" ? "\\n" : `\\${character}`)) : value;
}

/** @internal A name that is not legal, as blocks have it. */
export function quoted(name: string): string {
  return `"${escaped(name)}"`;
}

/** @internal What `quoted` or `escaped` was given. */
export function unquoted(text: string): string {
  const inner = text.startsWith('"') ? text.slice(1, -1) : text;
  return inner.replace(/\\(.)/g, (_, character: string) => (character === "n" ? "\n" : character));
}

/** Behind the quoted text that begins at an index; -1 for none. */
function quotedEnd(text: string, from: number): number {
  if (text[from] !== '"') return -1;
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === '"') return at + 1;
    if (text[at] === "\\") at++;
  }
  return -1;
}

/**
 * @internal The labels of a block: their names and values as they stand in it. Each character is looked at once or twice,
 * for a block may come from another process. Of what is none, the labels before the first mistake.
 */
export function blockLabels(block: string): (readonly [name: string, value: string])[] {
  const labels: (readonly [string, string])[] = [];
  for (let at = 0; at < block.length;) {
    const equals = block[at] === '"' ? quotedEnd(block, at) : block.indexOf("=", at);
    const end = equals > at && block[equals] === "=" ? quotedEnd(block, equals + 1) : -1;
    if (end === -1) break;
    labels.push([block.slice(at, equals), block.slice(equals + 1, end)]);
    if (end < block.length && block[end] !== ",") break;
    at = end + 1;
  }
  return labels;
}

/**
 * The label block that names a series and is printed in it; rule P5. One block for one set of values. The names are as
 * `blockName` makes them.
 */
export function labelBlock(names: readonly string[], values: readonly string[]): string {
  let block = "";
  for (let i = 0; i < names.length; i++) block += `${i === 0 ? "" : ","}${names[i]!}="${escaped(values[i]!)}"`;
  return block;
}
