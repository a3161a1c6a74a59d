// What is drawn of windows: how many rows a second there were, by label.

import { Axis, Series } from "./axis.ts";
import type { Stretch } from "./moment.ts";
import { brief } from "./text.ts";
import type { Captioned } from "./svg.ts";
import { rateOf } from "./window-rows.ts";
import type { Window } from "./windows.ts";

class Rate {
  readonly series = new Series();
  windows = 0;
  rows = 0;
  most = 0;
  milliseconds = 0;

  constructor(readonly label: number) {}
}

export class Rates {
  readonly axis = new Axis();
  /** Windows whose quantiles are estimates, and the greatest relative error of them. */
  coarse = 0;
  error = 0;
  /** Of the window that ends last. */
  #end = -Infinity;
  #last = 0;
  readonly #nameOf: (label: number) => string;
  readonly #all: Rate[] = [];

  constructor(nameOf: (label: number) => string) {
    this.#nameOf = nameOf;
  }

  /** The windows of one label come one behind the other. */
  add(window: Window): void {
    let own = this.#all.at(-1);
    if (own?.label !== window.label) {
      own = new Rate(window.label);
      this.#all.push(own);
      this.axis.series.push(own.series);
    }
    const { count, rate } = rateOf(window);
    own.windows++;
    own.milliseconds += window.end - window.begin;
    if (window.end > this.#end) [this.#end, this.#last] = [window.end, window.end - window.begin];
    own.rows += count;
    own.most = Math.max(own.most, rate);
    own.series.add(this.axis.bin(Math.floor(window.begin / 1000), (window.begin % 1000) * 1e6), rate);
    const sketch = window.tally?.sketch;
    if (sketch === undefined || sketch.exact) return;
    this.coarse++;
    this.error = Math.max(this.error, sketch.error);
  }

  /** Until the last window ends. */
  get reach(): Stretch {
    const { begin, end } = this.axis.reach;
    return { begin, end: end + this.#last };
  }

  /** Where each label has one window there is no course of time to be drawn. */
  get isCourse(): boolean {
    return this.#all.some(({ windows }) => windows > 1);
  }

  captioned(): Captioned[] {
    return this.#all.map(({ label, series, milliseconds, rows, most }) => {
      const mean = rows / (milliseconds / 1000);
      return { label: this.#nameOf(label), series, numbers: `n ${rows} · ${brief(mean)} a second · at most ${brief(most)}` };
    });
  }
}
