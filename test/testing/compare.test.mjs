// A registry's exposition beside an expected one: what is the same, and how what is not is said.

import assert from "node:assert/strict";
import { test } from "node:test";
import { mergeRegistries } from "tallystick";
import { collectAndCompare, ExpositionError, freshRegistry } from "tallystick/testing";

function shop(t) {
  const registry = freshRegistry(t);
  const jobs = registry.counter({ name: "jobs", help: "Jobs done.", labelNames: ["kind", "code"] });
  jobs.inc({ kind: "mail", code: 200 }, 2);
  jobs.inc({ kind: "fax", code: 500 });
  registry.histogram({ name: "latency_seconds", help: "Latency.", unit: "seconds", buckets: [0.5, 1] }).observe(0.75);
  registry.gauge({ name: "depth", help: "Depth." }).set(NaN);
  return registry;
}

const PAGE = `
  # TYPE latency_seconds histogram
  # HELP latency_seconds Latency.
  latency_seconds_count 1
  latency_seconds_sum 0.750
  latency_seconds_bucket{le="+Inf"} 1
  latency_seconds_bucket{le="1.0"} 1e0
  latency_seconds_bucket{le="5e-1"} 0

  # a comment
  # HELP depth Depth.
  # TYPE depth gauge
  depth NaN
  # HELP jobs_total Jobs done.
  # TYPE jobs_total counter
  jobs_total{code="500",kind="fax"} 1
  jobs_total{code="200",kind="mail"} 2`;

/** The difference; undefined where there is none. */
async function difference(registry, expected, options) {
  try {
    await collectAndCompare(registry, expected, options);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ExpositionError, error);
    assert.equal(error.message, `The exposition is not as expected ${error.difference}`);
    return error.difference;
  }
}

test("the same whatever the order of families, series, labels and buckets, and however numbers are written", async (t) => {
  assert.equal(await difference(shop(t), PAGE), undefined);
});

for (const [what, from, to, lines] of [
  [
    "a value",
    'kind="mail"} 2',
    'kind="mail"} 3',
    ['- jobs_total{code="200",kind="mail"} 3', '+ jobs_total{code="200",kind="mail"} 2', "jobs_total: only values differ"],
  ],
  ["a NaN", "depth NaN", "depth 0", ["- depth 0", "+ depth NaN", "depth: only values differ"]],
  [
    "a help",
    "Jobs done.",
    "Jobs begun.",
    ["- # HELP jobs_total Jobs begun.", "+ # HELP jobs_total Jobs done.", "jobs_total: only the help differs"],
  ],
  ["a help that is missing", "# HELP depth Depth.", "", ["+ # HELP depth Depth.", "depth: only the help differs"]],
  ["a type", "depth gauge", "depth counter", ["- # TYPE depth counter", "+ # TYPE depth gauge", "depth: only the type differs"]],
  [
    "a label's value",
    'code="500"',
    'code="404"',
    [
      '- jobs_total{code="404",kind="fax"} 1',
      '+ jobs_total{code="500",kind="fax"} 1',
      'jobs_total: only a label differs: label code is "500" where "404" is expected',
    ],
  ],
  [
    "a label that is not collected",
    'code="500"',
    'code="500",host="a"',
    ["jobs_total: only a label differs: label host is expected and not collected"],
  ],
  [
    "a label that is not expected",
    'code="500",kind="fax"',
    'kind="fax"',
    ["jobs_total: only a label differs: label code is collected and not expected"],
  ],
  ["a series more", "depth NaN", 'depth NaN\ndepth{a="b"} 1', ['- depth{a="b"} 1']],
  [
    "a bucket",
    'le="5e-1"} 0',
    'le="0.25"} 0',
    [
      '- latency_seconds_bucket{le="0.25"} 0',
      '+ latency_seconds_bucket{le="0.5"} 0',
      'latency_seconds: only a label differs: label le is "0.5" where "0.25" is expected',
    ],
  ],
  ["a timestamp", "depth NaN", "depth NaN 5", ["- depth NaN 5", "+ depth NaN"]],
  [
    "a family more",
    "# a comment",
    "# HELP other O.\n# TYPE other gauge\nother 1",
    ["- # HELP other O.", "- # TYPE other gauge", "- other 1", "other: it is not collected"],
  ],
  ["a family without series", "# a comment", "# TYPE depht gauge", ["- # TYPE depht gauge", "depht: it is not collected, and depth is"]],
]) {
  test(`${what} that differs is said by - and +, and nothing else is`, async (t) => {
    assert.ok(PAGE.includes(from));
    const said = (await difference(shop(t), PAGE.replace(from, to))).split("\n");
    for (const line of lines) assert.ok(said.includes(line), `${line} is not in\n${said.join("\n")}`);
    const signs = said.filter((line) => /^[-+] /.test(line));
    assert.ok(signs.length <= 3, said.join("\n"));
    if (!/^[-+] /.test(lines.at(-1))) assert.ok(said.at(-1).includes(lines.at(-1)));
  });
}

test("a whole difference, as people read it", async (t) => {
  const registry = freshRegistry(t);
  registry.counter({ name: "jobs", help: "Jobs\ndone.", labelNames: ["kind"] }).inc({ kind: "mail" }, 2);
  assert.equal(
    await difference(registry, '# HELP jobs Jobs\\ndone.\n# TYPE jobs counter\njobs{kind="mail"} 2\n'),
    `(- expected, + collected)
- # HELP jobs Jobs\\ndone.
- # TYPE jobs counter
- jobs{kind="mail"} 2
+ # HELP jobs_total Jobs\\ndone.
+ # TYPE jobs_total counter
+ jobs_total{kind="mail"} 2
jobs: it is not collected, and jobs_total is: that is how its type is printed
jobs_total: it is collected and not expected`,
  );
});

test("names: only these of both, with and without what their type is printed with", async (t) => {
  const registry = shop(t);
  assert.equal(await difference(registry, "# HELP depth Depth.\n# TYPE depth gauge\ndepth NaN", { names: ["depth"] }), undefined);
  assert.equal(await difference(registry, PAGE, { names: ["jobs"] }), undefined);
  assert.equal(await difference(registry, PAGE, { names: ["jobs_total", "depth"] }), undefined);
  assert.match(await difference(registry, "", { names: ["jobs"] }), /jobs_total: it is collected and not expected$/);
  // A mistake of the one page or the other is none of the names'.
  assert.match(
    await difference(registry, "# TYPE jobs counter\njobs 2", { names: ["jobs"] }),
    /jobs: it is not collected, and jobs_total is/,
  );
  assert.match(
    await difference(registry, "# TYPE jobs counter\njobs 2", { names: ["jobs_total"] }),
    /jobs_total: it is collected and not expected$/,
  );
});

for (const dialect of ["text", "openmetrics"]) {
  const name = (metric, suffix) => (dialect === "text" ? `${metric}_${suffix}` : metric);
  for (const [names, line] of [
    [["jobs"], "jobs_total 2"],
    [["jobs_total"], "jobs_total 2"],
    [["build"], 'build_info{v="1"} 1'],
    [["build_info"], 'build_info{v="1"} 1'],
  ]) {
    test(`names: ${names} of ${dialect} compares what is counted`, async (t) => {
      const registry = freshRegistry(t);
      registry.counter({ name: "jobs", help: "J." }).inc(2);
      registry.info({ name: "build", help: "B.", labelNames: ["v"] }).set({ v: "1" });
      registry.gauge({ name: "other", help: "O." });
      const [metric, suffix] = line.split(/[_{ ]/);
      const type = suffix === "total" ? "counter" : dialect === "text" ? "gauge" : "info";
      const page = (last) =>
        `# TYPE ${name(metric, suffix)} ${type}\n# HELP ${name(metric, suffix)} ${metric === "jobs" ? "J" : "B"}.\n${last}`;
      assert.equal(await difference(registry, page(line), { names, dialect }), undefined);
      const wrong = line.replace("2", "999").replace('"1"', '"WRONG"');
      assert.ok((await difference(registry, page(wrong), { names, dialect }))?.includes(`- ${wrong}`));
      assert.match(await difference(registry, "", { names, dialect }), /it is collected and not expected$/);
    });
  }
}

test("names: one that is of no metric of either page rejects, also beside others", async (t) => {
  const registry = shop(t);
  const message =
    /^Error: Cannot compare metric "jbos": it is neither expected nor collected, the registry has jobs_total, latency_seconds, depth$/;
  for (const names of [["jbos"], ["depth", "jbos"]]) await assert.rejects(collectAndCompare(registry, PAGE, { names }), message);
  await assert.rejects(collectAndCompare(registry, PAGE, { names: ["dept"] }), /; did you mean depth$/);
  await assert.rejects(
    collectAndCompare(registry, PAGE, { names: [5] }),
    /^TypeError: Cannot use 5 as the name of a metric: it must be a string$/,
  );
  // What is expected and not collected is said as such.
  assert.match(await difference(registry, "# HELP x X.\nx 1", { names: ["x"] }), /x: it is not collected$/);
});

test("dialect openmetrics: units, infos, states and exemplars", async (t) => {
  const registry = freshRegistry(t);
  registry.info({ name: "build", help: "B.", labelNames: ["v"] }).set({ v: "1" });
  registry.stateSet({ name: "door", help: "D.", states: ["open", "shut"] });
  const bytes = registry.counter({ name: "sent_bytes", help: "S.", unit: "bytes", exemplars: true });
  const page = `# TYPE build info
    # HELP build B.
    build_info{v="1"} 1
    # TYPE door stateset
    # HELP door D.
    door{door="shut"} 0
    door{door="open"} 1
    # TYPE sent_bytes counter
    # UNIT sent_bytes bytes
    # HELP sent_bytes S.
    sent_bytes_total 0
    # EOF`;
  assert.equal(await difference(registry, page, { dialect: "openmetrics" }), undefined);
  assert.match(await difference(registry, page.replace("bytes bytes", "bytes "), { dialect: "openmetrics" }), /only the unit differs$/);
  bytes.inc(5, { trace_id: "a" });
  const said = await difference(registry, page.replace("total 0", 'total 5 # {trace_id="b"} 5.0 1'), { dialect: "openmetrics" });
  assert.match(said, /^- sent_bytes_total 5 # \{trace_id="b"\} 5\.0 1\n\+ sent_bytes_total 5 # \{trace_id="a"\} 5(?:\.0)? \d/m);
});

test("collectors run before, also those of registries that are merged; the library's own metrics are left out unless expected", async (t) => {
  const registry = freshRegistry(t);
  const depth = registry.gauge({ name: "depth", help: "Depth." });
  registry.collect(() => depth.set(3));
  const page = "# HELP depth Depth.\n# TYPE depth gauge\ndepth 3";
  assert.equal(await difference(registry, page), undefined);
  assert.equal(await difference(mergeRegistries(registry, freshRegistry(t)), page), undefined);
  const own = "\n# TYPE tallystick_collector_age_seconds gauge";
  assert.match(await difference(registry, page + own), /^\+ tallystick_collector_age_seconds/m);
});

test("values that a text of numbers cannot tell apart are compared as they are", async (t) => {
  const registry = freshRegistry(t);
  const values = registry.gauge({ name: "v", help: "V.", labelNames: ["a"] });
  values.set({ a: 'q"\\\n' }, Infinity);
  values.set({ a: "" }, 0.1);
  assert.equal(await difference(registry, '# HELP v V.\n# TYPE v gauge\nv{a="q\\"\\\\\\n"} +Inf\nv{a=""} 0.1'), undefined);
  assert.match(
    await difference(registry, '# HELP v V.\n# TYPE v gauge\nv{a="q\\"\\\\\\n"} -Inf\nv{a=""} 0.1'),
    /^- v\{a="q\\"\\\\\\n"\} -Inf$/m,
  );
});

test("a difference of thousands of lines is cut", async (t) => {
  const registry = freshRegistry(t);
  const values = registry.gauge({ name: "v", help: "V.", labelNames: ["a"] });
  for (let a = 0; a < 1000; a++) values.set({ a }, 1);
  const said = (await difference(registry, "# HELP v V.\n# TYPE v gauge")).split("\n");
  assert.equal(said.length, 202);
  assert.equal(said.at(-1), "  … and 802 more lines");
});

for (const [what, expected, options, message] of [
  ["no text", 5, {}, /^TypeError: Cannot use 5 as the expected exposition: it must be a string$/],
  ["a line that cannot be read", "a 1\n  b{ 2", {}, /^Error: Cannot read line 2 of the expected exposition, "b\{ 2": /],
  ["a value that is none", "a x", {}, /^Error: Cannot read line 1 of the expected exposition, "a x": "x" is no number$/],
  ["a series twice", 'a{b="1",c="2"} 1\na{c="2",b="1"} 1', {}, /Cannot read line 2 .*: the series is there twice$/],
  ["no names", "", { names: [] }, /^RangeError: Cannot compare no metric: names must have one at least/],
  [
    "an option that there is not",
    "",
    { name: "a" },
    /^TypeError: Cannot use option "name" of collectAndCompare: its options are names, dialect$/,
  ],
]) {
  test(`collectAndCompare with ${what}: rejects in words`, async (t) => {
    const registry = freshRegistry(t);
    await assert.rejects(
      collectAndCompare(registry, expected, options),
      (error) => message.test(String(error)) || assert.fail(String(error)),
    );
  });
}

test("collectAndCompare of what is no registry: a TypeError; of a dialect that there is not: a RangeError", async (t) => {
  await assert.rejects(
    collectAndCompare({}, ""),
    /^TypeError: Cannot collect an empty object: it must be a registry, or registries that are merged$/,
  );
  await assert.rejects(collectAndCompare(undefined, ""), TypeError);
  for (const dialect of ["protobuf", "json"]) await assert.rejects(collectAndCompare(freshRegistry(t), "", { dialect }), RangeError); // prettier-ignore
});
