// Label values meet strings once: values -> handle, cached per family and thread.
//
// Each label has a map from value to a small number; the numbers of all labels together find the handle in an
// open-addressed table of integers. So a family of arity n costs n map look-ups and one probe, allocates
// nothing on a hit, and needs neither a joined string nor nested maps, which weigh 200 bytes for every prefix.
// The arities 1 to 3 are written out, without generated code, which the edge forbids.
//
// The cache is bounded: past ENTRIES_MAX handles, VALUES_MAX values or CHARACTERS_MAX it starts anew. A handle that falls out
// costs its next user one cold call; nothing counted depends on it.

/** What a label's value may be; anything but a string is printed as String(value) would. */
export type LabelValue = string | number | boolean;

const ENTRIES_MAX = 8192;
const VALUES_MAX = 16384;
/** Attackers choose long values: a megabyte of them in a family's cache is enough. */
const CHARACTERS_MAX = 1048576;
const FIRST_SLOTS = 64;

/** Mixes the numbers of the labels; the multipliers are those of MurmurHash3's 32-bit finaliser. */
function mixed(hash: number, id: number): number {
  const h = Math.imul(hash ^ id, 0x85ebca6b);
  return h ^ (h >>> 13);
}

export class LabelCache<H> {
  readonly #arity: number;
  readonly #ids: Map<LabelValue, number>[];
  /** Handles by number; entry 0 is never used. */
  #handles: (H | undefined)[] = [undefined];
  /** Per slot: the labels' numbers and the handle's; 0 is an empty slot. */
  #slots = new Int32Array(0);
  #mask = 0;
  #values = 0;
  #characters = 0;

  constructor(arity: number) {
    this.#arity = arity;
    this.#ids = Array.from({ length: arity }, () => new Map<LabelValue, number>());
    this.#forget();
  }

  #forget(): void {
    this.#handles = [undefined];
    this.#values = 0;
    this.#characters = 0;
    for (const ids of this.#ids) ids.clear();
    if (this.#arity > 1) {
      this.#slots = new Int32Array(FIRST_SLOTS * (this.#arity + 1));
      this.#mask = FIRST_SLOTS - 1;
    }
  }

  get1(first: LabelValue): H | undefined {
    const id = this.#ids[0]!.get(first);
    return id === undefined ? undefined : this.#handles[id];
  }

  get2(first: LabelValue, second: LabelValue): H | undefined {
    const ids = this.#ids;
    const a = ids[0]!.get(first);
    const b = ids[1]!.get(second);
    if (a === undefined || b === undefined) return undefined;
    const slots = this.#slots;
    for (let slot = mixed(mixed(0, a), b) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * 3;
      const handle = slots[at + 2]!;
      if (handle === 0) return undefined;
      if (slots[at] === a && slots[at + 1] === b) return this.#handles[handle];
    }
  }

  get3(first: LabelValue, second: LabelValue, third: LabelValue): H | undefined {
    const ids = this.#ids;
    const a = ids[0]!.get(first);
    const b = ids[1]!.get(second);
    const c = ids[2]!.get(third);
    if (a === undefined || b === undefined || c === undefined) return undefined;
    const slots = this.#slots;
    for (let slot = mixed(mixed(mixed(0, a), b), c) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * 4;
      const handle = slots[at + 3]!;
      if (handle === 0) return undefined;
      if (slots[at] === a && slots[at + 1] === b && slots[at + 2] === c) return this.#handles[handle];
    }
  }

  get(values: readonly LabelValue[]): H | undefined {
    if (this.#arity === 1) return this.get1(values[0]!);
    let hash = 0;
    for (let i = 0; i < this.#arity; i++) {
      const id = this.#ids[i]!.get(values[i]!);
      if (id === undefined) return undefined;
      hash = mixed(hash, id);
    }
    for (let slot = hash & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * (this.#arity + 1);
      const handle = this.#slots[at + this.#arity]!;
      if (handle === 0) return undefined;
      if (this.#same(at, values)) return this.#handles[handle];
    }
  }

  #same(at: number, values: readonly LabelValue[]): boolean {
    for (let i = 0; i < this.#arity; i++) if (this.#slots[at + i] !== this.#ids[i]!.get(values[i]!)) return false;
    return true;
  }

  /** Remembers a handle for values that have none yet; `characters` is how long they are together. */
  set(values: readonly LabelValue[], handle: H, characters: number): void {
    this.#characters += characters;
    const full = this.#handles.length > ENTRIES_MAX || this.#values + this.#arity > VALUES_MAX || this.#characters > CHARACTERS_MAX;
    if (full) this.#forget();
    if (this.#arity === 1) {
      this.#ids[0]!.set(values[0]!, this.#handles.length);
      this.#values++;
      this.#handles.push(handle);
      return;
    }
    if (this.#handles.length * 2 > this.#mask) this.#grow();
    let hash = 0;
    const numbers = values.map((value, i) => {
      const id = this.#idMade(i, value);
      hash = mixed(hash, id);
      return id;
    });
    this.#put(hash, numbers, this.#handles.push(handle) - 1);
  }

  #idMade(label: number, value: LabelValue): number {
    const ids = this.#ids[label]!;
    let id = ids.get(value);
    if (id === undefined) {
      id = ids.size + 1;
      ids.set(value, id);
      this.#values++;
    }
    return id;
  }

  #put(hash: number, numbers: ArrayLike<number>, handle: number): void {
    let slot = hash & this.#mask;
    const width = this.#arity + 1;
    while (this.#slots[slot * width + this.#arity] !== 0) slot = (slot + 1) & this.#mask;
    for (let i = 0; i < this.#arity; i++) this.#slots[slot * width + i] = numbers[i]!;
    this.#slots[slot * width + this.#arity] = handle;
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

  clear(): void {
    this.#forget();
  }
}

const SPECIAL = /["\\\n]/;
const ESCAPES = /["\\\n]/g;

function escaped(value: string): string {
  return SPECIAL.test(value) ? value.replace(ESCAPES, (character) => (character === "\n" ? "\\n" : `\\${character}`)) : value;
}

/** The label block that names a series and is printed in it; rule P5. One block for one set of values. */
export function labelBlock(names: readonly string[], values: readonly string[]): string {
  let block = "";
  for (let i = 0; i < names.length; i++) block += `${i === 0 ? "" : ","}${names[i]!}="${escaped(values[i]!)}"`;
  return block;
}
