// The report of a run of everything: Markdown and its pictures, out of the rows and of nothing else.

import { grown } from "./growth.mjs";
import { number, table } from "./number.mjs";
import { svg } from "./plot.mjs";
import { ahead, grouped, isSized, sized } from "./rows.mjs";

/** What grows with what: a section each, with its measures. */
const GROWTHS = [
  {
    heading: "Growth with the number of series",
    of: "series",
    measures: [
      { name: "series-scrape", title: "A scrape of counters", prefix: "growth-series/scrape-" },
      { name: "series-inc", title: "inc() by two labels", prefix: "growth-series/inc-" },
      { name: "series-create", title: "The first inc() of a label set", prefix: "growth-series/create-" },
    ],
  },
  {
    heading: "Growth with threads",
    of: "threads",
    measures: ["one-series", "own-series", "histogram-one-series"].map((name) => ({
      name: `threads-${name}`,
      title: `What threads count together: ${name.replaceAll("-", " ")}`,
      prefix: `growth-threads/${name}-`,
      suffix: "-threads",
      log: { x: false, y: false },
    })),
  },
  {
    heading: "Growth with buckets",
    of: "buckets",
    measures: [
      { name: "buckets-observe", title: "observe() of a bound histogram", prefix: "growth-buckets/observe-" },
      { name: "buckets-scrape", title: "A scrape of 1,000 histograms", prefix: "growth-buckets/scrape-" },
    ],
  },
  {
    heading: "Growth with labels",
    of: "labels",
    measures: [
      { name: "labels-inc", title: "inc() by a label object", prefix: "growth-labels/inc-", log: { x: false, y: true } },
      { name: "labels-scrape", title: "A scrape of 1,000 counters", prefix: "growth-labels/scrape-", log: { x: false, y: true } },
    ],
  },
];

/** Sections of plain tables, by the benches that they show. */
const TABLES = [
  { heading: "What one count costs", benches: ["hot-counter", "hot-histogram", "hot-types", "compat"] },
  { heading: "Bytes per series", benches: ["memory"] },
  { heading: "Cold start", benches: ["startup", "attach"] },
  { heading: "Bundle size by door", benches: ["size"] },
];
const STALLS = "How long scrapes hold the event loop up";
const FASTER = "Where another is faster";

export const HEADINGS = [
  "The machine",
  TABLES[0].heading,
  ...GROWTHS.map(({ heading }) => heading),
  STALLS,
  ...TABLES.slice(1).map(({ heading }) => heading),
  FASTER,
  "All other rows",
  "What was not measured",
];

/** The benches that have a section; all others have a row in the last table. */
export const SECTIONED = [
  ...TABLES.flatMap(({ benches }) => benches),
  ...GROWTHS.flatMap(({ measures }) => measures.map(({ prefix }) => prefix.split("/")[0])),
  "stalls",
];

const NOT_MEASURED = "Not measured in this run.";
const benchOf = ({ bench }) => bench.slice(0, bench.indexOf("/"));

/** Of tables whose rows are asked one after the other: all of a bench, ours first, then by the median. */
function tableOf(rows, ours, titleOf) {
  const cells = [];
  for (const group of grouped(rows, ({ bench, runtime }) => `${bench} ${runtime}`).values()) {
    const own = group.find(({ subject }) => subject === ours);
    const ordered = group.toSorted((a, b) => Number(b.subject === ours) - Number(a.subject === ours) || a.median - b.median);
    for (const { bench, subject, runtime, unit, median, min, max } of ordered) {
      const ratio = own === undefined || own.median === 0 ? "" : number(median / own.median);
      cells.push([bench, titleOf(runtime), subject, number(median), `${number(min)} to ${number(max)}`, unit, ratio]);
    }
  }
  return cells.length === 0 ? NOT_MEASURED : table(["what", "runtime", "who", "median", "least to most", "unit", "÷ ours"], cells);
}

function machine({ noiseBefore, noiseAfter, cores, cpu, load, seconds, quick, rounds, versions }) {
  const spoken = ({ median, p10, p90, max, spreadPercent }) =>
    `${number(median)} ms, ${number(p10)} to ${number(p90)} from p10 to p90 (${number(spreadPercent)} %), ${number(max)} at most`;
  return [
    table(
      ["", ""],
      [
        ["processor", `${cpu}, ${cores} cores`],
        ["load before the run", load.map(number).join(", ")],
        ["a loop that is always the same, before", spoken(noiseBefore)],
        ["and after", spoken(noiseAfter)],
        ["runtimes", [...versions].map(([name, version]) => `${name} ${version}`).join(", ")],
        ["rounds", `${rounds}, all runtimes in each, in an order that rotates`],
        ["took", `${number(seconds / 60)} minutes`],
      ],
    ),
    `A difference between two figures that is less than the spread of that loop, ${number(Math.max(noiseBefore.spreadPercent, noiseAfter.spreadPercent))} %, is the machine's.`,
    ...(quick ? ["**A quick run: it shows that everything runs, not how fast.**"] : []),
  ].join("\n\n");
}

function stalls(rows, titleOf) {
  const pictures = new Map();
  const plots = [];
  const kinds = [
    ["stalls/sliced-longer-", ", in slices"],
    ["stalls/longer-", ""],
  ];
  for (const runtime of new Set(rows.map(({ runtime }) => runtime))) {
    const lines = kinds.flatMap(([prefix, how]) =>
      [...(sized(rows, { prefix }).get(runtime) ?? [])].map(([subject, points]) => ({
        name: `${subject}${how}`,
        dots: true,
        points: points.map(([limit, { median }]) => [limit, median]),
      })),
    );
    if (lines.length > 0)
      plots.push({
        title: `Turns of the event loop in a scrape, ${titleOf(runtime)}`,
        x: { title: "milliseconds", log: true },
        y: { title: "turns that are longer" },
        lines,
      });
  }
  if (plots.length > 0) pictures.set("stalls.svg", svg(STALLS, plots));
  return pictures;
}

const FASTER_HEAD = ["what", "runtime", "who", "its median", "ours", "unit", "times", "beyond all rounds"];
const fasterTable = (found, titleOf) =>
  table(
    FASTER_HEAD,
    found.map(({ row, ours, times, isClear }) => [row.bench, titleOf(row.runtime), row.subject, number(row.median), number(ours.median), row.unit, number(times), isClear ? "yes" : "no"]), // prettier-ignore
  );

/**
 * `{ markdown, pictures }`: pictures by their names in the folder `report/`. `about` is what noise.mjs, the machine and the plan say;
 * `missing` are lines of what was not measured.
 */
export function report(rows, about, missing, { ours, rivals }) {
  const titleOf = (runtime) => `${runtime} ${about.versions.get(runtime) ?? ""}`.trim();
  const pictures = new Map();
  const shown = new Set();
  const take = (isWanted) => {
    const taken = rows.filter(isWanted);
    for (const row of taken) shown.add(row);
    return taken;
  };
  const sections = new Map([["The machine", machine(about)]]);
  for (const { heading, benches } of TABLES)
    sections.set(
      heading,
      tableOf(
        take((row) => benches.includes(benchOf(row))),
        ours,
        titleOf,
      ),
    );
  for (const { heading, of, measures } of GROWTHS) {
    const parts = measures.flatMap(({ name, ...measure }) => {
      const found = grown(
        take((row) => isSized(row, measure)),
        { ...measure, of },
        titleOf,
      );
      if (found === undefined) return [];
      pictures.set(`${name}.svg`, found.picture);
      return [`### ${measure.title}`, `![${measure.title}](report/${name}.svg)`, found.text];
    });
    const law = `An exponent of 1 is what doubles with the ${of}, 0 what does not grow; by least squares of the logarithms, with its standard error.`;
    sections.set(heading, parts.length === 0 ? NOT_MEASURED : [law, ...parts].join("\n\n"));
  }
  const held = take((row) => benchOf(row) === "stalls");
  const drawn = stalls(held, titleOf);
  for (const [name, picture] of drawn) pictures.set(name, picture);
  const longest = tableOf(held.filter(({ unit }) => unit !== "turns/scrape"), ours, titleOf); // prettier-ignore
  sections.set(STALLS, [...[...drawn.keys()].map((name) => `![${STALLS}](report/${name})`), longest].join("\n\n"));

  const found = ahead(rows, ours);
  const [libraries, plain] = [true, false].map((wanted) => found.filter(({ row }) => rivals.includes(row.subject) === wanted));
  sections.set(
    FASTER,
    [
      libraries.length === 0 ? "No other library is ahead in any row." : fasterTable(libraries, titleOf),
      ...(plain.length === 0 ? [] : ["Plain ways and others that do less, such as an add to an array:", fasterTable(plain, titleOf)]),
    ].join("\n\n"),
  );
  sections.set("All other rows", tableOf(rows.filter((row) => !shown.has(row)), ours, titleOf)); // prettier-ignore
  sections.set("What was not measured", missing.length === 0 ? "Nothing." : missing.map((line) => `- ${line.split("\n")[0]}`).join("\n"));

  const intro = "Made by `npm run bench -- --all`. Medians; rivals run in the same rounds, each in its fastest documented configuration. Less is better but for `/s` and `x`."; // prettier-ignore
  const text = HEADINGS.map((heading) => `## ${heading}\n\n${sections.get(heading)}`);
  return { markdown: `# Benchmarks\n\n${intro}\n\n${text.join("\n\n")}\n`, pictures };
}
