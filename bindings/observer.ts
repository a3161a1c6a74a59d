// What histograms and summaries have in common: handles that observe, timers, and the families they are of. The verb of
// the core is the one thing that a kind adds; it is a method, so that every kind's call has one target.

import { Family, type Home } from "./family.ts";
import { callbackInvalid, exemplarRefused, valueNotNumber } from "./errors.ts";
import { secondsSince, ticks } from "./clock.ts";
import { timed } from "./timer.ts";
import { type Core, NO_TOKEN } from "./core.ts";
import type { Definition } from "./definition.ts";
import { type ExemplarLabels, exemplarBlock } from "./exemplar.ts";
import { INSPECT, inspectedHandle } from "./inspect.ts";
import type { LabelObject, LabelValue } from "./labels.ts";

/** @internal What a handle needs of its family. */
interface Observed extends Family<ObserverHandle> {
  readonly home: Home;
}

/** A bound series that observes values. */
export abstract class ObserverHandle {
  #core: Core;
  #address = 0;
  #token = NO_TOKEN;
  /** Bound to the overflow series, which may take another cold way before it takes a value. */
  #overflowed = false;
  readonly #family: Observed;
  readonly #block: string;

  /** Handles are made by their family. */
  protected constructor(family: object, block: string) {
    this.#family = family as Observed;
    this.#core = this.#family.core;
    this.#block = block;
    this.#bind(false, NaN);
  }

  /** @internal The verb of the core. */
  abstract counted(core: Core, address: number, token: number, value: number): number;

  #bind(observing: boolean, value: number): boolean {
    this.#address = this.#family.bind(this.#block, observing, value, this.#overflowed);
    this.#overflowed = this.#family.overflowed;
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

  /** @internal */
  get block(): string {
    return this.#block;
  }

  /**
   * Counts a value. NaN and infinities are left out and counted in
   * `tallystick_refused_observations_total{reason="not_finite"}`; a TypeError for anything but a number.
   */
  observe(value: number, exemplar?: ExemplarLabels): void {
    if (exemplar !== undefined) throw exemplarRefused(this.#family.definition);
    if (typeof value !== "number" || this.counted(this.#core, this.#address, this.#token, value) !== 0) this.again(value);
  }

  /** @internal The cold way of `observe`; no private method, see CounterHandle. */
  again(value: number): void {
    if (typeof value !== "number") throw valueNotNumber(this.#family.name, value);
    if (!Number.isFinite(value)) {
      this.#family.home.refused(this.#family.name, "not_finite");
      return;
    }
    for (let i = 0; i < 8; i++) {
      if (!this.#bind(true, value) || this.counted(this.#core, this.#address, this.#token, value) === 0) return;
    }
    this.#family.home.refused(this.#family.name, "contention");
  }

  /** @internal Counts a value and keeps what it was about. */
  exemplified(value: number, labels: ExemplarLabels | undefined): void {
    const { name, home } = this.#family;
    // Before anything is counted: what is wrong with it is said, and nothing else happened.
    const block = labels === undefined ? (Number.isFinite(value) ? home.exemplar(name) : undefined) : exemplarBlock(name, labels);
    if (typeof value !== "number" || this.counted(this.#core, this.#address, this.#token, value) !== 0) this.again(value);
    if (block !== undefined && Number.isFinite(value)) this.#core.exemplarSet(this.#address, this.#token, value, block);
  }

  /** Starts a timer; the function it returns observes the seconds since, and returns them. */
  startTimer(): () => number {
    const from = ticks();
    return () => {
      const seconds = secondsSince(from);
      this.observe(seconds);
      return seconds;
    };
  }

  /** Runs a function, sync or async, and observes the seconds it took, also where it throws. */
  time<T>(fn: () => T): T {
    return timed(fn, (seconds) => this.observe(seconds));
  }

  /** @internal */
  [INSPECT](): string {
    return inspectedHandle(this.constructor.name, this.#family.name, this.#block);
  }
}

/** @internal */
export abstract class ObserverFamily<H extends ObserverHandle> extends Family<H> {
  readonly #own: H | undefined;

  constructor(home: Home, definition: Definition, address: number, state: number) {
    super(home, definition, address, state);
    this.#own = definition.labelNames.length === 0 ? this.bound("") : undefined;
  }

  /** A handle of the kind. */
  protected abstract bound(block: string): H;

  /** The verb of the core. */
  protected abstract counted(core: Core, address: number, token: number, value: number): number;

  protected override made(block: string): H {
    return this.#own ?? this.bound(block);
  }

  protected which(labels: LabelObject | undefined): H {
    return this.#own !== undefined && labels === undefined ? this.#own : this.handleOf(labels as LabelObject);
  }

  observe(first: number | LabelObject, value?: number | ExemplarLabels, exemplar?: ExemplarLabels): void {
    if (this.#own !== undefined && (typeof first !== "object" || first === null)) {
      this.#own.observe(first as number, value as ExemplarLabels | undefined);
      return;
    }
    if (this.definition.exemplars || exemplar !== undefined) {
      this.handleOf(first as LabelObject).observe(value as number, exemplar);
      return;
    }
    const at = this.entryOf(first as LabelObject) * 2;
    const { words } = this.cache;
    if (typeof value !== "number" || this.counted(this.core, words[at]!, words[at + 1]!, value) !== 0)
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
    const from = ticks();
    return (late) => {
      const seconds = secondsSince(from);
      this.checkKnown(late);
      this.which(late === undefined ? labels : { ...labels, ...late }).observe(seconds);
      return seconds;
    };
  }

  time<T>(first: LabelObject | (() => T), fn?: () => T): T {
    if (typeof first === "function") return this.which(undefined).time(first);
    if (this.#own !== undefined && typeof first !== "object" && typeof fn !== "function") throw callbackInvalid("time", first);
    return this.which(first).time(fn!);
  }

  labels(...values: (LabelValue | LabelObject)[]): H {
    return this.handle(values);
  }

  remove(...values: (LabelValue | LabelObject)[]): boolean {
    return this.removeSeries(values);
  }
}
