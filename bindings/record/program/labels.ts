// Labels by their bytes: one that was seen before is found without making a string of it. Bounded in number and in bytes.

/** Of a label beyond the bounds, and of one that nobody asked for. */
export const OTHERS = -1;
export const UNWANTED = -2;

const FIRST_SLOTS = 1024;
const FIRST_BYTES = 1 << 16;
/** Labels that nobody asked for are remembered, too, lest their pattern be tried for each row; so many of them. */
const UNWANTED_MOST = 10_000;
/** So many of them are named where nothing was found. */
export const PASSED_MOST = 5;

export interface LabelBounds {
  readonly most: number;
  readonly bytesMost: number;
}

export class Labels {
  readonly names: string[] = [];
  /** The first labels that nobody asked for. */
  readonly passed: string[] = [];
  readonly #bounds: LabelBounds;
  readonly #wanted: ((label: string) => boolean) | undefined;
  /** A label may begin with a byte order mark: here it is a letter as any other. */
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** A multiplier that nobody knows: labels come from strangers, who could choose such as meet in one slot. */
  readonly #factor = (Math.floor(Math.random() * 2 ** 31) << 1) | 1;
  /** 1 + the entry; 0 is free. A power of two, at most half full. */
  #slots = new Int32Array(FIRST_SLOTS);
  /** Of each entry: its hash, where its bytes end, and its id. */
  readonly #hashes: number[] = [];
  readonly #ends: number[] = [];
  readonly #ids: number[] = [];
  #bytes = new Uint8Array(FIRST_BYTES);
  #used = 0;
  #unwanted = 0;

  constructor(bounds: LabelBounds, wanted?: (label: string) => boolean) {
    this.#bounds = bounds;
    this.#wanted = wanted;
  }

  /** How many labels there are that nobody asked for, as far as they are remembered. */
  get unwanted(): number {
    return this.#unwanted;
  }

  /** Bytes of the labels that are kept. */
  get bytes(): number {
    return this.#used;
  }

  /** The id of the label in these bytes, `OTHERS` or `UNWANTED`. */
  find(bytes: Uint8Array, from: number, to: number): number {
    let hash = to - from;
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ bytes[i]!, this.#factor) ^ (hash >>> 15);
    const mask = this.#slots.length - 1;
    let slot = hash & mask;
    for (;;) {
      const entry = this.#slots[slot]! - 1;
      if (entry < 0) return this.#add(bytes, from, to, hash, slot);
      if (this.#hashes[entry] === hash && this.#same(entry, bytes, from, to)) return this.#ids[entry]!;
      slot = (slot + 1) & mask;
    }
  }

  #same(entry: number, bytes: Uint8Array, from: number, to: number): boolean {
    const start = entry === 0 ? 0 : this.#ends[entry - 1]!;
    if (this.#ends[entry]! - start !== to - from) return false;
    const kept = this.#bytes;
    for (let i = from, k = start; i < to; i++, k++) if (bytes[i] !== kept[k]) return false;
    return true;
  }

  #add(bytes: Uint8Array, from: number, to: number, hash: number, slot: number): number {
    const length = to - from;
    const room = this.#used + length <= this.#bounds.bytesMost;
    if (this.#wanted === undefined && (!room || this.names.length >= this.#bounds.most)) return OTHERS;
    const name = this.#decoder.decode(bytes.subarray(from, to));
    const wanted = this.#wanted?.(name) ?? true;
    if (!room || (wanted ? this.names.length >= this.#bounds.most : this.#unwanted >= UNWANTED_MOST)) return wanted ? OTHERS : UNWANTED;
    this.#keep(bytes, from, length);
    const id = wanted ? this.names.length : UNWANTED;
    if (wanted) this.names.push(name);
    else if (this.#unwanted++ < PASSED_MOST) this.passed.push(name);
    this.#hashes.push(hash);
    this.#ends.push(this.#used);
    this.#ids.push(id);
    this.#slots[slot] = this.#ids.length;
    if (this.#ids.length * 2 > this.#slots.length) this.#grow();
    return id;
  }

  #keep(bytes: Uint8Array, from: number, length: number): void {
    if (this.#used + length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#used + length));
      larger.set(this.#bytes.subarray(0, this.#used));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes.subarray(from, from + length), this.#used);
    this.#used += length;
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let entry = 0; entry < this.#hashes.length; entry++) {
      let slot = this.#hashes[entry]! & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry + 1;
    }
  }
}

/**
 * Whether a label fits a pattern, in which `*` is any text and `?` one character. All else stands for itself: labels such as
 * "/a [GET]" are full of what means something elsewhere. It takes no longer than the product of both lengths.
 */
export function fits(pattern: string, label: string): boolean {
  let p = 0;
  let star = -1;
  let tried = 0;
  for (let i = 0; i < label.length;) {
    if (pattern[p] === "*") {
      star = p++;
      tried = i;
    } else if (p < pattern.length && (pattern[p] === "?" || pattern[p] === label[i])) {
      p++;
      i++;
    } else if (star !== -1) {
      p = star + 1;
      i = ++tried;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}
