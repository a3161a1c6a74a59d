// Plots as SVG, readable on light and on dark, without a script and with nothing from elsewhere. A document is a row of plots, a
// plot has lines of points and, below its title, the names of its lines.

import { linear, logarithmic, short } from "./axis.mjs";

const WIDTH = 720;
const LEFT = 76;
const RIGHT = 28;
const HEAD = 30;
const LEGEND_LINE = 18;
const HEIGHT = 210;
const FOOT = 46;
const TICKS_X = 8;
const TICKS_Y = 5;
/** Pixels of a letter, on average. */
const LETTER = 6.6;

/** Of lines, on light and on dark: told apart by who sees few colours, too (Okabe and Ito), the first is ours. */
const COLOURS = [
  ["#0b62c4", "#6cb6ff"],
  ["#c2410c", "#ff9a5c"],
  ["#00795c", "#3fd0a4"],
  ["#a3377e", "#f08fc8"],
  ["#8a6d00", "#e3c13d"],
  ["#59636e", "#9aa5b1"],
];

const both = (property, [light, dark], name) => ({
  rule: `${property}: ${light}; ${property}: var(--${name});`,
  light: `--${name}: ${light};`,
  dark: `--${name}: ${dark};`,
});

function style() {
  const inks = {
    back: both("fill", ["#ffffff", "#12161b"], "back"),
    ink: both("fill", ["#1b1f24", "#e8ecf1"], "ink"),
    faint: both("fill", ["#59636e", "#9aa5b1"], "faint"),
    rule: both("stroke", ["#d9dee4", "#2f3842"], "rule"),
  };
  const lines = COLOURS.map((pair, i) => ({ stroke: both("stroke", pair, `c${i}`), fill: both("fill", pair, `c${i}`) }));
  const of = (which) => [...Object.values(inks).map((ink) => ink[which]), ...lines.map(({ stroke }) => stroke[which])].join(" ");
  return [
    `svg { ${of("light")} }`,
    `@media (prefers-color-scheme: dark) { svg { ${of("dark")} } }`,
    `.back { ${inks.back.rule} }`,
    `text { font: 12px system-ui, "DejaVu Sans", sans-serif; ${inks.faint.rule} }`,
    `.title { font-size: 14px; font-weight: 600; ${inks.ink.rule} }`,
    `.number { text-anchor: end; } .middle { text-anchor: middle; }`,
    `.rule { fill: none; ${inks.rule.rule} }`,
    `.line { fill: none; stroke-width: 1.75; stroke-linejoin: round; stroke-linecap: round; }`,
    ...lines.flatMap(({ stroke, fill }, i) => [`.line.c${i} { ${stroke.rule} }`, `.dot.c${i} { ${fill.rule} }`]),
  ].join("\n");
}

export function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/** Positions to a tenth of a pixel. */
const px = (value) => String(Math.round(value * 10) / 10);

/** Where each name stands: as many in a line as there is room for. */
function legendOf(names) {
  let [x, row] = [LEFT, 0];
  return names.map((name) => {
    const width = 22 + name.length * LETTER + 18;
    if (x > LEFT && x + width > WIDTH - RIGHT) [x, row] = [LEFT, row + 1];
    const place = { name, x, row };
    x += width;
    return place;
  });
}

const finite = (points, log) =>
  points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y) && (!log.x || x > 0) && (!log.y || y > 0));

/**
 * One plot: `{ title, x, y, lines }`. `x` and `y` are `{ title, log, text }`, of which `text` writes a value; a line is
 * `{ name, points, dots }`. Points that are no numbers, or not above 0 on a logarithmic axis, are left out.
 */
function drawn({ title, x, y, lines }, top) {
  const log = { x: x.log === true, y: y.log === true };
  const kept = lines.map((line) => ({ ...line, points: finite(line.points, log) })).filter(({ points }) => points.length > 0);
  const legend = legendOf(kept.map(({ name }) => name));
  const above = HEAD + (kept.length > 0 ? (legend.at(-1).row + 1) * LEGEND_LINE : 0) + 8;
  const parts = [`<g transform="translate(0 ${top})">`, `<text class="title" x="${LEFT}" y="22">${escaped(title)}</text>`];
  const height = above + HEIGHT + FOOT;
  if (kept.length === 0) {
    parts.push(`<text x="${LEFT}" y="${above + 20}">no numbers</text>`, "</g>");
    return { text: parts.join("\n"), height };
  }
  const axis = (which, at, most) => (log[which] ? logarithmic : linear)(kept.flatMap(({ points }) => points.map((point) => point[at])), most); // prettier-ignore
  const [across, up] = [axis("x", 0, TICKS_X), axis("y", 1, TICKS_Y)];
  const xOf = (value) => LEFT + across.at(value) * (WIDTH - LEFT - RIGHT);
  const yOf = (value) => above + (1 - up.at(value)) * HEIGHT;
  for (const { name, x, row } of legend) {
    const own = `c${legend.findIndex((other) => other.name === name) % COLOURS.length}`;
    const line = HEAD + row * LEGEND_LINE + 8;
    parts.push(`<path class="line ${own}" d="M${px(x)} ${line}h16"/>`, `<text x="${px(x + 22)}" y="${line + 4}">${escaped(name)}</text>`);
  }
  for (const tick of up.ticks) {
    const at = px(yOf(tick));
    parts.push(`<path class="rule" d="M${LEFT} ${at}H${WIDTH - RIGHT}"/>`);
    parts.push(`<text class="number" x="${LEFT - 8}" y="${px(yOf(tick) + 4)}">${escaped((y.text ?? short)(tick))}</text>`);
  }
  for (const tick of across.ticks) {
    const at = px(xOf(tick));
    parts.push(`<path class="rule" d="M${at} ${above}v${HEIGHT}"/>`);
    parts.push(`<text class="middle" x="${at}" y="${above + HEIGHT + 17}">${escaped((x.text ?? short)(tick))}</text>`);
  }
  parts.push(`<text class="middle" x="${(LEFT + WIDTH - RIGHT) / 2}" y="${above + HEIGHT + 35}">${escaped(x.title)}</text>`);
  parts.push(`<text class="number" x="${WIDTH - RIGHT}" y="22">${escaped(y.title)}</text>`);
  for (const [i, { points, dots }] of kept.entries()) {
    const own = `c${i % COLOURS.length}`;
    if (points.length > 1)
      parts.push(`<path class="line ${own}" d="M${points.map(([x, y]) => `${px(xOf(x))} ${px(yOf(y))}`).join("L")}"/>`);
    if (dots || points.length === 1) {
      for (const [x, y] of points) parts.push(`<circle class="dot ${own}" cx="${px(xOf(x))}" cy="${px(yOf(y))}" r="2.5"/>`);
    }
  }
  parts.push("</g>");
  return { text: parts.join("\n"), height };
}

/** A document of these plots, one below the other. */
export function svg(title, plots) {
  let height = 8;
  const parts = [];
  for (const plot of plots) {
    const { text, height: own } = drawn(plot, height);
    parts.push(text);
    height += own;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style()}</style>`,
    `<rect class="back" width="${WIDTH}" height="${height}"/>`,
    ...parts,
    "</svg>\n",
  ].join("\n");
}
