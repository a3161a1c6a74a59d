// What a soak found, judged by limits that are stated: a table, and plots over time.

import { line } from "../../bench/report/fit.mjs";
import { svg } from "../../bench/report/plot.mjs";

/** The first minute is that of compilers and of first sizes. Of less than so many minutes behind it a slope says nothing. */
const LEFT_OUT_SECONDS = 60;
const SLOPE_LEAST_SECONDS = 240;
/** MiB an hour of the service's RSS. */
const SLOPE_MOST = 64;
/** Milliseconds that the service's event loop may be held up: running, and blocked by what is no other's use of the cores. */
const RUNNING_MOST = 100;
const BLOCKED_MOST = 250;
/** Who waits longer for a core has locks whose owners wait for one: what blocks it then is the machine's. */
const WAITED_MOST = 0.02;

const MIB = 2 ** 20;

export function quantile(values, fraction) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(Math.ceil(sorted.length * fraction) - 1, 0)] ?? NaN;
}

/** MiB an hour, by least squares, without the first minute; undefined where there is too little behind it. */
export function slopeOf(samples, figure) {
  const used = samples.filter(({ seconds }) => seconds >= LEFT_OUT_SECONDS);
  if (used.length < 3 || used.at(-1).seconds - LEFT_OUT_SECONDS < SLOPE_LEAST_SECONDS) return undefined;
  return line(used.map((sample) => [sample.seconds / 3600, sample[figure] / MIB]));
}

const fixed = (value, digits = 1) => value.toLocaleString("en", { maximumFractionDigits: digits, signDisplay: "negative" });
const slopeText = (slope) =>
  slope === undefined ? "not judged: too short" : `${fixed(slope.slope)} ± ${fixed(slope.standardError)} MiB/h`;

/** `[{ what, figure, limit, holds }]`; `holds` is undefined of what has no limit, or was not judged. */
export function judged(result) {
  const { rows, deaths, wrong, prometheus, scrapes, stalls, samples } = result;
  const total = (figure) => rows.filter(({ name }) => !name.startsWith("answers")).reduce((sum, row) => sum + row[figure], 0);
  const requests = rows.filter(({ name }) => name === "requests").reduce((sum, { sent }) => sum + sent, 0);
  const off = rows.filter(({ right }) => !right).length;
  const last = samples.at(-1);
  const crowded = stalls.waited > WAITED_MOST;
  const [rss, used] = [slopeOf(samples, "rss"), slopeOf(samples, "used")];
  const verdicts = [
    {
      what: "counted = sent",
      figure: `${fixed(total("counted"))} of ${fixed(total("sent"))}, in ${rows.length} figures, ${off} of them off`,
      limit: "equal",
      holds: off === 0 && requests > 0,
    },
    { what: "what cannot be", figure: `${wrong.length}`, limit: "0", holds: wrong.length === 0 },
    {
      what: "deaths",
      figure: `${deaths.threads} threads, ${deaths.processes} processes, ${deaths.undecided} requests under way`,
      limit: "some of both",
      holds: deaths.threads > 0 && deaths.processes > 0,
    },
    {
      what: "RSS of the service",
      figure: slopeText(rss),
      limit: `${SLOPE_MOST} MiB/h`,
      holds: rss === undefined ? undefined : rss.slope <= SLOPE_MOST,
    },
    { what: "bytes that the memory has in use", figure: `${slopeText(used)}; ${fixed(last.used / MIB, 2)} MiB at the end` },
    { what: "series at the end", figure: `${fixed(last.series)}, a page of ${fixed(last.pageBytes / 1000)} kB` },
    {
      what: "scrapes, p99",
      figure: `${fixed(quantile(scrapes, 0.99))} ms of ${scrapes.length}, longest ${fixed(Math.max(...scrapes))} ms`,
    },
    {
      what: "longest stall of the event loop, running",
      figure: `${fixed(stalls.running)} ms`,
      limit: `${RUNNING_MOST} ms`,
      holds: stalls.running <= RUNNING_MOST,
    },
    {
      what: "longest stall, blocked",
      figure: `${fixed(stalls.blocked)} ms${crowded ? `; not judged: it waited ${fixed(stalls.waited * 100)} % of the time for a core` : ""}`,
      limit: `${BLOCKED_MOST} ms`,
      holds: crowded ? undefined : stalls.blocked <= BLOCKED_MOST,
    },
    { what: "longest stall, while a thread started; of all", figure: `${fixed(stalls.starting)} ms; ${fixed(stalls.late)} ms` },
  ];
  if (prometheus === undefined) return [...verdicts, { what: "Prometheus", figure: "not installed: skipped" }];
  return [
    ...verdicts,
    {
      what: `resets, by Prometheus ${prometheus.version}`,
      figure: `${prometheus.resets.length} of ${prometheus.counters} names; ${prometheus.scrapes} scrapes, ${prometheus.failed} failed`,
      limit: "0",
      holds: prometheus.resets.length === 0 && prometheus.counters > 0,
    },
    {
      what: "requests, by Prometheus",
      figure: fixed(prometheus.requests),
      limit: fixed(requests),
      holds: prometheus.requests === requests,
    },
    { what: "scrapes, p99, by Prometheus", figure: `${fixed(prometheus.p99Milliseconds)} ms` },
  ];
}

/** The table as it is printed. */
export function printed(result) {
  const verdicts = judged(result);
  const cells = verdicts.map(({ what, figure, limit = "", holds }) => [
    what,
    figure,
    limit,
    holds === undefined ? "" : holds ? "ok" : "WRONG",
  ]);
  const table = [["", "", "limit", ""], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column].length)));
  const lines = table.map((row) => row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("   ").trimEnd()); // prettier-ignore
  const off = result.rows.filter(({ right }) => !right).map(({ slot, name, sent, counted, open }) => `  ${slot} ${name}: sent ${sent}, counted ${counted}, ${open} without an answer`); // prettier-ignore
  const resets = (result.prometheus?.resets ?? []).map((text) => `  resets: ${text}`);
  const told = [...off, ...resets, ...result.wrong.slice(0, 50).map((text) => `  ${text}`)];
  return [`${result.runtime}, ${fixed(result.seconds)} s, seed ${result.seed}`, ...lines, ...told].join("\n");
}

export const holds = (result) => judged(result).every(({ holds }) => holds !== false);

/** RSS, scrapes and series over time. A scrape's p99 is of the last minute. */
export function plotted({ runtime, seed, samples, seconds }) {
  const at = ({ seconds }) => seconds / 60;
  const x = { title: "minutes" };
  const over = (figure) => samples.map((sample) => [at(sample), figure(sample)]);
  const lastMinute = samples.map((sample, i) => {
    const recent = samples.slice(0, i + 1).filter((other) => other.seconds > sample.seconds - 60);
    return [at(sample), quantile(recent.map(({ scrapeMilliseconds }) => scrapeMilliseconds), 0.99)]; // prettier-ignore
  });
  return svg(`A soak of ${fixed(seconds / 60)} minutes on ${runtime}, seed ${seed}`, [
    {
      title: `Memory of the service, ${runtime}`,
      x,
      y: { title: "MiB" },
      lines: [
        { name: "RSS", points: over(({ rss }) => rss / MIB) },
        { name: "in use in the shared memory", points: over(({ used }) => used / MIB) },
      ],
    },
    {
      title: "Scrapes",
      x,
      y: { title: "ms" },
      lines: [
        { name: "each", points: over(({ scrapeMilliseconds }) => scrapeMilliseconds) },
        { name: "p99 of the last minute", points: lastMinute },
      ],
    },
    { title: "Samples of the page", x, y: { title: "samples" }, lines: [{ name: "samples", points: over(({ series }) => series) }] },
    {
      title: "Stalls of the event loop, without waiting for a core or a thread to start",
      x,
      y: { title: "ms" },
      lines: [{ name: "longest since the last scrape", points: over(({ stallMilliseconds }) => stallMilliseconds) }],
    },
  ]);
}
