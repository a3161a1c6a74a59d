// What a receiver keeps, so that one that ends without a word has lost nothing that it acknowledged: of each process the
// bodies as they were applied, in their order, and when it was heard of; the retired as one image; the names of those that were folded.
//
// A body is kept before it is answered. Applying the same bodies again leads to the same state, so loading is applying.
// When a whole image has come to its end, the bodies before it are forgotten, but for those of newer ones of other exporters that are
// under way, and of the baseline that counts; a receiver whose row of bodies has grown
// long asks for one. Folding puts the new retired there and takes the process' bodies away by one change, so that no crash
// can double it.

import type { Front } from "./frames.ts";
import type { Bytes } from "./push-body.ts";
import { type State, stateIn, stateText } from "./push-wire.ts";

/** Where it is kept: a Durable Object's storage, a database, a file. Keys are ASCII, values a few MiB at most. */
export interface ReceiverStore {
  /** All that is there. */
  load(): Promise<ReadonlyMap<string, Uint8Array>>;
  /** Makes all of it durable, or none. Resolves when it is; rejects where that is not known. */
  change(put: ReadonlyMap<string, Uint8Array>, remove: ReadonlySet<string>): Promise<void>;
}

export const RETIRED_KEY = "retired";
/** The newest end of an instance whose name was forgotten. */
export const FORGOTTEN_KEY = "forgotten";
const BODY = "body/";
/** Since when a process is known, in seconds: whoever is handed its bodies after a new start can have heard of it no earlier. */
const SINCE = "since/";
/** When a process was heard of last, in seconds: whoever is dead is so after a new start, too. */
const HEARD = "heard/";
/** What a last word says of one before it that said the same: State, of the sequence that it goes with. */
const SAID = "said/";
const FOLDED = "folded/";
/** Digits of a body's number, so that keys sort as bodies came. */
const DIGITS = 10;
/** A row of bodies is long where it has this many more than twice those of its whole image, */
const BODIES_MOST = 64;
/** or this many bytes. */
const BODIES_BYTES_MORE = 65536;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** What was folded, and where it stood. */
export interface Folded {
  readonly sequence: number;
  /** It said itself that it was at its end. */
  readonly ended: boolean;
  /** When it was last heard of, in seconds. */
  readonly heard: number;
  /** Of that sequence, hexadecimal; absent in what a receiver of before kept. */
  readonly generation?: string;
  /** The last sequence of its process that had begun by then; absent in what a receiver of before kept. */
  readonly until?: number;
}

export function foldedKey(instance: string): string {
  return FOLDED + instance;
}

export function sinceKey(instance: string): string {
  return SINCE + instance;
}

export function heardKey(instance: string): string {
  return HEARD + instance;
}

export function saidKey(instance: string): string {
  return SAID + instance;
}

/** What was said before, of the sequence of a front: what others are of says nothing of it. */
export interface Said extends State {
  readonly of: Pick<Front, "generation" | "sequence">;
}

export function saidBytes({ generation, sequence }: Front, state: State): Bytes {
  return encoder.encode([generation.toString(16), sequence, stateText(state)].join(" "));
}

/** Throws for what is none. */
function saidIn(bytes: Uint8Array): Said {
  const [, generation, sequence, text] = /^([0-9a-f]{1,16}) (\d{1,15}) (\S+)$/.exec(decoder.decode(bytes)) ?? [];
  const state = text === undefined ? undefined : stateIn(text);
  if (state === undefined) throw new TypeError("It says of nothing that was said");
  return { ...state, of: { generation: BigInt(`0x${generation}`), sequence: Number(sequence) } };
}

export function jsonBytes(value: unknown): Bytes {
  return encoder.encode(JSON.stringify(value));
}

/** A time that was kept. Throws for what is none: whoever was heard of then would never be silent for long. */
function secondsIn(bytes: Uint8Array): number {
  const seconds = Number(decoder.decode(bytes));
  if (!Number.isFinite(seconds)) throw new TypeError("It is no time");
  return seconds;
}

/** Throws for what is none. */
function foldedIn(bytes: Uint8Array): Folded {
  const folded = JSON.parse(decoder.decode(bytes)) as Partial<Folded> | null;
  const { sequence, ended, heard } = folded ?? {};
  if (typeof sequence !== "number" || typeof ended !== "boolean" || typeof heard !== "number") throw new TypeError("It says of no fold");
  return folded as Folded;
}

/** What was kept, sorted out; nonsense is told and left out. */
export function sortedOut(kept: ReadonlyMap<string, Uint8Array>, nonsense: (key: string, why: string) => void) {
  const bodies = new Map<string, (readonly [string, Uint8Array])[]>();
  const folded: (readonly [string, Folded])[] = [];
  const since = new Map<string, number>();
  const heard = new Map<string, number>();
  const said = new Map<string, Said>();
  let forgotten = -Infinity;
  for (const [key, bytes] of [...kept].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const [, instance] = /^(?:body|folded|since|heard|said)\/([0-9a-f]{16})(?:\/\d+)?$/.exec(key) ?? [];
    try {
      if (key === FORGOTTEN_KEY) forgotten = secondsIn(bytes);
      else if (instance !== undefined && key.startsWith(FOLDED)) folded.push([instance, foldedIn(bytes)]);
      else if (instance !== undefined && key.startsWith(SINCE)) since.set(instance, secondsIn(bytes));
      else if (instance !== undefined && key.startsWith(HEARD)) heard.set(instance, secondsIn(bytes));
      else if (instance !== undefined && key.startsWith(SAID)) said.set(instance, saidIn(bytes));
      else if (instance !== undefined) bodies.set(instance, [...(bodies.get(instance) ?? []), [key, bytes]]);
      else if (key !== RETIRED_KEY) nonsense(key, "no receiver has kept this");
    } catch (error) {
      nonsense(key, String(error));
    }
  }
  folded.sort(([, one], [, other]) => one.heard - other.heard);
  return { retired: kept.get(RETIRED_KEY), bodies, folded: new Map(folded), since, heard, said, forgotten };
}

/** Whether a row of bodies would be shorter as one whole image, of which it is known how long the last one was. */
export function isLongRow(count: number, bytes: number, wholeBytes: number, wholeCount = 0): boolean {
  return count > 2 * wholeCount + BODIES_MOST || bytes > 2 * wholeBytes + BODIES_BYTES_MORE;
}

interface Body {
  readonly key: string;
  readonly bytes: number;
  readonly front: Front | undefined;
}

type Fronted = { readonly front: Front | undefined };

/**
 * Where in a row a whole image begins that is there to its end, with its baseline where it has one; -1 for nowhere. By its sequence: between
 * two of its bodies there may be late copies of older ones of the same exporter.
 */
function beginningOf(row: readonly Fronted[], { generation, sequence }: Front): number {
  const isIts = (front: Front | undefined) => front?.generation === generation;
  const first = row.findIndex(({ front }) => isIts(front) && !front!.isBaseline && front!.sequence === sequence);
  if (first < 0 || row[first]!.front!.isWhole) return first;
  return row.slice(0, first).findLastIndex(({ front }) => isIts(front) && front!.isBaseline && front!.isWhole);
}

/**
 * Those of a row that are still of use behind a whole image, which ends it: from where that begins on; of others what has not come to its
 * end and is newer, and the baseline that is subtracted from all.
 */
export function ofUse<One extends Fronted>(row: readonly One[], whole: Front, baseline: number): One[] {
  const { generation, until } = whole;
  const from = beginningOf(row, whole);
  if (from < 0) return [...row];
  const isOfUse = (front: Front) => front.isFull && (front.sequence > until || (baseline !== 0 && front.baseline === baseline));
  return row.filter(({ front }, i) => i >= from || (front !== undefined && front.generation !== generation && isOfUse(front)));
}

/**
 * A row with the bodies of the newest whole image that is there to its end in front. What another exporter began before those came, and did
 * not end, would else be the first that whoever knows nothing hears: then it is newer than what is whole, which is not taken any more.
 */
export function wholeFirst<One extends Fronted>(row: readonly One[]): readonly One[] {
  const ends = (front: Front | undefined) => front !== undefined && front.isFull && front.isLast && !front.isBaseline;
  let last = -1;
  for (const [i, { front }] of row.entries()) {
    if (ends(front) && (last < 0 || front!.sequence > row[last]!.front!.sequence)) last = i;
  }
  const from = last < 0 ? -1 : beginningOf(row, row[last]!.front!);
  if (from < 0) return row;
  const { generation } = row[last]!.front!;
  const isFirst = (one: One, i: number) => i >= from && i <= last && one.front?.generation === generation;
  return [...row.filter(isFirst), ...row.filter((one, i) => !isFirst(one, i))];
}

/** The row of bodies of one process. */
export class Bodies {
  readonly #instance: string;
  #row: Body[] = [];
  #next = 0;
  #bytes = 0;
  #wholeBytes = 0;
  #wholeCount = 0;

  constructor(instance: string) {
    this.#instance = instance;
  }

  get keys(): readonly string[] {
    return this.#row.map(({ key }) => key);
  }

  /** Whether it would be shorter as one whole image. */
  get isLong(): boolean {
    return isLongRow(this.#row.length, this.#bytes, this.#wholeBytes, this.#wholeCount);
  }

  /** The key of a body that was kept before. */
  loaded(key: string, bytes: number, front: Front | undefined): void {
    this.#next = Number(key.slice(key.lastIndexOf("/") + 1)) + 1;
    this.#row.push({ key, bytes, front });
    this.#bytes += bytes;
  }

  /** The key of the next body. */
  added(bytes: number, front: Front | undefined): string {
    const key = `${BODY}${this.#instance}/${String(this.#next++).padStart(DIGITS, "0")}`;
    this.#row.push({ key, bytes, front });
    this.#bytes += bytes;
    return key;
  }

  /** Forgets all names but that there are some. */
  shortened(): void {
    this.#row.splice(0, this.#row.length - 1);
    this.#bytes = 0;
  }

  /** The same as `completed` when the body of a key came, of what was kept before: what was of no more use then is not there. */
  reckoned(key: string, front: Front, baseline: number): void {
    if (!front.isFull) return;
    const until = this.#row.findIndex((body) => body.key === key) + 1;
    const whole = ofUse(this.#row.slice(0, until), front, baseline);
    this.#wholeBytes = whole.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#wholeCount = whole.length;
  }

  /** A sequence has come to its end; the keys of the bodies that are of no more use, where it was a whole image. */
  completed(front: Front, baseline: number): readonly string[] {
    if (!front.isFull) return [];
    const kept = new Set(ofUse(this.#row, front, baseline));
    const gone = this.#row.filter((body) => !kept.has(body));
    this.#row = [...kept];
    this.#bytes = this.#row.reduce((sum, { bytes }) => sum + bytes, 0);
    this.#wholeBytes = this.#bytes;
    this.#wholeCount = this.#row.length;
    return gone.map(({ key }) => key);
  }
}
