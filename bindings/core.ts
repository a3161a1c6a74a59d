// One instance of the core over one memory: the exports as fields, the views, and this thread's writer.

import { EXHAUSTED, FOREIGN, LIMIT, NO_WRITER } from "../assembly/status.ts";
import { now } from "./clock.ts";
import { currentRuntime } from "./runtime.ts";
import { foreignMemory, memoryExhausted, tooMany } from "./errors.ts";
import type { Exports } from "./verbs.ts";

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
  ready(seconds = now() / 1000): void {
    this.verbs.clockSet(seconds);
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
  cold(verb: () => number, seconds?: number): number {
    this.ready(seconds);
    let status = verb();
    for (let i = 0; status === NO_WRITER && i < 8; i++) {
      this.ready();
      status = verb();
    }
    return status;
  }

  /** Keeps a label block as the exemplar of what was just observed in a cell. Without memory there is none. */
  exemplarSet(cell: number, token: number, value: number, block: string): void {
    // One look at the clock, which costs as much as the verb's own work.
    const seconds = now() / 1000;
    this.cold(() => this.verbs.exemplarSet(cell, token, value, seconds, this.input(block)), seconds);
  }

  /** Text from the memory. Copied first: decoders refuse shared views. */
  text(address: number, length: number): string {
    return decoder.decode(this.bytes(address + length).slice(address, address + length));
  }

  view(address: number, length: number): DataView {
    return new DataView(this.bytes(address + length).buffer, address, length);
  }
}
