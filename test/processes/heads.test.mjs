// What an image says of its process and of times: bytes come from anywhere, a checksum is no seal, and a page must stay one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../bindings/hired.mjs";
import { sealed } from "./sealed.mjs";
import { spooling } from "./spooling.mjs";

const { blockLabels, Exporter, labelsBeyond, Registry, Source } = spooling;

const HEAD_BYTES = 80;
let instances = 1n;
let sources = 5000n;

/** The same frame of a process that says something else of itself. */
function headed(frame, head) {
  assert.equal(frame[HEAD_BYTES], 1);
  let from = HEAD_BYTES + 1;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    length |= (frame[from] & 127) << shift;
    if (frame[from++] < 128) break;
  }
  const text = new TextEncoder().encode(JSON.stringify(head));
  const size = [(text.length & 127) | 128, ((text.length >> 7) & 127) | 128, text.length >> 14];
  const parts = [...frame.subarray(0, HEAD_BYTES), 1, ...size, ...text, ...frame.subarray(from + length)];
  while (parts.length % 8 !== 0) parts.push(0);
  return sealed(Uint8Array.from(parts));
}

/** The whole image of a process that counted, in one frame. */
function imageOf(count, labels) {
  const registry = new Registry(labels === undefined ? {} : { labels });
  count(registry);
  const [frame, ...others] = [...new Exporter(registry, {}, instances++).frames({ full: true, ended: false })];
  assert.equal(others.length, 0);
  return frame;
}

function collecting(options) {
  const registry = new Registry(options);
  const source = new Source(registry, sources++);
  const page = () => {
    source.publish();
    const samples = textOf(registry).split("\n");
    return samples.filter((line) => line !== "" && !line.startsWith("#")).sort();
  };
  return { registry, source, page };
}

const jobs = (registry) => registry.counter({ name: "jobs", help: "Jobs." }).inc(3);

test("default labels that no registry has are refused, and nothing of their image counts", () => {
  const frame = imageOf(jobs);
  const wrong = [
    'a="x\ninjected_total 666\n"',
    'a="1",a="2"',
    '__name__="x"',
    '__a="x"',
    '"q.t"="1"',
    'a b="1"',
    ' a="1"',
    'a="\\x"',
    'a="1",',
    "a",
    "a".repeat(60_000),
    `a="${"x".repeat(4093)}"`,
    `a="${"é".repeat(2047)}"`,
    5,
    null,
  ];
  for (const labels of wrong) {
    const { source, page } = collecting();
    const process = source.process();
    const result = process.apply(headed(frame, { labels }));
    const what = JSON.stringify(labels).slice(0, 40);
    assert.equal(result.consumed, 0, what);
    assert.match(result.refused ?? "", /default labels/, what);
    assert.deepEqual(page(), [], what);
    assert.equal(process.apply(headed(frame, { labels: 'a="1"' })).refused, undefined);
    assert.deepEqual(page(), ['jobs_total{a="1"} 3']);
  }
  const { source, page } = collecting();
  const longest = `a="${"x".repeat(4092)}"`;
  assert.equal(source.process().apply(headed(frame, { labels: longest })).refused, undefined);
  assert.deepEqual(page(), [`jobs_total{${longest}} 3`]);
});

test("default labels of which a metric has one itself are refused: they would be there twice", () => {
  const frame = imageOf((registry) => registry.histogram({ name: "sizes", help: "Sizes.", buckets: [1] }).observe(1));
  const { source, page } = collecting();
  assert.notEqual(source.process().apply(headed(frame, { labels: 'le="1"' })).refused, undefined);
  assert.deepEqual(page(), []);
});

test("what a frame says of its process is believed when its checksum is right, and it is of that process", () => {
  const frame = imageOf(jobs);
  const { source, page } = collecting();
  const process = source.process();
  assert.equal(process.apply(headed(frame, { labels: 'a="1"' })).refused, undefined);
  const torn = headed(frame, { labels: 'a="2"' });
  torn[16] ^= 1;
  const other = headed(imageOf(jobs), { labels: 'a="3"' });
  for (const bytes of [torn, other]) {
    assert.notEqual(process.apply(bytes).refused, undefined);
    assert.equal(process.head.labels, 'a="1"');
  }
  assert.deepEqual(page(), ['jobs_total{a="1"} 3']);
});

test("a series that lacks a label of its metric is refused: its line would be none", () => {
  const frame = imageOf((registry) => registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["pox"] }).inc({ pox: "v" }, 3));
  const at = Buffer.from(frame).indexOf('pox="');
  assert.ok(at > HEAD_BYTES);
  for (const [options, shown] of [
    [{}, 'jobs_total{pox="v"} 3'],
    [{ labels: { pod: "collector" } }, 'jobs_total{pod="collector",pox="v"} 3'],
  ]) {
    const { source, page } = collecting(options);
    const other = frame.slice();
    other.set(new TextEncoder().encode("pod"), at);
    assert.notEqual(source.process().apply(sealed(other)).refused, undefined);
    assert.deepEqual(page(), []);
    assert.equal(source.process().apply(frame).refused, undefined);
    assert.deepEqual(page(), [shown]);
  }
});

test("the same default labels in another order are the same series", () => {
  const { source, page } = collecting({ labels: { app: "shop" } });
  source.process().apply(imageOf(jobs, { zone: "eu", app: "other", host: "h" }));
  source.process().apply(imageOf(jobs, { host: "h", zone: "eu" }));
  assert.deepEqual(page(), ['jobs_total{app="shop",host="h",zone="eu"} 6']);
});

test("a time beyond what a constant may have is refused", async () => {
  const TOLD = 1_234_567_890;
  for (const time of [1e11 + 1, -1e12, 1e163, Infinity, NaN, 1e11, -5]) {
    const registry = new Registry();
    registry.collect(() => [{ name: "k", type: "gauge", help: "K.", samples: [{ value: 2, timestamp: TOLD }] }]);
    await registry.expose();
    const [frame] = [...new Exporter(registry, {}, instances++).frames({ full: true, ended: false })];
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    let found = 0;
    for (let from = HEAD_BYTES; from + 8 <= frame.length; from++) {
      if (view.getFloat64(from, true) !== TOLD) continue;
      view.setFloat64(from, time, true);
      found++;
    }
    assert.equal(found, 1);
    const { source, page } = collecting();
    const { refused } = source.process().apply(sealed(frame.slice()));
    const fits = Math.abs(time) <= 1e11;
    assert.equal(refused === undefined, fits, String(time));
    assert.equal(page().length, fits ? 1 : 0, String(time));
  }
});

test("labels of a block are found in the time of its length", () => {
  const began = performance.now();
  for (const text of [
    "a".repeat(1 << 20),
    '"\\'.repeat(1 << 19),
    'a="'.repeat(1 << 18),
    '"'.repeat(1 << 20),
    `a="${"\\".repeat(1 << 20)}`,
  ]) {
    labelsBeyond(text, text);
  }
  // Ten milliseconds; minutes where each character is looked at from each.
  assert.ok(performance.now() - began < 2000);
  assert.deepEqual(blockLabels('a="x,y=\\"1\\"","b=\\"c"="\\\\",d=""'), [
    ["a", '"x,y=\\"1\\""'],
    ['"b=\\"c"', '"\\\\"'],
    ["d", '""'],
  ]);
  for (const none of ["", "a", "=", '="x"', 'a="x', '"a', "a=x"]) assert.deepEqual(blockLabels(none), [], none);
  assert.deepEqual(blockLabels('a="1"b="2"'), [["a", '"1"']]);
});
