// One instance of the core over one memory: the exports as fields, the views, and this thread's writer.

import { EXHAUSTED, FOREIGN, LIMIT, NO_WRITER } from "../assembly/status.ts";
import { currentRuntime } from "./runtime.ts";
import { foreignMemory, memoryExhausted, tooMany } from "./errors.ts";

/** The core's exports, as JavaScript sees them. */
interface Exports {
  /** @internal What has WebAssembly's types is in no declaration: neither TypeScript's own nor Node's have them. */
  readonly LAYOUT_VERSION: WebAssembly.Global;
  /** @internal */
  readonly LABELS_BYTES_MAX: WebAssembly.Global;
  bytesFree(): number;
  bytesReserved(): number;
  memoryBytes(maxBytes: number): number;
  memoryCheck(): number;
  memoryFormat(maxBytes: number, key0: bigint, key1: bigint): number;
  memoryIdentity(): bigint;
  memoryKey(key0: bigint, key1: bigint): void;
  clockSet(seconds: number): void;
  inputAddress(bytes: number): number;
  writerOwned(): number;
  writerCount(): number;
  identityNext(): number;
  writerClaim(identity: number, thread: number, parent: number): number;
  writerRest(): void;
  writerLeave(): void;
  writerRenew(): void;
  writerRetire(index: number): number;
  writerRevoke(index: number): number;
  writersSweep(): number;
  writerFold(index: number, most: number): number;
  writerIdentity(index: number): number;
  writerIndex(): number;
  writerState(index: number): number;
  writerThread(index: number): number;
  writerParent(index: number): number;
  writersCollecting(): number;
  writerCollected(collectors: number, collected: number, wait: number): void;
  writersAwaited(wanted: number, milliseconds: number): number;
  writersMissed(wanted: number): void;
  scrapeWantedAddress(): number;
  snapshotsRepaired(): number;
  snapshotsUnexplained(): number;
  registryCreate(): number;
  registryFirst(): number;
  registryLabels(registry: number, state: number, length: number): number;
  registryRelabel(registry: number, state: number, length: number, replaced: number): number;
  registryRemove(registry: number, state: number): number;
  registryClear(registry: number, state: number): number;
  registryOwn(registry: number, state: number, owner: number): number;
  registriesEnd(identity: number): number;
  registryEmpty(registry: number, state: number, reset: number): number;
  conflictAddress(): number;
  familyCreate(registry: number, state: number, flags: number): number;
  familyDefinition(family: number): number;
  familyEmpty(family: number, state: number, reset: number): number;
  familyAt(registry: number, state: number, position: number): number;
  familyAtState(): number;
  familyCells(family: number): number;
  familySeries(family: number): number;
  familyPosition(family: number): number;
  seriesAt(family: number, state: number, position: number): number;
  familyFind(registry: number, state: number, length: number): number;
  familyRemove(family: number, state: number): number;
  familyState(): number;
  recordState(record: number): number;
  seriesBind(family: number, state: number, length: number, overflow: number, value: number): number;
  seriesRemoveMatching(family: number, state: number, length: number): number;
  constantSet(
    family: number,
    state: number,
    length: number,
    overflow: number,
    set: number,
    value: number,
    timestamp: number,
    created: number,
    number: bigint,
    tailAt: number,
    tailBytes: number,
  ): number;
  constantSweep(family: number, state: number, number: bigint): number;
  constantRemove(family: number, state: number, setter: number): number;
  exemplarSet(cell: number, token: number, value: number, seconds: number, length: number): number;
  seriesToken(): number;
  seriesRemove(family: number, state: number, length: number): number;
  seriesRead(family: number, state: number, length: number): number;
  seriesValue(): number;
  seriesBuckets(): number;
  seriesQuantiles(): number;
  seriesSchema(): number;
  seriesZeroCount(): bigint;
  seriesSparseCount(negative: number): number;
  seriesSparseIndex(negative: number, bucket: number): number;
  seriesSparseBucket(negative: number, bucket: number): bigint;
  carryRead(family: number, state: number, position: number): number;
  carryMerge(family: number, state: number, length: number, carried: number, bucketsAt: number): number;
  carryValue(): number;
  carryKey(): number;
  carryKeyLength(): number;
  carryLabels(registry: number, state: number): number;
  carryBuckets(): number;
  sourceBlurred(source: number): number;
  sourceCreate(registry: number, state: number, name: bigint): number;
  sourceEnd(source: number): number;
  sourceFamily(source: number, family: number, state: number): number;
  sourceKept(source: number, blocker: number, state: number): number;
  sourceRenew(source: number, whole: number): number;
  sourceRelabel(source: number): number;
  sourcePublish(source: number, most: number): number;
  sourceRoom(source: number, bytes: number): number;
  sourceSweep(source: number): number;
  sourceWanted(source: number): number;
  processCreate(source: number): number;
  processDrop(process: number): number;
  processFold(process: number): number;
  processInstance(process: number): bigint;
  processLabels(process: number, length: number, added: number): number;
  processLive(process: number, live: number): number;
  processName(process: number, instance: bigint): void;
  processRetire(process: number): number;
  processSeconds(process: number): number;
  processSequence(process: number): number;
  processSeries(process: number): number;
  givenFamily(process: number, index: number, family: number, state: number): number;
  givenGone(process: number, index: number, position: number): number;
  givenSet(process: number, index: number, position: number, length: number, value: number, tailAt: number): number;
  imageApply(process: number, length: number): number;
  imageCheck(process: number, length: number): number;
  retiredBegin(source: number, instance: bigint, generation: bigint, seconds: number): void;
  retiredDone(): number;
  retiredText(): number;
  retiredWrite(source: number): number;
  exporterBegin(
    exporter: number,
    base: number,
    flags: number,
    headLength: number,
    generation: bigint,
    instance: bigint,
    seconds: number,
  ): number;
  exporterCreate(registry: number, registryState: number): number;
  exporterDone(exporter: number): number;
  exporterEnd(exporter: number): void;
  exporterSequence(exporter: number): number;
  exporterText(): number;
  exporterWrite(exporter: number, most: number): number;
  registryInstance(registry: number, state: number, random: bigint): bigint;
  pythonCreate(): number;
  pythonEnd(table: number): void;
  pythonBegin(table: number): void;
  pythonFile(table: number, rule: number, kind: number, process: number): number;
  pythonInput(table: number): number;
  pythonRead(table: number, length: number): number;
  pythonSamples(table: number): number;
  pythonRefused(table: number): number;
  pythonKeyCount(table: number): number;
  pythonKey(table: number, index: number): number;
  pythonKeyLength(table: number, index: number): number;
  pythonKeyKind(table: number, index: number): number;
  pythonKeyProcess(table: number, index: number): number;
  pythonKeySeen(table: number, index: number): number;
  pythonValues(table: number): number;
  pythonStamps(table: number): number;
  counterAdd(cell: number, token: number, amount: number): number;
  counterValueOffset(): number;
  gaugeAdd(cell: number, token: number, amount: number): number;
  gaugeSet(cell: number, token: number, value: number): number;
  gaugeSetLatest(cell: number, token: number, value: number, milliseconds: number): number;
  sharedAdd(cell: number, token: number, amount: number): number;
  sharedSet(cell: number, token: number, value: number): number;
  histogramObserve(cell: number, token: number, value: number): number;
  nativeObserve(cell: number, token: number, value: number): number;
  summaryObserve(cell: number, token: number, value: number): number;
  walkBegin(): number;
  expositionDone(): number;
  expositionFamily(): number;
  expositionPart(): number;
  expositionSeries(): number;
  expositionState(): number;
  expositionText(): number;
  expositionWrite(
    registry: number,
    registryState: number,
    walk: number,
    dialect: number,
    family: number,
    series: number,
    state: number,
    most: number,
    aligned: number,
    filterMode: number,
    filterCount: number,
  ): number;
  drainAbandon(recorder: number, turn: number): number;
  drainBegin(recorder: number, format: number, process: number): number;
  drainCommit(recorder: number, turn: number): number;
  drainDone(recorder: number): number;
  drainNumber(recorder: number): number;
  drainReached(recorder: number): number;
  drainRest(recorder: number, turn: number): number;
  drainResting(recorder: number): number;
  drainResume(recorder: number, turn: number): number;
  drainTake(recorder: number, format: number, process: number): number;
  drainText(): number;
  drainWrite(recorder: number, turn: number, most: number, aligned: number): number;
  labelIntern(recorder: number, length: number, flags: number): number;
  recorderCapacity(recorder: number): number;
  recorderCreate(name: bigint, policy: number, ringBytes: number, maxBytes: number, labelsMax: number, labelRoom: number): number;
  recorderDrained(recorder: number, ring: number): number;
  recorderDropped(recorder: number): number;
  recorderFind(name: bigint): number;
  recorderHead(recorder: number, ring: number): number;
  recorderOnAddress(recorder: number): number;
  recorderRecorded(recorder: number): number;
  recorderRefused(recorder: number): number;
  recorderRows(recorder: number): number;
  recorderSwitch(recorder: number, on: number): void;
  recorderWaiting(recorder: number): number;
  recorderWantedAddress(recorder: number): number;
  ringBind(recorder: number, milliseconds: number): number;
  sampleLost(recorder: number, count: number): void;
  durationRecord(ring: number, label: number, started: number, milliseconds: number): number;
  sampleRecord(ring: number, label: number, milliseconds: number, value: number): number;
}

/** A word that no cell has: a handle without a cell shows it and takes the cold way every time. */
export const NO_TOKEN = 0xffffffff;
const PAGE = 65536;
/** Up to here a loop beats TextEncoder, which wants a view of its own. */
const SHORT = 128;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Random where the runtime allows it now: workerd's global scope does not, and has no attackers yet either. */
function randomKey(): [bigint, bigint] {
  const words = new BigUint64Array(2);
  try {
    crypto.getRandomValues(words);
  } catch {
    words.set([0x746c6c79n, 0x7374636bn]);
  }
  return [words[0]!, words[1]!];
}

/** The bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

export class Core {
  /** @internal */
  readonly module: WebAssembly.Module;
  /** @internal */
  readonly memory: WebAssembly.Memory;
  readonly maxBytes: number;
  readonly thread: number;
  readonly verbs: Exports;
  // The hot verbs as fields of their own: one load less, and a call site that knows its target.
  readonly gaugeAdd: Exports["gaugeAdd"];
  readonly gaugeSet: Exports["gaugeSet"];
  readonly gaugeSetLatest: Exports["gaugeSetLatest"];
  readonly sharedAdd: Exports["sharedAdd"];
  readonly sharedSet: Exports["sharedSet"];
  readonly histogramObserve: Exports["histogramObserve"];
  readonly nativeObserve: Exports["nativeObserve"];
  readonly summaryObserve: Exports["summaryObserve"];
  /** Where a counter's value lies behind its cell's token, in bytes. */
  readonly counterValue: number;
  /**
   * The memory as the hot way of counters sees it. Views that are older than a growth still show all cells
   * that were bound before it, or, where memory is not shared, nothing: then no token fits.
   */
  tokens: Uint32Array<ArrayBufferLike>;
  values: Float64Array<ArrayBufferLike>;
  #bytes: Uint8Array<ArrayBufferLike>;
  #identity = 0;
  /** Called after every claim of a slot: what the slot says of its owner begins anew. */
  claimed: (() => void) | undefined;

  private constructor(module: WebAssembly.Module, memory: WebAssembly.Memory, maxBytes: number, thread: number) {
    this.module = module;
    this.memory = memory;
    this.maxBytes = maxBytes;
    this.thread = thread;
    const verbs = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Exports;
    this.verbs = verbs;
    this.gaugeAdd = verbs.gaugeAdd;
    this.gaugeSet = verbs.gaugeSet;
    this.gaugeSetLatest = verbs.gaugeSetLatest;
    this.sharedAdd = verbs.sharedAdd;
    this.sharedSet = verbs.sharedSet;
    this.histogramObserve = verbs.histogramObserve;
    this.nativeObserve = verbs.nativeObserve;
    this.summaryObserve = verbs.summaryObserve;
    this.counterValue = verbs.counterValueOffset();
    this.#bytes = new Uint8Array(memory.buffer);
    this.tokens = new Uint32Array(memory.buffer);
    this.values = new Float64Array(memory.buffer);
  }

  /** @internal A core over a new memory. */
  static create(module: WebAssembly.Module, maxBytes: number, shared: boolean, thread: number): Core {
    // What series may use, and a reserve beside it: see memoryBytes in the core.
    const reserve = Math.max(maxBytes >>> 4, 8 << 20);
    const maximum = Math.min(Math.ceil((maxBytes + reserve) / PAGE), 32767);
    const memory = new WebAssembly.Memory({ initial: 2, maximum, shared });
    const core = new Core(module, memory, maxBytes, thread);
    const [key0, key1] = randomKey();
    if (core.verbs.memoryFormat(maxBytes, key0, key1) !== 0) throw memoryExhausted("make a memory", maxBytes);
    return core;
  }

  /** @internal A core over a memory that another thread made, by the module that made it. */
  static attach(module: WebAssembly.Module, memory: WebAssembly.Memory, maxBytes: number, thread: number): Core {
    const core = new Core(module, memory, maxBytes, thread);
    if (core.verbs.memoryCheck() === FOREIGN) throw foreignMemory("another build", core.layoutVersion);
    return core;
  }

  get layoutVersion(): number {
    return this.verbs.LAYOUT_VERSION.value as number;
  }

  get labelsBytesMax(): number {
    return this.verbs.LABELS_BYTES_MAX.value as number;
  }

  /** The memory as it is now: growing it in any thread makes older views too short. */
  bytes(end: number): Uint8Array<ArrayBufferLike> {
    if (end > this.#bytes.length) {
      // Growing by nothing makes an engine that has not heard of another thread's growth look.
      this.memory.grow(0);
      this.#bytes = new Uint8Array(this.memory.buffer);
      this.tokens = new Uint32Array(this.memory.buffer);
      this.values = new Float64Array(this.memory.buffer);
    }
    return this.#bytes;
  }

  /** Makes sure that this thread owns a writer slot, and tells the core the time. */
  ready(): void {
    const now = Date.now();
    this.verbs.clockSet(now / 1000);
    if (this.verbs.writerOwned() !== 0) return;
    if (this.#identity === 0) this.#identity = this.verbs.identityNext();
    const status = this.verbs.writerClaim(this.#identity, this.thread, currentRuntime().parent());
    if (status === LIMIT) throw tooMany("join the memory as a writer", "4095 writers at once");
    if (status === EXHAUSTED) throw memoryExhausted("join the memory as a writer", this.maxBytes);
    this.claimed?.();
  }

  get identity(): number {
    return this.#identity;
  }

  /** Puts text into this writer's input and returns its length in bytes. Call `ready` first. */
  input(text: string): number {
    const room = text.length * 3;
    const address = this.inputRoom(room);
    const view = this.bytes(address + room);
    if (text.length > SHORT) return encoder.encodeInto(text, view.subarray(address, address + room)).written;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 127) return encoder.encodeInto(text, view.subarray(address, address + room)).written;
      view[address + i] = code;
    }
    return text.length;
  }

  /** The address of room for so many bytes of input. */
  inputRoom(bytes: number): number {
    const address = this.verbs.inputAddress(bytes + 1);
    if (address === 0) throw memoryExhausted(`pass ${bytes} bytes`, this.maxBytes);
    return address;
  }

  /** Repeats a cold verb that lost its slot meanwhile; `verb` writes its input anew. */
  cold(verb: () => number): number {
    this.ready();
    let status = verb();
    for (let i = 0; status === NO_WRITER && i < 8; i++) {
      this.ready();
      status = verb();
    }
    return status;
  }

  /** Keeps a label block as the exemplar of what was just observed in a cell. Without memory there is none. */
  exemplarSet(cell: number, token: number, value: number, block: string): void {
    this.cold(() => this.verbs.exemplarSet(cell, token, value, Date.now() / 1000, this.input(block)));
  }

  /** Text from the memory. Copied first: decoders refuse shared views. */
  text(address: number, length: number): string {
    return decoder.decode(this.bytes(address + length).slice(address, address + length));
  }

  view(address: number, length: number): DataView {
    return new DataView(this.bytes(address + length).buffer, address, length);
  }
}
