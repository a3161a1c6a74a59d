// A recorder as this thread has it: its record in the memory, this thread's ring, and labels by their numbers. Thin: the core
// keeps samples, counts them and says what is stale.

import { ABSENT, CONFLICT, EXHAUSTED, FLUSH, REFUSED, STALE } from "../../assembly/status.ts";
import type { Core } from "../core.ts";
import type { Registry } from "../index.ts";
import type { Place } from "../thread.ts";
import { sourceName } from "../processes/names.ts";
import { type Keeping, policyNumber } from "./settings.ts";
import { recorderNoMemory, recorderOther, recordersTooMany } from "./worded.ts";

/** A label's bytes of the recorder's room, on average: a route with its verb has fewer, and 23 bytes beside it. */
const LABEL_ROOM_EACH = 256;
/** The core's limit of one. */
const LABEL_BYTES_MAX = 4096;
/** Values without a fraction are written as integers. */
const LABEL_WHOLE = 1;
/** A thread that found no ring looks for one again after so long where a drain was asked for, each time twice as long, */
const BIND_SOON_MS = 5;
/** and at the latest after so long. */
const BIND_AGAIN_MS = 100;
/** By so much the origin of the runtime's clock may be off: `Date.now` has whole milliseconds. */
const ORIGIN_OFF_MS = 5;
const NEVER = new Uint32Array(1);

/** Milliseconds since the epoch that the runtime's clock counts from: a system's clock that was set since is believed. */
function originNow(): number {
  const now = performance.now();
  const origin = performance.timeOrigin + now;
  const wall = Date.now();
  return Math.abs(origin - wall) > ORIGIN_OFF_MS ? wall - now : performance.timeOrigin;
}

export class Rings {
  readonly core: Core;
  readonly keeping: Keeping;
  readonly place: Place;
  /** The recorder's record. */
  readonly address: number;
  readonly name: bigint;
  /** True where nobody had it yet. */
  readonly isNew: boolean;
  // What the hot way of handles reads: the word that is 0 while recording is off, this thread's ring, or the recorder where
  // it has none, and the verbs.
  words: Uint32Array<ArrayBufferLike>;
  on: number;
  ring: number;
  readonly sampleRecord: Core["verbs"]["sampleRecord"];
  readonly durationRecord: Core["verbs"]["durationRecord"];
  /** Is called where half of this thread's ring is full, and where rings that others left wait for a drain. */
  full: (() => void) | undefined;
  /** Is called once, where a sample found this thread's ring full. */
  dropping: (() => void) | undefined;
  /** Is called once, where this thread found no ring: nobody else hears that it loses what it records. */
  ringless: (() => void) | undefined;
  /** Another thread's drain that rests, how far it was, and since when it is in this thread's way. */
  readonly inWay = { turn: 0, reached: 0, since: 0 };
  #bindAgain = 0;
  #bindPause = BIND_SOON_MS;
  readonly #signals: Int32Array<ArrayBufferLike>;
  readonly #wanted: number;

  constructor(registry: Registry, keeping: Keeping) {
    this.keeping = keeping;
    this.place = registry.here("record samples");
    const { core, address } = this.place;
    const { verbs } = core;
    const { prefix, dir, policy, bytes, ringBytes, maxLabels } = keeping;
    const name = sourceName("recorder", `${address}\n${dir}\n${prefix}`);
    this.name = name === 0n ? 1n : name;
    this.core = core;
    this.isNew = verbs.recorderFind(this.name) === ABSENT;
    const made = core.cold(() =>
      verbs.recorderCreate(this.name, policyNumber(policy), ringBytes, bytes, maxLabels, maxLabels * LABEL_ROOM_EACH),
    );
    if (made === CONFLICT) throw recorderOther(prefix, "policy, bytes, ringBytes or maxLabels");
    if (made === EXHAUSTED) throw recorderNoMemory(prefix, core.maxBytes);
    if (made < 0) throw recordersTooMany(prefix);
    this.address = made;
    this.ring = made;
    const on = verbs.recorderOnAddress(made);
    core.bytes(on + 4);
    this.words = core.tokens;
    this.on = on >>> 2;
    this.#signals = new Int32Array(core.memory.buffer);
    this.#wanted = verbs.recorderWantedAddress(made) >>> 2;
    this.sampleRecord = verbs.sampleRecord;
    this.durationRecord = verbs.durationRecord;
  }

  /** How often rings asked to be drained. */
  get wanted(): number {
    return this.core.view(this.#wanted << 2, 4).getInt32(0, true);
  }

  /** Sleeps until a ring asks, unless it has since `seen`. */
  sleep(seen: number, milliseconds: number): void {
    Atomics.wait(this.#signals, this.#wanted, seen, milliseconds);
  }

  /** Wakes up whoever sleeps. */
  wake(): void {
    Atomics.notify(this.#signals, this.#wanted);
  }

  /** Asks as a ring does. */
  ask(): void {
    Atomics.add(this.#signals, this.#wanted, 1);
    this.wake();
  }

  switched(on: boolean): void {
    this.core.verbs.recorderSwitch(this.address, Number(on));
  }

  get isOn(): boolean {
    if (this.words === NEVER) return false;
    return this.core.view(this.core.verbs.recorderOnAddress(this.address), 4).getUint32(0, true) !== 0;
  }

  /** This thread records nothing more; others go on. */
  leave(): void {
    this.words = NEVER;
    this.on = 0;
    this.ring = this.address;
  }

  /** The number of a label, 0 where there is no room for it. */
  intern(label: string, whole: boolean): number {
    const { core } = this;
    const { verbs } = core;
    const number = core.cold(() => {
      // Nothing of a long one is looked at.
      const length = label.length > LABEL_BYTES_MAX ? LABEL_BYTES_MAX + 1 : core.input(label);
      return verbs.labelIntern(this.address, length, whole ? LABEL_WHOLE : 0);
    });
    return Math.max(number, 0);
  }

  /** The number of a label that strangers chose, of whom all threads keep so many at most; 0 where there is no room for it. */
  admit(label: string, most: number): number {
    const { core } = this;
    const number = core.cold(() => core.verbs.labelAdmit(this.address, core.input(label), most));
    return Math.max(number, 0);
  }

  /** What is to be done after a verb that did not say OK. */
  again(status: number, label: number, milliseconds: number, value: number): void {
    if (status === FLUSH) this.full?.();
    else if (status === REFUSED) this.#dropped();
    else if (status === STALE && this.#bound(milliseconds)) this.#told(this.sampleRecord(this.ring, label, milliseconds, value));
  }

  durationAgain(status: number, label: number, started: number, milliseconds: number): void {
    if (status === FLUSH) this.full?.();
    else if (status === REFUSED && !Number.isNaN(milliseconds - started)) this.#dropped();
    else if (status === STALE && this.#bound(milliseconds)) this.#told(this.durationRecord(this.ring, label, started, milliseconds));
  }

  #dropped(): void {
    const told = this.dropping;
    this.dropping = undefined;
    told?.();
  }

  #told(status: number): void {
    if (status === FLUSH) this.full?.();
    else if (status === STALE) this.core.verbs.sampleLost(this.address, 1);
  }

  /** Finds this thread a ring. Where there is none the sample is lost, and that is counted. Never throws: it stands in the middle of a program. */
  #bound(milliseconds: number): boolean {
    if (milliseconds >= this.#bindAgain) {
      const seen = this.wanted;
      let isBound = this.#binds();
      const isAsked = this.wanted !== seen;
      if (isAsked) {
        this.full?.();
        // Whoever writes itself has done so by now.
        isBound ||= this.#binds();
      }
      if (isBound) {
        this.#bindPause = BIND_SOON_MS;
        return true;
      }
      if (!isAsked) this.#bindPause = BIND_AGAIN_MS;
      this.#bindAgain = milliseconds + this.#bindPause;
      this.#bindPause = Math.min(2 * this.#bindPause, BIND_AGAIN_MS);
    }
    this.ring = this.address;
    this.core.verbs.sampleLost(this.address, 1);
    const told = this.ringless;
    this.ringless = undefined;
    told?.();
    return false;
  }

  #binds(): boolean {
    const { core } = this;
    try {
      const ring = core.cold(() => core.verbs.ringBind(this.address, originNow()));
      if (ring <= 0) return false;
      this.ring = ring;
      // Memory may have grown, and where it is not shared older views show nothing then.
      core.bytes(this.address + 4);
      if (this.words !== NEVER && this.words.length === 0) this.words = core.tokens;
      return true;
    } catch {
      // There is no room for a writer.
      return false;
    }
  }

  /** Where the rings end now, for `isDrained`. */
  get heads(): readonly number[] {
    const heads: number[] = [];
    for (;;) {
      const head = this.core.verbs.recorderHead(this.address, heads.length);
      if (head < 0) return heads;
      heads.push(head);
    }
  }

  /** Whether all that was there then is written, or dropped. */
  isDrained(heads: readonly number[]): boolean {
    return heads.every((head, number) => this.core.verbs.recorderDrained(this.address, number) >= head);
  }

  get counts(): { readonly recorded: number; readonly written: number; readonly dropped: number; readonly waiting: number } {
    const { verbs } = this.core;
    const { address } = this;
    // In this order: what is written or dropped was recorded by then, so what waits is never less than nothing, and all of it adds up.
    const written = verbs.recorderRows(address);
    const dropped = verbs.recorderDropped(address);
    const recorded = verbs.recorderRecorded(address);
    return { recorded, written, dropped, waiting: recorded - written - dropped };
  }

  get waiting(): number {
    return this.core.verbs.recorderWaiting(this.address);
  }

  get refusedLabels(): number {
    return this.core.verbs.recorderRefused(this.address) >>> 0;
  }
}
