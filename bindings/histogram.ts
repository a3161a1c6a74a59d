// Histograms: the handle, and the family.

import { Family, type Home } from "./family.ts";
import { valueNotNumber } from "./errors.ts";
import { clock, timed } from "./timer.ts";
import { type Core, NO_TOKEN } from "./core.ts";
import type { Definition } from "./definition.ts";
import { INSPECT, inspectedHandle } from "./inspect.ts";
import type { LabelObject, LabelValue } from "./labels.ts";

/** A histogram over all threads at one moment. */
export interface HistogramValue {
  readonly count: number;
  readonly sum: number;
  /** Upper bounds with the observations at or below each; the last is Infinity. */
  readonly buckets: readonly { readonly le: number; readonly count: number }[];
}

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
export class HistogramHandle {
  #core: Core;
  #address = 0;
  #token = NO_TOKEN;
  readonly #family: HistogramFamily;
  readonly #block: string;

  private constructor(family: HistogramFamily, block: string) {
    this.#family = family;
    this.#core = family.core;
    this.#block = block;
    this.#bind(false);
  }

  /** @internal Handles are made by their family. */
  static of(family: HistogramFamily, block: string): HistogramHandle {
    return new HistogramHandle(family, block);
  }

  #bind(observing: boolean): boolean {
    this.#address = this.#family.bind(this.#block, observing);
    this.#core = this.#family.core;
    this.#token = this.#address === 0 ? NO_TOKEN : this.#core.verbs.seriesToken() >>> 0;
    return this.#address !== 0;
  }

  /** @internal */
  get cell(): number {
    return this.#address;
  }

  /** @internal */
  get token(): number {
    return this.#token;
  }

  /**
   * Counts a value. NaN and infinities are left out and counted in
   * `tallystick_refused_observations_total{reason="not_finite"}`; a TypeError for anything but a number.
   */
  observe(value: number): void {
    if (typeof value !== "number" || this.#core.histogramObserve(this.#address, this.#token, value) !== 0) this.again(value);
  }

  /** @internal The cold way of `observe`; no private method, see CounterHandle. */
  again(value: number): void {
    if (typeof value !== "number") throw valueNotNumber(this.#family.name, value);
    if (!Number.isFinite(value)) {
      this.#family.home.refused(this.#family.name, "not_finite");
      return;
    }
    for (let i = 0; i < 8; i++) {
      if (!this.#bind(true) || this.#core.histogramObserve(this.#address, this.#token, value) === 0) return;
    }
    this.#family.home.refused(this.#family.name, "contention");
  }

  /** Starts a timer; the function it returns observes the seconds since, and returns them. */
  startTimer(): () => number {
    const from = clock();
    return () => {
      const seconds = clock() - from;
      this.observe(seconds);
      return seconds;
    };
  }

  /** Runs a function, sync or async, and observes the seconds it took, also where it throws. */
  time<T>(fn: () => T): T {
    return timed(fn, (seconds) => this.observe(seconds));
  }

  /** Count, sum and buckets over all threads. */
  value(): HistogramValue {
    return this.#family.valueOf(this.#block);
  }

  /** @internal */
  [INSPECT](): string {
    return inspectedHandle("HistogramHandle", this.#family.name, this.#block);
  }
}

/** @internal */
export class HistogramFamily extends Family<HistogramHandle> {
  readonly #own: HistogramHandle | undefined;

  constructor(home: Home, definition: Definition, address: number, state: number) {
    super(home, definition, address, state);
    this.#own = definition.labelNames.length === 0 ? HistogramHandle.of(this, "") : undefined;
  }

  protected override made(block: string): HistogramHandle {
    return this.#own ?? HistogramHandle.of(this, block);
  }

  #which(first: unknown): HistogramHandle {
    if (this.#own === undefined || (typeof first === "object" && first !== null)) return this.handleOf(first as LabelObject);
    return this.#own;
  }

  observe(first: number | LabelObject, value?: number): void {
    if (this.#own !== undefined && (typeof first !== "object" || first === null)) {
      this.#own.observe(first as number);
      return;
    }
    const at = this.entryOf(first as LabelObject) * 2;
    const { words } = this.cache;
    if (typeof value !== "number" || this.core.histogramObserve(words[at]!, words[at + 1]!, value) !== 0)
      this.again(first as LabelObject, value as number);
  }

  /** @internal Labels and value before a series is made for them. */
  again(labels: LabelObject, value: number): void {
    const values = this.valuesOf(labels);
    if (typeof value !== "number") throw valueNotNumber(this.name, value);
    if (Number.isFinite(value)) this.handleOnce(values).observe(value);
    else this.home.refused(this.name, "not_finite");
  }

  startTimer(labels?: LabelObject): (late?: LabelObject) => number {
    this.checkKnown(labels);
    const from = clock();
    return (late) => {
      const seconds = clock() - from;
      this.#which(late === undefined ? labels : { ...labels, ...late }).observe(seconds);
      return seconds;
    };
  }

  time<T>(first: LabelObject | (() => T), fn?: () => T): T {
    return typeof first === "function" ? this.#which(undefined).time(first) : this.#which(first).time(fn!);
  }

  labels(...values: (LabelValue | LabelObject)[]): HistogramHandle {
    return this.handle(values);
  }

  remove(...values: (LabelValue | LabelObject)[]): boolean {
    return this.removeSeries(values);
  }

  value(...values: (LabelValue | LabelObject)[]): HistogramValue {
    return this.valueOf(this.block(values));
  }

  override valueOf(block?: string): HistogramValue {
    const read = this.read(block ?? "");
    let count = 0;
    const buckets = [...this.definition.buckets, Infinity].map((le, i) => {
      count += Number(read?.buckets[i] ?? 0n);
      return { le, count };
    });
    return { count, sum: read?.value ?? 0, buckets };
  }
}
