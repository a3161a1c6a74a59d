// Writes windows as text: CSV, JSON lines with the same keys in lower case, and a table for people.

import { digitsOf } from "./moment.ts";
import type { Output } from "./output.ts";
import { quoted, repr } from "./rows.ts";
import { OTHERS_NAME, plainOf } from "./summary.ts";
import { brief, shown } from "./text.ts";
import type { Window } from "./windows.ts";
import { DAY, UTC, type Zone } from "./zone.ts";

const QUANTILES = [0.5, 0.99];
const COLUMNS = ["Timepoint", "Label", "Count", "Rate", "Mean", "Min", "P50", "P99", "Max"] as const;
/** Of a number in the table: `brief` has few that are longer. */
const CELL = 8;
const CLOCK = "hh:mm:ss.mmm".length;

export interface WindowSink {
  /** A promise where its reader is to be waited for. */
  write(window: Window): Promise<void> | undefined;
}

export interface WindowShape {
  /** Of a window, in milliseconds. */
  readonly width: number;
  /** Of times in the table. */
  readonly zone: Zone;
  /** Of an id; undefined for all that were too many. */
  readonly nameOf: (label: number) => string | undefined;
  /** Columns of a label in the table. */
  readonly most: number;
}

export type MakeWindowSink = (output: Output, shape: WindowShape) => WindowSink;

/** How many rows a window has, and how many a second. */
export function rateOf({ tally, begin, end }: Window): { readonly count: number; readonly rate: number } {
  const count = tally?.count ?? 0;
  return { count, rate: count / ((end - begin) / 1000) };
}

/** Mean, least, quantiles and most; undefined where there is no number. */
function valuesOf({ tally }: Window): number[] | undefined {
  if (tally === undefined || tally.count === 0) return undefined;
  return [tally.mean, tally.min, ...tally.quantiles(QUANTILES), tally.max];
}

const timepointOf = (begin: number) => digitsOf(Math.floor(begin / 1000), (begin % 1000) * 1e6);

export const windowCsv: MakeWindowSink = (output, { nameOf }) => {
  void output.text(`${COLUMNS.join(",")}\r\n`);
  return {
    write(window) {
      const { count, rate } = rateOf(window);
      const values = valuesOf(window)?.map((value) => repr(value, false)) ?? ["", "", "", "", ""];
      const label = quoted(nameOf(window.label) ?? OTHERS_NAME);
      return output.text(`${timepointOf(window.begin)},${label},${count},${repr(rate, false)},${values.join(",")}\r\n`);
    },
  };
};

export const windowJsonl: MakeWindowSink = (output, { nameOf }) => ({
  write(window) {
    const { count, rate } = rateOf(window);
    const [mean, min, p50, p99, max] = valuesOf(window)?.map(plainOf) ?? [null, null, null, null, null];
    const label = nameOf(window.label) ?? null;
    return output.text(`${JSON.stringify({ timepoint: timepointOf(window.begin), label, count, rate, mean, min, p50, p99, max })}\n`);
  },
});

/** A label, the day with the names of the columns, and a line a window. */
export const windowTable: MakeWindowSink = (output, { width, zone, nameOf, most }) => {
  if (zone !== UTC) void output.text(`Times are of ${zone.name}\n\n`);
  const names = COLUMNS.slice(2).map((name) => name.toLowerCase().padStart(CELL));
  // Windows of days have their dates themselves.
  const [from, to] = width % DAY === 0 ? [0, 10] : [11, width % 1000 === 0 ? 19 : 23];
  let label = -1;
  let day = "";
  return {
    write(window) {
      const time = zone.text(window.begin) ?? "?";
      const head = [];
      if (window.label !== label) {
        if (label !== -1) head.push("");
        head.push(shown(nameOf(window.label) ?? OTHERS_NAME, most));
        label = window.label;
        day = "";
      }
      const date = from === 0 ? "day" : time.slice(0, 10);
      if (date !== day) head.push([date.padEnd(CLOCK), ...names].join(" "));
      day = date;
      const { count, rate } = rateOf(window);
      const values = valuesOf(window)?.map(brief) ?? [];
      const cells = [String(count), brief(rate), ...values].map((cell) => cell.padStart(CELL));
      return output.text([...head, [time.slice(from, to).padEnd(CLOCK), ...cells].join(" "), ""].join("\n"));
    },
  };
};
