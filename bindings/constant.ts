// A constant metric's family in this thread: its samples are set as a whole, serialised as the core keeps them.

import { CONFLICT, EXHAUSTED, GONE, NO_WRITER } from "../assembly/status.ts";
import { constantInvalid } from "./errors.ts";
import type { Core } from "./core.ts";
import { Family } from "./family.ts";
import type { LabelObject } from "./labels.ts";
import {
  type ConstantFamily,
  type ConstantHistogram,
  type ConstantInfoSample,
  type ConstantSample,
  type ConstantSummary,
  secondsOf,
  wholeNumber,
} from "./samples.ts";

export type { ConstantSample } from "./samples.ts";

/** Bits of a base's `set`. */
const SET = 1;
const QUANTILES = 2;

/** No instance has it. */
const NO_SETTER = 0xffffffff;

const NOTHING = new Uint8Array(0);

/** The counts of cumulative buckets, not cumulative. */
function countsOf(value: ConstantHistogram): bigint[] {
  let before = 0n;
  // The one without a bound has all of them.
  const cumulative = [...value.buckets.filter(({ le }) => le !== Infinity), value];
  return cumulative.map(({ count }) => {
    const whole = wholeNumber(count);
    const own = whole - before;
    before = whole;
    return own;
  });
}

/** @internal What a definition needs of the first sample: bounds or quantiles. */
export function shapeOf({ type, samples }: ConstantFamily): { buckets?: number[]; quantiles?: number[] } {
  const value = samples[0]?.value as Partial<ConstantHistogram & ConstantSummary> | undefined;
  if (type === "histogram" || type === "gaugeHistogram") return { buckets: value?.buckets?.map(({ le }) => le) ?? [] };
  return type === "summary" ? { quantiles: value?.quantiles?.map(({ quantile }) => quantile) ?? [] } : {};
}

function bytesOf(words: readonly bigint[], numbers: readonly number[] = []): Uint8Array {
  const bytes = new DataView(new ArrayBuffer((words.length + numbers.length) * 8));
  words.forEach((word, i) => bytes.setBigUint64(i * 8, word, true));
  numbers.forEach((number, i) => bytes.setFloat64((words.length + i) * 8, number, true));
  return new Uint8Array(bytes.buffer);
}

/** @internal A sample, checked and serialised. */
export interface Prepared {
  readonly block: string;
  readonly value: number;
  readonly tail: Uint8Array;
  readonly set: number;
  readonly timestamp: number;
  readonly created: number;
}

/** @internal */
export class ConstantSet extends Family<never> {
  protected override made(): never {
    throw constantInvalid(this.name, "it is set by a collector");
  }

  protected override bare(): void {}

  /** What stands behind the value, and the value. */
  #tail(value: ConstantSample["value"] | undefined): { value: number; tail: Uint8Array; set: number } {
    const { kind } = this.definition;
    if (kind === "histogram" || kind === "gaugeHistogram")
      return { value: (value as ConstantHistogram).sum, tail: bytesOf(countsOf(value as ConstantHistogram)), set: SET };
    if (kind === "summary") {
      const { count, sum, quantiles } = value as ConstantSummary;
      const values = quantiles.map((each) => each.value);
      return { value: sum, tail: bytesOf([wholeNumber(count)], values), set: SET | QUANTILES };
    }
    return { value: kind === "info" ? 1 : (value as number), tail: NOTHING, set: SET };
  }

  /** What is to be set of samples that were checked. Throws where one has other labels, or the same as another one. */
  prepared(samples: readonly (ConstantSample | ConstantInfoSample)[]): readonly Prepared[] {
    const blocks = new Set<string>();
    return samples.map((sample) => {
      const block = this.block([(sample.labels ?? {}) as LabelObject]);
      if (blocks.has(block)) throw constantInvalid(this.name, `two samples have the labels {${block}}`);
      blocks.add(block);
      return { block, ...this.#tail(sample.value), timestamp: secondsOf(sample.timestamp), created: secondsOf(sample.created) };
    });
  }

  /** Sets the samples, and ends those that this thread set before and that are no more. False where the family is gone. */
  setAll(samples: readonly Prepared[], number: bigint): boolean {
    for (const { block, value, tail, set, timestamp, created } of samples) {
      const status = this.constant(block, value, tail, number, { set, timestamp, created });
      if (status === GONE) return false;
      if (status === EXHAUSTED) this.home.refused(this.name, "memory");
      if (status === NO_WRITER) this.home.refused(this.name, "contention");
    }
    return this.core.cold(() => this.core.verbs.constantSweep(this.address, this.state, number)) !== GONE;
  }

  /** Removes the family unless somebody has a sample in it: then it stays, and this is false. */
  dropped(): boolean {
    return this.core.cold(() => this.core.verbs.constantRemove(this.address, this.state, NO_SETTER)) !== CONFLICT;
  }
}

/** @internal Numbers for settings: the instance above, and counted up below. */
export class Settings {
  #count = 0;

  next(core: Core): bigint {
    core.ready();
    return (BigInt(core.identity) << 32n) | BigInt(++this.#count & 0xffffffff);
  }
}
