// Pages one after the other as series over time: values, rates, quantiles, what comes, goes and begins anew.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Registry } from "tallystick";
import { inside, seriesOf, watched } from "./internals.mjs";

const { BUCKETS_MOST, cameOf, FAMILIES_MOST, linesOf, quantileIn, rateText, seen, SERIES_MOST, short, TICKS, unitOf, valueText, Watch } =
  inside;
const COUNTER = (value, reset = "") => `# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{a="1"} ${value}\n${reset}`;

test("counters have a rate from the second page on, also behind a new beginning, and none behind a gap", () => {
  const { watch } = watched([COUNTER(5)]);
  const series = seriesOf(watch).get('jobs_total{a="1"}');
  assert.deepEqual([series.value, series.rate], [5, NaN]);
  watch.page(COUNTER(25), "text", 104);
  assert.deepEqual([series.value, series.rate], [25, 5]);
  watch.page(COUNTER(8), "text", 106);
  assert.equal(series.rate, 4, "what is less begins with 0");
  watch.page("", "text", 107);
  assert.ok(Number.isNaN(series.rate));
  assert.ok(Number.isNaN(series.past.get(3)));
  watch.page(COUNTER(1000), "text", 108);
  assert.ok(Number.isNaN(series.rate), "what came in more than one interval is no rate of one");
  watch.page(COUNTER(1000), "text", 108);
  assert.ok(Number.isNaN(series.rate), "in no time nothing has a rate");
  assert.equal(watch.families.get("jobs_total").help, "Jobs.");
});

test("gauges have values and no rates; families of what is counted are added up", () => {
  const page = (a, b) => `# TYPE g gauge\ng{i="a"} ${a}\ng{i="b"} ${b}\n# TYPE c counter\nc{i="a"} ${a}\nc{i="b"} ${b}\n`;
  const { watch } = watched([page(1, 2), page(3, 8)]);
  const [gauge, counter] = [watch.families.get("g"), watch.families.get("c")];
  assert.ok(Number.isNaN(gauge.rate) && Number.isNaN(gauge.value));
  assert.deepEqual([counter.value, counter.rate, counter.past.get(1)], [11, 8, 8]);
  assert.deepEqual([...gauge.series.values()].map(({ past }) => past.get(1)), [3, 8]); // prettier-ignore
});

test("histograms: what came in the last interval, its quantiles and its mean; new buckets and new beginnings", () => {
  const page = (low, high, all, sum, more = "") =>
    `# TYPE h histogram\nh_bucket{le="1"} ${low}\nh_bucket{le="2"} ${high}\n${more}h_bucket{le="+Inf"} ${all}\nh_sum ${sum}\nh_count ${all}\n`;
  const { watch } = watched([page(10, 20, 20, 5), page(10, 30, 40, 35)]);
  const series = seriesOf(watch).get("h");
  assert.equal(seriesOf(watch).size, 1);
  assert.deepEqual([series.value, series.rate, series.mean], [40, 20, 1.5]);
  assert.deepEqual([0, 1, 2].map((bucket) => series.came(bucket, 1, 1)), [0, 10, 10]); // prettier-ignore
  assert.equal(series.quantile(0.25, 1), 1.5);
  assert.equal(series.quantile(0.99, 1), 2, "above the last bound it is that");
  watch.page(page(4, 4, 4, 1), "text", 103);
  assert.deepEqual([series.came(0, 2, 1), series.rate], [4, 2], "it began anew");
  assert.equal(series.came(0, 2, 2), 4);
  watch.page(page(4, 4, 4, 1, 'h_bucket{le="4"} 4\n'), "text", 104);
  assert.deepEqual(series.buckets.map(({ bound }) => bound), [1, 2, 4, Infinity]); // prettier-ignore
  watch.page(page(4, 4, 6, 9, 'h_bucket{le="4"} 6\n'), "text", 105);
  assert.deepEqual([0, 1, 2, 3].map((bucket) => series.came(bucket, 4, 1)), [0, 0, 2, 0]); // prettier-ignore
  assert.equal(series.quantile(0.5, 4), 3);
});

test("quantileIn is histogram_quantile", () => {
  for (const [bounds, counts, q, wanted] of [
    [[1, 2, Infinity], [0, 0, 0], 0.5, NaN],
    [[1, 2, Infinity], [4, 0, 0], 0.5, 0.5],
    [[1, 2, Infinity], [0, 0, 4], 0.5, 2],
    [[Infinity], [4], 0.5, NaN],
    [[-2, 2, Infinity], [4, 0, 0], 0.5, -2],
    [[-2, 2, Infinity], [0, 4, 0], 0.5, 0],
    [[1, 2, 3, Infinity], [1, 0, 1, 0], 1, 3],
    [[1, 2, Infinity], [2, 2, 0], 0.5, 1],
    [[1, 2], [NaN, 1], 0.5, NaN],
  ]) {
    assert.equal(quantileIn(bounds, counts, q), wanted, JSON.stringify([bounds, counts, q]));
  }
});

test("summaries, OpenMetrics' names, units, what has no family, and what is no exposition", () => {
  const open =
    '# TYPE s summary\n# UNIT s seconds\n# HELP s S.\ns{quantile="0.5"} 1\ns{quantile="0.99"} 2\ns_count 3\ns_sum 4\ns_created 1\n# TYPE c counter\nc_total 1 # {t="x y"} 1 2\nc_created 7\n# TYPE i info\ni_info{v="1"} 1\n# TYPE x stateset\nx{x="a"} 1\n# EOF\n';
  const { watch, read } = watched([open, open], "openmetrics");
  assert.deepEqual([...seriesOf(watch).keys()], ["s", "c_total", 'i{v="1"}', 'x{x="a"}']);
  const summary = seriesOf(watch).get("s");
  assert.deepEqual([summary.value, summary.sum, summary.quantile(0.5, 1), summary.quantile(0.99, 1), summary.quantile(0.9, 1)], [3, 4, 1, 2, NaN]); // prettier-ignore
  assert.equal(watch.families.get("s").unit, "seconds");
  assert.deepEqual(read[1], { samples: 9, unread: 0, firstUnread: "", beyond: 0 });
  const plain = watched(['a_total 1\nb_bucket 2\n{"c.d",e="f"} 3\n\u0000<html>\n']);
  assert.deepEqual([...seriesOf(plain.watch).keys()], ["a_total", "b_bucket", 'c.d{e="f"}']);
  assert.deepEqual(plain.read[0], { samples: 3, unread: 1, firstUnread: "\\u0000<html>", beyond: 0 });
});

test("a page in another order, with series that come, go, and come again, is what a fresh reading of it is", () => {
  const head = fc.record({ name: fc.constantFrom("a", "b", "c_total"), label: fc.constantFrom("", "x", '}" 1', "y\\", "ä # 1", "{") });
  const line = fc.record({ head, value: fc.integer({ min: 0, max: 9 }) });
  const pages = fc.array(fc.uniqueArray(line, { selector: ({ head }) => JSON.stringify(head), maxLength: 12 }), {
    minLength: 2,
    maxLength: 6,
  });
  const written = (lines) =>
    lines.map(({ head, value }) => `${head.name}{l="${head.label.replaceAll(/[\\"]/g, "\\$&")}"} ${value}\n`).join("");
  fc.assert(
    fc.property(pages, (all) => {
      const { watch } = watched(all.map(written));
      const fresh = watched([written(all.at(-1))]).watch;
      const there = [...seriesOf(watch)].filter(([, series]) => series.tick === watch.tick).map(([name, { value }]) => [name, value]);
      assert.deepEqual(new Map(there), new Map([...seriesOf(fresh)].map(([name, { value }]) => [name, value])));
      assert.equal(watch.seriesCount, seriesOf(watch).size);
    }),
    { numRuns: 300 },
  );
});

test("series that are gone are forgotten when nothing of them is shown any more, and may come again", () => {
  const { watch } = watched(["a 1\nb 2\n", ...Array.from({ length: TICKS - 1 }, () => "b 2\n")]);
  assert.equal(watch.seriesCount, 2);
  watch.page("b 2\n", "text", 1000);
  assert.deepEqual([...seriesOf(watch).keys()], ["b"]);
  assert.equal(watch.seriesCount, 1);
  watch.page("a 5\nb 2\n", "text", 1001);
  assert.equal(seriesOf(watch).get("a").value, 5);
});

test("another type, and another format, are other series", () => {
  const watch = new Watch();
  watch.page("# TYPE a gauge\na 1\n", "text", 1);
  watch.page("# TYPE a counter\na 3\n", "text", 2);
  watch.page("# TYPE a counter\na 5\n", "text", 3);
  assert.deepEqual([watch.seriesCount, seriesOf(watch).get("a").rate], [1, 2]);
  watch.page("# TYPE a counter\na_total 6\n# EOF\n", "openmetrics", 4);
  assert.deepEqual([...seriesOf(watch).keys()], ["a_total"]);
});

test("more series than are kept are counted, each time", () => {
  const page = Array.from({ length: SERIES_MOST + 7 }, (_, i) => `m{i="${i}"} 1\n`).join("");
  const { watch, read } = watched([page, page]);
  assert.deepEqual(
    read.map(({ samples, beyond }) => [samples, beyond]),
    [
      [SERIES_MOST + 7, 7],
      [SERIES_MOST + 7, 7],
    ],
  );
  assert.equal(watch.seriesCount, SERIES_MOST);
});

test("a registry's own pages are read whole, in both formats", () => {
  const registry = new Registry();
  const duration = registry.histogram({ name: "took_seconds", help: "Took.", labelNames: ["route"], buckets: [1, 2] });
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", exemplars: true });
  for (const [dialect, format] of [
    ["text", "text"],
    ["openmetrics", "openmetrics"],
  ]) {
    const watch = new Watch();
    const page = () => new TextDecoder().decode(registry.exposeSync({ dialect }).body);
    duration.observe({ route: "/" }, 0.5);
    jobs.inc(2, { trace: "} 9" });
    watch.page(page(), format, 1);
    duration.observe({ route: "/" }, 1.5);
    jobs.inc(4);
    assert.deepEqual([watch.page(page(), format, 3).unread, seriesOf(watch).get("jobs_total").rate], [0, 2]);
    const series = seriesOf(watch).get('took_seconds{route="/"}');
    assert.deepEqual([series.rate, series.quantile(0.5, 1)], [0.5, 1.5]);
  }
  registry.close();
});

test("names, labels and helps: what is not to be seen is shown escaped, and what is long is cut", () => {
  assert.equal(
    seen("a\u001b[2Jb\u0007\u009b\n\u202e\u2066\ufeff\ud800ä€😀"),
    "a\\u001b[2Jb\\u0007\\u009b\\n\\u202e\\u2066\\ufeff\\ud800ä€😀",
  );
  assert.deepEqual([short("abcdef", 4), short("abcd", 4)], ["abc…", "abcd"]);
  const { watch } = watched([`# HELP a x\u001b]0;t\u0007\n# TYPE a gauge\na{l="\u001b[31m\\n"} 1\n`]);
  const [series] = seriesOf(watch).keys();
  assert.equal(series, 'a{l="\\u001b[31m\\n"}');
  assert.equal(watch.families.get("a").help, "x\\u001b]0;t\\u0007");
});

test("numbers as people read them", () => {
  for (const [value, unit, text] of [
    [NaN, "", "–"],
    [Infinity, "seconds", "+∞"],
    [0, "", "0"],
    [99_999, "", "99999"],
    [123_456, "", "123 k"],
    [999.7, "", "1.00 k"],
    [0.1234, "", "0.123"],
    [1e-9, "", "1.00e-9"],
    [1536, "bytes", "1.50 KiB"],
    [12, "bytes", "12 B"],
    [-2048, "bytes", "-2.00 KiB"],
    [0.0123, "seconds", "12.3 ms"],
    [0.0000012, "seconds", "1.20 µs"],
    [75, "seconds", "75.0 s"],
    [7200, "seconds", "2.00 h"],
    [0.5, "ratio", "50.0 %"],
    [1_767_607_200, "timestamp", "2026-01-05 10:00:00"],
    [30, "timestamp", "30.0 s"],
  ]) {
    assert.equal(valueText(value, unit), text);
  }
  assert.deepEqual([rateText(1536, "bytes"), rateText(1 / 3), rateText(NaN), rateText(2, "ratio")], ["1.50 KiB/s", "0.333/s", "–", "2/s"]);
  for (const [name, unit] of [
    ["http_request_duration_seconds", "seconds"],
    ["io_bytes_total", "bytes"],
    ["process_start_time_seconds", "timestamp"],
    ["secondseconds", ""],
    ["up", ""],
  ]) {
    assert.equal(unitOf(name), unit, name);
  }
});

const BUCKETS = (bounds, counts) =>
  `# TYPE h histogram\n${bounds.map((bound, i) => `h_bucket{le="${bound}"} ${counts[i]}\n`).join("")}h_sum 1\nh_count ${counts.at(-1)}\n`;

test("a program that began anew with other bounds, or that has counted more since, leaves nothing of the one before in its buckets", () => {
  const other = ["0.5", "2", "+Inf"];
  const { watch } = watched([BUCKETS(["0.1", "1", "+Inf"], [50, 100, 100]), BUCKETS(other, [0, 10, 10]), BUCKETS(other, [0, 20, 20])]);
  const series = seriesOf(watch).get("h");
  assert.deepEqual(series.buckets.map(({ bound }) => bound), [0.5, 2, Infinity]); // prettier-ignore
  assert.deepEqual(cameOf([series], watch.tick, 1), [0, 10, 0]);
  assert.equal(series.quantile(0.5, watch.tick), 1.25);
  watch.page(BUCKETS(["0.1", "1", "+Inf"], [20, 30, 30]), "text", 103);
  assert.deepEqual(series.buckets.map(({ bound }) => bound), [0.1, 1, Infinity], "the ones before come again as new ones"); // prettier-ignore
  const more = watched([BUCKETS(other, [100, 100, 100]), BUCKETS(other, [5, 110, 110])]).watch;
  const [overtaken] = seriesOf(more).values();
  assert.deepEqual([cameOf([overtaken], 1, 1), overtaken.rate], [[5, 105, 0], 110]);
  const gap = watched([BUCKETS(other, [1, 1, 1]), "", BUCKETS(other, [4, 4, 4])]).watch;
  assert.deepEqual(cameOf([seriesOf(gap).get("h")], 2, 1), [NaN, NaN, NaN], "behind a gap nobody knows when it came");
});

test("what is no longer remembered is NaN, and never the newest page in its place", () => {
  const { watch } = watched(Array.from({ length: TICKS + 9 }, (_, i) => `# TYPE g gauge\ng ${i}\n`));
  const { past } = seriesOf(watch).get("g");
  assert.deepEqual([past.get(8), past.get(9), past.get(TICKS + 8)], [NaN, 9, TICKS + 8]);
});

test("families that are gone are forgotten, and so many are kept at the most", () => {
  const page = (n) => Array.from({ length: 3000 }, (_, i) => `name_${n}_${i} 1\n`).join("");
  const { watch, read } = watched(Array.from({ length: 8 }, (_, n) => page(n)));
  assert.equal(watch.families.size, FAMILIES_MOST);
  assert.equal(read.at(-1).beyond, 3000);
  assert.equal(watch.page("# TYPE late gauge\nlate 1\n", "text", 200).beyond, 1);
  for (let i = 0; i < TICKS; i++) watch.page("# TYPE late gauge\nlate 1\n# TYPE bare gauge\n", "text", 201 + i);
  assert.deepEqual([...watch.families.keys()].sort(), ["bare", "late"]);
  assert.equal(seriesOf(watch).get("late").value, 1, "there is room for it again");
});

/** How large the largest Map becomes. */
function largestMap(t, run) {
  const { set } = Map.prototype;
  let most = 0;
  const mocked = t.mock.method(Map.prototype, "set", function (...args) {
    const result = set.apply(this, args);
    most = Math.max(most, this.size);
    return result;
  });
  run();
  mocked.mock.restore();
  return most;
}

test("lines that are of no series, and lines that are written otherwise each time, are not kept for ever", (t) => {
  const created = (n) => Array.from({ length: 500 }, (_, i) => `c_created{id="${n}-${i}"} 1\n`).join("");
  const blanks = (n) => Array.from({ length: 500 }, (_, i) => `g{i="${i}"${" ".repeat(n)}} 1\n`).join("");
  for (const [page, format] of [
    [created, "openmetrics"],
    [blanks, "text"],
  ]) {
    const most = largestMap(t, () =>
      watched(
        Array.from({ length: 40 }, (_, n) => `# TYPE c counter\n${page(n)}`),
        format,
      ),
    );
    assert.ok(most > 500 && most < 4000, `${most} lines`);
  }
});

test("bounds of a histogram and quantiles of a summary have a limit, of one series and of all; what is beyond is counted each time", () => {
  const own = (name) => Array.from({ length: 1200 }, (_, i) => `${name}_bucket{le="${(i * 7) % 1200}"} 1\n`).join("");
  const quantiles = Array.from({ length: 1200 }, (_, i) => `s{quantile="${i / 1200}"} 1\n`).join("");
  const one = `# TYPE h histogram\n${own("h")}# TYPE s summary\n${quantiles}`;
  const { watch, read } = watched([one, one, one]);
  assert.deepEqual([seriesOf(watch).get("h").buckets.length, seriesOf(watch).get("s").quantiles.size], [1000, 1000]);
  assert.deepEqual(read.map(({ beyond }) => beyond), [400, 400, 400]); // prettier-ignore
  const names = Array.from({ length: BUCKETS_MOST / 1000 + 1 }, (_, i) => `h${i}`);
  const all = watched([names.map((name) => `# TYPE ${name} histogram\n${own(name)}`).join("")]);
  assert.equal(all.read[0].beyond, names.length * 200 + 1000);
  const none = all.watch.page("# TYPE last histogram\n" + own("last"), "text", 200);
  assert.equal(none.beyond, 1200, "those that may come again keep their room");
  for (let i = 0; i < TICKS; i++) all.watch.page("", "text", 201 + i);
  assert.equal(all.watch.page("# TYPE last histogram\n" + own("last"), "text", 500).beyond, 200);
});

test("of a line that is a page long its beginning is looked at", () => {
  const { read } = watched([`g{l="${"x".repeat(1 << 20)}"} 1\na 1\n`]);
  assert.deepEqual([read[0].samples, read[0].unread], [1, 1]);
});

test("two series whose labels are shown alike are two lines", () => {
  const { watch } = watched([`# TYPE g gauge\n${["a", "b"].map((end) => `g{l="${"x".repeat(300)}${end}"} 1\n`).join("")}`]);
  const { lines } = linesOf(watch, { query: "", kinds: new Set(["gauge"]), sort: "page", descending: true, folds: new Map() });
  assert.equal(lines.length, 3);
  assert.equal(new Set(lines.map(({ key }) => key)).size, 3);
});

test("watch.absent: what comes behind it begins anew: no rates over it, and no times of before", () => {
  const { watch } = watched([COUNTER(5), COUNTER(25)]);
  assert.equal(watch.first, 0);
  watch.absent();
  watch.page(COUNTER(9000), "text", 9000);
  const series = seriesOf(watch).get('jobs_total{a="1"}');
  assert.deepEqual([series.value, series.rate, watch.first, watch.tick], [9000, NaN, 2, 2]);
  assert.deepEqual([1, 2].map((tick) => watch.timeOf(tick)), [NaN, 9000]); // prettier-ignore
  assert.deepEqual([1, 2].map((tick) => series.past.get(tick)), [NaN, NaN]); // prettier-ignore
  assert.equal(watch.seriesCount, 1);
  watch.page(COUNTER(9020), "text", 9002);
  assert.equal(series.rate, 10);
  assert.equal(watch.elapsed, 2);
});
