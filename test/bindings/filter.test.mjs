// Expositions of some families only: by the names of families or of their samples.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Registry } from "tallystick";

const decoder = new TextDecoder();
const ALL = ["jobs", "jobs_active", "wait_seconds", "bytes_sum"];

function registered(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  registry.counter({ name: "jobs", labelNames: ["queue"] }).inc({ queue: "mail" });
  registry.gauge({ name: "jobs_active" }).set(2);
  registry.histogram({ name: "wait_seconds", buckets: [1] }).observe(0.5);
  // Its name ends like a sample's.
  registry.gauge({ name: "bytes_sum" }).set(7);
  return registry;
}

const families = (body) => [...decoder.decode(body).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name.replace(/_total$/, ""));
const but = (...names) => ALL.filter((name) => !names.includes(name));

const CASES = [
  [{}, ALL],
  [{ include: [], exclude: [] }, ALL],
  [{ include: ["jobs"] }, ["jobs"]],
  [{ include: ["jobs_total"] }, ["jobs"]],
  [{ include: ["wait_seconds_bucket", "wait_seconds_count", "jobs_active"] }, ["jobs_active", "wait_seconds"]],
  [{ include: ["bytes_sum"] }, ["bytes_sum"]],
  [{ include: ["unknown"] }, []],
  [{ include: ["", "é", "x".repeat(5000)] }, []],
  [{ exclude: ["jobs_created"] }, but("jobs")],
  [{ exclude: ["wait_seconds_sum", "bytes_sum"] }, but("wait_seconds", "bytes_sum")],
  [{ exclude: ["unknown"] }, ALL],
  [{ include: ["jobs", "jobs_active"], exclude: ["jobs"] }, ["jobs_active"]],
  [{ include: ["jobs"], exclude: ["jobs_total"] }, []],
];

for (const [options, expected] of CASES) {
  test(`expose, exposeSync and stream of ${JSON.stringify(options).slice(0, 99)} have ${expected.join(", ") || "nothing"}`, async (t) => {
    const registry = registered(t);
    assert.deepEqual(families(registry.exposeSync(options).body), expected);
    assert.deepEqual(families((await registry.expose(options)).body), expected);
    assert.deepEqual(families(await new Response(registry.stream(options).body).arrayBuffer()), expected);
  });
}

test("expose: a suffix is taken off a name only where the type prints it", (t) => {
  const registry = new Registry();
  t.after(() => registry.close());
  for (const name of ["queue", "queue_count", "queue_info"]) registry.gauge({ name });
  registry.info({ name: "build" });
  registry.summary({ name: "size" });
  registry.gaugeHistogram({ name: "ages" });
  const all = ["queue", "queue_count", "queue_info", "build_info", "size", "ages"];
  const cases = [
    [{ exclude: ["queue_count"] }, all.filter((name) => name !== "queue_count")],
    [{ include: ["queue_info"] }, ["queue_info"]],
    [{ include: ["queue_total", "build_total", "size_bucket", "ages_total"] }, []],
    [{ include: ["build_info", "size_sum", "ages_gcount"] }, ["build_info", "size", "ages"]],
    [{ include: ["ages_bucket", "size_created"] }, ["size", "ages"]],
  ];
  for (const [options, expected] of cases) assert.deepEqual(families(registry.exposeSync(options).body), expected);
});

test("expose: a filter holds in every slice, whatever is done in between", async (t) => {
  const registry = registered(t);
  const many = registry.counter({ name: "many", labelNames: ["n"] });
  const unwanted = registry.counter({ name: "unwanted", labelNames: ["n"] });
  for (let n = 0; n < 30000; n++) many.inc({ n });
  let text = "";
  for await (const slice of registry.stream({ exclude: ["unwanted", "jobs"] }).body) {
    text += decoder.decode(slice, { stream: true });
    // Goes into the same input as the positions.
    for (let n = 0; n < 100; n++) unwanted.inc({ n: `${text.length} ${n}` });
    registry.gauge({ name: `later_${text.length}` });
  }
  assert.equal([...text.matchAll(/^many_total\{/gm)].length, 30000);
  assert.doesNotMatch(text, /unwanted|jobs_total|later/);
});

test("expose: a family that takes the place of another during the scrape is not taken for it", async (t) => {
  const registry = registered(t);
  registry.remove("jobs");
  registry.gauge({ name: "heir" }).set(1);
  assert.deepEqual(families(registry.exposeSync({ include: ["jobs"] }).body), []);
  assert.deepEqual(families(registry.exposeSync({ include: ["heir"] }).body), ["heir"]);
});

test("expose: names are looked up when the collectors have run", async (t) => {
  const registry = registered(t);
  registry.collect(() => registry.gauge({ name: "collected" }).set(1), { name: "late" });
  assert.deepEqual(families((await registry.expose({ include: ["collected"] })).body), ["collected"]);
});

const QUERIES = [
  ["name[]=jobs", ["jobs"]],
  ["name%5B%5D=jobs_total&name[]=jobs_active", ["jobs", "jobs_active"]],
  ["exclude[]=jobs&exclude%5B%5D=wait_seconds", but("jobs", "wait_seconds")],
  ["name[]=jobs&name[]=jobs_active&exclude[]=jobs", ["jobs_active"]],
  ["name=jobs&other[]=x", ALL],
  ["name[]=", []],
  ["%E0%A4%A&name[]=jobs#name[]=bytes_sum", ["jobs"]],
];

for (const [query, expected] of QUERIES) {
  test(`handlers: ?${query} has ${expected.join(", ") || "nothing"}`, async (t) => {
    const registry = registered(t);
    const answer = await registry.handler()(new Request(`http://localhost/metrics?${query}`));
    assert.deepEqual(families(await answer.arrayBuffer()), expected);
    const chunks = [];
    const response = { writeHead() {}, write: (chunk, written) => (chunks.push(chunk.slice()), written(), true), on() {}, once() {} };
    const ended = new Promise((resolve) => (response.end = resolve));
    registry.nodeHandler()({ method: "GET", url: `/metrics?${query}`, headers: {} }, response);
    await ended;
    assert.deepEqual(families(Buffer.concat(chunks)), expected);
  });
}
