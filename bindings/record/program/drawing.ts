// Draws means in time on a terminal, with the dots of Braille: two columns and four rows a letter.

import type { Axis } from "./axis.ts";
import { reachOf, type Stretch } from "./moment.ts";
import { type Pictured, plotOf, type Point } from "./plot.ts";
import { brief, measured, shown } from "./text.ts";
import type { Zone } from "./zone.ts";

/** Letters. */
const ROWS = 4;
const COLUMNS_LEAST = 20;
/** Of numbers at an axis, without their unit. */
const MARGIN = 11;
const DIGITS = 4;
const BLANK = 0x2800;
/** Bits of a letter's dots, by row and column (Unicode, "Braille Patterns"). */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
];

export interface Sheet {
  /** Of a picture, and the most of a label. */
  readonly columns: number;
  readonly most: number;
  /** What is drawn. */
  readonly what: string;
  /** From when to when. */
  readonly reach: Stretch;
  readonly zone: Zone;
  /** Of the values. */
  readonly unit: string;
}

/** Lines of text: a heading that begins with what is drawn, then a picture a label. */
export function drawingOf(all: readonly Pictured[], axis: Axis, { columns, most, what, reach, zone, unit }: Sheet): string[] {
  const margin = MARGIN + unit.length;
  const width = Math.max(COLUMNS_LEAST, columns - margin - 2);
  const number = (value: number) => (unit === "" ? brief(value) : measured(value, unit, DIGITS));
  const pictures = all.flatMap((one) => {
    const plot = plotOf(one.series, axis, width * 2, false);
    if (plot === undefined) return [];
    const canvas = new Canvas(width, ROWS);
    const place = (point: Point) => ({
      x: Math.floor(point.at * width * 2),
      y: Math.round(((plot.top - point.mean) / (plot.top - plot.bottom)) * (ROWS * 4 - 1)),
    });
    for (const run of plot.runs) {
      let before = place(run[0]!);
      for (const point of run) {
        const here = place(point);
        canvas.line(before.x, before.y, here.x, here.y);
        before = here;
      }
    }
    const margins = canvas.lines().map((_, i) => (i === 0 ? number(plot.top) : i === ROWS - 1 ? number(plot.bottom) : ""));
    return [
      "",
      shown(one.label, most),
      ...canvas.lines().map((line, i) => `${margins[i]!.padStart(margin)} ${"┤││┤"[i]}${line}`.trimEnd()),
    ];
  });
  if (pictures.length === 0) return [];
  const time = reachOf(reach, zone);
  const heading = `${what}, ${time}`;
  return [...(heading.length <= columns ? [heading] : [`${what},`, time]), ...pictures];
}

class Canvas {
  readonly #dots: Uint8Array[];

  constructor(columns: number, rows: number) {
    this.#dots = Array.from({ length: rows }, () => new Uint8Array(columns));
  }

  #dot(x: number, y: number): void {
    this.#dots[y >> 2]![x >> 1]! |= DOTS[y & 3]![x & 1]!;
  }

  /** From left to right: a dot in each column, and all between two of them. */
  line(fromX: number, fromY: number, toX: number, toY: number): void {
    let before = fromY;
    for (let x = fromX; x <= toX; x++) {
      const y = toX === fromX ? toY : Math.round(fromY + ((toY - fromY) * (x - fromX)) / (toX - fromX));
      for (let step = Math.min(before, y) + (before === y ? 0 : 1); step < Math.max(before, y); step++) this.#dot(x, step);
      this.#dot(x, y);
      before = y;
    }
  }

  lines(): string[] {
    // What is blank is a space: some fonts draw the empty pattern.
    return this.#dots.map((row) => Array.from(row, (dots) => (dots === 0 ? " " : String.fromCharCode(BLANK | dots))).join(""));
  }
}
