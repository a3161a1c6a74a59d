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
/** Series and families that are looked at before a step ends, whether there is a frame or not: about 0.2 ms where nothing changed. */
const SLICE_SERIES = 4096;

/** Random where the runtime allows it now; workerd's global scope does not. */
function random(): bigint {
  const [word] = crypto.getRandomValues(new BigUint64Array(1));
  return word === 0n ? 1n : word!;
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
  #closed = false;

  /** `head` is what others are told of this process; `instance` another one than the memory's, for tests. */
  constructor(catalog: Catalog, head: ImageHead = {}, instance = 0n) {
    this.#catalog = catalog;
    this.#head = head;
    this.#given = instance;
  }

  /** The memory may become another one while a late thread joins: then all begins anew. */
  #here(): Core {
    const place = this.#catalog.here(WHAT);
    if (this.#place?.core === place.core && this.#place.address === place.address) return place.core;
    this.#place = place;
    const { core } = place;
    const made = core.cold(() => core.verbs.exporterCreate(place.address, place.state));
    if (made === GONE) throw closed(WHAT);
    if (made < 0) throw memoryExhausted(WHAT, core.maxBytes);
    this.#address = made;
    this.#instance = this.#given === 0n ? told(place) : this.#given;
    this.#whole = true;
    return core;
  }

  get instance(): string {
    this.#here();
    return hexadecimal(this.#instance);
  }

  get sequence(): number {
    const core = this.#here();
    return core.verbs.exporterSequence(this.#address) >>> 0;
  }

  *frames(options: FramesOptions): Generator<Uint8Array, void> {
    if (options.baseline === true) this.#begun();
    const core = this.#here();
    const labels = labelsOf(this.#place!);
    // Labels stand in front of all: others are told by beginning anew.
    const full = options.full || this.#whole || labels !== this.#labels;
    this.#labels = labels;
    const base = full ? 0 : (options.since ?? core.verbs.exporterSequence(this.#address) >>> 0);
    if (base === 0) for (const frame of this.#baseline) yield frame;
    yield* this.#written(options.ended ? ENDED : 0, base);
  }

  /** Takes another instance: what was counted so far is counted elsewhere. */
  #begun(): void {
    this.#here();
    this.#labels = labelsOf(this.#place!);
    this.#instance = random();
    this.#baseline = [...this.#written(BASELINE, 0)];
    this.#whole = true;
  }

  /** The frames of one sequence. */
  *#written(flags: number, base: number): Generator<Uint8Array, void> {
    const core = this.#here();
    const { verbs } = core;
    const now = Date.now();
    const head = JSON.stringify({ ...this.#head, labels: this.#labels });
    const status = core.cold(() => {
      const length = core.input(head);
      return verbs.exporterBegin(this.#address, base, flags, length, BigInt(now), this.#instance, now / 1000);
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
