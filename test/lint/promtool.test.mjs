// Every complaint of `promtool check metrics` is one of ours, of the same metric or the same line. What is ours alone is named below.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { lint, RULES } from "tallystick/lint";
import { judged, promtool, sharedFolder } from "../exposition/validators.mjs";

/** What promtool's words are here. */
const WORDS = [
  [/^no help text$/, "help"],
  [/^counter metrics should have "_total" suffix$/, "counter-total"],
  [/^non-counter metrics should not have "_total" suffix$/, "total-suffix"],
  [/^non-histogram (?:and non-summary )?metrics should not have "_(?:bucket|count|sum)" suffix$/, "reserved-suffix"],
  [/^non-(?:histogram|summary) metrics should not have "(?:le|quantile)" label$/, "reserved-label"],
  [/^metric name should not include type '\w+'$/, "type-in-name"],
  [/^metric names should not contain ':'$/, "colon"],
  [/^(?:metric|label) names should be written in 'snake_case' not 'camelCase'$/, "camel-case"],
  [/^use base unit "\w+" instead of "\w+"$/, "base-unit"],
  [/^metric names should not contain abbreviated units$/, "unit-abbreviation"],
];

/**
 * Rules that promtool 2.42 has not, or not so far, and why; of each there is a page below that it finds nothing in.
 */
const OURS_ALONE = {
  duplicate: "the newest promlint has it for labels in one order; 2.42 has not",
  label: "it refuses a label twice, and takes one that begins with __, which Prometheus drops",
  bucket: "it refuses an le that is no number, and compares no buckets, sums and counts",
  quantile: "it refuses a quantile that is no number, and neither compares nor bounds them",
  grouping: "it takes families in any order of their lines",
  metadata: "it refuses metadata twice, and takes a help behind samples",
  suffix: "it takes a bare sample of a histogram for one that has no bucket",
  clash: "it refuses metadata that it has had of the other one, and is silent where the sample came first",
  type: "it takes types in capitals",
  "content-type": "it reads bytes, which have no header",
  limit: "it has no limits",
};

function complaints({ status, output }) {
  if (status === 0) return [];
  if (status === 1) {
    const [, line] = /text format parsing error in line (\d+):/.exec(output) ?? [];
    assert.ok(line !== undefined, output);
    return [{ line: Number(line) }];
  }
  assert.equal(status, 3, output);
  return output.trim().split("\n").map((each) => {
    const [metric, ...words] = each.split(" ");
    const rule = WORDS.find(([pattern]) => pattern.test(words.join(" ")))?.[1];
    assert.ok(rule !== undefined, `promtool says what is not known here: ${each}`);
    return { metric, rule };
  }); // prettier-ignore
}

/** Complaints that are none of ours; and what promtool said. */
async function missed(page) {
  const own = lint(page, { format: "text", maxFindings: 100_000 });
  const judgement = await promtool(page);
  const theirs = complaints(judgement);
  const missing = theirs.filter(({ line, metric, rule }) =>
    line === undefined
      ? !own.some((finding) => finding.metric === metric && finding.rule === rule)
      : !own.some((finding) => finding.line === line && finding.severity === "error"),
  );
  return { missing, theirs, own, output: judgement.output };
}

const NAMES =
  `bare a_total fooBar a_fooBar_total a_ms a_s a_B_total a_kb_x a_milliseconds a_minutes_total a_kilometers a_kilokelvins a_kelvins
  a_seconds a_bits a_mibibytes a_gibioctets a_fahrenheit_x a_pounds a_gauge a_gauge_x a_counter_total a_summary a_histogram_seconds
  a_untyped a_gauge_histogram a:b a:b_total a_bucket a_count a_sum a_bucket_total x_s ms seconds a_days_hours_x thermometers_x a_cm
  a_gauges a_totals _total total bucket a__b a_meters_metres a_sec_seconds a_H a_decayears`.split(/\s+/);
const TYPES = ["counter", "gauge", "histogram", "summary", "untyped", undefined];
const LABELS = ["", "{a_b=\"c\"}", "{aB=\"c\"}", "{le=\"1\"}", "{quantile=\"1\"}", "{le=\"1\",quantile=\"1\",fooBar=\"x\"}"]; // prettier-ignore

function samples(name, type, labels) {
  const suffixes = { histogram: ["_bucket", "_sum", "_count"], summary: ["", "_sum", "_count"] }[type] ?? [""];
  const bound = { histogram: 'le="+Inf"', summary: 'quantile="0.5"' }[type];
  return suffixes.map((suffix, i) => {
    if (i > 0 || bound === undefined) return `${name}${suffix}${labels} 1`;
    const others = labels.slice(1, -1).split(",").filter((label) => label !== "" && !label.startsWith(bound.split("=")[0])); // prettier-ignore
    return `${name}${suffix}{${[bound, ...others].join(",")}} 1`;
  });
}

for (const type of TYPES) {
  test(`promtool's lint of names, of ${type ?? "no"} type: every complaint is one of ours, and none of ours of its rules is more`, async (t) => {
    if (!judged(t, promtool)) return;
    const pages = ["Some help.", "", undefined].flatMap((help) =>
      LABELS.map((labels) =>
        NAMES.flatMap((name) => [
          ...(help === undefined ? [] : [`# HELP ${name} ${help}`]),
          ...(type === undefined ? [] : [`# TYPE ${name} ${type}`]),
          ...samples(name, type, labels),
        ]).join("\n").concat("\n"),
      ),
    ); // prettier-ignore
    for (const { missing, theirs, own, output } of await Promise.all(pages.map(missed))) {
      assert.deepEqual(missing, [], output);
      assert.ok(theirs.length > 0 && theirs.every(({ line }) => line === undefined), output);
      const known = new Set(theirs.map(({ metric, rule }) => `${metric} ${rule}`));
      const rules = new Set(WORDS.map(([, rule]) => rule));
      const more = own.filter(({ rule, metric }) => rules.has(rule) && !known.has(`${metric} ${rule}`));
      assert.deepEqual(more, [], "what promtool's own rules do not find");
    }
  });
}

/** Pages that promtool cannot read, each for one reason, and what it takes though it is odd. */
const LINES = [
  "a 1 ", "a  1", "a\t1", " a 1", "a 1 5 ", "a 1 5 6", "a", "a ", "a{} 1", "a{}1", "a {} 1", "a{b=\"c\"} 1", "a{b=\"c\",} 1", "a{ b = \"c\" , } 1", "a{,} 1", "a{b} 1",
  "a{b=} 1", "a{b=c} 1", "a{b=\"c} 1", "a{b=\"c\" d=\"e\"} 1", "a{b=\"c\",,d=\"e\"} 1", "a{b=\"\\x\"} 1", "a{b=\"\\\\\\\"\\n\"} 1", "a{b=\"c\"\"d\"} 1", "a{1b=\"c\"} 1",
  "a{b:c=\"d\"} 1", "a{b-c=\"d\"} 1", "a{__name__=\"d\"} 1", "a{b=\"c\",b=\"c\"} 1", "a-b 1", "1a 1", "a.b 1", "{} 1", "{\"a\"} 1", "a 0x10", "a 1_0", "a 1e", "a 1e5", "a NaN", "a nan",
  "a +Inf", "a -inf", "a infinity", "a +NaN", "a 1e999", "a .5", "a 5.", "a .", "a 1,5", "a x", "a 1 1.5", "a 1 x", "a 1 -5", "a 1 +5", "a 1 9223372036854775808",
  "a 1 # {} 1", "a 1\r", "a{b=\"é🦀\"} 1", "# HELP a-b x", "# HELP a x\\y", "# HELP a x\\\\ \\n", "# HELP a \"x\"", "# HELP a x\n# HELP a x", "# HELP a\n# HELP a", "# TYPE a gauge\n# TYPE a gauge",
  "a 1\n# TYPE a gauge", "# TYPE a gauge ", "# TYPE a info", "# TYPE a gaugehistogram", "# TYPE a Gauge", "# TYPE a\na 1", "# HELP", "# TYPE", "#", "#HELP a b", "# help a b", "# EOF", "# UNIT a b",
  "# TYPE a histogram\na_bucket{le=\"x\"} 1", "# TYPE a histogram\na_bucket{le=\"0x1\"} 1", "# TYPE a summary\na{quantile=\"x\"} 1", "# TYPE a histogram\na 1", "# TYPE a histogram\na_bucket 1",
  "a 1\n\n\nb 1", "\n", " \t\n", "a\u00001 1", "a{b=\"\u0000\"} 1", "# HELP é x", "é 1",
]; // prettier-ignore

test("promtool's parser: what it refuses is an error of ours in the same line", async (t) => {
  if (!judged(t, promtool)) return;
  let refused = 0;
  const found = await Promise.all(LINES.map((line) => missed(`# HELP z Z.\n# TYPE z gauge\nz 1\n${line}\n`)));
  for (const [i, { missing, theirs, output }] of found.entries()) {
    assert.deepEqual(missing, [], `${JSON.stringify(LINES[i])}: ${output}`);
    refused += theirs.some((complaint) => complaint.line !== undefined) ? 1 : 0;
  }
  assert.ok(refused >= 35, `only ${refused} were refused: promtool is another one`);
  const { missing } = await missed("# HELP z Z.\n# TYPE z gauge\nz 1");
  assert.deepEqual(missing, []);
});

const textSamples = sharedFolder("samples/text004/");

test("promtool of hand-made texts: every complaint is one of ours", async (t) => {
  if (!judged(t, promtool, textSamples)) return;
  const files = readdirSync(textSamples.url);
  assert.ok(files.length > 40);
  const found = await Promise.all(files.map((file) => missed(readFileSync(new URL(file, textSamples.url)))));
  for (const [i, { missing, output }] of found.entries()) assert.deepEqual(missing, [], `${files[i]}: ${output}`);
});

const head = (type) => `# HELP a A.\n# TYPE a ${type}\n`;
const ALONE = [
  ["duplicate", `${head("gauge")}a 1\na 1\n`],
  ["label", `${head("gauge")}a{__b="c"} 1\n`],
  ["bucket", `${head("histogram")}a_bucket{le="1"} 1\na_sum 1\na_count 1\n`],
  ["quantile", `${head("summary")}a{quantile="2"} 1\na_sum 1\na_count 1\n`],
  ["grouping", `${head("gauge")}a 1\n# HELP b B.\n# TYPE b gauge\nb 1\na{b="c"} 1\n`],
  ["metadata", `# TYPE a gauge\na 1\n# HELP a A.\n`],
  ["suffix", `${head("histogram")}a 1\n`],
  ["clash", `# HELP h_count C.\n# TYPE h_count untyped\nh_count 1\n# HELP h H.\n# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 1\n`],
  ["type", head("GAUGE").concat("a 1\n")],
];

/** Rules of its parser: pages that it refuses, each by the rule that ours is. */
const THEIRS = [
  ["encoding", `${head("gauge")}a{b="\xff"} 1\n`],
  ["syntax", `${head("gauge")}a{b} 1\n`],
  ["end", `${head("gauge")}a 1`],
  ["name", `${head("gauge")}a-b 1\n`],
  ["escape", `${head("gauge")}a{b="\\x"} 1\n`],
  ["value", `${head("gauge")}a 0x1\n`],
  ["timestamp", `${head("gauge")}a 1 1.5\n`],
  ["exemplar", `${head("counter").replaceAll("a ", "a_total ")}a_total 1 # {} 1\n`],
];

/** One that bytes are no pages for. */
const OUTSIDE = ["content-type", "limit"];

test("differences: what is ours alone is so, each for the reason above, and every other rule of text is promtool's, too", async (t) => {
  const shared = [...THEIRS, ...WORDS].map((row) => (typeof row[0] === "string" ? row[0] : row[1]));
  const ours = RULES.filter(({ formats }) => formats.includes("text")).map(({ name }) => name);
  assert.deepEqual([...new Set([...shared, ...ALONE.map(([rule]) => rule), ...OUTSIDE])].toSorted(), ours.toSorted());
  assert.deepEqual([...ALONE.map(([rule]) => rule), ...OUTSIDE].toSorted(), Object.keys(OURS_ALONE).toSorted());
  const bytes = (page) => (page.includes("\xff") ? Buffer.from(page, "latin1") : page);
  for (const [rule, page] of [...ALONE, ...THEIRS]) {
    assert.ok(
      lint(bytes(page), { format: "text" }).some((finding) => finding.rule === rule),
      rule,
    );
  }
  if (!judged(t, promtool)) return;
  const said = await Promise.all([...ALONE, ...THEIRS].map(([, page]) => promtool(bytes(page))));
  for (const [i, [rule]] of ALONE.entries()) assert.deepEqual(said[i], { status: 0, output: "" }, rule);
  for (const [i, [rule]] of THEIRS.entries()) assert.equal(said[ALONE.length + i].status, 1, rule);
});
