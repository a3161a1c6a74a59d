// What the metrics show of a recorder without files, which no other thread sees to: by one thread, for two would count twice.

import type { Registry } from "../index.ts";
import type { OwnOfRecorder } from "./own.ts";
import type { Rings } from "./rings.ts";

const SHOWN_MS = 1000;

/** @internal A claim that one thread at a time has; undefined where another one does. */
export type Claim = (registry: Registry, text: string) => { close(): void } | undefined;

export class Shown {
  readonly #registry: Registry;
  readonly #rings: Rings;
  readonly #own: OwnOfRecorder;
  readonly #claim: Claim;
  readonly #stop: () => void;
  #held: { close(): void } | undefined;
  #sum = 0;

  constructor(
    registry: Registry,
    rings: Rings,
    own: OwnOfRecorder,
    claim: Claim,
    every: (milliseconds: number, act: () => void) => () => void,
  ) {
    this.#registry = registry;
    this.#rings = rings;
    this.#own = own;
    this.#claim = claim;
    // Nothing ends a recorder that a program forgets.
    const weak = new WeakRef(this);
    const stop = every(SHOWN_MS, () => {
      const there = weak.deref();
      if (there === undefined) stop();
      else there.show();
    });
    this.#stop = stop;
  }

  /** Brings them up to date, where no other thread does. Never throws. */
  show(): void {
    const { written, dropped } = this.#rings.counts;
    if (written + dropped === this.#sum) return;
    try {
      this.#held ??= this.#claim(this.#registry, `\n${this.#rings.keeping.prefix}`);
    } catch {
      // The registry is closed.
    }
    if (this.#held === undefined) return;
    this.#sum = written + dropped;
    this.#own.samples({ written, dropped });
  }

  close(): void {
    this.show();
    this.#stop();
    this.#held?.close();
    this.#held = undefined;
  }
}
