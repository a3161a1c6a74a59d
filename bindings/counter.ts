// Counters: the handle, and the family.

import { Family, type Home } from "./family.ts";
import { amountInvalid, exemplarRefused } from "./errors.ts";
import { exemplarBlock, type ExemplarLabels } from "./exemplar.ts";
import { type Core, NO_TOKEN } from "./core.ts";
import type { Definition } from "./definition.ts";
import { INSPECT, inspectedHandle } from "./inspect.ts";
import type { LabelObject, LabelValue } from "./labels.ts";

function checkAmount(name: string, amount: number): void {
  if (typeof amount === "number" && amount >= 0 && amount < Infinity) return;
  throw amountInvalid("add", "counter", name, amount, "finite and not negative");
}

/**
 * A bound counter: an address and a token. `inc` compares the token and adds.
 *
 * @example
 * ```ts
 * const jobs = registry.counter({ name: "jobs", help: "Jobs done.", labelNames: ["queue"] });
 * const mail = jobs.labels("mail");
 * mail.inc();
 * mail.inc(2);
 * mail.value(); // 3
 * ```
 */
export class CounterHandle {
  #core: Core;
  /** Where the cell's token and its value are in the views. */
  #cell = 0;
  #value = 0;
  #token = NO_TOKEN;
  readonly #family: CounterFamily;
  readonly #block: string;

  /** Handles are made by their family. */
  protected constructor(family: object, block: string) {
    this.#family = family as CounterFamily;
    this.#core = this.#family.core;
    this.#block = block;
    this.#bind(false);
  }

  /** @internal Handles are made by their family. */
  static of(family: CounterFamily, block: string): CounterHandle {
    return new (family.definition.exemplars ? ExemplarHandle : CounterHandle)(family, block);
  }

  #bind(observing: boolean): boolean {
    const address = this.#family.bind(this.#block, observing);
    const { core } = this.#family;
    core.bytes(address + core.counterValue + 8);
    this.#core = core;
    this.#cell = address >>> 2;
    this.#value = (address + core.counterValue) >>> 3;
    this.#token = address === 0 ? NO_TOKEN : core.verbs.seriesToken() >>> 0;
    return address !== 0;
  }

  /** @internal */
  get cell(): number {
    return this.#cell << 2;
  }

  /** @internal */
  get token(): number {
    return this.#token;
  }

  /** Adds an amount, 1 by default. Throws a RangeError for a negative or infinite one, a TypeError for no number. */
  inc(amount = 1, exemplar?: ExemplarLabels): void {
    if (exemplar !== undefined) throw exemplarRefused(this.#family.definition);
    const core = this.#core;
    if (core.tokens[this.#cell] === this.#token && typeof amount === "number" && amount >= 0 && amount < Infinity)
      core.values[this.#value]! += amount;
    else this.again(amount);
  }

  /** @internal Adds an amount and keeps what it was about. */
  exemplified(amount: number, labels: ExemplarLabels | undefined): void {
    const { name, home } = this.#family;
    checkAmount(name, amount);
    // Before anything is counted: what is wrong with it is said, and nothing else happened.
    const block = labels === undefined ? home.exemplar(name) : exemplarBlock(name, labels);
    const core = this.#core;
    if (core.tokens[this.#cell] === this.#token) core.values[this.#value]! += amount;
    else this.again(amount);
    if (block !== undefined) this.#core.exemplarSet(this.cell, this.#token, amount, block);
  }

  /** @internal The cold way of `inc`. Not a private method: JavaScriptCore checks its brand on every `inc`, which doubles its cost. */
  again(amount: number): void {
    checkAmount(this.#family.name, amount);
    for (let i = 0; i < 8; i++) {
      if (!this.#bind(true)) return;
      if (this.#core.tokens[this.#cell] !== this.#token) continue;
      this.#core.values[this.#value]! += amount;
      return;
    }
    this.#family.home.refused(this.#family.name, "contention");
  }

  /** The value over all threads. */
  value(): number {
    return this.#family.read(this.#block)?.value ?? 0;
  }

  /** @internal */
  [INSPECT](): string {
    return inspectedHandle("CounterHandle", this.#family.name, this.#block);
  }
}

class ExemplarHandle extends CounterHandle {
  override inc(amount = 1, exemplar?: ExemplarLabels): void {
    this.exemplified(amount, exemplar);
  }
}

/** @internal */
export class CounterFamily extends Family<CounterHandle> {
  readonly #own: CounterHandle | undefined;

  constructor(home: Home, definition: Definition, address: number, state: number) {
    super(home, definition, address, state);
    this.#own = definition.labelNames.length === 0 ? CounterHandle.of(this, "") : undefined;
  }

  protected override made(block: string): CounterHandle {
    return this.#own ?? CounterHandle.of(this, block);
  }

  inc(first?: number | LabelObject, amount?: number | ExemplarLabels, exemplar?: ExemplarLabels): void {
    const own = this.#own;
    if (own !== undefined && amount === undefined && typeof first !== "object") own.inc(first, exemplar);
    else this.given(first, amount, exemplar);
  }

  /** @internal Apart from `inc`, which is small enough then to be compiled into its caller. */
  given(first: number | LabelObject | undefined, amount: number | ExemplarLabels = 1, exemplar: ExemplarLabels | undefined): void {
    if (this.#own !== undefined && (typeof first !== "object" || first === null)) {
      this.#own.inc(first as number | undefined, typeof amount === "number" ? exemplar : amount);
      return;
    }
    if (this.definition.exemplars || exemplar !== undefined) {
      this.handleOf(first as LabelObject).inc(amount as number, exemplar);
      return;
    }
    const { core } = this;
    const at = this.entryOf(first as LabelObject) * 2;
    const { words } = this.cache;
    const cell = words[at]!;
    if (core.tokens[cell >>> 2] === words[at + 1] && typeof amount === "number" && amount >= 0 && amount < Infinity)
      core.values[(cell + core.counterValue) >>> 3]! += amount;
    else this.again(first as LabelObject, amount as number);
  }

  /** @internal Labels and amount before a series is made for them. */
  again(labels: LabelObject, amount: number): void {
    const values = this.valuesOf(labels);
    checkAmount(this.name, amount);
    this.handleOnce(values).inc(amount);
  }

  labels(...values: (LabelValue | LabelObject)[]): CounterHandle {
    return this.handle(values);
  }

  remove(...values: (LabelValue | LabelObject)[]): boolean {
    return this.removeSeries(values);
  }

  value(...values: (LabelValue | LabelObject)[]): number {
    return this.read(this.block(values))?.value ?? 0;
  }
}
