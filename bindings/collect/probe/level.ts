// A gauge of which only another value is set. To an image of this process, which others are sent, a gauge that is set has changed, to
// whatever value: most of what a host has is the same from one round to the next, and would be sent with each of them.

import type { GaugeHandle } from "../../index.ts";

/** So many rounds in a row leave out what is the same: a series that the application removed is back by then. */
const SAME_MOST = 60;
/** All would be sent in the same round again: each begins somewhere else. */
let begun = 0;
/** Raised when nothing of what was set stands any more. */
let sets = 0;

/** All are set with the next value that they get, whatever it is: the registry was reset. */
export function levelsAgain(): void {
  sets++;
}

export class Level {
  readonly #handle: GaugeHandle;
  #last = NaN;
  #sets = sets;
  #left = ++begun % SAME_MOST;

  constructor(handle: GaugeHandle) {
    this.#handle = handle;
  }

  set(value: number): void {
    if (value === this.#last && this.#sets === sets && this.#left-- > 0) return;
    this.#sets = sets;
    this.#last = value;
    this.#left = SAME_MOST;
    this.#handle.set(value);
  }
}
