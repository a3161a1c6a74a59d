// Histograms: the handles, classic and native, and the family.

import { type Core } from "./core.ts";
import type { Definition } from "./definition.ts";
import type { ExemplarLabels } from "./exemplar.ts";
import { ObserverFamily, ObserverHandle } from "./observer.ts";
import type { LabelValue } from "./labels.ts";
import { histogramValue, type HistogramValue } from "./reading.ts";

/**
 * A bound histogram.
 *
 * @example
 * ```ts
 * const latency = registry.histogram({ name: "latency_seconds", help: "Latency.", buckets: [0.1, 1] });
 * latency.labels().observe(0.25);
 * latency.value().buckets; // [{ le: 0.1, count: 0 }, { le: 1, count: 1 }, { le: Infinity, count: 1 }]
 * ```
 */
export class HistogramHandle extends ObserverHandle {
  readonly #owner: HistogramFamily;

  /** Handles are made by their family. */
  protected constructor(family: object, block: string) {
    super(family, block);
    this.#owner = family as HistogramFamily;
  }

  /** @internal */
  static of(family: HistogramFamily, block: string): HistogramHandle {
    return new (handleClass(family.definition))(family, block);
  }

  /** @internal */
  counted(core: Core, address: number, token: number, value: number): number {
    return core.histogramObserve(address, token, value);
  }

  /** Count, sum and buckets over all threads. */
  value(): HistogramValue {
    return this.#owner.valueOf(this.block);
  }
}

class NativeHandle extends HistogramHandle {
  override counted(core: Core, address: number, token: number, value: number): number {
    return core.nativeObserve(address, token, value);
  }
}

class ExemplarHandle extends HistogramHandle {
  override observe(value: number, exemplar?: ExemplarLabels): void {
    this.exemplified(value, exemplar);
  }
}

class NativeExemplarHandle extends NativeHandle {
  override observe(value: number, exemplar?: ExemplarLabels): void {
    this.exemplified(value, exemplar);
  }
}

function handleClass({ native, exemplars }: Definition): typeof HistogramHandle {
  if (native === undefined) return exemplars ? ExemplarHandle : HistogramHandle;
  return exemplars ? NativeExemplarHandle : NativeHandle;
}

/** @internal */
export class HistogramFamily extends ObserverFamily<HistogramHandle> {
  protected override bound(block: string): HistogramHandle {
    return HistogramHandle.of(this, block);
  }

  protected override counted(core: Core, address: number, token: number, value: number): number {
    return this.definition.native === undefined ? core.histogramObserve(address, token, value) : core.nativeObserve(address, token, value);
  }

  value(...values: (LabelValue | Readonly<Record<string, LabelValue>>)[]): HistogramValue {
    return this.valueOf(this.block(values));
  }

  override valueOf(block?: string): HistogramValue {
    return histogramValue(this.definition, this.read(block ?? ""));
  }
}
