// What is shown of a watch: lines of a table as wide as the terminal, or objects of JSON.

import { padded, shown, widthOf } from "../../record/program/text.ts";
import type { WatchedFamily } from "../family.ts";
import { type Line, linesOf, seriesOf, type Wanted } from "../lines.ts";
import type { Series } from "../series.ts";
import { rateText, valueText } from "../units.ts";
import type { Watch } from "../watch.ts";

const BARS = "▁▂▃▄▅▆▇█";
const NAME_LEAST = 20;
const NUMBER_WIDTH = 11;
const TREND_MOST = 30;
const TREND_LEAST = 8;

/** Widths of the columns; 0 for one that has no room. */
export interface Columns {
  readonly name: number;
  readonly value: number;
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
  readonly trend: number;
}

/** What goes into a terminal of so many columns: the name and the rate always, then the value, quantiles, and a picture where there is room left. */
export function columnsOf(width: number, hasTrend: boolean): Columns {
  const own = { name: NAME_LEAST, value: 0, rate: NUMBER_WIDTH, p50: 0, p99: 0, trend: 0 };
  let left = width - NAME_LEAST - NUMBER_WIDTH - 1;
  for (const column of ["value", "p99", "p50"] as const) {
    if (left < NUMBER_WIDTH + 1) break;
    own[column] = NUMBER_WIDTH;
    left -= NUMBER_WIDTH + 1;
  }
  if (hasTrend && own.p50 > 0 && left > TREND_LEAST) {
    own.trend = Math.min(TREND_MOST, Math.max(TREND_LEAST, Math.floor(left / 3)));
    left -= own.trend + 1;
  }
  return { ...own, name: Math.max(1, NAME_LEAST + Math.min(left, 0) + Math.max(left, 0)) };
}

/** What was, as bars: from 0 for rates, from the least for values. */
export function sparkline(family: WatchedFamily, series: Series | undefined, tick: number, width: number): string {
  const past = series?.past ?? (family.isGrowing ? family.past : undefined);
  if (past === undefined) return " ".repeat(width);
  const values = Array.from({ length: width }, (_, i) => past.get(tick - width + 1 + i));
  const there = values.filter(Number.isFinite);
  const least = family.isGrowing ? Math.min(0, ...there) : Math.min(...there);
  // Halves: what lies between the largest numbers is none.
  const span = Math.max(...there) / 2 - least / 2;
  const bar = (value: number) => BARS[span > 0 ? Math.round(((value / 2 - least / 2) / span) * (BARS.length - 1)) : 0]!;
  return values.map((value) => (Number.isFinite(value) ? bar(value) : " ")).join("");
}

/** The lines that are asked for, of the page that is there now. */
export function rowsOf(watch: Watch, wanted: Wanted, isFamilies: boolean): readonly Line[] {
  const all = isFamilies ? linesOf(watch, { ...wanted, folds: new Map(), isOpen: false }).lines : seriesOf(watch, wanted);
  return all.filter(({ series }) => series === undefined || series.tick === watch.tick);
}

function nameOf({ family, series, count }: Line): string {
  if (series === undefined) return `${family.shown} (${count})`;
  return series.text === "" ? family.shown : `${family.shown}{${series.text}}`;
}

function quantile({ family, series }: Line, q: number, tick: number): string {
  return series !== undefined && family.isDistribution ? valueText(series.quantile(q, tick), family.unit) : "";
}

function joined(columns: Columns, cells: Readonly<Record<keyof Columns, string>>): string {
  const right = (text: string, width: number) => " ".repeat(Math.max(0, width - widthOf(text))) + text;
  const parts = [padded(cells.name, columns.name)];
  for (const column of ["value", "rate", "p50", "p99"] as const) if (columns[column] > 0) parts.push(right(cells[column], columns[column]));
  if (columns.trend > 0) parts.push(cells.trend);
  return parts.join(" ");
}

export function headLine(columns: Columns): string {
  return joined(columns, { name: "METRIC", value: "VALUE", rate: "RATE", p50: "P50", p99: "P99", trend: "TREND" });
}

export function rowLine(line: Line, columns: Columns, tick: number): string {
  const { family, series } = line;
  const unit = family.isDistribution ? "" : family.unit;
  const rate = series?.rate ?? family.rate;
  return joined(columns, {
    name: shown(nameOf(line), columns.name),
    value: series === undefined && !family.isGrowing ? "" : valueText(series?.value ?? family.value, unit),
    rate: family.isGrowing ? rateText(rate, unit) : "",
    p50: quantile(line, 0.5, tick),
    p99: quantile(line, 0.99, tick),
    trend: columns.trend > 0 ? sparkline(family, series, tick, columns.trend) : "",
  });
}

/** JSON has no NaN, and no infinity. */
function numeric(value: number): number | string | null {
  return Number.isNaN(value) ? null : Number.isFinite(value) ? value : value > 0 ? "+Inf" : "-Inf";
}

/** An interval as an object: `at` in seconds since 1970, `interval` in seconds. */
export function objectOf(watch: Watch, lines: readonly Line[], url: string): unknown {
  const series = lines.map((line) => {
    const { family, series } = line;
    const one = {
      name: family.shown,
      ...(series === undefined
        ? { series: line.count }
        : { labels: Object.fromEntries(series.labels.map(({ name, value }) => [name, value])) }),
      type: family.type,
      value: numeric(series?.value ?? family.value),
    };
    if (!family.isGrowing) return one;
    const rated = { ...one, rate: numeric(series?.rate ?? family.rate) };
    if (!family.isDistribution || series === undefined) return rated;
    return { ...rated, p50: numeric(series.quantile(0.5, watch.tick)), p99: numeric(series.quantile(0.99, watch.tick)) };
  });
  return { at: Date.now() / 1000, interval: numeric(watch.elapsed), url, series };
}
