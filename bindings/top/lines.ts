// What the table has, line by line: families, folded or not, and their series, as they are filtered and sorted.

import type { WatchedFamily } from "./family.ts";
import type { Series } from "./series.ts";
import type { Watch } from "./watch.ts";

/** A family alone, or one of its series; a family's only one stands for both. */
export interface Line {
  readonly key: string;
  readonly family: WatchedFamily;
  readonly series: Series | undefined;
  readonly level: 1 | 2;
  /** Of families that have a fold. */
  readonly isOpen: boolean | undefined;
  /** Series that are shown, or would be. */
  readonly count: number;
}

export const KINDS = ["counter", "gauge", "histogram", "summary", "other"] as const;
export type Kind = (typeof KINDS)[number];
export type Sort = "page" | "name" | "value" | "rate" | "p50" | "p99";

export interface Wanted {
  /** Words that are all to be there. */
  query: string;
  readonly kinds: Set<Kind>;
  sort: Sort;
  descending: boolean;
  /** What a person folded and unfolded, by the family's name, and what the others are; without that it goes by how many there are. */
  readonly folds: Map<string, boolean>;
  isOpen?: boolean;
  /** Pages that quantiles are of, 10 without it: of a single one they jump. */
  readonly quantileTicks?: number;
}

export interface Lines {
  readonly lines: readonly Line[];
  readonly families: number;
  readonly series: number;
}

/** With so many series or fewer all families are open. */
const OPEN_MOST = 60;
export const QUANTILE_TICKS = 10;

export function kindOf({ type }: WatchedFamily): Kind {
  if (type === "counter" || type === "gauge" || type === "summary") return type;
  return type === "histogram" || type === "gaugehistogram" ? "histogram" : "other";
}

const lowered = new WeakMap<Series, string>();

function textOf(series: Series): string {
  let text = lowered.get(series);
  if (text === undefined) lowered.set(series, (text = `${series.family.shown} ${series.text}`.toLowerCase()));
  return text;
}

function matching(family: WatchedFamily, words: readonly string[]): readonly Series[] {
  const all = [...family.series.values()];
  if (words.length === 0) return all;
  const text = `${family.shown} ${family.type} ${family.help}`.toLowerCase();
  const left = words.filter((word) => !text.includes(word));
  return left.length === 0 ? all : all.filter((series) => left.every((word) => textOf(series).includes(word)));
}

type Key = (of: { readonly family: WatchedFamily; readonly series: Series | undefined }) => number | string;

function keyOf({ sort, quantileTicks = QUANTILE_TICKS }: Wanted, tick: number): Key {
  if (sort === "value") return ({ family, series }) => series?.value ?? family.value;
  if (sort === "rate") return ({ family, series }) => series?.rate ?? family.rate;
  if (sort === "name") return ({ family, series }) => (series === undefined ? family.shown : series.text);
  const q = sort === "p50" ? 0.5 : 0.99;
  return ({ series }) => series?.quantile(q, tick, quantileTicks) ?? NaN;
}

/** What is no number comes last, in either direction; what is the same stays as it was. */
function compared(one: number | string, other: number | string, descending: boolean): number {
  if (typeof one === "string" || typeof other === "string") {
    const by = String(one) < String(other) ? -1 : Number(one !== other);
    return descending ? -by : by;
  }
  if (Number.isNaN(one) || Number.isNaN(other)) return Number(Number.isNaN(one)) - Number(Number.isNaN(other));
  return descending ? other - one : one - other;
}

function sorted<T>(all: readonly T[], key: (each: T) => number | string, descending: boolean): readonly T[] {
  return all
    .map((each) => ({ each, by: key(each) }))
    .toSorted((one, other) => compared(one.by, other.by, descending))
    .map(({ each }) => each);
}

/** Of several series the one that comes first. */
function topOf(series: readonly Series[], family: WatchedFamily, key: Key, descending: boolean): number | string {
  if (family.isGrowing) {
    const own = key({ family, series: series.length === 1 ? series[0] : undefined });
    if (typeof own === "string" || !Number.isNaN(own)) return own;
  }
  const [first] = series.map((each) => key({ family, series: each })).toSorted((one, other) => compared(one, other, descending));
  return first ?? NaN;
}

/** The lines of the table. */
export function linesOf(watch: Watch, wanted: Wanted): Lines {
  const words = wanted.query.toLowerCase().split(/\s+/).filter((word) => word !== ""); // prettier-ignore
  let found: { family: WatchedFamily; series: readonly Series[] }[] = [];
  let count = 0;
  for (const family of watch.families.values()) {
    if (family.series.size === 0 || !wanted.kinds.has(kindOf(family))) continue;
    const series = matching(family, words);
    if (series.length === 0) continue;
    count += series.length;
    found.push({ family, series });
  }
  const { sort, descending } = wanted;
  const key = keyOf(wanted, watch.tick);
  if (sort === "name") found = [...sorted(found, ({ family }) => family.shown, descending)];
  else if (sort !== "page") found = [...sorted(found, ({ family, series }) => topOf(series, family, key, descending), descending)];
  const lines: Line[] = [];
  for (const { family, series } of found) {
    const [first] = series;
    if (family.series.size === 1) {
      lines.push({ key: family.name, family, series: first, level: 1, isOpen: undefined, count: 1 });
      continue;
    }
    const isOpen = wanted.folds.get(family.name) ?? wanted.isOpen ?? count <= OPEN_MOST;
    lines.push({ key: family.name, family, series: undefined, level: 1, isOpen, count: series.length });
    if (!isOpen) continue;
    for (const each of sort === "page" ? series : sorted(series, (one) => key({ family, series: one }), descending)) {
      lines.push({ key: `${family.name}\u0000${each.key}`, family, series: each, level: 2, isOpen: undefined, count: 1 });
    }
  }
  return { lines, families: found.length, series: count };
}

/** All series, whatever their family, in the order that is asked for. */
export function seriesOf(watch: Watch, wanted: Wanted): readonly Line[] {
  const { lines } = linesOf(watch, { ...wanted, folds: new Map(), isOpen: true });
  const all = lines.filter(({ series }) => series !== undefined);
  if (wanted.sort === "page") return all;
  const key = keyOf(wanted, watch.tick);
  return sorted(all, (line) => (wanted.sort === "name" ? line.key : key(line)), wanted.descending);
}
