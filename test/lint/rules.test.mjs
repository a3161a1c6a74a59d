// Each rule, by pages that are against it and nothing else, and by what stands right beside it and is not.

import assert from "node:assert/strict";
import { test } from "node:test";
import { lint, RULES } from "tallystick/lint";

/** Findings as "line metric rule"; what every page here has wrong is left out. */
function found(text, options) {
  return lint(text, options).map(({ line, metric, rule }) => `${line} ${metric} ${rule}`);
}

const TEXT = { format: "text" };
const OPEN = { format: "openmetrics" };
/** A family of text, whose first line is 1. */
const family = (name, type, ...samples) => [`# HELP ${name} A help.`, `# TYPE ${name} ${type}`, ...samples, ""].join("\n");
/** And of OpenMetrics. */
const open = (name, type, ...samples) => [`# TYPE ${name} ${type}`, `# HELP ${name} A help.`, ...samples, "# EOF", ""].join("\n");
const bytes = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));

const HISTOGRAM = ['h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 2', "h_sum 3", "h_count 2"];
const OPEN_HISTOGRAM = ['h_bucket{le="1.0"} 1', 'h_bucket{le="+Inf"} 2', "h_sum 3", "h_count 2"];

/** [what, page, options, findings]; no finding is what is right. */
const ROWS = [
  // Pages that are right.
  ["an empty text", "", TEXT],
  ["an empty OpenMetrics", "# EOF\n", OPEN],
  ["# EOF without its line feed", "# EOF", OPEN],
  ["a counter", family("a_total", "counter", "a_total 1"), TEXT],
  ["blanks, tabs, comments and blank lines of text", `# a comment\n\n${family("a", "gauge", ' a { b = "c" , } \t 1 \t 5', "#")}`, TEXT],
  ["a histogram", family("h", "histogram", ...HISTOGRAM), TEXT],
  [
    "histograms whose buckets, sums and counts stand apart",
    family(
      "h",
      "histogram",
      'h_bucket{a="1",le="+Inf"} 1',
      'h_bucket{a="2",le="+Inf"} 1',
      'h_sum{a="1"} 1',
      'h_sum{a="2"} 1',
      'h_count{a="1"} 1',
      'h_count{a="2"} 1',
    ),
    TEXT,
  ],
  ["a summary", family("s", "summary", 's{quantile="0.5"} NaN', 's{quantile="0.9"} 1', "s_sum 1", "s_count 1"), TEXT],
  ["a timestamp in milliseconds", family("a", "gauge", "a 1 1700000000000", 'a{b="c"} 1 -5'), TEXT],
  [
    "an OpenMetrics histogram with its exemplar",
    open(
      "h",
      "histogram",
      'h_bucket{le="1.0"} 1 # {trace_id="abc"} 0.5 1700000000.5',
      'h_bucket{le="+Inf"} 2 # {} 7',
      "h_sum 3",
      "h_count 2",
      "h_created 5",
    ),
    OPEN,
  ],
  ["a histogram of OpenMetrics without sum and count", open("h", "histogram", 'h_bucket{le="+Inf"} 2'), OPEN],
  [
    "a gauge histogram below 0",
    open("g", "gaugehistogram", 'g_bucket{le="-1.0"} 1', 'g_bucket{le="+Inf"} 2', "g_gsum -3", "g_gcount 2"),
    OPEN,
  ],
  ["a point after the other", open("a", "gauge", "a 1 1", "a 2 2.5", 'a{b="c"} 1 1'), OPEN],
  ["a unit", `# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n# HELP a_seconds A.\na_seconds 1\n# EOF\n`, OPEN],
  ["names in quotes where they are asked for", '# HELP "a.b" A.\n# TYPE "a.b" gauge\n{"a.b","c.d"="e"} 1\n', { ...TEXT, utf8: true }],
  // encoding
  ["bytes that are no UTF-8", bytes('# HELP a A.\n# TYPE a gauge\na{b="\xff"} 1\n'), TEXT, "3  encoding"],
  ["a byte order mark", `\ufeff${family("a", "gauge", "a 1")}`, TEXT, "1  encoding", "2 a help"],
  ["a mark that is within a help", family("a", "gauge", "a 1").replace("A help.", "A\ufeff."), TEXT],
  ["carriage returns", "# HELP a A.\r\n", TEXT, "1  encoding"],
  ["gzip", Uint8Array.of(0x1f, 0x8b, 8, 0), TEXT, "1  encoding", "1  end"],
  // syntax
  ["a sample without a value", family("a", "gauge", "a "), TEXT, "3 a syntax"],
  ["a sample without a name", family("a", "gauge", '{b="c"} 1'), TEXT, "3  syntax"],
  ["a blank at the end", family("a", "gauge", "a 1 "), TEXT, "3 a syntax"],
  ["a blank behind the timestamp", family("a", "gauge", "a 1 5 "), TEXT, "3 a syntax"],
  ["something behind the timestamp", family("a", "gauge", "a 1 5 6"), TEXT, "3 a syntax"],
  ["a label without quotes", family("a", "gauge", "a{b=c} 1"), TEXT, "3 a syntax"],
  ["a label without =", family("a", "gauge", 'a{b"c"} 1'), TEXT, "3 a syntax"],
  ["labels without a comma", family("a", "gauge", 'a{b="c" d="e"} 1'), TEXT, "3 a syntax"],
  ["braces that stay open", family("a", "gauge", 'a{b="c"'), TEXT, "3 a syntax"],
  ["a quote that stays open", family("a", "gauge", 'a{b="c} 1'), TEXT, "3 a syntax"],
  ["a comma without a label", family("a", "gauge", "a{,} 1"), TEXT, "3 a syntax"],
  ["two blanks in OpenMetrics", open("a", "gauge", "a  1"), OPEN, "3 a syntax"],
  ["blanks in labels of OpenMetrics", open("a", "gauge", 'a{b="c", d="e"} 1'), OPEN, "3 a syntax"],
  ["a comma behind labels of OpenMetrics", open("a", "gauge", 'a{b="c",} 1'), OPEN, "3 a syntax"],
  ["a blank line in OpenMetrics", open("a", "gauge", "a 1", ""), OPEN, "4  syntax"],
  ["a comment in OpenMetrics", open("a", "gauge", "# why", "a 1"), OPEN, "3  syntax"],
  ["a help without its blank in OpenMetrics", "# TYPE a gauge\n# HELP a\na 1\n# EOF\n", OPEN, "1 a help", "2  syntax"],
  ["an exemplar without braces", open("a", "counter", "a_total 1 # 1"), OPEN, "3 a_total syntax"],
  ["an exemplar without a value", open("a", "counter", "a_total 1 # {}"), OPEN, "3 a_total syntax"],
  ["two exemplars", open("a", "counter", "a_total 1 # {} 1 # {} 1"), OPEN, "3 a_total syntax"],
  // end
  ["a last line without its end", family("a", "gauge", "a 1").slice(0, -1), TEXT, "3  end"],
  ["no # EOF", "# TYPE a gauge\n# HELP a A.\na 1\n", OPEN, "3  end"],
  ["nothing at all for OpenMetrics", "", OPEN, "1  end"],
  ["two lines behind # EOF", `${open("a", "gauge", "a 1")}a 2\na 3\n`, OPEN, "5  end"],
  // name
  ["a metric's name with a dash", "# HELP a-b A.\na-b 1\n", TEXT, "1  name", "2  name"],
  ["a label's name with a colon", family("a", "gauge", 'a{b:c="d"} 1'), TEXT, "3 a name"],
  ["a label's name with a digit first", family("a", "gauge", 'a{1b="d"} 1'), TEXT, "3 a name"],
  ["a name in quotes", family("a", "gauge", '{"a"} 1'), TEXT, "3  name"],
  // label
  ["a label twice", family("a", "gauge", 'a{b="c",b="d"} 1'), TEXT, "3 a label"],
  ["a label that begins with __", family("a", "gauge", 'a{__b="c"} 1'), TEXT, "3 a label"],
  // escape, odd-escape
  ["an escape that is none, in a label", family("a", "gauge", 'a{b="\\x"} 1'), TEXT, "3 a escape"],
  ["an escaped quote in a help of text", '# HELP a A \\"help\\".\n# TYPE a gauge\na 1\n', TEXT, "1 a escape", "1 a escape"],
  ["escapes that there are", '# HELP a A \\\\ \\n.\n# TYPE a gauge\na{b="\\\\ \\" \\n"} 1\n', TEXT],
  ["an odd escape in OpenMetrics", open("a", "gauge", 'a{b="\\x"} 1'), OPEN, "3 a odd-escape"],
  ["a quote in a help of OpenMetrics", '# TYPE a gauge\n# HELP a A "help".\na 1\n# EOF\n', OPEN, "2 a odd-escape"],
  ["a quote behind two backslashes", '# TYPE a gauge\n# HELP a A \\\\".\na 1\n# EOF\n', OPEN, "2 a odd-escape"],
  ["an escaped quote in a help of OpenMetrics", '# TYPE a gauge\n# HELP a A \\"help\\\\\\".\na 1\n# EOF\n', OPEN],
  // value
  ...["abc", "0x10", "1_000", "1e", "1e999", "+NaN", "1,5", "--1", "."].map((value) => [
    `the value ${value}`,
    family("a", "gauge", `a ${value}`),
    TEXT,
    "3 a value",
  ]),
  ...["NaN", "nan", "+Inf", "-inf", "Infinity", "5e-324", "1.", ".5", "1E+21", "+1", "007"].map((value) => [
    `the value ${value}`,
    family("a", "gauge", `a ${value}`),
    TEXT,
  ]),
  // timestamp
  ["a timestamp with a dot in text", family("a", "gauge", "a 1 1.5"), TEXT, "3 a timestamp"],
  ["a timestamp beyond 64 bits", family("a", "gauge", "a 1 9223372036854775808"), TEXT, "3 a timestamp"],
  ["the last timestamp of 64 bits", family("a", "gauge", "a 1 9223372036854775807"), TEXT],
  ["a timestamp that is no number", open("a", "gauge", "a 1 NaN"), OPEN, "3 a timestamp"],
  [
    "timestamps of some samples of a metric",
    open("h", "histogram", 'h_bucket{le="+Inf"} 2 5', "h_sum 3", "h_count 2"),
    OPEN,
    "4 h timestamp",
  ],
  ["timestamps that go back", open("a", "gauge", "a 1 5", "a 1 4"), OPEN, "4 a timestamp"],
  // type
  ["a type of OpenMetrics in text", family("a", "info", "a 1"), TEXT, "2 a type"],
  ["untyped in OpenMetrics", open("a", "untyped", "a 1"), OPEN, "1 a type"],
  ["a type in capitals", family("a", "Gauge", "a 1"), TEXT, "2 a type"],
  ["a type that is missing", "# HELP a A.\n# TYPE a\na 1\n", TEXT, "2 a type"],
  // metadata, metadata-order
  ["a help twice", `# HELP a B.\n${family("a", "gauge", "a 1")}`, TEXT, "2 a metadata"],
  ["a type twice", `# TYPE a gauge\n${family("a", "gauge", "a 1")}`, TEXT, "3 a metadata"],
  ["a type behind a sample", "# HELP a A.\na 1\n# TYPE a gauge\n", TEXT, "3 a metadata"],
  [
    "a unit twice",
    "# TYPE a_seconds gauge\n# UNIT a_seconds seconds\n# UNIT a_seconds seconds\n# HELP a_seconds A.\n# EOF\n",
    OPEN,
    "3 a_seconds metadata",
  ],
  [
    "a type behind a help in OpenMetrics, told once",
    "# HELP a A.\n# TYPE a gauge\n# HELP b B.\n# TYPE b gauge\n# EOF\n",
    OPEN,
    "2 a metadata-order",
  ],
  // grouping
  ["lines of a family apart", `${family("a", "gauge", "a 1")}${family("b", "gauge", "b 1")}a{b="c"} 1\n`, TEXT, "7 a grouping"],
  [
    "samples of a metric of OpenMetrics apart",
    open("a", "counter", 'a_total{b="1"} 1', 'a_total{b="2"} 1', 'a_created{b="1"} 1'),
    OPEN,
    "5 a grouping",
  ],
  ["metadata of a family apart", "# TYPE a gauge\n# TYPE b gauge\n# HELP b B.\n# HELP a A.\na 1\n# EOF\n", OPEN, "4 a grouping"],
  // suffix
  ["a counter of OpenMetrics without _total", open("a", "counter", "a 1"), OPEN, "3 a suffix"],
  ["a counter's family with _total", open("a_total", "counter"), OPEN, "1 a_total suffix"],
  ["an info without _info", open("a", "info", "a 1"), OPEN, "3 a suffix"],
  ["a bare sample of a histogram", family("h", "histogram", "h 1", ...HISTOGRAM), TEXT, "3 h suffix"],
  ["a _gcount of a histogram", open("h", "histogram", ...OPEN_HISTOGRAM, "h_gcount 2"), OPEN, "7 h suffix"],
  // clash
  [
    "a gauge that could be a counter's sample",
    '# TYPE a counter\n# HELP a A.\na_total 1\n# TYPE a_created gauge\n# HELP a_created A.\na_created{b="c"} 1\n# EOF\n',
    OPEN,
    "4 a_created clash",
  ],
  [
    "a counter that is named as a histogram's sample",
    family("h", "histogram", ...HISTOGRAM) + family("h_count", "gauge"),
    TEXT,
    "7 h_count clash",
    "7 h_count reserved-suffix",
  ],
  [
    "a histogram whose sample was named before it",
    family("h_count", "untyped") + family("h", "histogram", 'h_bucket{le="+Inf"} 1', "h_sum 1", "h_count 1"),
    TEXT,
    "4 h clash",
    "5 h bucket",
    "7 h_count grouping",
  ],
  // duplicate
  ["a series twice", family("a", "gauge", "a 1", "a 2"), TEXT, "4 a duplicate"],
  ["a series twice, its labels in another order", family("a", "gauge", 'a{b="c",d="e"} 1', 'a{d="e",b="c"} 1'), TEXT, "4 a duplicate"],
  ["a series twice, once with an empty label", family("a", "gauge", "a 1", 'a{b=""} 1'), TEXT, "4 a duplicate"],
  ["a series twice at one moment of OpenMetrics", open("a", "gauge", "a 1 5", "a 2 5"), OPEN, "4 a duplicate"],
  [
    "labels with NUL that meet where they are joined",
    open("a", "gauge", 'a{b="c\u0001d\u0000e"} 1', 'a{b="c",d="e"} 1', 'a{b="c\u00011:1:de"} 1'),
    OPEN,
  ],
  ["labels that meet where they are joined", family("a", "gauge", 'a{b="c",d="e"} 1', 'a{b="c\\",d=\\"e"} 1'), TEXT],
  // bucket
  ["a bucket without le", family("h", "histogram", "h_bucket 1", ...HISTOGRAM), TEXT, "3 h bucket"],
  ["an le that is no number", family("h", "histogram", 'h_bucket{le="x"} 1', ...HISTOGRAM), TEXT, "3 h bucket"],
  ["an le that is NaN", family("h", "histogram", 'h_bucket{le="NaN"} 1', ...HISTOGRAM), TEXT, "3 h bucket"],
  ["no +Inf", family("h", "histogram", 'h_bucket{le="1"} 1', "h_sum 3", "h_count 2"), TEXT, "3 h bucket"],
  [
    "buckets in another order",
    family("h", "histogram", 'h_bucket{le="2"} 1', 'h_bucket{le="1"} 1', 'h_bucket{le="+Inf"} 2', "h_sum 3", "h_count 2"),
    TEXT,
    "4 h bucket",
  ],
  [
    "a bound twice, written in two ways",
    family("h", "histogram", 'h_bucket{le="1"} 1', 'h_bucket{le="1.0"} 1', 'h_bucket{le="+Inf"} 2', "h_sum 3", "h_count 2"),
    TEXT,
    "4 h bucket",
  ],
  [
    "buckets that are not cumulative",
    family("h", "histogram", 'h_bucket{le="1"} 3', 'h_bucket{le="+Inf"} 2', "h_sum 3", "h_count 2"),
    TEXT,
    "4 h bucket",
  ],
  [
    "a bucket with a fraction",
    family("h", "histogram", 'h_bucket{le="1"} 1.5', 'h_bucket{le="+Inf"} 2', "h_sum 3", "h_count 2"),
    TEXT,
    "3 h bucket",
  ],
  ["a _count that is not that of +Inf", family("h", "histogram", 'h_bucket{le="+Inf"} 2', "h_sum 3", "h_count 3"), TEXT, "3 h bucket"],
  ["no _count in text", family("h", "histogram", 'h_bucket{le="+Inf"} 2', "h_sum 3"), TEXT, "3 h bucket"],
  ["no _sum in text", family("h", "histogram", 'h_bucket{le="+Inf"} 2', "h_count 2"), TEXT, "3 h bucket"],
  ["a _sum without _count", open("h", "histogram", 'h_bucket{le="+Inf"} 2', "h_sum 3"), OPEN, "3 h bucket"],
  [
    "a _sum of buckets below 0",
    open("h", "histogram", 'h_bucket{le="-1.0"} 1', 'h_bucket{le="+Inf"} 2', "h_sum 3", "h_count 2"),
    OPEN,
    "3 h bucket",
  ],
  ["a _sum below 0", open("h", "histogram", 'h_bucket{le="+Inf"} 2', "h_sum -3", "h_count 2"), OPEN, "4 h bucket"],
  [
    "a _gsum below 0 without a bucket there",
    open("g", "gaugehistogram", 'g_bucket{le="+Inf"} 2', "g_gsum -3", "g_gcount 2"),
    OPEN,
    "3 g bucket",
  ],
  ["an infinity that is written otherwise", open("h", "histogram", 'h_bucket{le="inf"} 2'), OPEN, "3 h bucket"],
  [
    "the second of two histograms without its +Inf",
    open("h", "histogram", 'h_bucket{a="1",le="+Inf"} 2', 'h_bucket{a="2",le="1.0"} 2'),
    OPEN,
    "4 h bucket",
  ],
  // quantile
  ["a quantile above 1", family("s", "summary", 's{quantile="2"} 1', "s_sum 1", "s_count 1"), TEXT, "3 s quantile"],
  ["a quantile that is no number", family("s", "summary", 's{quantile="x"} 1', "s_sum 1", "s_count 1"), TEXT, "3 s quantile"],
  ["a sample without its quantile", family("s", "summary", "s 1", "s_sum 1", "s_count 1"), TEXT, "3 s quantile"],
  [
    "quantiles in another order",
    family("s", "summary", 's{quantile="0.9"} 1', 's{quantile="0.5"} 1', "s_sum 1", "s_count 1"),
    TEXT,
    "4 s quantile",
  ],
  ["a summary of text without its sum and count", family("s", "summary", 's{quantile="0.9"} 1'), TEXT, "3 s quantile", "3 s quantile"],
  [
    "a summary below 0",
    open("s", "summary", 's{quantile="0.5"} -1', "s_sum -1", "s_count -1"),
    OPEN,
    "3 s quantile",
    "4 s quantile",
    "5 s quantile",
  ],
  // bound
  [
    "an le of OpenMetrics as text has it",
    open("h", "histogram", 'h_bucket{le="1"} 1', 'h_bucket{le="1000000"} 1', 'h_bucket{le="+Inf"} 2'),
    OPEN,
    "3 h bound",
  ],
  [
    "bounds of OpenMetrics",
    open(
      "h",
      "histogram",
      ...["0.0001", "1e-05"]
        .toReversed()
        .concat("1.0", "100000.0", "1e+06", "1.5e+21", "+Inf")
        .map((le) => `h_bucket{le="${le}"} 1`),
    ),
    OPEN,
  ],
  // counter-value, info, stateset
  ["a counter that is NaN", open("a", "counter", "a_total NaN"), OPEN, "3 a counter-value"],
  ["a counter below 0", open("a", "counter", "a_total -1"), OPEN, "3 a counter-value"],
  ["an info that is 2", open("a", "info", "a_info 2"), OPEN, "3 a info"],
  ["a state that is 2", open("a", "stateset", 'a{a="b"} 2'), OPEN, "3 a stateset"],
  ["a state without its label", open("a", "stateset", 'a{b="b"} 1'), OPEN, "3 a stateset"],
  ["states", open("a", "stateset", 'a{a="b",c="d"} 1', 'a{a="c",c="d"} 0'), OPEN],
  // unit
  ["a unit that the name does not end in", "# TYPE a gauge\n# UNIT a seconds\n# HELP a A.\na 1\n# EOF\n", OPEN, "2 a unit"],
  ["a unit of an info", "# TYPE a_x info\n# UNIT a_x x\n# HELP a_x A.\n# EOF\n", OPEN, "2 a_x unit"],
  [
    "a unit before its info",
    "# UNIT a_x x\n# TYPE a_x info\n# HELP a_x A.\n# EOF\n",
    { ...OPEN, disable: ["metadata-order"] },
    "2 a_x unit",
  ],
  // created
  ["a _created below 0", open("a", "counter", "a_total 1", "a_created -1"), OPEN, "4 a created"],
  ["a _created of nothing", open("a", "counter", 'a_created{b="c"} 1', 'a_total{b="d"} 1'), OPEN, "3 a created"],
  // exemplar
  ["an exemplar in text", family("a_total", "counter", "a_total 1 # {} 1"), TEXT, "3 a_total exemplar"],
  ["an exemplar of a gauge", open("a", "gauge", "a 1 # {} 1"), OPEN, "3 a exemplar"],
  ["an exemplar of a _created", open("a", "counter", "a_total 1", "a_created 1 # {} 1"), OPEN, "4 a exemplar"],
  ["an exemplar above its bucket", open("h", "histogram", 'h_bucket{le="1.0"} 1 # {} 2', ...OPEN_HISTOGRAM.slice(1)), OPEN, "3 h exemplar"],
  ["an exemplar of 129 characters", open("a", "counter", `a_total 1 # {b="${"🦀".repeat(128)}"} 1`), OPEN, "3 a exemplar"],
  ["an exemplar of 128 characters", open("a", "counter", `a_total 1 # {b="${"🦀".repeat(127)}"} 1`), OPEN],
  ["an exemplar without a number", open("a", "counter", "a_total 1 # {} x"), OPEN, "3 a exemplar"],
  ["an exemplar at no time", open("a", "counter", "a_total 1 # {} 1 x"), OPEN, "3 a exemplar"],
  // reserved-prefix, target
  ["a name that begins with _", open("_a", "gauge", "_a 1"), OPEN, "1 _a reserved-prefix"],
  ["a label that begins with _", open("a", "gauge", 'a{_b="c"} 1', 'a{_b="d"} 1'), OPEN, "3 a reserved-prefix"],
  ["a metric of scrapes", open("scrape_a", "gauge", "scrape_a 1"), OPEN, "1 scrape_a reserved-prefix"],
  [
    "target_info behind another metric",
    "# TYPE a gauge\n# HELP a A.\n# TYPE target info\n# HELP target T.\n# EOF\n",
    OPEN,
    "3 target target",
  ],
  ["target_info first", open("target", "info", "target_info 1"), OPEN],
  // What good names are.
  ["no help", "# TYPE a gauge\na 1\n", TEXT, "1 a help"],
  ["an empty help", "# HELP a \n# TYPE a gauge\na 1\n", TEXT, "1 a help"],
  ["a counter without _total", family("a", "counter", "a 1"), TEXT, "1 a counter-total"],
  ["a gauge with _total", family("a_total", "gauge", "a_total 1"), TEXT, "1 a_total total-suffix"],
  ["a gauge with _total in OpenMetrics", open("a_total", "gauge", "a_total 1"), OPEN, "1 a_total total-suffix"],
  ["an untyped metric with _total", family("a_total", "untyped", "a_total 1"), TEXT],
  ["a gauge with _bucket", family("a_bucket", "gauge", "a_bucket 1"), TEXT, "1 a_bucket reserved-suffix"],
  ["a gauge with _count", family("a_count", "gauge", "a_count 1"), TEXT, "1 a_count reserved-suffix"],
  ["a summary with _bucket", family("a_bucket", "summary", "a_bucket_sum 1", "a_bucket_count 1"), TEXT, "1 a_bucket reserved-suffix"],
  ["a gauge with le", family("a", "gauge", 'a{le="1"} 1', 'a{le="2"} 1'), TEXT, "3 a reserved-label"],
  ["a histogram with quantile", open("h", "histogram", 'h_bucket{le="+Inf",quantile="1"} 1'), OPEN, "3 h reserved-label"],
  ["a name with its type", family("a_gauge", "gauge", "a_gauge 1"), TEXT, "1 a_gauge type-in-name"],
  ["a name with another type", family("a_counter_x", "gauge", "a_counter_x 1"), TEXT, "1 a_counter_x type-in-name"],
  ["a name that begins like a type", family("a_gauges", "gauge", "a_gauges 1"), TEXT],
  ["a colon", family("a:b", "gauge", "a:b 1"), TEXT, "1 a:b colon"],
  ["a camelCase name", family("aB", "gauge", "aB 1"), TEXT, "1 aB camel-case"],
  ["a camelCase label", family("a", "gauge", 'a{bC="1"} 1', 'a{bC="2"} 1'), TEXT, "3 a camel-case"],
  ["milliseconds", family("a_milliseconds", "gauge", "a_milliseconds 1"), TEXT, "1 a_milliseconds base-unit"],
  ["minutes", family("a_minutes_x", "gauge", "a_minutes_x 1"), TEXT, "1 a_minutes_x base-unit"],
  ["a word that ends like a unit", family("a_thermometers", "gauge", "a_thermometers 1"), TEXT],
  ["seconds", family("a_seconds", "gauge", "a_seconds 1"), TEXT],
  ["ms", family("a_MS", "gauge", "a_MS 1"), TEXT, "1 a_MS unit-abbreviation"],
  ["a name that is an abbreviation", family("ms", "gauge", "ms 1"), TEXT],
  // content-type
  ["HTML's Content-Type", family("a", "gauge", "a 1"), { contentType: "text/html; charset=utf-8" }, "1  content-type"],
  ["no Content-Type", family("a", "gauge", "a 1"), { contentType: null }, "1  content-type"],
  [
    "OpenMetrics by its Content-Type",
    open("a", "counter", "a_total 1"),
    { contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8" },
  ],
  [
    "text by its Content-Type, whatever its end",
    `${family("a_total", "counter", "a_total 1")}# EOF\n`,
    { contentType: "text/plain; version=0.0.4" },
  ],
  [
    "names in quotes by Content-Type",
    '# HELP "a.b" A.\n# TYPE "a.b" gauge\n{"a.b"} 1\n',
    { contentType: "text/plain; version=1.0.0; escaping=allow-utf-8" },
  ],
  ["another format than the Content-Type's", open("a", "counter", "a_total 1"), { contentType: "text/html", format: "openmetrics" }],
  ["OpenMetrics by its end", open("a", "counter", "a_total 1"), {}],
  ["text by its end", family("a_total", "counter", "a_total 1"), {}],
  // limit
  ["a line of more than 1 MiB", family("a", "gauge", `a{b="${"c".repeat(1024 * 1024)}"} 1`, "a 1"), TEXT, "3  limit"],
];

for (const [what, page, options, ...expected] of ROWS) {
  test(`${what}: ${expected.length === 0 ? "nothing is found" : expected.join(", ")}`, () => {
    assert.deepEqual(found(page, options), expected);
  });
}

test("RULES: each has a page above that is against it, in each of its formats, and says where it is written", () => {
  for (const { name, formats, says, sources } of RULES) {
    assert.match(says, /^.{10,200}$/);
    assert.ok(name === "limit" || (sources.every((source) => source.startsWith("https://")) && sources.length > 0), name);
    const rows = ROWS.filter(([, , , ...expected]) => expected.some((finding) => finding.endsWith(` ${name}`)));
    assert.ok(rows.length > 0, `there is no page against ${name}`);
    for (const [what, , { format }] of rows)
      assert.ok(format === undefined || formats.includes(format), `${name} is not of ${format}: ${what}`);
  }
});

test("lint: a rule that is disabled is not found, and others are", () => {
  const page = "# TYPE aB counter\naB 1\n";
  assert.deepEqual(found(page, TEXT), ["1 aB help", "1 aB counter-total", "1 aB camel-case"]);
  assert.deepEqual(found(page, { ...TEXT, disable: ["help", "camel-case"] }), ["1 aB counter-total"]);
});

test("lint: an error is what readers refuse, a warning what is against good names", () => {
  const severities = lint("# TYPE a counter\na x\n", TEXT).map(({ rule, severity }) => [rule, severity]);
  assert.deepEqual(severities, [["help", "warning"], ["counter-total", "warning"], ["value", "error"]]); // prettier-ignore
});

for (const [what, options, error, message] of [
  ["an option that there is not", { rules: [] }, TypeError, /Cannot use option "rules" of a lint: its options are format, contentType/],
  ["options that are none", 5, TypeError, /Cannot use 5 as the options of a lint: it must be an object/],
  ["a format that there is not", { format: "json" }, RangeError, /Cannot use "json" as format of a lint: it must be text or openmetrics/],
  [
    "a rule that there is not",
    { disable: ["halp"] },
    RangeError,
    /Cannot disable "halp" in a lint: there is no rule "halp": there is help/,
  ],
  ["a rule as a string", { disable: "help" }, TypeError, /Cannot use "help" as disable of a lint: it must be an array/],
  [
    "no findings at all",
    { maxFindings: 0 },
    RangeError,
    /Cannot use 0 as maxFindings of a lint: it must be a whole number from 1 to 1000000/,
  ],
  ["utf8 that is a word", { utf8: "yes" }, TypeError, /Cannot use "yes" as utf8 of a lint: it must be a boolean/],
  ["protobuf", { contentType: "application/vnd.google.protobuf; encoding=delimited" }, RangeError, /protobuf is not lines of text/],
  [
    "OpenMetrics 2.0",
    { contentType: "application/openmetrics-text; version=2.0.0" },
    RangeError,
    /OpenMetrics 2\.0 is a release candidate/,
  ],
]) {
  test(`lint with ${what}: a ${error.name} that says so`, () => {
    assert.throws(() => lint("", options), (thrown) => thrown instanceof error && message.test(thrown.message)); // prettier-ignore
  });
}
