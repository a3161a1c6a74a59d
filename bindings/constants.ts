// The constant metrics that the collectors of a registry hand over: checked as a whole before anything is set. What a run
// does not return is no more, and neither is what a run returned before one that fails: it would look fresh.
//
// A family ends with its last sample, so its name is free again, and what a collector gives otherwise now is another family.
// Where another thread has samples in it, or another collector of this one, it is theirs: that is a conflict.

import type { Catalog } from "./catalog.ts";
import type { DefinitionOptions } from "./definition.ts";
import { type ConstantSet, type Prepared, Settings, shapeOf } from "./constant.ts";
import { constantInvalid } from "./errors.ts";
import { type ConstantFamily, constantsOf } from "./samples.ts";

/** What a collector returns: nothing, or constant metrics. */
export type Collected = void | Iterable<ConstantFamily | undefined>;

/** What a collector gave of a metric. */
interface Given {
  readonly samples: readonly Prepared[];
  /** The metric's family, made anew. */
  readonly made: () => ConstantSet;
}

/** The definition of a metric, without its samples. */
function optionsOf(family: ConstantFamily): DefinitionOptions {
  const { name, help, unit, utf8, labelNames, samples } = family;
  const told = Object.fromEntries(Object.entries({ help, unit, utf8 }).filter(([, value]) => value !== undefined));
  return { name, labelNames: labelNames ?? Object.keys(samples[0]?.labels ?? {}).sort(), ...told, ...shapeOf(family) };
}

/** A family may be removed while it is set: so often it is made anew. */
const TRIES = 8;

export class Constants {
  readonly #catalog: Catalog;
  readonly #settings = new Settings();
  /** What each collector gave last, by the names of the metrics. */
  readonly #given = new Map<object, ReadonlyMap<string, Given>>();
  /** The families of what is given, by their names. */
  readonly #sets = new Map<string, ConstantSet>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  /** What other collectors of this thread gave of a metric. */
  #others(name: string, collector: object): readonly Prepared[] {
    return [...this.#given].flatMap(([other, given]) => (other === collector ? [] : (given.get(name)?.samples ?? [])));
  }

  #prepared(collector: object, result: unknown): ReadonlyMap<string, Given> {
    const now = new Map<string, Given>();
    const taken = (name: string) => now.has(name) || this.#others(name, collector).length > 0;
    const sets: ConstantSet[] = [];
    try {
      for (const family of constantsOf(result)) {
        // One without samples has no shape yet, and nothing to print.
        if (family.samples.length === 0) continue;
        const { type } = family;
        const options = optionsOf(family);
        const set = this.#catalog.constant(type, options, taken);
        const made = () => this.#catalog.constant(type, options, (name) => name !== set.name && taken(name));
        sets.push(set);
        if (now.has(set.name)) throw constantInvalid(set.name, "a collector returns it once, with all of its samples");
        now.set(set.name, { made, samples: this.#own(set, collector, set.prepared(family.samples)) });
      }
    } catch (error) {
      // A family that was made for this has no sample and shall have no name.
      for (const set of sets) if (set.dropped()) this.#catalog.forget(set);
      throw error;
    }
    for (const set of sets) this.#sets.set(set.name, set);
    return now;
  }

  /** Samples that no other collector gave. */
  #own(set: ConstantSet, collector: object, samples: readonly Prepared[]): readonly Prepared[] {
    const others = new Set(this.#others(set.name, collector).map(({ block }) => block));
    const twice = others.size === 0 ? undefined : samples.find(({ block }) => others.has(block));
    if (twice !== undefined) throw constantInvalid(set.name, `another collector gave a sample with the labels {${twice.block}}`);
    return samples;
  }

  /** Sets what all collectors gave of a metric. */
  #set(name: string, collector: object, given: Given, number: bigint): void {
    const samples = [...this.#others(name, collector), ...given.samples];
    for (let i = 0; !this.#sets.get(name)!.setAll(samples, number); i++) {
      if (i === TRIES) return this.#catalog.refused(name, "contention");
      this.#sets.set(name, given.made());
    }
  }

  /** Ends what a collector gave and does not give any more. */
  #ended(before: Iterable<string>, collector: object, now: ReadonlyMap<string, Given>, number: bigint): void {
    for (const name of before) {
      const set = this.#sets.get(name);
      if (set === undefined || now.has(name)) continue;
      const others = this.#others(name, collector);
      set.setAll(others, number);
      if (others.length > 0) continue;
      this.#sets.delete(name);
      this.#catalog.forget(set);
    }
  }

  /** Sets what a collector returned, and ends what it returned before and does not return any more. */
  given(collector: object, result: unknown): void {
    const before = this.#given.get(collector);
    if (result === undefined && before === undefined) return;
    const now = this.#prepared(collector, result);
    if (now.size === 0 && before === undefined) return;
    const number = this.#settings.next(this.#catalog.core);
    // Before anything is set: what is set of a run that fails then ends.
    this.#given.set(collector, now);
    this.#ended(before?.keys() ?? [], collector, now, number);
    for (const [name, given] of now) this.#set(name, collector, given, number);
  }

  /** Ends what a collector gave. */
  over(collector: object): void {
    const before = this.#given.get(collector);
    if (before === undefined) return;
    this.#given.delete(collector);
    this.#ended(before.keys(), collector, new Map(), this.#settings.next(this.#catalog.core));
  }
}
