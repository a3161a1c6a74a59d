// Rows in windows of one width, as pandas' resample has them: of each label every window from the one of its first row to that of its
// last, those without a row among them.
//
// A window begins at a whole multiple of its width since the epoch, one of whole days by the clocks of a zone: it may have an hour more or
// less. pandas begins at the midnight before a label's first row, which is
// the same for every width that divides a day; for others it is `origin="epoch"` there. Beginnings that do not depend on what was read
// are the same for all labels and for each part of a recording.
//
// Files are not in order of time, so rows are put in order of their labels and times first, and one window is in memory at a time. What
// a label's windows will be is known before from where its rows lie.

import type { Batch } from "./batch.ts";
import { Tally } from "./tally.ts";
import { DAY, UTC, type Zone } from "./zone.ts";

const NANOS_OF_MILLISECOND = 1e6;

export interface Window {
  /** The label's id. */
  readonly label: number;
  /** When it begins, in milliseconds since the epoch. */
  readonly begin: number;
  readonly end: number;
  /** Undefined where there is no row. */
  readonly tally: Tally | undefined;
}

/** From which window to which one there are rows of a label. */
export interface Reach {
  first: number;
  last: number;
}

export class Windows {
  /** By the label's id. */
  readonly reaches: Reach[] = [];
  readonly #width: number;
  readonly #zone: Zone;

  /** With milliseconds, a whole number of them: an integer of them holds any timepoint exactly, in nanoseconds none does. */
  constructor(widthMilliseconds: number, zone: Zone) {
    this.#width = widthMilliseconds;
    this.#zone = widthMilliseconds % DAY === 0 ? zone : UTC;
  }

  /** The number of a point in time's window since the epoch. */
  #at(seconds: number, nanos: number): number {
    return Math.floor(this.#zone.shown(seconds * 1000 + Math.floor(nanos / NANOS_OF_MILLISECOND)) / this.#width);
  }

  /** When a window of a number begins, in milliseconds since the epoch. */
  #begin(window: number): number {
    return this.#zone.moment(window * this.#width);
  }

  #made(label: number, window: number, tally: Tally | undefined): Window {
    return { label, begin: this.#begin(window), end: this.#begin(window + 1), tally };
  }

  /** Looks where rows lie. */
  reach({ rows, seconds, nanos, labels }: Batch): void {
    let id = NaN;
    let own: Reach | undefined;
    for (let i = 0; i < rows; i++) {
      if (labels[i] !== id) {
        id = labels[i]!;
        own = this.reaches[id] ??= { first: Infinity, last: -Infinity };
      }
      const window = this.#at(seconds[i]!, nanos[i]!);
      if (window < own!.first) own!.first = window;
      if (window > own!.last) own!.last = window;
    }
  }

  /** How many windows there will be of all labels. */
  get count(): number {
    // Ids go to labels as they come, and rows may be filtered after: some have none.
    return Object.values(this.reaches).reduce((sum, { first, last }) => sum + last - first + 1, 0);
  }

  /** The label with the most windows, and from when to when they are, in milliseconds since the epoch. */
  get widest(): { readonly label: number; readonly from: number; readonly to: number } | undefined {
    const size = ([, { first, last }]: [string, Reach]) => last - first;
    const [most] = Object.entries(this.reaches).sort((one, other) => size(other) - size(one));
    if (most === undefined) return undefined;
    const [label, { first, last }] = most;
    return { label: Number(label), from: this.#begin(first), to: this.#begin(last + 1) };
  }

  /** All of them, by label and time, of rows in that order. */
  *of(batches: Iterable<Batch>): Generator<Window, void, undefined> {
    let label = -1;
    let window = 0;
    let tally = new Tally();
    for (const { rows, seconds, nanos, values, labels } of batches) {
      for (let i = 0; i < rows; i++) {
        const id = labels[i]!;
        const at = this.#at(seconds[i]!, nanos[i]!);
        if (id !== label || at !== window) {
          if (label !== -1) yield this.#made(label, window, tally);
          if (id === label) while (++window < at) yield this.#made(label, window, undefined);
          label = id;
          window = at;
          tally = new Tally();
        }
        tally.take(values[i]!);
      }
    }
    if (label !== -1) yield this.#made(label, window, tally);
  }
}
