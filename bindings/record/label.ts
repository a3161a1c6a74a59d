// A bound label: what records. Its verbs allocate nothing, take no lock, and look at one word while recording is off.

import { clock } from "../clock.ts";
import { OK } from "../../assembly/status.ts";
import { callbackInvalid } from "../errors.ts";
import { INSPECT } from "../inspect.ts";
import type { Rings } from "./rings.ts";

/** @internal What `start` gives while recording is off: no time, and a duration since then is none. */
export const NOT_STARTED = NaN;

/**
 * A label of a recorder, bound once.
 *
 * @example
 * ```ts
 * import { recorder } from "tallystick/record";
 *
 * const bound = recorder({ prefix: "bound" });
 * const query = bound.label("query");
 * query.record(0.25);
 * const started = query.start();
 * query.stop(started);
 * query.time(() => 2 + 2); // 4
 * bound.statistics.recorded; // 3
 * ```
 */
export class RecorderLabel {
  readonly name: string;
  readonly #rings: Rings;
  readonly #label: number;

  /** @internal Labels are made by their recorder. */
  constructor(rings: Rings, name: string, label: number) {
    this.name = name;
    this.#rings = rings;
    this.#label = label;
  }

  /** Records a value, now; see `Recorder.record` for what is no number. */
  record(value: number): void {
    const rings = this.#rings;
    if (rings.words[rings.on] === 0) return;
    const now = clock.now();
    const status = rings.sampleRecord(rings.ring, this.#label, now, value);
    if (status !== OK) rings.again(status, this.#label, now, value);
  }

  /** The moment that a duration begins at, for `stop`: a number, so any of them may overlap, nest and wait for promises. */
  start(): number {
    const rings = this.#rings;
    return rings.words[rings.on] === 0 ? NOT_STARTED : clock.now();
  }

  /** Records the seconds since `start` gave that number; nothing for one that it gave while recording was off. */
  stop(started: number): void {
    const rings = this.#rings;
    if (rings.words[rings.on] === 0) return;
    const now = clock.now();
    const status = rings.durationRecord(rings.ring, this.#label, started, now);
    if (status !== OK) rings.durationAgain(status, this.#label, started, now);
  }

  /**
   * Runs a function and records how many seconds it took, whether it returned or threw; of a promise, until it settled. Gives
   * what the function gives. Only real promises are waited for: a query builder's lazy `then` would run its query twice.
   */
  time<T>(fn: () => T): T {
    if (typeof fn !== "function") throw callbackInvalid("time", fn);
    const started = this.start();
    let result: T;
    try {
      result = fn();
    } catch (error) {
      this.stop(started);
      throw error;
    }
    if (!(result instanceof Promise)) {
      this.stop(started);
      return result;
    }
    const settle = () => this.stop(started);
    result.then(settle, settle);
    return result;
  }

  /** @internal */
  [INSPECT](): string {
    return `RecorderLabel { ${JSON.stringify(this.name)} }`;
  }
}
