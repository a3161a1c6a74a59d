// What a collector has still to hand on, process by process: a row of the bodies as they were acknowledged here, and in their order.
// What the next collector acknowledged is dropped.
//
// Values are what series stand at, so nothing is summed here and whatever is sent twice, late, or by two ways counts once there. A row needs
// two things to be of use: its beginning fits what is there already, and it is short. Where the next collector lost what a row builds
// upon, the process is *lacking*: what it pushes is of no use there before its whole image, and it is asked for that at once, by what its
// push is answered. Where a row has grown long while nobody took it, the process is asked for its whole image with its next push; when that
// is there, to its end, what was before it is dropped, and not earlier: the process may be no more by then.
//
// Whoever ends is asked for its whole image with its last word, which fits whatever is there when it arrives: nobody can be asked later.
// Until that is there, or would have been, its receiver does not fold it. Where too much waits already what it said is handed on as it is, and that is lost where the next collector has lost what it builds upon.
//
// All rows together are bounded. Beyond that the longest rows of those who live are dropped and their processes are lacking: they can say
// it again, and those who ended, or were silent for so long that they are dead, cannot.

import { type News, NEW_SECONDS, type Push, type Upstream } from "./receive-settings.ts";
import type { Front } from "./frames.ts";
import { isLongRow, ofUse, wholeFirst } from "./receive-keep.ts";
import { STATUS_BEHIND, STATUS_FOLDED } from "./push-wire.ts";
import { entryBytes, STATUS_LOOP, type Told } from "./forward-wire.ts";

/** A process whose body was refused, or for whom there is no place, is not tried again for so long. */
const REFUSED_SECONDS = 60;
const FULL_SECONDS = 10;
/** Longer is no row of a process that does as it is asked. */
const ROW_MOST = 1024;
/** Beyond this part of what may wait nobody who lives is asked for a whole image: it would be dropped at once. */
const ASK_SHARE_MOST = 0.75;
/** What one body takes beside its bytes, as measured in Node 20: an array with its buffer, and what is known of it. */
const ITEM_BYTES = 800;
/** Where more waits than may, rows of the living are dropped down to this part of it, for all must be looked at to find the longest. */
const DROP_SHARE = 0.9;
const NOBODY: readonly string[] = [];

/** One body that waits. */
export interface Item extends Omit<Push, "ageSeconds"> {
  /** Undefined where it says no more than that its process lives. */
  readonly front: Front | undefined;
  readonly cameAt: number;
  /** When it was first sent: whoever did not answer may have it. */
  triedAt: number | undefined;
}

interface Waiting {
  row: Item[];
  bytes: number;
  /** The exporter whose whole image has begun, and has not come to its end. */
  wholeOf: bigint | undefined;
  wholeBytes: number;
  /** The next collector has not what more changes would build upon. */
  lacks: boolean;
  /** It would rather have the whole image. */
  asked: boolean;
  pausedUntil: number;
  heardAt: number;
  ended: boolean;
  /** It was silent for so long that it is taken for dead. */
  isDead: boolean;
  /** It is none of those that are known here any more. */
  isForgotten: boolean;
  /** It was told that the next collector lacks something of it for good. */
  isLost: boolean;
  /** Until then its whole image may come, with the last word that it was asked for. */
  wantedUntil: number;
}

export interface OutboxSettings {
  readonly maxWaitingBytes: number;
  readonly seconds: () => number;
  /** Hears what was refused further up, or dropped here. */
  readonly refused: (status: number, why: string) => void;
  /** `last`: of a process that can not say it again. */
  readonly dropped: (last: boolean) => void;
  /** Hears what was refused further up of a process that can not say it again. */
  readonly lost: (status: number) => void;
}

/** Whether nobody can be asked to say again what waits. */
function isLast({ ended, isDead, isForgotten }: Waiting): boolean {
  return ended || isDead || isForgotten;
}

/** Those that stay of a row behind an item, or of all of it where that is gone: from the next whole image on. */
function wholeBehind(row: readonly Item[], item: Item): Item[] {
  const from = row.findIndex((each, i) => i > row.indexOf(item) && each.front?.isWhole);
  return from < 0 ? [] : row.slice(from);
}

export class Outbox implements Upstream {
  readonly #settings: OutboxSettings;
  readonly #waiting = new Map<string, Waiting>();
  #folded = new Set<string>();
  #bytes = 0;
  #count = 0;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
  }

  /** Of all that waits, with what goes in front of it. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What all of it takes in memory. */
  get #taken(): number {
    return this.#bytes + ITEM_BYTES * this.#count;
  }

  /** How many bodies wait. */
  get count(): number {
    return this.#count;
  }

  /** How many of them wait because of what their processes were answered. */
  get pausing(): number {
    const now = this.#settings.seconds();
    return [...this.#waiting.values()].reduce((sum, { row, pausedUntil }) => sum + (now < pausedUntil ? row.length : 0), 0);
  }

  holds(instance: string): boolean {
    const waiting = this.#waiting.get(instance);
    return waiting !== undefined && (waiting.row.length > 0 || this.#settings.seconds() < waiting.wantedUntil);
  }

  wantsWhole(instance: string): boolean {
    const waiting = this.#waiting.get(instance);
    if (waiting === undefined) return false;
    return waiting.asked || isLongRow(waiting.row.length, waiting.bytes, waiting.wholeBytes);
  }

  folded(): readonly string[] {
    if (this.#folded.size === 0) return NOBODY;
    const folded = [...this.#folded];
    this.#folded = new Set();
    return folded;
  }

  took(push: Push, news: News, ended: boolean): boolean {
    const waiting = this.#of(push);
    const isEnough = this.#took(waiting, push, news, ended);
    // So long an answer is waited for at the most.
    if (ended) waiting.wantedUntil = isEnough ? -Infinity : this.#settings.seconds() + NEW_SECONDS;
    return isEnough;
  }

  #took(waiting: Waiting, push: Push, { front, completed, baseline }: News, ended: boolean): boolean {
    waiting.ended = ended;
    waiting.isDead = false;
    waiting.isForgotten = false;
    waiting.isLost = false;
    const isWhole = front?.isWhole ?? false;
    if (isWhole) {
      waiting.lacks = false;
      waiting.asked = false;
    }
    const now = this.#settings.seconds();
    const item = { ...push, front, cameAt: now, triedAt: undefined };
    const isFull = this.#taken > ASK_SHARE_MOST * this.#settings.maxWaitingBytes;
    if (front === undefined || waiting.lacks) {
      const state = push.share === "nothing" ? push.state : undefined;
      const beat = { ...item, front: undefined, share: "nothing", state, body: new Uint8Array(0) } as const;
      // That it lives is in whatever else there is of it; where there is no room it is said again with the next push.
      const isNeeded =
        waiting.row.length === 0 && this.#taken + ITEM_BYTES + entryBytes({ ...beat, ageSeconds: 0 }) <= this.#settings.maxWaitingBytes;
      if (isNeeded) this.#added(waiting, beat);
      else this.#rested(push.instance, waiting);
      // There is no other time to say the last.
      return !waiting.lacks || (!ended && (now < waiting.pausedUntil || isFull));
    }
    if (isWhole) waiting.wholeOf = front.generation;
    else if (!front.isFull) waiting.wholeOf = undefined;
    this.#added(waiting, item);
    if (completed && front.isFull) {
      this.#kept(waiting, [...wholeFirst(ofUse(waiting.row, front, baseline))]);
      if (waiting.wholeOf === front.generation) waiting.wholeOf = undefined;
      waiting.wholeBytes = waiting.bytes;
    }
    if (waiting.row.length > ROW_MOST) this.#dropped(push.instance, waiting);
    if (this.#taken > this.#settings.maxWaitingBytes) this.#longestDropped();
    // Of others' nobody can be asked from here.
    return !ended || push.share === "full" || push.via.length > 0 || isFull;
  }

  died(instance: string): void {
    const waiting = this.#waiting.get(instance);
    if (waiting !== undefined) waiting.isDead = true;
  }

  forgot(instance: string): void {
    const waiting = this.#waiting.get(instance);
    if (waiting === undefined) return;
    // It was to say all of it with its next push, and there is none.
    const lacked = waiting.lacks && waiting.row.length === 0;
    waiting.lacks = false;
    waiting.asked = false;
    waiting.isForgotten = true;
    if (lacked && !waiting.isLost) this.#lost(waiting, STATUS_BEHIND);
    this.#rested(instance, waiting);
  }

  /** What goes into the next request: at least one body, whatever its size, where any may be sent. */
  batch(maxBytes: number, most: number): Item[] {
    const now = this.#settings.seconds();
    const items: Item[] = [];
    let bytes = 0;
    for (const { row, pausedUntil } of this.#waiting.values()) {
      if (now < pausedUntil) continue;
      for (const item of row) {
        bytes += entryBytes({ ...item, ageSeconds: 0 });
        if (items.length > 0 && (bytes > maxBytes || items.length === most)) return items;
        items.push(item);
      }
    }
    return items;
  }

  /** As it is sent now, by a collector of this id. Durations go on while it waits. */
  sent(item: Item, id: string): Push {
    const { instance, share, via, state, body } = item;
    const now = this.#settings.seconds();
    const since = (from: number | undefined) => (from === undefined ? undefined : Math.max(0, now - from));
    const waited = since(item.cameAt)!;
    // By another way the next one may have heard of it since it came here, and have forgotten its name.
    const isNew = item.triedAt === undefined && waited <= NEW_SECONDS;
    const untold = isNew ? undefined : Math.max(since(item.triedAt) ?? 0, waited - NEW_SECONDS);
    const silentSeconds = item.silentSeconds === undefined ? untold : item.silentSeconds + waited;
    item.triedAt ??= now;
    const ageSeconds = since(this.#waiting.get(instance)?.heardAt ?? item.cameAt)!;
    return { instance, share, silentSeconds, ageSeconds, via: [...via, id], state, body };
  }

  /** Takes in what was answered to what was sent, in its order. */
  answered(items: readonly Item[], answers: readonly Told[]): void {
    const held = new Set<string>();
    for (const [i, item] of items.entries()) {
      const { instance } = item;
      const waiting = this.#waiting.get(instance);
      // What is behind one that stays was answered as if that were not there.
      if (waiting === undefined || held.has(instance)) continue;
      if (this.#answered(waiting, item, answers[i]!)) held.add(instance);
      this.#rested(instance, waiting);
    }
  }

  /** Returns whether the item stays, to be sent again. */
  #answered(waiting: Waiting, item: Item, { status, full, why = "" }: Told): boolean {
    const now = this.#settings.seconds();
    if (status === 200 || status === STATUS_LOOP) {
      const at = waiting.row.indexOf(item);
      if (at >= 0) this.#kept(waiting, waiting.row.toSpliced(at, 1));
      // Of no use is what it asked for before it had what came behind.
      waiting.asked = full === true && waiting.row.length === 0 && waiting.wholeOf === undefined;
      if (status === STATUS_LOOP) this.#settings.refused(status, why);
      return false;
    }
    const had = isLast(waiting);
    if (status === STATUS_FOLDED) {
      // Of a whole image after a new start nobody knows whether it was there before.
      if (had || item.share === "changes") this.#lost(waiting, status);
      this.#kept(waiting, []);
      this.#waiting.delete(item.instance);
      this.#folded.add(item.instance);
      return false;
    }
    if (status === 429 || status === 503) {
      waiting.pausedUntil = now + FULL_SECONDS;
      this.#settings.refused(status, why);
      return true;
    }
    this.#kept(waiting, wholeBehind(waiting.row, item));
    waiting.lacks = waiting.row.length === 0 && !waiting.isForgotten;
    // Its whole image may be on its way.
    const isWanted = now < waiting.wantedUntil && waiting.lacks;
    if (had && !isWanted && waiting.row.length === 0 && item.body.length > 0) this.#lost(waiting, status);
    if (status !== STATUS_BEHIND) {
      waiting.pausedUntil = now + REFUSED_SECONDS;
      this.#settings.refused(status, why);
    }
    return false;
  }

  #lost(waiting: Waiting, status: number): void {
    waiting.isLost = true;
    this.#settings.lost(status);
  }

  #of({ instance, ageSeconds }: Push): Waiting {
    const heardAt = this.#settings.seconds() - ageSeconds;
    const there = this.#waiting.get(instance);
    if (there !== undefined) {
      there.heardAt = Math.max(there.heardAt, heardAt);
      return there;
    }
    const none = {
      row: [],
      bytes: 0,
      wholeOf: undefined,
      wholeBytes: 0,
      lacks: false,
      asked: false,
      ended: false,
      isDead: false,
      isForgotten: false,
      isLost: false,
      wantedUntil: -Infinity,
    };
    const made = { ...none, pausedUntil: -Infinity, heardAt };
    this.#waiting.set(instance, made);
    return made;
  }

  #added(waiting: Waiting, item: Item): void {
    const bytes = entryBytes({ ...item, ageSeconds: 0 });
    waiting.row.push(item);
    waiting.bytes += bytes;
    this.#bytes += bytes;
    this.#count++;
  }

  /** Replaces a row by what is kept of it. */
  #kept(waiting: Waiting, row: Item[]): void {
    const bytes = row.reduce((sum, item) => sum + entryBytes({ ...item, ageSeconds: 0 }), 0);
    this.#bytes += bytes - waiting.bytes;
    this.#count += row.length - waiting.row.length;
    waiting.row = row;
    waiting.bytes = bytes;
  }

  /** Nothing is remembered of a process of which there is nothing to be done. */
  #rested(instance: string, { row, lacks, asked }: Waiting): void {
    if (row.length === 0 && !lacks && !asked) this.#waiting.delete(instance);
  }

  /** Makes room: of the living a tenth of all, for this looks at all; of others no more than has to be. */
  #longestDropped(): void {
    const { maxWaitingBytes } = this.#settings;
    const rows = [...this.#waiting].filter(([, { row }]) => row.length > 0).sort(([, one], [, other]) => other.bytes - one.bytes);
    for (const last of [false, true]) {
      const most = last ? maxWaitingBytes : DROP_SHARE * maxWaitingBytes;
      for (const [instance, waiting] of rows) {
        if (this.#taken <= most) break;
        if (isLast(waiting) === last) this.#dropped(instance, waiting);
      }
    }
  }

  #dropped(instance: string, waiting: Waiting): void {
    const last = isLast(waiting);
    this.#kept(waiting, []);
    waiting.lacks = !waiting.isForgotten;
    waiting.wholeOf = undefined;
    this.#rested(instance, waiting);
    this.#settings.dropped(last);
  }
}
