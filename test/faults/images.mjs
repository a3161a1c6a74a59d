// Images for the fault tests: what other processes have counted, told by exporters in memories of their own, and a
// collector, by which a thread of the fault tests takes them in.

import { internals } from "../internals.mjs";
import { memoryMade } from "./thread.mjs";

const { status } = internals;
const FRAME_BYTES = 65536;

/** A process that counts in a memory of its own and tells what it has. */
export class Teller {
  constructor(instance) {
    this.instance = BigInt(instance);
    this.thread = memoryMade();
    const { core, registry } = this.thread;
    this.exporter = this.thread.cold(() => core.exporterCreate(registry, core.recordState(registry)));
    if (this.exporter < 0) throw new Error(`exporter: ${this.exporter}`);
  }

  /** The frames of what changed since a sequence; of all where it is 0. */
  tell(base = 0, most = 1000) {
    const { core } = this.thread;
    const begun = core.exporterBegin(this.exporter, base, 0, 0, this.instance, 1000);
    if (begun !== status.OK) throw new Error(`exporterBegin: ${begun}`);
    const frames = [];
    while (core.exporterDone(this.exporter) === 0) {
      const length = this.thread.cold(() => core.exporterWrite(this.exporter, most));
      if (length < 0) throw new Error(`exporterWrite: ${length}`);
      if (length > 0) frames.push(this.thread.bytes().slice(core.exporterText(), core.exporterText() + length));
    }
    return frames;
  }
}

/** What a thread knows of other processes: its source. */
export class Collector {
  constructor(thread, name = 7n) {
    this.thread = thread;
    const { core } = thread;
    const registry = core.registryFirst();
    this.source = thread.cold(() => core.sourceCreate(registry, thread.state(registry), name));
    if (this.source < 0) throw new Error(`sourceCreate: ${this.source}`);
  }

  process() {
    return this.thread.core.processCreate(this.source);
  }

  /** Puts a frame where it is applied from; its length. */
  put(frame) {
    const room = this.thread.core.sourceRoom(this.source, frame.length);
    if (room === 0) throw new Error("no room for a frame");
    this.thread.bytes().set(frame, room);
    return frame.length;
  }

  #answered() {
    const { core } = this.thread;
    const wanted = core.sourceWanted(this.source);
    const length = this.thread.view(wanted, 4).getUint32(0, true);
    const input = core.inputAddress(length + 8);
    this.thread.bytes().copyWithin(input, wanted, wanted + length);
    const registry = core.registryFirst();
    const family = this.thread.cold(() => core.familyCreate(registry, this.thread.state(registry), 0));
    core.sourceFamily(this.source, family > 0 ? family : 0, core.familyState());
  }

  #whole(verb) {
    for (let i = 0; i < 100; i++) {
      const result = this.thread.cold(verb);
      if (result !== status.WANTED) return result;
      this.#answered();
    }
    throw new Error("a family is wanted again and again");
  }

  apply(process, frames) {
    for (const frame of frames) {
      const length = this.put(frame);
      const result = this.#whole(() => this.thread.core.imageApply(process, length));
      if (result !== status.OK) return result;
    }
    return status.OK;
  }

  publish(most = 1000) {
    return this.#whole(() => this.thread.core.sourcePublish(this.source, most));
  }

  fold(process) {
    return this.thread.cold(() => this.thread.core.processFold(process));
  }

  sweep() {
    return this.thread.cold(() => this.thread.core.sourceSweep(this.source));
  }

  end() {
    return this.thread.cold(() => this.thread.core.sourceEnd(this.source));
  }
}

/** Bytes of a memory that are in use. */
export function bytesUsed(thread) {
  return thread.core.bytesReserved() - thread.core.bytesFree();
}

export { FRAME_BYTES };
