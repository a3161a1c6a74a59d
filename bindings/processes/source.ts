// A source in this thread: images in, frame by frame, and what they stand at shown. Thin: the core reads and adds.
//
// With `close` its records and those of its processes go back to the arena and become anybody's. So no address of theirs is used any
// more: what would have an effect throws, what would only forget or show does nothing, and a process says that nothing is known of it.

import { CONFLICT, EXHAUSTED, OK, REFUSED, WANTED } from "../../assembly/status.ts";
import { labelsOf } from "../carry.ts";
import type { Catalog } from "../catalog.ts";
import { type Core, utf8Length } from "../core.ts";
import { define, type Definition, definitionText } from "../definition.ts";
import { memoryExhausted, MetricsError, type MetricsErrorCode } from "../errors.ts";
import { definitionAt } from "../stored.ts";
import type { Place } from "../thread.ts";
import { andOthers, familyKept, familyRefused, labelsBlurred, sourceClosed, sourceTaken } from "./refused.ts";
import { HEAD_BYTES, RETIRED_INSTANCE } from "./frames.ts";
import { labelsBeyond } from "./labels.ts";
import { MEETING, Refusals } from "./refusals.ts";
import { type ImageHead, type ProcessSource, SourceProcess } from "./source-process.ts";
import { optionsOf, shapeText } from "./shapes.ts";
import type { ApplyResult, ImageProcess, ImageReader } from "./image.ts";

/** In front of what a process says of itself. */
const TAG_HEAD = 1;
/** Published at once before the event loop may turn: about 0.5 ms. */
const PUBLISH_SERIES = 1024;
/** As the core knows it: whoever registers such a family here may do so otherwise. */
const FLAG_IMPORTED = 512;
/** What the core answers where a refused definition made way for one of the living, */
const MADE_WAY = 0;
/** and where no living process has it; else which one does. */
const OF_THE_DEAD = 1;
/** Characters of default labels; the core counts their bytes. */
const LABELS_MAX = 4096;

interface Found {
  readonly address: number;
  readonly state: number;
  /** In the order of the family's blocks. */
  readonly labelNames: readonly string[];
}

/** What a collector has of other processes. */
export class Source implements ImageReader, ProcessSource {
  readonly #catalog: Catalog;
  readonly #place: Place;
  readonly #address: number;
  readonly #refusals: Refusals;
  readonly #onRefused: (error: MetricsError) => void;
  #isTelling = false;
  /** By their addresses, those of whom it is known whose they are. */
  readonly #named = new Map<number, SourceProcess>();
  #headText = "";
  #head: ImageHead = {};
  #first = true;
  /** The registry's default labels when series were given theirs. */
  #own: string;
  /** Processes that have some, as they say them. */
  readonly #labelled = new Map<SourceProcess, string>();
  #closed = false;
  #isBlurred = false;

  /**
   * `name` tells it from other sources of the memory; throws a MetricsError where another thread has it. `isShared`: others read what it writes
   * of the retired, so what is removed here stays in it.
   */
  constructor(catalog: Catalog, name: bigint, onRefused: (error: MetricsError) => void = () => undefined, isShared = false) {
    this.#catalog = catalog;
    this.#place = catalog.here("collect what other processes counted");
    this.#own = labelsOf(this.#place);
    this.#onRefused = onRefused;
    this.#refusals = new Refusals(onRefused);
    const { core, address, state } = this.#place;
    // The same name in another registry is another source, also where that was closed and this one is in its place.
    const registry = (BigInt(address) << 32n) ^ BigInt(state >>> 0);
    const made = core.cold(() => core.verbs.sourceCreate(address, state, BigInt.asIntN(64, name ^ registry)));
    if (made === CONFLICT) throw sourceTaken();
    if (made < 0) throw memoryExhausted("collect what other processes counted", core.maxBytes);
    this.#address = made;
    if (isShared) core.verbs.sourceShared(made);
  }

  get core(): Core {
    return this.#place.core;
  }

  /** @internal Whether no address of it may be used any more. */
  get isClosed(): boolean {
    return this.#closed;
  }

  #open(what: string): void {
    if (this.#closed) throw sourceClosed(what);
  }

  process(instance?: string, whose?: string): SourceProcess {
    const { core } = this;
    this.#open("import an image");
    const made = core.verbs.processCreate(this.#address);
    if (made < 0) throw memoryExhausted("import an image", core.maxBytes);
    if (instance !== undefined) core.verbs.processName(made, BigInt.asIntN(64, BigInt(`0x${instance}`)));
    const process = new SourceProcess(this, made, whose);
    if (whose !== undefined) this.#named.set(made, process);
    return process;
  }

  /** @internal Applies one frame. */
  applied(process: SourceProcess, frame: Uint8Array): number {
    const { core } = this;
    this.#open("import an image");
    const room = core.verbs.sourceRoom(this.#address, frame.length);
    if (room === 0) return EXHAUSTED;
    core.bytes(room + frame.length).set(frame, room);
    if (frame[HEAD_BYTES] === TAG_HEAD) {
      const checked = core.verbs.imageCheck(process.address, frame.length);
      const status = checked === OK ? process.headTaken(frame) : checked;
      if (status !== OK) return status;
    }
    return this.#answered(() => core.verbs.imageApply(process.address, frame.length));
  }

  /** @internal What a process says of itself: most say the same. Nothing where it is nonsense, which the checksum tells. */
  headOf(text: string): ImageHead {
    if (text === this.#headText) return this.#head;
    let said: unknown;
    try {
      said = JSON.parse(text);
    } catch {}
    this.#headText = text;
    this.#head = typeof said === "object" && said !== null ? said : {};
    return this.#head;
  }

  /** @internal Gives the series of a process those of its default labels that this registry has not; REFUSED where they are none. */
  labelled(process: SourceProcess, labels: string): number {
    // Those before it may have been others: only one that had some has to be told of none.
    if (labels === "" && !process.hasLabels) return OK;
    // No text of a legal length is looked at for long.
    if (labels.length > LABELS_MAX) return REFUSED;
    const { core } = this;
    const added = labelsBeyond(labels, labelsOf(this.#place));
    // By their names, as those are; what is no block is refused as it is.
    const sorted = labelsBeyond(labels, "");
    const said = sorted.length === labels.length ? sorted : labels;
    const status = core.cold(() => {
      const bytes = core.input(said + added);
      return core.verbs.processLabels(process.address, bytes - utf8Length(added), utf8Length(added));
    });
    if (status !== OK) return status;
    process.hasLabels = labels !== "";
    if (process.hasLabels) this.#labelled.set(process, labels);
    else this.#labelled.delete(process);
    return status;
  }

  /** Repeats a verb until every family that it wants is found. */
  #answered(verb: () => number): number {
    for (;;) {
      const status = this.core.cold(verb);
      if (status !== WANTED) return status;
      this.#family();
    }
  }

  /** Says which family it is that the core asks for, or that it is refused, which is told once a name. */
  #family(): void {
    const { core } = this;
    const { verbs } = core;
    let definition: Definition | undefined;
    let name = "";
    let shape = "";
    try {
      const wanted = definitionAt(core, verbs.sourceWanted(this.#address));
      name = wanted.name;
      shape = shapeText(wanted);
      const made = define(wanted.kind, optionsOf(wanted), wanted.constant);
      if (shapeText(made) !== shape || name.startsWith("tallystick_")) throw familyRefused(name, "its definition is none of ours");
      definition = wanted.bare === true && made.kind === "counter" ? { ...made, bare: true } : made;
      const { address, state } = this.found(definition, false);
      verbs.sourceFamily(this.#address, address, state);
      this.#refusals.shown(shape, name);
    } catch (error) {
      // What is none of ours nobody ever takes. The rest is kept: for other collectors, and for this one when it has no such family.
      const why = error instanceof MetricsError ? error : familyRefused(name, String(error));
      if (definition === undefined) verbs.sourceFamily(this.#address, 0, 0);
      else if (MEETING.has(why.code)) return this.#keeps(definition, shape, why.code);
      else verbs.sourceKept(this.#address, 0, 0);
      this.#refusals.refuse(name, why);
    }
  }

  /** Keeps what another family is in the way of. Nobody is told before a page is made: what is shown by then is no refusal. */
  #keeps(definition: Definition, shape: string, code: MetricsErrorCode): void {
    const { core } = this;
    const { verbs } = core;
    const { name } = definition;
    const address = verbs.conflictAddress();
    const there = definitionText(definitionAt(core, verbs.familyDefinition(address)));
    const holder = verbs.sourceKept(this.#address, address, verbs.familyState());
    this.#refusals.keep(shape);
    if (!this.#isTelling || holder === MADE_WAY) return;
    const whose = holder === OF_THE_DEAD ? "processes that are no more" : andOthers(this.#named.get(holder)?.whose);
    this.#refusals.refuse(name, familyKept(code, name, whose, there, definitionText(definition)));
  }

  /**
   * Finds the families that were registered here in place of some that images brought, and default labels that came since.
   * `whole`: all that there is of the processes was read.
   */
  #renewed(whole: boolean): void {
    const { core } = this;
    this.#isTelling = whole;
    try {
      this.#answered(() => core.verbs.sourceRenew(this.#address, whole ? 1 : 0));
    } finally {
      this.#isTelling = false;
    }
    this.#relabelled();
  }

  #relabelled(): void {
    const { core } = this;
    if (!this.#isBlurred && core.verbs.sourceBlurred(this.#address) !== 0) {
      this.#isBlurred = true;
      this.#onRefused(labelsBlurred());
    }
    const own = labelsOf(this.#place);
    if (own === this.#own) return;
    // Where there is no memory for it, the next time.
    if (core.cold(() => core.verbs.sourceRelabel(this.#address)) !== OK) return;
    for (const [process, labels] of this.#labelled) this.labelled(process, labels);
    this.#own = own;
  }

  /** @internal The family of a definition, or one of its shape that is there; `sorted` where labels may be in another order. */
  found(definition: Definition, sorted: boolean): Found {
    const { core } = this;
    const { labelNames } = definition;
    try {
      const address = this.#catalog.registered(this.#place, definition, definitionText(definition), FLAG_IMPORTED);
      return { address, state: core.verbs.familyState(), labelNames };
    } catch (error) {
      if (!(error instanceof MetricsError) || error.code !== "definition-conflict") throw error;
      const address = core.verbs.conflictAddress();
      const state = core.verbs.familyState();
      const there = definitionAt(core, core.verbs.familyDefinition(address));
      if (shapeText(there, sorted) !== shapeText(definition, sorted)) throw error;
      return { address, state, labelNames: there.labelNames };
    }
  }

  fold(process: ImageProcess): void {
    const { core } = this;
    this.#open("fold a dead process");
    this.#renewed(false);
    const status = core.cold(() => core.verbs.processFold((process as SourceProcess).address));
    if (status === EXHAUSTED) throw memoryExhausted("fold a dead process", core.maxBytes);
    this.#forgotten(process as SourceProcess);
  }

  #forgotten(process: SourceProcess): void {
    this.#labelled.delete(process);
    if (this.#named.get(process.address) === process) this.#named.delete(process.address);
  }

  drop(process: ImageProcess): void {
    this.#forgotten(process as SourceProcess);
    if (this.#closed) return;
    this.core.cold(() => this.core.verbs.processDrop((process as SourceProcess).address));
  }

  live(process: ImageProcess, live: boolean): void {
    if (!this.#closed) this.core.verbs.processLive((process as SourceProcess).address, live ? 1 : 0);
  }

  retire(bytes: Uint8Array): ApplyResult {
    const { core } = this;
    const process = this.process(RETIRED_INSTANCE);
    const result = process.apply(bytes);
    // What is refused in the middle takes nobody's place.
    if (result.refused === undefined && result.consumed === bytes.length) core.cold(() => core.verbs.processRetire(process.address));
    else this.drop(process);
    return result;
  }

  *retired(): Generator<Uint8Array, void> {
    const { core } = this;
    const { verbs } = core;
    const now = Date.now();
    this.#open("write what dead processes left");
    this.#renewed(false);
    verbs.retiredBegin(this.#address, BigInt(`0x${RETIRED_INSTANCE}`), BigInt(now), now / 1000);
    while (verbs.retiredDone() === 0) {
      this.#open("write what dead processes left");
      const length = core.cold(() => verbs.retiredWrite(this.#address));
      if (length < 0) throw memoryExhausted("write what dead processes left", core.maxBytes);
      const text = verbs.retiredText();
      yield core.bytes(text + length).subarray(text, text + length);
    }
  }

  /** Shows the next series that changed; false once all are shown. */
  #publishSome(): boolean {
    const { core } = this;
    // In slices it may be closed between two of them.
    if (this.#closed) return false;
    const status = this.#answered(() => core.verbs.sourcePublish(this.#address, PUBLISH_SERIES));
    if (status === EXHAUSTED) throw memoryExhausted("show what other processes counted", core.maxBytes);
    if (status === PUBLISH_SERIES) return true;
    if (this.#first) core.cold(() => core.verbs.sourceSweep(this.#address));
    this.#first = false;
    return false;
  }

  publish(): void {
    if (this.#closed) return;
    this.#renewed(true);
    while (this.#publishSome());
  }

  /** The same in slices of about half a millisecond. */
  async published(pause: () => Promise<void>): Promise<void> {
    if (this.#closed) return;
    this.#renewed(true);
    while (this.#publishSome()) await pause();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.core.cold(() => this.core.verbs.sourceEnd(this.#address));
  }
}
