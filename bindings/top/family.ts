// A family that is watched: what a page says of it, and its series.

import type { FamilyType } from "../lint/family.ts";
import { History } from "./history.ts";
import { seen } from "./seen.ts";
import type { FamilyTold, Series } from "./series.ts";
import { unitOf } from "./units.ts";

export class WatchedFamily implements FamilyTold {
  readonly name: string;
  /** As people are shown it: a counter's has its `_total` in every format. */
  shown: string;
  type: FamilyType = "unknown";
  help = "";
  /** As the page says it, or as the name ends. */
  unit: string;
  readonly series = new Map<string, Series>();
  /** The page that last had a word of it. */
  tick = -1;
  /** Of all series together, where adding up means something: what is counted. Else NaN. */
  value = NaN;
  rate = NaN;
  readonly past = new History();

  constructor(name: string) {
    this.name = name;
    this.shown = seen(name);
    this.unit = unitOf(name);
  }

  get isGrowing(): boolean {
    return this.type === "counter" || this.type === "histogram" || this.type === "summary";
  }

  /** It has quantiles, and buckets or a sum. */
  get isDistribution(): boolean {
    return this.type === "histogram" || this.type === "gaugehistogram" || this.type === "summary";
  }

  /** The page is over, and its series have turned. */
  turn(tick: number): void {
    this.value = NaN;
    this.rate = NaN;
    if (!this.isGrowing) return;
    for (const { value, rate, tick: last } of this.series.values()) {
      if (last !== tick) continue;
      this.value = plus(this.value, value);
      this.rate = plus(this.rate, rate);
    }
    this.past.set(tick, this.rate);
  }
}

/** What is not known adds nothing. */
function plus(sum: number, value: number): number {
  return Number.isNaN(value) ? sum : (Number.isNaN(sum) ? 0 : sum) + value;
}
