// Charts of one metric, by uPlot: lines over time, and what came into buckets over time.

import uPlot, { type Chart, type Data } from "uplot/dist/uPlot.esm.js";
import { valueText } from "../../top/units.ts";
import { colourOf, shade } from "./draw.ts";

export interface LinesDrawn {
  readonly names: readonly string[];
  readonly colours: readonly string[];
  readonly value: (value: number) => string;
  readonly isFromZero: boolean;
}

/** A place in the buckets: 2.5 is the middle of the third. */
export interface HeatDrawn {
  readonly bounds: readonly number[];
  readonly unit: string;
  /** The buckets of each moment, as the times are. */
  counts(): readonly (readonly number[])[];
  readonly names: readonly string[];
  readonly colours: readonly string[];
}

/**
 * Of the numbers on an axis: what is above and below of them at the least. Steps that are less than what doubles of their size tell apart lead
 * nowhere, and uPlot takes steps until it is past the axis.
 */
const SPAN_LEAST = 1e-11;
const AXIS = { size: 22, font: "11px system-ui, sans-serif", ticks: { show: false } };

function axes(values: (splits: readonly number[]) => readonly string[], more: Readonly<Record<string, unknown>> = {}): unknown[] {
  const colours = { stroke: () => colourOf("quiet"), grid: { stroke: () => colourOf("line"), width: 1 } };
  const side = { ...AXIS, ...colours, size: 68, values: (_: Chart, splits: readonly number[]) => values(splits), ...more };
  const times = (_: Chart, splits: readonly number[]) => splits.map((split) => new Date(split * 1000).toLocaleTimeString("en-GB"));
  return [{ ...AXIS, ...colours, space: 80, values: times }, side];
}

function size(into: HTMLElement, height: number): { width: number; height: number } {
  return { width: Math.max(200, into.clientWidth), height };
}

/** Told of the place of time that is pointed at; null for none. */
export type Pointed = (at: number | null) => void;

function common(into: HTMLElement, height: number, pointed: Pointed): Record<string, unknown> {
  return {
    ...size(into, height),
    legend: { show: false },
    cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
    hooks: { setCursor: [(chart: Chart) => pointed(chart.cursor.idx ?? null)] },
  };
}

export function lineChart(into: HTMLElement, { names, colours, value, isFromZero }: LinesDrawn, data: Data, pointed: Pointed): Chart {
  const range = (_: Chart, least: number | null, most: number | null) => {
    if (least === null || most === null) return [0, 1];
    const low = isFromZero ? Math.min(0, least) : least;
    const room = Math.max((most - low) * 0.08, Math.max(Math.abs(low), Math.abs(most)) * SPAN_LEAST) || 1;
    return [isFromZero && low === 0 ? 0 : low - room, most + room];
  };
  const options = {
    ...common(into, 190, pointed),
    scales: { y: { range } },
    series: [{}, ...names.map((label, i) => ({ label, stroke: colours[i], width: 1.5, spanGaps: false, points: { show: false } }))],
    axes: axes((splits) => splits.map((split) => value(split))),
  };
  return new uPlot(options, data, into);
}

function fields(chart: Chart, { bounds, counts }: HeatDrawn): void {
  const { ctx, bbox, data } = chart;
  const times = data[0]!;
  const columns = counts();
  let most = 0;
  for (const column of columns) for (const count of column) if (count > most) most = count;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.fillStyle = colourOf("histogram");
  for (let i = 1; i < times.length; i++) {
    // What came in is of the time since the page before.
    const left = chart.valToPos(times[i - 1]!, "x", true);
    const right = chart.valToPos(times[i]!, "x", true);
    for (let j = 0; j < bounds.length; j++) {
      const alpha = shade(columns[i]?.[j] ?? 0, most);
      if (alpha === 0) continue;
      const top = chart.valToPos(j + 1, "y", true);
      ctx.globalAlpha = alpha;
      ctx.fillRect(left, top, Math.max(1, right - left - 0.5), Math.max(1, chart.valToPos(j, "y", true) - top - 0.5));
    }
  }
  ctx.restore();
}

export function heatChart(into: HTMLElement, heat: HeatDrawn, data: Data, pointed: Pointed): Chart {
  const { bounds, unit, names, colours } = heat;
  const { hooks, ...rest } = common(into, Math.min(340, Math.max(190, bounds.length * 18)), pointed);
  // Labels of every n-th bound, so that they have room.
  const every = Math.max(1, Math.ceil(bounds.length / 16));
  const splits = Array.from({ length: bounds.length + 1 }, (_, i) => i).filter((i) => i % every === 0);
  const named = (at: number) => (at === 0 ? "" : valueText(bounds[at - 1] ?? NaN, unit));
  const options = {
    ...rest,
    scales: { y: { range: () => [0, bounds.length] } },
    series: [{}, ...names.map((label, i) => ({ label, stroke: colours[i], width: 1.5, spanGaps: false, points: { show: false } }))],
    axes: axes((at) => at.map(named), { splits: () => splits, grid: { show: false } }),
    hooks: { ...(hooks as object), drawAxes: [(chart: Chart) => fields(chart, heat)] },
  };
  return new uPlot(options, data, into);
}

export function resized(chart: Chart, into: HTMLElement): void {
  chart.setSize(size(into, chart.root.clientHeight || 190));
}
