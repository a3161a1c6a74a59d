// What a worker thread last wrote down about its work, in memory that outlives it. When a thread is terminated, its
// journal tells how far it came: that is what makes the difference between "counted" and "answered" exact.
//
//   index  field                        written by the worker, in this order, for every job
//   0      stage                        last of each step, so that the fields below belong to it
//   1      job                          before COMPUTING
//   2      begun, monotonic ms (int32)  before COMPUTING
//   3      status                       before COUNTING
//   4      body length, bytes           before COUNTING
//
// A job's answer is posted after COUNTED and before the next job's COMPUTING, so at most one counted job can be
// without an answer.
import { nowMilliseconds } from "./clock.mjs";

const STAGE = 0;
const JOB = 1;
const BEGUN = 2;
const STATUS = 3;
const LENGTH = 4;
const FIELD_COUNT = 5;

export const COMPUTING = 1;
export const COUNTING = 2;
export const COUNTED = 3;

export class Journal {
  #fields;

  constructor(buffer = new SharedArrayBuffer(FIELD_COUNT * Int32Array.BYTES_PER_ELEMENT)) {
    this.#fields = new Int32Array(buffer);
  }

  get buffer() {
    return this.#fields.buffer;
  }

  begin(job) {
    Atomics.store(this.#fields, JOB, job);
    Atomics.store(this.#fields, BEGUN, nowMilliseconds());
    Atomics.store(this.#fields, STAGE, COMPUTING);
  }

  counting(status, length) {
    Atomics.store(this.#fields, STATUS, status);
    Atomics.store(this.#fields, LENGTH, length);
    Atomics.store(this.#fields, STAGE, COUNTING);
  }

  counted() {
    Atomics.store(this.#fields, STAGE, COUNTED);
  }

  read() {
    const [stage, job, begun, status, length] = Array.from(this.#fields, (_, index) => Atomics.load(this.#fields, index));
    // Both sides of the subtraction wrap at 32 bits, so the difference is right after any uptime.
    const computingMilliseconds = stage === COMPUTING ? (nowMilliseconds() - begun) | 0 : 0;
    return { stage, job, status, length, computingMilliseconds };
  }
}
