// What is set as a whole: infos, state sets and gauge histograms.

import { EXHAUSTED, NO_WRITER } from "../assembly/status.ts";
import { bucketsNotValues, labelsNotObject, stateNotSaid, stateUnknown } from "./errors.ts";
import { Family } from "./family.ts";
import { GaugeHandle } from "./gauge.ts";
import type { LabelObject, LabelValue } from "./labels.ts";
import { histogramValue, type HistogramValue, statesOf } from "./reading.ts";

/** @internal A family whose series have no cells. */
export abstract class WholeFamily extends Family<never> {
  protected override made(): never {
    throw labelsNotObject(this.name, undefined, this.definition.labelNames);
  }

  /** Sets the series of a block to a value and what stands behind it. */
  store(block: string, value: number, tail: Uint8Array, number: bigint): void {
    const status = this.constant(block, value, tail, number);
    if (status === EXHAUSTED) this.home.refused(this.name, "memory");
    if (status === NO_WRITER) this.home.refused(this.name, "contention");
  }

  remove(...values: (LabelValue | LabelObject)[]): boolean {
    return this.removeSeries(values);
  }
}

const NOTHING = new Uint8Array(0);

/** The core numbers it behind all that any thread has set; swept, all but the newest end. */
const NUMBER_NEXT = -1n;

/** @internal */
export class InfoFamily extends WholeFamily {
  protected override bare(): void {
    this.add({});
  }

  /** One more set of labels. */
  add(labels: LabelObject): void {
    this.store(this.block([labels]), 1, NOTHING, 0n);
  }

  /** These labels and no others. */
  set(labels: LabelObject): void {
    const block = this.block([labels]);
    // Else the labels that are to go would take the place of those that come.
    if (this.definition.maxSeries !== 0) this.core.cold(() => this.core.verbs.familyEmpty(this.address, this.state, 0));
    this.store(block, 1, NOTHING, NUMBER_NEXT);
    this.core.cold(() => this.core.verbs.constantSweep(this.address, this.state, NUMBER_NEXT));
  }
}

/** Beside the bits of 52 states: says that it was set, to none. */
const NO_STATE = 2 ** 52;

/** @internal */
export class StateSetFamily extends Family<GaugeHandle> {
  protected override made(block: string): GaugeHandle {
    return GaugeHandle.of(this, block);
  }

  #mask(states: string | readonly string[]): number {
    const bits = new Set<number>();
    for (const state of [states].flat()) {
      const index = this.definition.states.indexOf(state as string);
      if (index === -1) throw stateUnknown(this.name, state, this.definition.states);
      bits.add(2 ** index);
    }
    return bits.size === 0 ? NO_STATE : [...bits].reduce((mask, bit) => mask + bit);
  }

  /** The one state, or all that hold; the others do not. */
  set(first: string | readonly string[] | LabelObject, states?: string | readonly string[]): void {
    const labelled = typeof first === "object" && first !== null && !Array.isArray(first);
    if (!labelled && states !== undefined) throw labelsNotObject(this.name, first, this.definition.labelNames);
    const said = labelled ? states : first;
    if (said === undefined || said === null) throw stateNotSaid(this.name, this.definition.states);
    // Before a series is made for it.
    const mask = this.#mask(said as string | readonly string[]);
    (labelled ? this.handleOf(first as LabelObject) : this.handle([])).set(mask);
  }

  remove(...values: (LabelValue | LabelObject)[]): boolean {
    return this.removeSeries(values);
  }

  /** The states that hold. */
  value(...values: (LabelValue | LabelObject)[]): readonly string[] {
    return statesOf(this.definition, this.read(this.block(values)));
  }
}

/** @internal */
export class GaugeHistogramFamily extends WholeFamily {
  protected override bare(): void {
    this.set([]);
  }

  /** Counts all values into buckets and replaces what was there. */
  set(first: Iterable<number> | LabelObject, values?: Iterable<number>): void {
    const labelled = typeof first === "object" && first !== null && !(Symbol.iterator in first);
    const all = (labelled ? values : first) as Iterable<number>;
    if (typeof all?.[Symbol.iterator] !== "function") throw bucketsNotValues(this.name, all);
    const { buckets } = this.definition;
    const counts = new BigUint64Array(buckets.length + 1);
    let sum = 0;
    for (const value of all) {
      if (typeof value !== "number" || Number.isNaN(value)) throw bucketsNotValues(this.name, value);
      let bucket = 0;
      while (bucket < buckets.length && buckets[bucket]! < value) bucket++;
      counts[bucket]!++;
      sum += value;
    }
    this.store(labelled ? this.block([first as LabelObject]) : this.block([]), sum, new Uint8Array(counts.buffer), 0n);
  }

  value(...values: (LabelValue | LabelObject)[]): HistogramValue {
    return histogramValue(this.definition, this.read(this.block(values)));
  }
}
