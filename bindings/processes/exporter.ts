// What this process counts in one registry, as an image. Thin: the core walks and writes.

import { EXHAUSTED, GONE, LIMIT, OK, REFUSED } from "../../assembly/status.ts";
import { labelsOf } from "../carry.ts";
import type { Catalog } from "../catalog.ts";
import type { Core } from "../core.ts";
import { closed, memoryExhausted, tooMany } from "../errors.ts";
import type { Place } from "../thread.ts";
import type { FramesOptions, ImageWriter } from "./image.ts";
import type { ImageHead } from "./source-process.ts";

const WHAT = "tell other processes what this one counts";
const ENDED = 4;
const BASELINE = 8;
const BASED = 16;
/** Series and families that are looked at before a step ends, whether there is a frame or not: about 0.2 ms where nothing changed. */
const SLICE_SERIES = 4096;

/** Random where the runtime allows it now; workerd's global scope does not. */
function random(): bigint {
  const [word] = crypto.getRandomValues(new BigUint64Array(1));
  return word === 0n ? 1n : word!;
}

/** Of SplitMix64: what is mixed so is another number for each one. */
function mixed(word: bigint): bigint {
  let mix = BigInt.asUintN(64, word);
  mix = BigInt.asUintN(64, (mix ^ (mix >> 30n)) * 0xbf58476d1ce4e5b9n);
  mix = BigInt.asUintN(64, (mix ^ (mix >> 27n)) * 0x94d049bb133111ebn);
  return mix ^ (mix >> 31n);
}

function hexadecimal(instance: bigint): string {
  return BigInt.asUintN(64, instance).toString(16).padStart(16, "0");
}

/** What a registry is called among processes: all of its threads have it, and no other registry. */
function told({ core, address, state }: Place): bigint {
  const instance = core.verbs.registryInstance(address, state, random());
  if (instance === 0n) throw closed(WHAT);
  return instance;
}

/**
 * What whoever takes pushes knows a registry by, behind so many names that were folded: all of its threads come to the same. Neither
 * none nor the instance of the retired, which are one of 2^63.
 */
function named(place: Place, names: number): bigint {
  const own = told(place);
  if (names === 0) return own;
  const name = mixed(own + BigInt(names) * 0x9e3779b97f4a7c15n);
  return name === 0n || name === 0xffffffffffffffffn ? 1n : name;
}

export function instanceOf(catalog: Catalog): string {
  return hexadecimal(told(catalog.here(WHAT)));
}

/** A question: whether a registry, which may be garbage by then, can still be told of. */
export function mayBeTold(catalog: Catalog): () => boolean {
  const { core, address, state } = catalog.here(WHAT);
  return () => core.verbs.registryInstance(address, state, random()) !== 0n;
}

export class Exporter implements ImageWriter {
  readonly #catalog: Catalog;
  readonly #head: ImageHead;
  readonly #given: bigint;
  #place: Place | undefined;
  #address = 0;
  #instance = 0n;
  #labels = "";
  #whole = true;
  /** Frames of what it had counted when it took another instance. */
  #baseline: readonly Uint8Array[] = [];
  /** How many names of the registry were folded when this one was taken; undefined where it is this exporter's own. */
  #names: number | undefined;
  #closed = false;

  /**
   * `head` is what others are told of this process; `instance` another one than the memory's, for tests. `pushes`: what it tells may meet
   * what other exporters of the registry tell, so all of them have one name, also when it becomes another one.
   */
  constructor(catalog: Catalog, head: ImageHead = {}, instance = 0n, pushes = false) {
    this.#catalog = catalog;
    this.#head = head;
    this.#given = instance;
    this.#names = pushes ? 0 : undefined;
  }

  /** The memory may become another one while a late thread joins: then all begins anew. */
  #here(): Core {
    const place = this.#catalog.here(WHAT);
    if (this.#place?.core === place.core && this.#place.address === place.address) return place.core;
    const { core } = place;
    const made = core.cold(() => core.verbs.exporterCreate(place.address, place.state));
    if (made === GONE) throw closed(WHAT);
    if (made < 0) throw memoryExhausted(WHAT, core.maxBytes);
    // Not before: what there was no memory for is made when it is asked for again.
    this.#place = place;
    this.#address = made;
    this.#instance = this.#given === 0n ? told(place) : this.#given;
    this.#baseline = [];
    this.#whole = true;
    if (this.#names !== undefined) this.#names = 0;
    return core;
  }

  get instance(): string {
    this.#here();
    return hexadecimal(this.#instance);
  }

  get sequence(): number {
    const core = this.#here();
    return core.verbs.exporterSequence(this.#address);
  }

  *frames(options: FramesOptions): Generator<Uint8Array, void> {
    if (this.#names === undefined) return yield* this.#told(options);
    // What was walked while another exporter took another name is of neither: it may be in the baseline of that, and is not handed out. So
    // nothing that goes out under the one was seen behind the beginning of the other.
    for (let told = options; ;) {
      if (this.#isRenamed) told = { ...options, full: true, baseline: true };
      const frames = [...this.#told(told)];
      if (!this.#isRenamed) return yield* frames;
    }
  }

  /** Whether what it told last is known by another name now. */
  get #isRenamed(): boolean {
    const core = this.#here();
    return core.verbs.registryNames(this.#place!.address) >>> 0 !== this.#names;
  }

  *#told(options: FramesOptions): Generator<Uint8Array, void> {
    if (options.baseline === true) this.#begun();
    const core = this.#here();
    const labels = labelsOf(this.#place!);
    // Labels stand in front of all: others are told by beginning anew.
    const full = options.full || this.#whole || labels !== this.#labels;
    this.#labels = labels;
    const base = full ? 0 : (options.since ?? core.verbs.exporterSequence(this.#address));
    if (base === 0) for (const frame of this.#baseline) yield frame;
    yield* this.#written((options.ended ? ENDED : 0) | (this.#baseline.length > 0 ? BASED : 0), base);
  }

  /** Takes another instance: what was counted so far is counted elsewhere. */
  #begun(): void {
    const core = this.#here();
    this.#labels = labelsOf(this.#place!);
    this.#baseline = [];
    const names = this.#names === undefined ? undefined : this.#renamed(core, this.#names);
    this.#instance = names === undefined ? random() : named(this.#place!, names);
    this.#baseline = [...this.#written(BASELINE, 0)];
    // Not before: without a baseline it has not begun.
    this.#names = names;
    this.#whole = true;
  }

  /** Takes the name behind so many, or the one that another exporter has taken; how many names are behind it. */
  #renamed({ verbs }: Core, names: number): number {
    const { address } = this.#place!;
    const there = verbs.registryNames(address) >>> 0;
    return there === names ? verbs.registryRename(address, names) >>> 0 : there;
  }

  /** The frames of one sequence. */
  *#written(flags: number, base: number): Generator<Uint8Array, void> {
    const core = this.#here();
    const { verbs } = core;
    const now = Date.now();
    const head = JSON.stringify({ ...this.#head, labels: this.#labels });
    const status = core.cold(() => {
      const length = core.input(head);
      return verbs.exporterBegin(this.#address, base, flags, length, this.#instance, now / 1000);
    });
    // It was begun anew since, and knows nothing of that sequence.
    if (status === REFUSED && base !== 0) {
      for (const frame of this.#baseline) yield frame;
      yield* this.#written(flags, 0);
      return;
    }
    if (status === EXHAUSTED) throw memoryExhausted(WHAT, core.maxBytes);
    if (status === LIMIT) throw tooMany(WHAT, "65,536 bytes of what is told of the process");
    if (status !== OK) throw closed(WHAT);
    // What is given up half way is not built upon.
    this.#whole = true;
    while (verbs.exporterDone(this.#address) === 0) {
      const length = core.cold(() => verbs.exporterWrite(this.#address, SLICE_SERIES));
      if (length === EXHAUSTED) throw memoryExhausted(WHAT, core.maxBytes);
      if (length < 0) throw closed(WHAT);
      const text = verbs.exporterText();
      // A copy: whoever writes it beside the event loop does so while the next scrape uses the same bytes.
      yield core.bytes(text + length).slice(text, text + length);
    }
    this.#whole = false;
  }

  /** Gives back what it remembers. */
  close(): void {
    if (this.#closed || this.#place === undefined) return;
    this.#closed = true;
    this.#place.core.verbs.exporterEnd(this.#address);
  }
}
