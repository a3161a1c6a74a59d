// A thread of the fault tests: one instance of the core, driven verb by verb, with or without a hook that is
// called before every access to memory. Several of them share one memory and run in one real thread, so that
// every interleaving is chosen and can be played again.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { internals } from "../internals.mjs";
import { noted } from "./accesses.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const { define, definitionInput, status } = internals;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

const plain = new WebAssembly.Module(readFileSync(at("../../build/core.wasm")));

/**
 * The optimised core with a hook before every load, before every store and between its value and the store, and
 * before and after every exchange and addition that is one instruction: those wasm-opt does not instrument, so
 * the one file that writes them is built with a call on either side.
 */
function instrumented() {
  const made = at("../../build/faults/core.faults.wasm");
  const sources = [at("../../build/core.wasm"), fileURLToPath(import.meta.url)];
  if (existsSync(made) && sources.every((source) => statSync(source).mtimeMs < statSync(made).mtimeMs)) {
    return new WebAssembly.Module(readFileSync(made));
  }
  const source = at("../../build/faults/assembly");
  cpSync(at("../../assembly"), source, { recursive: true });
  const atomics = `${source}/memory/atomics.ts`;
  const hookedText = readFileSync(atomics, "utf8").replace(
    /return (atomic\.(?:cmpxchg|xchg|add)<(u32|u64)>\([^;]*\));/g,
    "step();\n  const seen = $1;\n  step();\n  return seen;",
  );
  writeFileSync(atomics, `@external("env", "step")\ndeclare function step(): void;\n${hookedText}`);
  const options = JSON.parse(readFileSync(at("../../asconfig.json"), "utf8"));
  options.targets = { release: { outFile: "core.wasm" } };
  writeFileSync(at("../../build/faults/asconfig.json"), JSON.stringify(options));
  const run = (tool, ...rest) =>
    execFileSync(process.execPath, [at(`../../node_modules/${tool}`), ...rest], { cwd: at("../../build/faults"), stdio: "pipe" });
  run("assemblyscript/bin/asc.js", "--config", "asconfig.json", "--target", "release");
  run(".bin/wasm-opt", "core.wasm", "--all-features", "--instrument-memory", "-o", "core.faults.wasm");
  return new WebAssembly.Module(readFileSync(made));
}
let hooked;

/** Thrown by a hook: the thread ends here. */
export class Death extends Error {}

export function memoryMade(maxBytes = 1 << 22) {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 160, shared: true });
  const first = new Thread(memory);
  if (first.core.memoryFormat(maxBytes, 1n, 2n) !== status.OK) throw new Error("the memory could not be formatted");
  first.claim();
  first.registry = first.cold(() => first.core.registryCreate());
  return first;
}

export class Thread {
  /**
   * @param hook called with the number of the access since `arm`, before it is made, and with what it is: "load", "store" where its
   * address is known, "value" right before it changes memory, "exchange" on either side of one
   */
  constructor(memory, hook, thread = 1) {
    this.memory = memory;
    this.thread = thread;
    this.accesses = 0;
    this.armed = false;
    this.hook = hook;
    const value = (_id, loaded) => loaded;
    const step = (what = "exchange", instruction = 0) => {
      if (!this.armed) return;
      this.noted?.note(what, instruction);
      this.hook(++this.accesses, this, what);
    };
    const load = (instruction, _bytes, _offset, address) => (step("load", instruction), address);
    const store = (instruction, _bytes, _offset, address) => (step("store", instruction), address);
    const stored = (instruction, storing) => (step("value", instruction), storing);
    const other = (name) => (name.startsWith("memory_grow") ? (_id, pages) => pages : name.startsWith("store_val") ? stored : value);
    const env = new Proxy(
      { memory, step: () => step(), load_ptr: load, store_ptr: store },
      { get: (known, name) => known[name] ?? other(name), has: () => true },
    );
    this.core = new WebAssembly.Instance(hook === undefined ? plain : (hooked ??= instrumented()), { env }).exports;
    if (hook !== undefined) this.core = this.#noted(this.core);
    this.core.clockSet(1000);
  }

  /** The exports, which say by their names that they were called with the hook on. */
  #noted(exports) {
    this.called = new Set();
    const noted = ([name, verb]) => {
      if (typeof verb !== "function") return [name, verb];
      return [name, (...args) => (this.armed && this.called.add(name), verb(...args))];
    };
    return Object.fromEntries(Object.entries(exports).map(noted));
  }

  claim() {
    const claimed = this.core.writerClaim((this.identity ??= this.core.identityNext()), this.thread, 0);
    if (claimed !== status.OK) throw new Error(`claim: ${claimed}`);
    return this;
  }

  /** A verb that may find its slot revoked. */
  cold(verb) {
    let result = verb();
    if (result === status.NO_WRITER) {
      this.claim();
      result = verb();
    }
    return result;
  }

  bytes() {
    return new Uint8Array(this.memory.buffer);
  }

  inputRoom(length) {
    const address = this.core.inputAddress(length);
    if (address === 0) throw new Error("no room for input");
    return address;
  }

  view(address, length) {
    return new DataView(this.memory.buffer, address, length);
  }

  input(text) {
    const bytes = encoder.encode(text);
    this.bytes().set(bytes, this.inputRoom(bytes.length + 8));
    return this.bytes() && bytes.length;
  }

  /** Registers a family in the memory's first registry; its address or a status. */
  family(kind, options) {
    const registry = this.core.registryFirst();
    const definition = define(kind, { help: "", ...options });
    return this.cold(() => {
      definitionInput(this, definition);
      return this.core.familyCreate(registry, this.core.recordState(registry), 0);
    });
  }

  state(record) {
    return this.core.recordState(record);
  }

  /** A handle {cell, token}, or a status; of a cell that takes `value`, where it is known what will be observed. */
  bind(family, block, value = NaN) {
    const cell = this.cold(() => this.core.seriesBind(family, this.state(family), this.input(block), 0, value));
    return cell > 0 ? { family, block, cell, token: this.core.seriesToken() } : cell;
  }

  #hot(verb, handle, value) {
    if (typeof handle === "number") throw new Error(`${verb} on a series that could not be bound: ${handle}`);
    for (let i = 0; i < 8; i++) {
      const result = this.core[verb](handle.cell, handle.token, value);
      if (result !== status.STALE) return result;
      const bound = this.bind(handle.family, handle.block, value);
      if (typeof bound === "number") return bound;
      Object.assign(handle, bound);
    }
    throw new Error(`${verb} stays stale`);
  }

  add(handle, amount = 1) {
    return this.#hot("counterAdd", handle, amount);
  }

  observe(handle, value) {
    return this.#hot("histogramObserve", handle, value);
  }

  nativeObserve(handle, value) {
    return this.#hot("nativeObserve", handle, value);
  }

  summaryObserve(handle, value) {
    return this.#hot("summaryObserve", handle, value);
  }

  set(handle, value) {
    return this.#hot("gaugeSet", handle, value);
  }

  sharedAdd(handle, amount) {
    return this.#hot("sharedAdd", handle, amount);
  }

  remove(family, block) {
    return this.cold(() => this.core.seriesRemove(family, this.state(family), this.input(block)));
  }

  reset(family) {
    return this.cold(() => this.core.familyEmpty(family, this.state(family), 1));
  }

  clear(family) {
    return this.cold(() => this.core.familyEmpty(family, this.state(family), 0));
  }

  fold(slot, most = 1000) {
    return this.cold(() => this.core.writerFold(slot, most));
  }

  /** The whole exposition in slices of `most` bytes. */
  scrape(most = 131072, dialect = 1) {
    const registry = this.core.registryFirst();
    const walk = this.core.walkBegin();
    let text = "";
    let [family, series, state] = [0, 0, 0];
    for (;;) {
      const length = this.cold(() =>
        this.core.expositionWrite(registry, this.state(registry), walk, dialect, family, series, state, most, 0),
      );
      if (length < 0) throw new Error(`scrape: ${length}`);
      const from = this.core.expositionText();
      text += decoder.decode(this.bytes().slice(from, from + length));
      if (this.core.expositionDone() !== 0) return text;
      [family, series, state] = [this.core.expositionFamily(), this.core.expositionSeries(), this.core.expositionState()];
    }
  }

  /** Runs a verb with the hook on; true where it came to its end. */
  run(verb) {
    this.accesses = 0;
    this.noted = noted();
    this.armed = true;
    try {
      verb(this);
      return true;
    } catch (error) {
      if (!(error instanceof Death)) throw error;
      return false;
    } finally {
      this.armed = false;
    }
  }

  slot() {
    return this.core.writerIndex();
  }
}
