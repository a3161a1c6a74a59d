// A set of 64-bit hashes of series: 100 MB of samples are a million and a half, whose texts would take as much again. Two series that
// have the same hash by chance would be told as one: of a million, once in tens of millions of pages.

/** Entries at the beginning, a power of two. */
const LEAST = 1024;
const FNV_PRIME = 16777619;
const FNV_BASIS = 2166136261;
/** Of the second half: another way through the same characters. */
const SECOND_PRIME = 2246822519;
const SECOND_BASIS = 374761393;
/** Of a character. */
const UNIT_BITS = 16;
const UNIT = 0xffff;

function mixed(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 2246822507);
  h ^= h >>> 13;
  h = Math.imul(h, 3266489909);
  return (h ^ (h >>> 16)) >>> 0;
}

/** The two halves of a text's hash. */
function hashed(text: string): readonly [number, number] {
  let one = FNV_BASIS;
  let two = SECOND_BASIS;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    one = Math.imul(one ^ code, FNV_PRIME);
    two = Math.imul(two + code, SECOND_PRIME) ^ (two >>> 15);
  }
  return [mixed(one), mixed(two)];
}

/** A text's hash as the key of a map: four characters, whatever the text has. */
export function hashKey(text: string): string {
  const [one, two] = hashed(text);
  return String.fromCharCode(one & UNIT, one >>> UNIT_BITS, two & UNIT, two >>> UNIT_BITS);
}

export class Hashes {
  #words = new Uint32Array(LEAST * 2);
  #capacity = LEAST;
  #size = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  /** Whether there is no room: what is added from then on is not remembered. */
  get full(): boolean {
    return this.#size >= this.#most;
  }

  /** False for what is there already. */
  add(text: string): boolean {
    const [one, two] = hashed(text);
    // All bits 0 is an empty entry.
    const isNew = this.#put(one || 1, two);
    if (isNew && this.#size * 2 > this.#capacity) this.#grow();
    return isNew;
  }

  #put(low: number, high: number): boolean {
    const words = this.#words;
    const mask = this.#capacity - 1;
    for (let at = high & mask; ; at = (at + 1) & mask) {
      if (words[at * 2] === 0) {
        if (this.#size >= this.#most) return true;
        words[at * 2] = low;
        words[at * 2 + 1] = high;
        this.#size++;
        return true;
      }
      if (words[at * 2] === low && words[at * 2 + 1] === high) return false;
    }
  }

  #grow(): void {
    const old = this.#words;
    this.#capacity *= 2;
    this.#words = new Uint32Array(this.#capacity * 2);
    this.#size = 0;
    for (let i = 0; i < old.length; i += 2) if (old[i] !== 0) this.#put(old[i]!, old[i + 1]!);
  }
}
