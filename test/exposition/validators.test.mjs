// The judges themselves: each accepts what is right and refuses what is wrong, on texts written here and on
// the samples and official cases beside the project. A judge that passes everything would prove nothing.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { faults, OPENMETRICS, OPENMETRICS2, TEXT } from "./rules.mjs";
import { abnf, abnf2, judged, laxText, prometheusServer, promtool, sharedFolder, strictOpenMetrics } from "./validators.mjs";

const RIGHT_TEXT = '# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{kind="a\\"b"} 3\n';
const RIGHT_OPENMETRICS = '# TYPE jobs counter\n# HELP jobs Jobs.\njobs_total{kind="a\\"b"} 3\n# EOF\n';

test("promtool accepts a right text, tells a lint from a fault, and refuses what does not parse", async (t) => {
  if (!judged(t, promtool)) return;
  assert.deepEqual(await promtool(RIGHT_TEXT), { status: 0, output: "" });
  const lint = await promtool(RIGHT_TEXT.replaceAll("jobs_total", "jobs"));
  assert.equal(lint.status, 3);
  assert.match(lint.output, /_total/);
  const fault = await promtool('jobs_total{kind="a"b"} 3\n');
  assert.equal(fault.status, 1);
});

test("strictOpenMetrics answers for each document in order, with families, samples and numbers", async (t) => {
  if (!judged(t, strictOpenMetrics)) return;
  const values = "# TYPE g gauge\n" + ["NaN", "+Inf", "-Inf", "5e-324", "9007199254740993"].map((v, i) => `g{i="${i}"} ${v}\n`).join("");
  const [right, wrong, numbers] = await strictOpenMetrics([RIGHT_OPENMETRICS, RIGHT_TEXT, `${values}# EOF\n`]);
  assert.deepEqual(right.families, [
    { name: "jobs", type: "counter", unit: "", help: "Jobs.", samples: [{ name: "jobs_total", labels: { kind: 'a"b' }, value: 3 }] },
  ]);
  assert.match(wrong.error, /Missing # EOF|Clashing|ValueError/);
  assert.deepEqual(
    numbers.families[0].samples.map(({ value }) => value),
    [NaN, Infinity, -Infinity, 5e-324, 9007199254740992],
  );
});

test("strictOpenMetrics takes bytes that are not UTF-8 for a fault and goes on", async (t) => {
  if (!judged(t, strictOpenMetrics)) return;
  const [bad, good] = await strictOpenMetrics([Buffer.from([0x23, 0xff, 0x0a]), "# EOF\n"]);
  assert.match(bad.error, /UnicodeDecodeError/);
  assert.deepEqual(good, { families: [] });
});

test("laxText reads the values of a text", async (t) => {
  if (!judged(t, laxText)) return;
  const [{ families }] = await laxText([RIGHT_TEXT]);
  assert.deepEqual(families[0].samples, [{ name: "jobs_total", labels: { kind: 'a"b' }, value: 3 }]);
});

test("abnf matches the whole document and says where it leaves the grammar", (t) => {
  if (!judged(t, abnf)) return;
  assert.equal(abnf(RIGHT_OPENMETRICS), "");
  assert.equal(abnf(Buffer.from("# EOF\n")), "");
  for (const type of ["counter", "gauge", "histogram", "gaugehistogram", "stateset", "info", "summary", "unknown"]) {
    assert.equal(abnf(`# TYPE a ${type}\n# EOF\n`), "", type);
  }
  for (const value of ["0", "1.", ".5", "-1.5e-7", "+Inf", "infinity", "-Infinity", "NaN", "5e-324"]) {
    assert.equal(abnf(`a ${value}\n# EOF\n`), "", value);
  }
  assert.match(abnf('# HELP a "quoted"\n# EOF\n'), /no match from 9/);
  assert.match(abnf("a 1 \n# EOF\n"), /no match/);
  assert.equal(abnf(Buffer.from([0xff])), "not UTF-8");
});

/** What 2.0 allows and what it does not, one the neighbour of the other. */
const GRAMMAR2 = [
  ['{"a.b",c="1","d.e"="2"} 1 st@5', '{a.b,c="1"} 1', "a name in quotes"],
  ["a {count:1,sum:1,bucket:[1:0,+Inf:1]} st@1.5", "a {count:1,sum:1,bucket:[1:0]}", "the last bucket"],
  ["a {count:1,sum:1,bucket:[+Inf:1]}", "a {count:1,sum:1,bucket:[]}", "one bucket"],
  ["a {gcount:1,gsum:-1,bucket:[-Inf:0,-1:0,+Inf:1]}", "a {gcount:1,sum:-1,bucket:[+Inf:1]}", "words with a g"],
  [
    "a {count:3,sum:NaN,schema:-4,zero_threshold:1e-4,zero_count:0,positive_spans:[-10:2,0:1],positive_buckets:[1,1,1]}",
    "a {count:3,sum:NaN,schema:-4,zero_threshold:1e-4,zero_count:0,positive_spans:[-10:2,-1:1],positive_buckets:[1,1,1]}",
    "a later span",
  ],
  ["a {count:0,sum:0,quantile:[]}", "a {count:0,quantile:[],sum:0}", "the order"],
  ['a 1 # {b="c"} 1 5 # {} 2 6', 'a 1 # {b="c"} 1', "the time of an exemplar"],
];

test("abnf2 matches the whole document of every type and says where it leaves the grammar", (t) => {
  if (!judged(t, abnf2)) return;
  for (const type of ["counter", "gauge", "histogram", "gaugehistogram", "stateset", "info", "summary", "unknown"]) {
    assert.equal(abnf2(`# TYPE a ${type}\n# TYPE "b.c" ${type}\n# EOF\n`), "", type);
  }
  for (const [right, wrong, name] of GRAMMAR2) {
    assert.equal(abnf2(`${right}\n# EOF\n`), "", name);
    assert.match(abnf2(`${wrong}\n# EOF\n`), /no match from/, name);
  }
  assert.match(abnf2("a_created 1\na 1 \n# EOF\n"), /no match from/);
});

const examples = sharedFolder("om2-examples");

test("abnf2 matches every example of the specification, and faults finds nothing in the good ones", (t) => {
  if (!judged(t, examples, abnf2)) return;
  const names = readdirSync(examples.url);
  for (const name of names) {
    const text = readFileSync(`${examples.path}/${name}`, "utf8");
    assert.equal(abnf2(text), "", name);
    if (name.startsWith("good.")) assert.deepEqual(faults(text, OPENMETRICS2), [], name);
  }
  t.diagnostic(`${names.length} examples`);
});

const openMetricsSamples = sharedFolder("samples/openmetrics");
const textSamples = sharedFolder("samples/text004");

/** The recorded verdicts: sample name -> column name -> X or ok. */
function matrix(file) {
  const [head, ...rows] = readFileSync(sharedFolder(`samples/${file}`).url, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
  return rows.map((row) => Object.fromEntries(row.map((cell, i) => [head[i], cell])));
}

test("strictOpenMetrics and abnf judge every hand-made sample as recorded", async (t) => {
  if (!judged(t, openMetricsSamples, strictOpenMetrics, abnf)) return;
  for (const row of matrix("matrix-openmetrics.tsv")) {
    const bytes = readFileSync(new URL(`openmetrics/${row.sample}`, sharedFolder("samples/").url));
    const [parsed] = await strictOpenMetrics([bytes]);
    assert.equal(parsed.error === undefined ? "ok" : "X", row["py_client_0.16"], `${row.sample}: ${parsed.error}`);
    const place = abnf(bytes);
    assert.equal(place === "" ? "ok" : "X", row["ABNF_1.0"], `${row.sample}: ${place}`);
  }
});

test("faults finds every hand-made OpenMetrics sample that both judges pass", async (t) => {
  if (!judged(t, openMetricsSamples)) return;
  const missed = matrix("matrix-openmetrics.tsv").filter((row) => row["py_client_0.16"] === "ok" && row["ABNF_1.0"] === "ok");
  for (const { sample } of missed) {
    const found = faults(readFileSync(new URL(`openmetrics/${sample}`, sharedFolder("samples/").url), "utf8"), OPENMETRICS);
    // This one is right, but for the order of its metadata, which is a SHOULD.
    const right = sample.startsWith("good.") && sample !== "good.order_help_type.om";
    assert.equal(found.length === 0, right, `${sample}: ${found.join("; ")}`);
  }
});

test("promtool judges every hand-made text as recorded, and faults finds what it passes", async (t) => {
  if (!judged(t, textSamples, promtool)) return;
  // Well-formed, and wrong only for who knows what was meant.
  const meant = ["bad.mixed_label_sets", "bad.ts_seconds", "bad.value_js_Infinity"];
  for (const row of matrix("matrix-text004.tsv")) {
    const bytes = readFileSync(new URL(`text004/${row.sample}.txt`, sharedFolder("samples/").url));
    const { status, output } = await promtool(bytes);
    assert.equal(status === 0 ? "ok" : "X", row["promtool2.42"], `${row.sample}: ${output}`);
    if (status !== 0) continue;
    const found = faults(bytes.toString(), TEXT);
    assert.equal(found.length === 0, row.sample.startsWith("good.") || meant.includes(row.sample), `${row.sample}: ${found.join("; ")}`);
  }
});

const official = sharedFolder("openmetrics-testdata/parsers");

test("strictOpenMetrics agrees with every official parser case", async (t) => {
  if (!judged(t, official, strictOpenMetrics)) return;
  const cases = readdirSync(official.url);
  const results = await strictOpenMetrics(cases.map((name) => readFileSync(`${official.path}/${name}/metrics`)));
  const wrong = cases.filter((name, i) => {
    const { shouldParse } = JSON.parse(readFileSync(`${official.path}/${name}/test.json`, "utf8"));
    return (results[i].error === undefined) !== shouldParse;
  });
  assert.deepEqual(wrong, []);
  t.diagnostic(`${cases.length} cases`);
});

// It has a quote in a HELP that is not escaped; parsers let it pass, the grammar does not.
const AGAINST_GRAMMAR = new Set(["help_escaping"]);

test("abnf matches every official case that should parse", (t) => {
  if (!judged(t, official, abnf)) return;
  for (const name of readdirSync(official.url)) {
    const { shouldParse } = JSON.parse(readFileSync(`${official.path}/${name}/test.json`, "utf8"));
    if (shouldParse) assert.equal(abnf(readFileSync(`${official.path}/${name}/metrics`)) === "", !AGAINST_GRAMMAR.has(name), name);
  }
});

test("prometheusServer starts, answers about itself and leaves nothing behind", async (t) => {
  if (!judged(t, prometheusServer)) return;
  const server = await prometheusServer([{ name: "nobody", port: 9 }]);
  try {
    assert.deepEqual((await server.query("vector(3)"))[0].value[1], "3");
    assert.equal((await server.targets())[0].labels.job, "nobody");
    assert.match(await server.metrics(), /prometheus_build_info/);
  } finally {
    await server.stop();
  }
  await assert.rejects(fetch(server.url));
});
