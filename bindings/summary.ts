// Summaries: count and sum over all time, and quantiles over the last minutes, right over all threads within the
// accuracy that the metric was given.

import { type Core } from "./core.ts";
import { ObserverFamily, ObserverHandle } from "./observer.ts";
import type { LabelValue } from "./labels.ts";
import { summaryValue, type SummaryValue } from "./reading.ts";

/**
 * A bound summary. Its quantiles are within 1 % unless the metric says else.
 *
 * @example
 * ```ts
 * const size = registry.summary({ name: "reply_bytes", help: "Size of replies.", quantiles: [0.5] });
 * for (const bytes of [100, 200, 300]) size.labels().observe(bytes);
 * Math.round(size.value().quantiles[0].value / 10) * 10; // 200
 * ```
 */
export class SummaryHandle extends ObserverHandle {
  readonly #owner: SummaryFamily;

  /** Handles are made by their family. */
  protected constructor(family: object, block: string) {
    super(family, block);
    this.#owner = family as SummaryFamily;
  }

  /** @internal */
  static of(family: SummaryFamily, block: string): SummaryHandle {
    return new SummaryHandle(family, block);
  }

  /** @internal */
  counted(core: Core, address: number, token: number, value: number): number {
    return core.summaryObserve(address, token, value);
  }

  /** Count, sum and quantiles over all threads. */
  value(): SummaryValue {
    return this.#owner.valueOf(this.block);
  }
}

/** @internal */
export class SummaryFamily extends ObserverFamily<SummaryHandle> {
  protected override bound(block: string): SummaryHandle {
    return SummaryHandle.of(this, block);
  }

  protected override counted(core: Core, address: number, token: number, value: number): number {
    return core.summaryObserve(address, token, value);
  }

  value(...values: (LabelValue | Readonly<Record<string, LabelValue>>)[]): SummaryValue {
    return this.valueOf(this.block(values));
  }

  override valueOf(block?: string): SummaryValue {
    return summaryValue(this.definition, this.read(block ?? ""));
  }
}
