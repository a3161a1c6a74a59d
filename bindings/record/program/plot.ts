// What is drawn of a label, on a terminal and in an SVG: its means in time, with the least and the most beside them.

import type { Axis, Series } from "./axis.ts";

/** Points are joined where no more than so many of the usual distances lie between them: else the recording had a pause. */
const PAUSE = 4;
/** What is so many times the greatest mean is cut off, lest one value press all others to the ground. */
const TALL = 3;

/** What is drawn, and what it is called. */
export interface Pictured {
  readonly label: string;
  readonly series: Series;
}

export interface Point {
  /** From 0 to 1 along the axis. */
  readonly at: number;
  readonly mean: number;
  readonly least: number;
  readonly most: number;
}

export interface Plot {
  /** Stretches without a pause. */
  readonly runs: readonly (readonly Point[])[];
  readonly bottom: number;
  readonly top: number;
  /** The greatest mean. */
  readonly peak: number;
  /** The greatest value, and whether it is above `top` where the extremes are drawn. */
  readonly most: number;
  readonly cut: boolean;
}

/** The plot of a series in so many columns; undefined where it has no finite value. With `extremes` they are drawn as well. */
export function plotOf(series: Series, axis: Axis, columns: number, extremes: boolean): Plot | undefined {
  const points = pointsOf(series, axis, columns);
  if (points.length === 0) return undefined;
  let [low, peak, least, most] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const point of points) {
    low = Math.min(low, point.mean);
    peak = Math.max(peak, point.mean);
    least = Math.min(least, point.least);
    most = Math.max(most, point.most);
  }
  const tall = peak > 0 && most > TALL * peak;
  const deep = low < 0 && least < TALL * low;
  let top = !extremes ? peak : tall ? TALL * peak : most;
  let bottom = !extremes ? low : deep ? TALL * low : least;
  // From 0 on, where what is between 0 and the lowest would not be most of the picture.
  if (bottom > 0 && bottom < top / 2) bottom = 0;
  if (top < 0 && top > bottom / 2) top = 0;
  if (top === bottom) {
    if (top > 0) bottom = 0;
    else if (top < 0) top = 0;
    else top = 1;
  }
  return { runs: runsOf(points), bottom, top, peak, most, cut: extremes && tall };
}

function pointsOf(series: Series, axis: Axis, columns: number): Point[] {
  const { from, to } = axis.used;
  const bins = to - from;
  const count = Math.min(bins, columns);
  const points: Point[] = [];
  for (let column = 0; column < count; column++) {
    let [rows, sum, least, most] = [0, 0, Infinity, -Infinity];
    for (let i = from + Math.ceil((column * bins) / count); i < from + Math.ceil(((column + 1) * bins) / count); i++) {
      rows += series.counts[i]!;
      sum += series.sums[i]!;
      least = Math.min(least, series.least[i]!);
      most = Math.max(most, series.most[i]!);
    }
    const mean = sum / rows;
    if (Number.isFinite(mean)) points.push({ at: (column + 0.5) / count, mean, least, most });
  }
  return points;
}

function runsOf(points: readonly Point[]): Point[][] {
  const distances = points.slice(1).map((point, i) => point.at - points[i]!.at);
  const usual = distances.toSorted((a, b) => a - b)[Math.floor(distances.length / 2)] ?? 0;
  const runs: Point[][] = [];
  for (const [i, point] of points.entries()) {
    if (i === 0 || distances[i - 1]! > PAUSE * usual) runs.push([]);
    runs.at(-1)!.push(point);
  }
  return runs;
}
