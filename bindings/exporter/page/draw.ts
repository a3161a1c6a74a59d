// Small pictures of what was: a line, or a field of time and buckets.

import { type History, TICKS } from "../../top/history.ts";
import { cameOf, type Series } from "../../top/series.ts";
import type { WatchedFamily } from "../../top/family.ts";
import type { Watch } from "../../top/watch.ts";
import { kindOf } from "../../top/lines.ts";

/** Pages that a small picture shows. */
const SHOWN = 60;
/** Series of a family that are drawn over one another. */
const OVERLAID_MOST = 16;
/** Of a distribution's family so many series are added up for a picture of a line of the table. */
const ADDED_MOST = 64;

const colours = new Map<string, string>();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => colours.clear());

/** What a custom property of the style sheet says. */
export function colourOf(name: string): string {
  let colour = colours.get(name);
  if (colour === undefined) {
    colour = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
    colours.set(name, colour);
  }
  return colour;
}

interface Sheet {
  readonly context: CanvasRenderingContext2D;
  readonly width: number;
  readonly height: number;
}

/** The canvas, empty, at the size that it is shown. */
function sheetOf(canvas: HTMLCanvasElement): Sheet | undefined {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = devicePixelRatio || 1;
  const context = canvas.getContext("2d");
  if (context === null || width === 0) return undefined;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** The least and the most of what is drawn; from 0 where that is what rates are measured by. */
function extent(pasts: readonly History[], tick: number, isFromZero: boolean): readonly [least: number, most: number] {
  let least = isFromZero ? 0 : Infinity;
  let most = isFromZero ? 0 : -Infinity;
  for (const past of pasts) {
    for (let each = Math.max(0, tick - SHOWN + 1); each <= tick; each++) {
      const value = past.get(each);
      if (!Number.isFinite(value)) continue;
      least = Math.min(least, value);
      most = Math.max(most, value);
    }
  }
  return [least, most];
}

function lined(sheet: Sheet, pasts: readonly History[], tick: number, colour: string, isFromZero: boolean): void {
  const { context, width, height } = sheet;
  const [least, most] = extent(pasts, tick, isFromZero);
  if (least > most) return;
  const span = most - least;
  const inner = height - 4;
  const y = (value: number) => (span === 0 ? height / 2 : 2 + inner - ((value - least) / span) * inner);
  const x = (each: number) => 1 + ((each - (tick - SHOWN + 1)) / (SHOWN - 1)) * (width - 4);
  context.strokeStyle = colour;
  context.fillStyle = colour;
  context.lineWidth = 1.5;
  context.lineJoin = "round";
  context.globalAlpha = pasts.length > 1 ? 0.55 : 1;
  for (const past of pasts) {
    context.beginPath();
    let isOn = false;
    let first = 0;
    let last = 0;
    for (let each = Math.max(0, tick - SHOWN + 1); each <= tick; each++) {
      const value = past.get(each);
      if (!Number.isFinite(value)) {
        isOn = false;
        continue;
      }
      if (isOn) context.lineTo(x(each), y(value));
      else context.moveTo((first = x(each)), y(value));
      isOn = true;
      last = x(each);
    }
    context.stroke();
    if (pasts.length > 1 || !isOn) continue;
    const value = past.get(tick);
    if (isFromZero && span > 0) {
      context.lineTo(last, height);
      context.lineTo(first, height);
      context.globalAlpha = 0.12;
      context.fill();
      context.globalAlpha = 1;
    }
    context.beginPath();
    context.arc(last, y(value), 2, 0, 2 * Math.PI);
    context.fill();
  }
  context.globalAlpha = 1;
}

/** How dark a field is, from 0 to 1: by its square root, so that few beside many are seen. */
export function shade(count: number, most: number): number {
  return count > 0 && most > 0 ? 0.12 + 0.88 * Math.sqrt(count / most) : 0;
}

function heated(sheet: Sheet, series: readonly Series[], tick: number, colour: string): void {
  const { context, width, height } = sheet;
  const from = tick - SHOWN + 1;
  const columns: (readonly number[])[] = [];
  let most = 0;
  for (let each = Math.max(0, from); each <= tick; each++) {
    const came = cameOf(series, each, 1);
    columns[each - from] = came;
    for (const count of came) if (count > most) most = count;
  }
  const buckets = series[0]?.buckets.length ?? 0;
  if (most === 0 || buckets === 0) return;
  const wide = width / SHOWN;
  const high = height / buckets;
  context.fillStyle = colour;
  for (const [i, column] of columns.entries()) {
    for (const [j, count] of (column ?? []).entries()) {
      const alpha = shade(count, most);
      if (alpha === 0) continue;
      context.globalAlpha = alpha;
      context.fillRect(i * wide, height - (j + 1) * high, wide, Math.max(1, high));
    }
  }
  context.globalAlpha = 1;
}

/** Draws what a line of the table has: buckets over time of a histogram, else a line, or lines of a family that cannot be added up. */
export function drawTrend(canvas: HTMLCanvasElement, family: WatchedFamily, series: Series | undefined, tick: number): void {
  const sheet = sheetOf(canvas);
  if (sheet === undefined) return;
  const colour = colourOf(kindOf(family));
  const all = series === undefined ? [...family.series.values()] : [series];
  if ((all[0]?.buckets.length ?? 0) > 0) return heated(sheet, all.slice(0, ADDED_MOST), tick, colour);
  if (series === undefined && family.isGrowing) return lined(sheet, [family.past], tick, colour, true);
  lined(
    sheet,
    all.slice(0, OVERLAID_MOST).map(({ past }) => past),
    tick,
    colour,
    family.isGrowing,
  );
}

/** The pages that are remembered, the oldest first. */
export function ticksOf({ first, tick }: Watch): readonly number[] {
  const from = Math.max(first, tick - TICKS + 1);
  return Array.from({ length: tick - from + 1 }, (_, i) => from + i);
}
