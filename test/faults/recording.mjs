// What a thread of the fault tests has of a recorder: its ring, its labels, and the files that drains leave.

import assert from "node:assert/strict";
import { internals } from "../internals.mjs";

const { status } = internals;
const decoder = new TextDecoder();
export const ORIGIN = 1700000000000;
export const RING_BYTES = 4096;
/** Samples of such a ring. */
export const CAPACITY = 137;
export const [FLUSH, OLDEST, NEWEST] = [0, 1, 2];

/** What one thread has of a recorder: its ring, its labels, and files that all share. */
export class Hand {
  constructor(thread, recorder, files = new Map()) {
    this.thread = thread;
    this.core = thread.core;
    this.recorder = recorder;
    this.files = files;
    this.ring = recorder;
  }

  bind() {
    const ring = this.thread.cold(() => this.core.ringBind(this.recorder, ORIGIN));
    if (ring > 0) this.ring = ring;
    return ring;
  }

  label(text) {
    return this.thread.cold(() => this.core.labelIntern(this.recorder, this.thread.input(text), 0));
  }

  admit(text) {
    return this.thread.cold(() => this.core.labelAdmit(this.recorder, this.thread.input(text), 8));
  }

  /** Odd ones have the one label, even ones the other, and the time is the value's. */
  record(value) {
    return this.core.sampleRecord(this.ring, this.labels[value % 2], value, value);
  }

  recordAll(from, to) {
    for (let value = from; value <= to; value++) this.record(value);
  }

  /** A drain into the file of its number. Small slices: there are many of them. */
  drain(slice = 60, begin = "drainBegin", bytes = Infinity) {
    const { core, recorder } = this;
    const turn = this.thread.cold(() => core[begin](recorder, 0, 42));
    if (turn < 0) return turn;
    if (bytes < Infinity) core.drainLimit(recorder, turn, bytes);
    let text = "";
    do {
      const length = core.drainWrite(recorder, turn, slice, 0);
      if (length < 0) throw new Error(`drainWrite: ${length}`);
      const from = core.drainText();
      text += decoder.decode(this.thread.bytes().slice(from, from + length));
    } while (!core.drainDone(recorder));
    const number = core.drainNumber(recorder);
    // A rename: it happens or does not, and costs a step of its own.
    core.recorderCapacity(recorder);
    this.files.set(number, text);
    return core.drainCommit(recorder, turn);
  }

  /** All that waits, in drains of so many bytes each: a file each. */
  drainAll(bytes) {
    let ended = status.OK;
    while (ended === status.OK && this.counts().waiting > 0) ended = this.drain(60, "drainBegin", bytes);
    return ended;
  }

  /** A drain that rests behind each slice. What it gave counts where it is committed alone: then it is the file of its number. */
  drainWithRests(slice = 60) {
    const { core, recorder } = this;
    const turn = this.thread.cold(() => core.drainBegin(recorder, 0, 42));
    if (turn < 0) return turn;
    const number = core.drainNumber(recorder);
    let text = "";
    for (;;) {
      const length = core.drainWrite(recorder, turn, slice, 0);
      if (length < 0) return length;
      const from = core.drainText();
      text += decoder.decode(this.thread.bytes().slice(from, from + length));
      const done = core.drainDone(recorder);
      if (core.drainRest(recorder, turn) !== status.OK || core.drainResume(recorder, turn) !== status.OK) return status.GONE;
      if (done) break;
    }
    const ended = core.drainCommit(recorder, turn);
    if (ended === status.OK) this.files.set(number, text);
    return ended;
  }

  /** Every value in the files, in their order. Each row must be whole. */
  rows(context) {
    const values = [];
    for (const [number, text] of [...this.files].sort(([a], [b]) => a - b)) {
      const lines = text.split("\r\n");
      assert.equal(lines.shift(), "Timepoint,Measurement,Label,PID", `${context}: file ${number}`);
      assert.equal(lines.pop(), "", `${context}: file ${number}`);
      for (const line of lines) {
        const [time, value, label, process] = line.split(",");
        const i = Number(value);
        const whole = [`${ORIGIN + i}000000`, `${i}.0`, i % 2 === 0 ? "even" : "odd", "42"];
        assert.deepEqual([time, value, label, process], whole, `${context}: a row of file ${number}`);
        values.push(i);
      }
    }
    return values;
  }

  counts() {
    const { core, recorder } = this;
    const [recorded, rows, dropped, waiting] = ["Recorded", "Rows", "Dropped", "Waiting"].map((what) => core[`recorder${what}`](recorder));
    return { recorded, rows, dropped, waiting };
  }
}
