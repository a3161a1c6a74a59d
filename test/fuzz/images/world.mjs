// A collector's memory that frames come into, driven verb by verb: what a process there was told before, what others have, and blocks that
// belong to neither. Worlds that were given the same have the same bytes, whatever lies behind a frame: so two of them that differ
// in that alone show a reading that leaves the frame.

import assert from "node:assert/strict";
import { bytesUsed } from "../../faults/images.mjs";
import { memoryMade } from "../../faults/thread.mjs";
import { inside } from "../internals.mjs";

const { define, definitionAt, definitionInput, optionsOf, shapeText, status } = inside;
/** Of one frame here: the room for it is made once. */
export const FRAME_BYTES_MOST = 65536;
/** Families that one frame may ask for. */
const WANTED_MOST = 20_000;
const CANARIES = 8;
/** So often everything valid is taken in and dropped before: by then what is free among the canaries was given out. */
const LEARNED_ROUNDS = 6;
const decoder = new TextDecoder();

/** What the core answers to a frame; all else is nothing that it may say. */
const ANSWERS = [status.OK, status.REFUSED, status.FOREIGN, status.BEHIND, status.EXHAUSTED];

export class World {
  #fill;
  #canaries = [];
  #name = 0;
  /** In front of the room for frames; labels are put together there, by copies of 16 bytes that are cut to their length afterwards. */
  #scratch = 0;

  /** `fill` is the byte that lies behind frames, `kept` the frames of a process that is not touched any more, `lines` what is known to be sound. */
  constructor(fill, kept, lines) {
    this.#fill = fill;
    this.thread = memoryMade(1 << 23);
    const { core } = this.thread;
    this.registry = core.registryFirst();
    // Its input is then as long as it becomes.
    this.thread.inputRoom(FRAME_BYTES_MOST);
    this.#canary();
    this.source = this.thread.cold(() => core.sourceCreate(this.registry, core.recordState(this.registry), 7n));
    this.#scratch = core.bytesReserved();
    this.room = core.sourceRoom(this.source, FRAME_BYTES_MOST);
    this.#canary();
    this.keeper = core.processCreate(this.source);
    for (const frame of kept) assert.equal(this.apply(this.keeper, frame), status.OK);
    this.#canary();
    this.publish();
    this.bytes().fill(fill, this.room, this.room + FRAME_BYTES_MOST + 16);
    this.#learn(lines);
    this.page = this.samples();
  }

  bytes() {
    return this.thread.bytes();
  }

  /** A family with series of another registry, in bytes that nobody else was given. */
  #canary() {
    const { thread } = this;
    const { core } = thread;
    const from = core.bytesReserved();
    const registry = thread.cold(() => core.registryCreate());
    const definition = define("counter", { name: `canary_${this.#name++}`, help: "Sings.", labelNames: ["i"] });
    const family = thread.cold(() => {
      definitionInput(thread, definition);
      return core.familyCreate(registry, core.recordState(registry), 0);
    });
    for (let i = 0; i < CANARIES; i++) thread.add(thread.bind(family, `i="${i}"`), i + 1);
    const to = core.bytesReserved();
    this.#canaries.push({ from, to, bytes: Buffer.from(this.bytes().slice(from, to)) });
  }

  /** Cuts out of the canaries what they gave back while they were made: the next one who asks has it. */
  #learn(lines) {
    const taken = this.#canaries.map(({ bytes }) => new Uint8Array(bytes.length));
    for (let round = 0; round < LEARNED_ROUNDS; round++) {
      const processes = lines.map((rows) => {
        const process = this.thread.core.processCreate(this.source);
        for (const frame of rows.flat()) this.apply(process, frame);
        return process;
      });
      this.publish();
      this.#canaries.forEach(({ from, bytes }, c) => {
        const now = this.bytes().subarray(from, from + bytes.length);
        bytes.forEach((byte, i) => (taken[c][i] |= byte ^ now[i]));
      });
      for (const process of processes) this.drop(process);
      this.publish();
    }
    // Blocks begin at multiples of 16.
    this.#canaries = this.#canaries.flatMap(({ from, to, bytes }, c) => {
      const rests = [];
      for (let at = 0; at < bytes.length; at += 16) {
        const isTaken = taken[c].subarray(at, at + 16).some((bits) => bits !== 0);
        if (isTaken) continue;
        const last = rests.at(-1);
        if (last?.to === from + at) last.to += 16;
        else rests.push({ from: from + at, to: from + at + 16 });
      }
      return rests.map((rest) => ({
        ...rest,
        to: Math.min(rest.to, to),
        bytes: bytes.subarray(rest.from - from, Math.min(rest.to, to) - from),
      }));
    });
    this.guarded = this.#canaries.reduce((sum, { bytes }) => sum + bytes.length, 0);
    assert.ok(this.guarded > 3000, `${this.guarded} bytes are watched`);
  }

  /** The canaries that do not sing any more. */
  dead() {
    const dead = this.#canaries.filter(({ from, to, bytes }) => bytes.compare(this.bytes().subarray(from, to)) !== 0);
    return dead.map(({ from, to }) => `${from}-${to}`);
  }

  /** Finds or makes the family that is asked for, as sources do. */
  #family() {
    const { thread, source } = this;
    const { core } = thread;
    const view = (address, length) => thread.view(address, length);
    const text = (address, length) => decoder.decode(thread.bytes().slice(address, address + length));
    const there = (address) => definitionAt({ view, text }, address);
    let definition;
    try {
      const wanted = there(core.sourceWanted(source));
      definition = define(wanted.kind, optionsOf(wanted), wanted.constant);
      if (shapeText(definition) !== shapeText(wanted)) definition = undefined;
    } catch {}
    if (definition === undefined) {
      core.sourceFamily(source, 0, 0);
      return;
    }
    const made = thread.cold(() => {
      definitionInput(thread, definition);
      return core.familyCreate(this.registry, core.recordState(this.registry), 0);
    });
    const state = core.familyState();
    if (made > 0) core.sourceFamily(source, made, state);
    else if (made === status.CONFLICT && shapeText(there(core.familyDefinition(core.conflictAddress()))) === shapeText(definition)) {
      core.sourceFamily(source, core.conflictAddress(), state);
    } else if ([status.CONFLICT, status.CLASH, status.LABELS].includes(made)) core.sourceKept(source, core.conflictAddress(), state);
    else core.sourceFamily(source, 0, 0);
  }

  #answered(verb) {
    for (let i = 0; i < WANTED_MOST; i++) {
      const answer = this.thread.cold(verb);
      if (answer !== status.WANTED) return answer;
      this.#family();
    }
    throw new Error("families are wanted again and again");
  }

  /** Applies bytes that are said to be a frame; what is answered. */
  apply(process, frame) {
    const { core } = this.thread;
    assert.equal(core.sourceRoom(this.source, frame.length), this.room);
    this.bytes().set(frame, this.room);
    const answer = this.#answered(() => core.imageApply(process, frame.length));
    assert.ok(ANSWERS.includes(answer), `a frame is answered by ${answer}`);
    this.bytes().fill(this.#fill, this.room, this.room + frame.length);
    return answer;
  }

  publish() {
    for (;;) {
      const answer = this.#answered(() => this.thread.core.sourcePublish(this.source, 1024));
      if (answer === status.EXHAUSTED) return answer;
      if (answer !== 1024) return status.OK;
    }
  }

  drop(process) {
    this.thread.cold(() => this.thread.core.processDrop(process));
  }

  /** All that is shown, as text. */
  scrape(dialect = 1) {
    return this.thread.scrape(131072, dialect);
  }

  /** What is shown, without what all processes have in common: families that have nothing, and exemplars, of which the newest stays. */
  samples() {
    const lines = this.scrape().split("\n");
    return lines.filter((line) => !line.startsWith("# ")).map((line) => line.replace(/ # \{.*$/, "")).join("\n"); // prettier-ignore
  }

  used() {
    return bytesUsed(this.thread);
  }

  /** True where another world has the same bytes, but for what lies in the room for frames and for their labels. */
  isTwin(other) {
    const end = this.thread.core.bytesReserved();
    const [own, others] = [this, other].map((world) => Buffer.from(world.thread.memory.buffer, 0, end));
    const behind = this.room + FRAME_BYTES_MOST + 16;
    return own.compare(others, 0, this.#scratch, 0, this.#scratch) === 0 && own.compare(others, behind, end, behind, end) === 0;
  }
}
