// How a cost grows, as tables, plots and the exponents that are fitted.

import { growth } from "./fit.mjs";
import { number, table } from "./number.mjs";
import { svg } from "./plot.mjs";
import { sized } from "./rows.mjs";

/** A fit of the larger sizes alone leaves out what a small size costs for being asked at all. */
const LARGER_LEAST = 3;

const fitted = ({ exponent, standardError }) => {
  if (!Number.isFinite(exponent)) return "";
  return Number.isNaN(standardError) ? `${exponent.toFixed(2)}, of two` : `${exponent.toFixed(2)} ± ${standardError.toFixed(2)}`;
};

/** The exponent over all sizes above 0, and over the larger half of them; undefined where there are fewer than two. */
export function exponents(points) {
  const used = points.filter(([size, cost]) => size > 0 && cost > 0);
  const larger = used.slice(-Math.max(LARGER_LEAST, Math.ceil(used.length / 2)));
  return { all: used.length < 2 ? undefined : growth(used), larger: used.length < 2 ? undefined : growth(larger) };
}

/**
 * `{ text, picture }` of one measure: `{ title, prefix, suffix, of }`, where `of` is what grows. The picture has a plot for each runtime.
 */
export function grown(rows, { title, prefix, suffix, of, log = { x: true, y: true } }, titleOf) {
  const found = sized(rows, { prefix, suffix });
  if (found.size === 0) return undefined;
  const plots = [];
  const parts = [];
  for (const [runtime, subjects] of found) {
    const sizes = [...new Set([...subjects.values()].flatMap((points) => points.map(([size]) => size)))].sort((a, b) => a - b);
    const { unit } = [...subjects.values()][0][0][1];
    const lines = [...subjects].map(([subject, points]) => {
      const costs = new Map(points.map(([size, { median }]) => [size, median]));
      const { all, larger } = exponents([...costs]);
      const cells = sizes.map((size) => (costs.has(size) ? number(costs.get(size)) : ""));
      return [subject, ...cells, all === undefined ? "" : fitted(all), larger === undefined ? "" : fitted(larger)];
    });
    parts.push(`${titleOf(runtime)}, ${unit}:`, table([of, ...sizes.map((size) => size.toLocaleString("en-US")), "exponent", "of the larger"], lines)); // prettier-ignore
    plots.push({
      title: `${title}, ${titleOf(runtime)}`,
      x: { title: of, log: log.x },
      y: { title: unit, log: log.y },
      lines: [...subjects].map(([name, points]) => ({ name, dots: true, points: points.map(([size, { median }]) => [size, median]) })),
    });
  }
  return { text: parts.join("\n\n"), picture: svg(title, plots) };
}
