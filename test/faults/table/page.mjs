// A page as the table of faults compares it: each series with all of its lines, after the lint of the library has read it.

import { lint } from "tallystick/lint";

const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const LINE = /^([a-z0-9_:]+)(?:\{(.*)\})? (\S+)(?: # (.*))?$/;

/** Lines by family and labels without those of the line's own. Throws where the page is none. */
export function seriesOf(text) {
  const findings = lint(text, { contentType: OPENMETRICS });
  const wrong = findings.find(({ severity }) => severity === "error");
  if (wrong !== undefined) throw new Error(`The page is wrong: ${JSON.stringify(wrong)}\n${text}`);
  const series = new Map();
  let family = "";
  for (const line of text.split("\n")) {
    const type = /^# TYPE (\S+)/.exec(line);
    if (type !== null) family = type[1];
    if (line.startsWith("#") || line === "") continue;
    const parts = LINE.exec(line);
    if (parts === null) throw new Error(`Not a line: ${line}`);
    const [, name, labels = "", value, exemplar] = parts;
    const [own, rest] = divided(labels);
    const key = `${family}{${rest}}`;
    if (!series.has(key)) series.set(key, []);
    series.get(key).push([`${name.slice(family.length)}${own}`, Number(value.replace("Inf", "Infinity"))]);
    // One beside a series, which has the newest observation's: not of the same moment as its number.
    if (exemplar !== undefined) series.set(`${key} ${own} #`, [["exemplar", exemplar]]);
  }
  return series;
}

/** The label of a line among those of its series. */
function divided(labels) {
  const own = /(?:^|,)((?:le|quantile)="[^"]*")/.exec(labels);
  return own === null ? ["", labels] : [own[1], labels.replace(own[0], "")];
}

/** Two pages as texts by series. */
export function texts(series) {
  return new Map([...series].map(([key, lines]) => [key, lines.map((line) => line.join(" ")).join("; ")]));
}

/** What the numbers of one page are more than those of another; quantiles do not add up. */
export function difference(before, after) {
  const more = new Map();
  for (const [key, lines] of after) {
    const then = new Map(before.get(key));
    for (const [name, value] of lines) {
      if (typeof value !== "number" || name.startsWith("quantile")) continue;
      const less = value - (then.get(name) ?? 0);
      if (less !== 0) more.set(`${key} ${name}`, less);
    }
  }
  return more;
}
