// An SVG with a plot for each label: its means as a line, from the least to the most as a band around it. It is readable on light
// and on dark, and holds no script and nothing from elsewhere.

import type { Axis } from "./axis.ts";
import { reachOf, type Stretch } from "./moment.ts";
import { type Pictured, plotOf, type Plot, type Point } from "./plot.ts";
import type { Statistics } from "./statistics.ts";
import { QUANTILES } from "./summary.ts";
import { brief, measured, shown } from "./text.ts";
import { DAY, type Zone } from "./zone.ts";

const WIDTH = 960;
const LEFT = 84;
const RIGHT = 24;
const HEAD = 56;
/** Of one plot, from its label to its times. */
const PLOT = 168;
const PLOT_TOP = 34;
const PLOT_HEIGHT = 96;
const COLUMNS = 320;
/** Pixels of a letter, on average, of a label and of the numbers beside it; and what lies between both. */
const LABEL_LETTER = 7.4;
const NUMBER_LETTER = 6.6;
const LABEL_GAP = 16;
/** Beside the last time of a plot, to the edge of the picture. */
const EDGE = 4;
const LETTERS_LEAST = 12;
/** Of times below a plot: at most so many, at round ones of these seconds. */
const TICKS_MOST = 7;
const STEPS = [
  0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400,
];
/** Of numbers at an axis. */
const DIGITS_LEAST = 3;
const DIGITS_MOST = 7;

const STYLE = `
svg { --back: #ffffff; --ink: #1b1f24; --faint: #59636e; --rule: #d9dee4; --line: #0b62c4; --band: #0b62c4; }
@media (prefers-color-scheme: dark) { svg { --back: #12161b; --ink: #e8ecf1; --faint: #9aa5b1; --rule: #2f3842; --line: #6cb6ff; --band: #6cb6ff; } }
.back { fill: #ffffff; fill: var(--back); }
text { font: 12px system-ui, "DejaVu Sans", sans-serif; fill: #59636e; fill: var(--faint); }
.title { font-size: 16px; font-weight: 600; fill: #1b1f24; fill: var(--ink); }
.label { font-size: 13px; font-weight: 600; fill: #1b1f24; fill: var(--ink); }
.number { text-anchor: end; }
.rule { stroke: #d9dee4; stroke: var(--rule); }
.line { fill: none; stroke: #0b62c4; stroke: var(--line); stroke-width: 1.5; stroke-linejoin: round; stroke-linecap: round; }
.dot { fill: #0b62c4; fill: var(--line); }
.time { text-anchor: middle; }
.band { fill: #0b62c4; fill: var(--band); fill-opacity: 0.18; }
`;

/** No letter of a label is markup, and none is such as XML forbids. */
function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll(/[\ufffe\uffff]/g, "\ufffd");
}

/** Positions to a tenth of a pixel. */
const px = (value: number) => String(Math.round(value * 10) / 10);
const xOf = (at: number) => LEFT + at * (WIDTH - LEFT - RIGHT);

export interface Captioned extends Pictured {
  /** What stands beside the label. */
  readonly numbers: string;
}

/** Labels of a summary, with its numbers. */
export function captioned(all: readonly Statistics[]): Captioned[] {
  return all.map((one) => {
    const quantiles = one.quantiles(QUANTILES).map((value, i) => `p${QUANTILES[i]! * 100} ${brief(value)}`);
    const numbers = [`n ${one.count}`, `mean ${brief(one.mean)}`, ...quantiles, `max ${brief(one.max)}`].join(" · ");
    return { label: one.label, series: one.series, numbers };
  });
}

/** What line and band are, and the unit of the values. */
export interface Legend {
  readonly line: string;
  readonly band: string;
  readonly unit: string;
  /** From when to when. */
  readonly reach: Stretch;
  /** Of its times. */
  readonly zone: Zone;
}

const hasBand = ({ runs }: Plot) => runs.some((run) => run.length > 1 && run.some(({ least, most }) => most > least));

/** The whole document, piece by piece. */
export function* svgOf(all: readonly Captioned[], axis: Axis, title: string, legend: Legend): Generator<string, void, undefined> {
  const plots = all.flatMap((one) => {
    const plot = plotOf(one.series, axis, COLUMNS, true);
    return plot === undefined ? [] : [{ one, plot }];
  });
  const height = HEAD + PLOT * Math.max(1, plots.length);
  const { from, to } = axis.used;
  const [begin, end] = [axis.at(from), axis.at(to)];
  const drawnAs = plots.some(({ plot }) => hasBand(plot)) ? `line: ${legend.line}, band: ${legend.band}` : `line: ${legend.line}`;
  const about = plots.length === 0 ? "no numbers" : reachOf(legend.reach, legend.zone);
  yield `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">\n`;
  yield `<title>${escaped(shown(title, 120))}</title>\n<style>${STYLE}</style>\n<rect class="back" width="${WIDTH}" height="${height}"/>\n`;
  yield `<text class="title" x="${LEFT}" y="26">${escaped(shown(title, 80))}</text>\n`;
  yield `<text x="${LEFT}" y="44">${about} · ${drawnAs}</text>\n`;
  for (const [i, { one, plot }] of plots.entries()) yield drawn({ one, plot, legend }, HEAD + i * PLOT, begin, end);
  yield "</svg>\n";
}

interface Drawn {
  readonly one: Captioned;
  readonly plot: Plot;
  readonly legend: Legend;
}

/** Digits of an axis that tell its ends apart: far from 0 they are the same with few. */
function digitsOf({ top, bottom }: Plot): number {
  const same = Math.floor(Math.log10(Math.max(Math.abs(top), Math.abs(bottom)) / (top - bottom)));
  return Math.max(Math.min(DIGITS_LEAST - 1 + same, DIGITS_MOST), DIGITS_LEAST);
}

function drawn({ one, plot, legend: { unit, zone } }: Drawn, top: number, begin: number, end: number): string {
  const yOf = (value: number) => {
    const part = (plot.top - Math.min(Math.max(value, plot.bottom), plot.top)) / (plot.top - plot.bottom);
    return PLOT_TOP + part * PLOT_HEIGHT;
  };
  const lines = [`<g transform="translate(0 ${top})">`];
  const room = WIDTH - LEFT - RIGHT - LABEL_GAP - one.numbers.length * NUMBER_LETTER;
  const letters = Math.max(Math.floor(room / LABEL_LETTER), LETTERS_LEAST);
  lines.push(`<text class="label" x="${LEFT}" y="22">${escaped(shown(one.label, letters))}</text>`);
  lines.push(`<text class="number" x="${WIDTH - RIGHT}" y="22">${one.numbers}</text>`);
  const span = plot.top - plot.bottom;
  const digits = digitsOf(plot);
  for (const part of [0, 0.5, 1]) {
    const y = PLOT_TOP + part * PLOT_HEIGHT;
    const value = plot.top - part * span;
    lines.push(`<path class="rule" d="M${LEFT} ${y}H${WIDTH - RIGHT}"/>`);
    lines.push(
      `<text class="number" x="${LEFT - 8}" y="${y + 4}">${escaped(measured(value, unit, digits))}${part === 0 && plot.cut ? " ↑" : ""}</text>`,
    );
  }
  const { times, step } = timesOf(begin, end, zone);
  for (const time of times) {
    const x = xOf((time - begin) / (end - begin));
    const text = clockOf(time, step, zone);
    // Beneath its rule, but where the picture ends before it does.
    const middle = Math.min(x, WIDTH - EDGE - (text.length * NUMBER_LETTER) / 2);
    lines.push(`<path class="rule" d="M${px(x)} ${PLOT_TOP}v${PLOT_HEIGHT}"/>`);
    lines.push(`<text class="time" x="${px(middle)}" y="${PLOT_TOP + PLOT_HEIGHT + 17}">${text}</text>`);
  }
  for (const run of plot.runs) {
    const place = (value: (point: Point) => number) => (point: Point) => `${px(xOf(point.at))} ${px(yOf(value(point)))}`;
    const upper = run.map(place((point) => point.most));
    const lower = run.map(place((point) => point.least)).reverse();
    const means = run.map(place((point) => point.mean));
    if (run.length > 1) lines.push(`<path class="band" d="M${upper.join("L")}L${lower.join("L")}Z"/>`);
    if (run.length > 1) lines.push(`<path class="line" d="M${means.join("L")}"/>`);
    else lines.push(`<circle class="dot" cx="${px(xOf(run[0]!.at))}" cy="${px(yOf(run[0]!.mean))}" r="2"/>`);
  }
  lines.push("</g>\n");
  return lines.join("\n");
}

/** Moments at which clocks show round times, in milliseconds. */
function timesOf(begin: number, end: number, zone: Zone): { times: number[]; step: number } {
  const least = (end - begin) / TICKS_MOST;
  const found = STEPS.find((seconds) => seconds * 1000 >= least);
  const step = found === undefined ? Math.ceil(least / DAY) * DAY : found * 1000;
  const times = [];
  const last = zone.shown(end) / step;
  for (let i = Math.ceil(zone.shown(begin) / step); i <= last; i++) times.push(zone.moment(i * step));
  return { times, step };
}

/** The date, the time of the day, or parts of a second: what tells one step from the next. */
function clockOf(milliseconds: number, step: number, zone: Zone): string {
  const text = zone.text(milliseconds) ?? "?";
  if (step >= DAY) return text.slice(0, 10);
  if (step >= DAY / 8) return text.slice(5, 16).replace("T", " ");
  return text.slice(11, step < 1000 ? 23 : step < 60_000 ? 19 : 16);
}
