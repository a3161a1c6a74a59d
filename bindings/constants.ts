// The constant metrics that the collectors of a registry hand over: checked as a whole before anything is set. What a run
// does not return is no more, and neither is what a run returned before one that fails: it would look fresh.

import type { Catalog } from "./catalog.ts";
import { checkConstant, type ConstantFamily, type ConstantSet, type Prepared, Settings, shapeOf } from "./constant.ts";
import { constantInvalid, MetricsError } from "./errors.ts";

/** What a collector returns: nothing, or constant metrics. */
export type Collected = void | readonly ConstantFamily[];

interface Given {
  readonly set: ConstantSet;
  readonly samples: readonly Prepared[];
}

/** The constant metrics of what a callback returned. Whatever else it returns is not meant for us: a timer, results of others. */
function listed(result: unknown): readonly ConstantFamily[] {
  if (!Array.isArray(result)) {
    const { name, samples } = (result ?? {}) as Partial<ConstantFamily>;
    if (samples !== undefined) throw constantInvalid(String(name), "a collector returns an array of metrics");
    return [];
  }
  const families: unknown[] = result.filter((each) => each !== undefined);
  for (const family of families) checkConstant(family);
  return families as ConstantFamily[];
}

export class Constants {
  readonly #catalog: Catalog;
  readonly #settings = new Settings();
  /** What each collector gave last, by the names of the metrics. */
  readonly #given = new Map<object, ReadonlyMap<string, Given>>();

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  #made({ type, name, help, unit, utf8, labelNames, samples }: ConstantFamily, shape: ReturnType<typeof shapeOf>): ConstantSet {
    const told = { help, unit, utf8 };
    const said = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined));
    return this.#catalog.constant(type, {
      name,
      labelNames: labelNames ?? Object.keys(samples[0]?.labels ?? {}).sort(),
      ...said,
      ...shape,
    });
  }

  /** The family; anew where this collector alone gave it, and gives it other bounds or another help now. */
  #family(family: ConstantFamily, collector: object): ConstantSet {
    const shape = shapeOf(family);
    try {
      return this.#made(family, shape);
    } catch (error) {
      const before = [...(this.#given.get(collector) ?? [])].find(([name]) => family.name === name || family.name.startsWith(`${name}_`));
      if (!(error instanceof MetricsError) || error.code !== "definition-conflict" || before === undefined) throw error;
      if (this.#others(before[0], collector).length > 0) throw error;
      this.#catalog.remove(before[0]);
      return this.#made(family, shape);
    }
  }

  /** What other collectors of this thread gave of a metric. */
  #others(name: string, collector: object): readonly Prepared[] {
    return [...this.#given].flatMap(([other, given]) => (other === collector ? [] : (given.get(name)?.samples ?? [])));
  }

  #prepared(collector: object, result: unknown): ReadonlyMap<string, Given> {
    const now = new Map<string, Given>();
    for (const family of listed(result)) {
      // One without samples has no shape yet, and nothing to print.
      if (family.samples.length === 0) continue;
      const set = this.#family(family, collector);
      if (now.has(set.name)) throw constantInvalid(set.name, "a collector returns it once, with all of its samples");
      now.set(set.name, { set, samples: set.prepared(family.samples) });
    }
    return now;
  }

  /** Sets what a collector returned, and ends what it returned before and does not return any more. */
  given(collector: object, result: unknown): void {
    const before = this.#given.get(collector);
    if (result === undefined && before === undefined) return;
    const now = this.#prepared(collector, result);
    if (now.size === 0 && before === undefined) return;
    const number = this.#settings.next(this.#catalog.core);
    for (const [name, { set }] of [...(before ?? []), ...now]) {
      // A family that was removed and made again is in both: the old one takes nothing.
      if (now.has(name) && now.get(name)!.set !== set) continue;
      set.setAll([...this.#others(name, collector), ...(now.get(name)?.samples ?? [])], number);
    }
    this.#given.set(collector, now);
  }

  /** Ends what a collector gave. */
  over(collector: object): void {
    if (this.#given.has(collector)) this.given(collector, []);
    this.#given.delete(collector);
  }
}
