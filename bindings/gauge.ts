// Gauges: the handle, and the family. Which verb of the core a handle calls is decided once, by the mode.

import { Family, type Home } from "./family.ts";
import { amountInvalid, callbackInvalid, latestForbidsAdding } from "./errors.ts";
import { now, secondsSince, ticks } from "./clock.ts";
import { timed } from "./timer.ts";
import { type Core, NO_TOKEN } from "./core.ts";
import { type Definition, type GaugeMode, keepsLatest } from "./definition.ts";
import { INSPECT, inspectedHandle } from "./inspect.ts";
import type { LabelObject, LabelValue } from "./labels.ts";

function checkAmount(name: string, mode: GaugeMode, amount: number): void {
  if (typeof amount !== "number" || !Number.isFinite(amount)) throw amountInvalid("add", "gauge", name, amount, "a finite number");
  if (keepsLatest(mode)) throw latestForbidsAdding(name, mode);
}

/**
 * A bound gauge.
 *
 * @example
 * ```ts
 * const depth = registry.gauge({ name: "queue_depth", help: "Jobs waiting.", labelNames: ["queue"] });
 * const mail = depth.labels("mail");
 * mail.set(5);
 * mail.dec();
 * mail.value(); // 4
 * ```
 */
export class GaugeHandle {
  #core: Core;
  #address = 0;
  #token = NO_TOKEN;
  readonly #family: Family<GaugeHandle>;
  readonly #block: string;
  readonly #shared: boolean;
  readonly #latest: boolean;

  private constructor(family: Family<GaugeHandle>, block: string) {
    this.#family = family;
    this.#core = family.core;
    this.#block = block;
    this.#shared = family.definition.mode === "shared";
    this.#latest = keepsLatest(family.definition.mode);
    this.#bind(false);
  }

  /** @internal Handles are made by their family. */
  static of(family: Family<GaugeHandle>, block: string): GaugeHandle {
    return new GaugeHandle(family, block);
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

  /** @internal No private method, see CounterHandle. */
  store(value: number): number {
    if (this.#shared) return this.#core.sharedSet(this.#address, this.#token, value);
    if (this.#latest) return this.#core.gaugeSetLatest(this.#address, this.#token, value, Date.now());
    return this.#core.gaugeSet(this.#address, this.#token, value);
  }

  /** @internal No private method, see CounterHandle. */
  add(amount: number): number {
    if (this.#shared) return this.#core.sharedAdd(this.#address, this.#token, amount);
    return this.#core.gaugeAdd(this.#address, this.#token, amount);
  }

  /** Sets the value; any number, NaN and infinities too. Throws a TypeError for anything else. */
  set(value: number): void {
    if (typeof value !== "number") throw amountInvalid("set", "gauge", this.#family.name, value, "a number");
    if (this.store(value) !== 0) this.setAgain(value);
  }

  /** Adds an amount, 1 by default. Throws a RangeError for one that is not finite, a TypeError for no number. */
  inc(amount = 1): void {
    if (typeof amount !== "number" || this.#latest || this.add(amount) !== 0) this.again(amount);
  }

  /** Takes an amount away, 1 by default. */
  dec(amount = 1): void {
    this.inc(typeof amount === "number" ? -amount : amount);
  }

  /** @internal The cold way of `inc`; no private method, see CounterHandle. */
  again(amount: number): void {
    checkAmount(this.#family.name, this.#family.definition.mode, amount);
    for (let i = 0; i < 8; i++) if (!this.#bind(true) || this.add(amount) === 0) return;
    this.lost();
  }

  /** @internal The cold way of `set`. */
  setAgain(value: number): void {
    for (let i = 0; i < 8; i++) if (!this.#bind(true) || this.store(value) === 0) return;
    this.lost();
  }

  /** @internal */
  lost(): void {
    this.#family.home.refused(this.#family.name, "contention");
  }

  /** Sets the value to the time, in seconds since the epoch. */
  setToCurrentTime(): void {
    this.set(now() / 1000);
  }

  /** Starts a timer; the function it returns sets the gauge to the seconds since, and returns them. */
  startTimer(): () => number {
    const from = ticks();
    return () => {
      const seconds = secondsSince(from);
      this.set(seconds);
      return seconds;
    };
  }

  /** Runs a function, sync or async, and sets the gauge to the seconds it took. */
  time<T>(fn: () => T): T {
    return timed(fn, (seconds) => this.set(seconds));
  }

  /** The value over all threads; of modes `all` and `liveall` this thread's own part, or the first one where it has none. */
  value(): number {
    return this.#family.read(this.#block)?.value ?? 0;
  }

  /** @internal */
  [INSPECT](): string {
    return inspectedHandle("GaugeHandle", this.#family.name, this.#block);
  }
}

/** @internal */
export class GaugeFamily extends Family<GaugeHandle> {
  readonly #own: GaugeHandle | undefined;
  readonly #shared: boolean;
  readonly #latest: boolean;

  constructor(home: Home, definition: Definition, address: number, state: number) {
    super(home, definition, address, state);
    this.#shared = definition.mode === "shared";
    this.#latest = keepsLatest(definition.mode);
    this.#own = definition.labelNames.length === 0 ? GaugeHandle.of(this, "") : undefined;
  }

  protected override made(block: string): GaugeHandle {
    return this.#own ?? GaugeHandle.of(this, block);
  }

  #which(labels: LabelObject | undefined): GaugeHandle {
    return this.#own !== undefined && labels === undefined ? this.#own : this.handleOf(labels as LabelObject);
  }

  set(first: number | LabelObject, value?: number): void {
    if (this.#own !== undefined && (typeof first !== "object" || first === null)) {
      this.#own.set(first as number);
      return;
    }
    const { core } = this;
    const at = this.entryOf(first as LabelObject) * 2;
    const { words } = this.cache;
    const cell = words[at]!;
    const token = words[at + 1]!;
    let stale = 1;
    if (typeof value === "number") {
      if (this.#shared) stale = core.sharedSet(cell, token, value);
      else if (this.#latest) stale = core.gaugeSetLatest(cell, token, value, Date.now());
      else stale = core.gaugeSet(cell, token, value);
    }
    if (stale !== 0) this.setAgain(first as LabelObject, value as number);
  }

  inc(first?: number | LabelObject, amount = 1): void {
    if (this.#own !== undefined && (typeof first !== "object" || first === null)) {
      this.#own.inc(first as number | undefined);
      return;
    }
    const { core } = this;
    const at = this.entryOf(first as LabelObject) * 2;
    const { words } = this.cache;
    const cell = words[at]!;
    const token = words[at + 1]!;
    let stale = 1;
    if (typeof amount === "number" && !this.#latest) {
      stale = this.#shared ? core.sharedAdd(cell, token, amount) : core.gaugeAdd(cell, token, amount);
    }
    if (stale !== 0) this.again(first as LabelObject, amount);
  }

  /** @internal Labels and value before a series is made for them. */
  setAgain(labels: LabelObject, value: number): void {
    const values = this.valuesOf(labels);
    if (typeof value !== "number") throw amountInvalid("set", "gauge", this.name, value, "a number");
    this.handleOnce(values).set(value);
  }

  /** @internal The same for what is added. */
  again(labels: LabelObject, amount: number): void {
    const values = this.valuesOf(labels);
    checkAmount(this.name, this.definition.mode, amount);
    this.handleOnce(values).inc(amount);
  }

  dec(first?: number | LabelObject, amount = 1): void {
    if (this.#own !== undefined && (typeof first !== "object" || first === null)) this.#own.dec(first as number | undefined);
    else this.inc(first as LabelObject, typeof amount === "number" ? -amount : amount);
  }

  setToCurrentTime(labels?: LabelObject): void {
    this.#which(labels).setToCurrentTime();
  }

  startTimer(labels?: LabelObject): () => number {
    return this.#which(labels).startTimer();
  }

  time<T>(first: LabelObject | (() => T), fn?: () => T): T {
    if (typeof first === "function") return this.#which(undefined).time(first);
    if (this.#own !== undefined && typeof first !== "object" && typeof fn !== "function") throw callbackInvalid("time", first);
    return this.#which(first).time(fn!);
  }

  labels(...values: (LabelValue | LabelObject)[]): GaugeHandle {
    return this.handle(values);
  }

  remove(...values: (LabelValue | LabelObject)[]): boolean {
    return this.removeSeries(values);
  }

  value(...values: (LabelValue | LabelObject)[]): number {
    return this.read(this.block(values))?.value ?? 0;
  }
}
