// Remote write 1.0 as a receiver meets it: every rule R of a sender, on bytes that protobufjs decodes.

import assert from "node:assert/strict";
import { test } from "node:test";
import SnappyJS from "snappyjs";
import { Registry } from "tallystick";
import { remoteWrite } from "tallystick/remote-write";
import { judged } from "../exposition/validators.mjs";
import { answering, until } from "./answering.mjs";
import { bitsOf, decoded, protos, receiving } from "./receiving.mjs";
import { allTypes, registryOf, writing } from "./writing.mjs";

const STALE = 0x7ff0000000000002n;
/** Of the registry's own, without what the sender tells of itself. */
const isUsers = ({ name }) => !name.startsWith("tallystick_");
const byName = (series, name) => series.filter((each) => each.name === name);

test("R1: POST with the protocol's headers, which the user's do not override", async (t) => {
  const { requests, url } = await answering(t);
  const registry = registryOf(t);
  registry.gauge({ name: "depth", help: "Depth." }).set(1);
  const auth = { bearer: "t0ken" };
  const { writer } = writing(t, registry, `${url}/api/v1/write?tenant=7`, { auth, headers: { "X-Scope-OrgID": "7" } });
  assert.equal(await writer.flush(), true);
  const [{ method, url: path, headers }] = requests;
  assert.deepEqual([method, path], ["POST", "/api/v1/write?tenant=7"]);
  assert.equal(headers["content-encoding"], "snappy");
  assert.equal(headers["content-type"], "application/x-protobuf");
  assert.equal(headers["x-prometheus-remote-write-version"], "0.1.0");
  assert.match(headers["user-agent"], /^tallystick\/\d+\.\d+\.\d+$/);
  assert.deepEqual([headers.authorization, headers["x-scope-orgid"]], ["Bearer t0ken", "7"]);
  for (const name of ["Content-Encoding", "Content-Type", "X-Prometheus-Remote-Write-Version", "User-Agent"]) {
    assert.throws(() => remoteWrite({ url, headers: { [name]: "x" } }), /in headers of remoteWrite: it is set by what is sent/);
  }
});

test("R2: the body is a snappy block, not framed", async (t) => {
  const { requests, url } = await answering(t);
  const registry = registryOf(t);
  allTypes(registry);
  await writing(t, registry, url).writer.flush();
  const plain = SnappyJS.uncompress(requests[0].body);
  assert.ok(plain.length > requests[0].body.length);
  // A frame would begin so: https://github.com/google/snappy/blob/main/framing_format.txt.
  assert.notDeepEqual([...requests[0].body.subarray(0, 4)], [0xff, 0x06, 0x00, 0x00]);
});

test("R3: every type as series with full, sorted labels; histograms as buckets, sum and count", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await receiving(t);
  const registry = registryOf(t);
  allTypes(registry);
  registry.setDefaultLabels({ app: "shop" });
  await writing(t, registry, receiver.write, { labels: { job: "j", app: "no", Zone: "z" } }).writer.flush();
  const series = receiver.series();
  for (const { labels } of series) {
    const names = labels.map(([name]) => name);
    assert.deepEqual(names, names.toSorted(), String(names));
    assert.equal(new Set(names).size, names.length);
    for (const [name, value] of labels) {
      assert.match(name, /^[a-zA-Z_][a-zA-Z0-9_]*$/);
      assert.notEqual(value, "");
    }
    assert.match(Object.fromEntries(labels).__name__, /^[a-zA-Z_:][a-zA-Z0-9_:]*$/);
  }
  const own = series.map(({ name, by, samples }) => {
    const { app, job, Zone, ...rest } = by;
    assert.deepEqual([app, job, Zone], ["shop", "j", "z"]);
    return [name, rest, samples.map(({ value }) => value)];
  });
  const le = (name, counts) => ["1e-05", "1.0", "1e+06", "+Inf"].map((bound, i) => [`${name}_bucket`, { le: bound }, [counts[i]]]);
  assert.deepEqual(own, [
    ["jobs_total", { zone: "eu", Kind: "a" }, [3]],
    ["depth", {}, [-2.5]],
    ["odd", {}, [7]],
    ["build_info", { version: "1.2" }, [1]],
    ["state", { state: "up" }, [0]],
    ["state", { state: "down" }, [1]],
    ...le("took_seconds", [0, 2, 3, 4]),
    ["took_seconds_sum", {}, [1000000003.2]],
    ["took_seconds_count", {}, [4]],
    ["spread", {}, []],
    ["ages_bucket", { le: "1.0" }, [1]],
    ["ages_bucket", { le: "2.0" }, [2]],
    ["ages_bucket", { le: "+Inf" }, [3]],
    ["ages_gsum", {}, [11]],
    ["ages_gcount", {}, [3]],
    ["sizes", { quantile: "0.5" }, [own.at(-4)[2][0]]],
    ["sizes", { quantile: "1.0" }, [own.at(-3)[2][0]]],
    ["sizes_sum", {}, [6]],
    ["sizes_count", {}, [3]],
  ]);
});

test("R3: an empty label is none, names beyond the classic ones are escaped, and le is written as receivers compare it", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await receiving(t);
  const registry = registryOf(t);
  registry.counter({ name: "my.jobs", help: "Jobs.", labelNames: ["a.b", "none"], utf8: true }).inc({ "a.b": "ü", none: "" });
  await writing(t, registry, receiver.write).writer.flush();
  const [one] = receiver.series();
  assert.deepEqual(one.labels, [
    ["__name__", "my_jobs_total"],
    ["a_b", "ü"],
  ]);
});

test("R4: samples of a series are in time order over all requests, also where the clock goes back; a time that was sent is not sent again", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await receiving(t);
  const registry = registryOf(t);
  registry.gauge({ name: "depth", help: "Depth." }).set(1);
  let timestamp = 1_700_000_000.5;
  registry.collect(() => [{ type: "gauge", name: "timed", help: "Timed.", samples: [{ value: 1, timestamp }] }]);
  const { writer } = writing(t, registry, receiver.write);
  const { now } = Date;
  t.after(() => (Date.now = now));
  const clock = now();
  for (const [at, own] of [
    [clock, 1_700_000_000.5],
    [clock - 60_000, 1_700_000_000.5],
    [clock - 60_000, 1_700_000_007],
    [clock + 5, 1_699_999_999],
    [clock + 10_000, 1_700_000_008],
  ]) {
    Date.now = () => at;
    timestamp = own;
    await writer.flush();
  }
  Date.now = now;
  const times = (name) => byName(receiver.series(), name).flatMap(({ samples }) => samples.map((sample) => sample.timestamp));
  assert.deepEqual(times("depth"), [clock, clock + 1, clock + 2, clock + 5, clock + 10_000]);
  assert.deepEqual(times("timed"), [1_700_000_000_500, 1_700_000_007_000, 1_700_000_008_000]);
});

test("R5: a series that ends has the marker, bit by bit, once; those that go on have none; a NaN is another one", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await receiving(t);
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["zone"] });
  for (const zone of ["eu", "us", "cn"]) jobs.inc({ zone });
  const depth = registry.gauge({ name: "depth", help: "Depth." });
  depth.set(NaN);
  const spread = registry.histogram({ name: "spread", help: "Spread.", labelNames: ["zone"], native: {} });
  for (const zone of ["eu", "us"]) spread.observe({ zone }, 1);
  const { writer } = writing(t, registry, receiver.write);
  await writer.flush();
  jobs.remove({ zone: "us" });
  spread.remove({ zone: "us" });
  await writer.flush();
  await writer.flush();
  const [first, second, third] = receiver.requests.map((request) => decoded(request));
  const bits = ({ bytes }) => bitsOf(bytes, "1.2.1");
  const sums = ({ bytes }) => bitsOf(bytes, "1.4.3");
  assert.deepEqual(
    [...bits(first), ...sums(first)].filter((each) => each === STALE),
    [],
  );
  assert.deepEqual(
    bits(first).filter((each) => (each & 0x7ff0000000000000n) === 0x7ff0000000000000n),
    [0x7ff8000000000001n],
  );
  const marked = ({ series, bytes }) =>
    series
      .filter(({ samples }) => samples.length > 0)
      .filter((_, i) => bits({ bytes })[i] === STALE)
      .map(({ name, by }) => [name, by]);
  assert.deepEqual(marked(second), [["jobs_total", { zone: "us" }]]);
  assert.deepEqual(
    sums(second).map((each) => each === STALE),
    [false, true],
  );
  assert.deepEqual(second.series.at(-1).histograms.length + second.series.at(-2).histograms.length, 1);
  assert.deepEqual([marked(third), sums(third).includes(STALE)], [[], false]);
  // The same series again is a new beginning, and may end again.
  jobs.inc({ zone: "us" });
  await writer.flush();
  jobs.remove({ zone: "us" });
  await writer.flush();
  assert.deepEqual(marked(decoded(receiver.requests[3])), []);
  assert.deepEqual(marked(decoded(receiver.requests[4])), [["jobs_total", { zone: "us" }]]);
});

test("R5: close ends every series with a marker behind its last sample", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await receiving(t);
  const registry = registryOf(t);
  allTypes(registry);
  const { writer, told } = writing(t, registry, receiver.write, { closeSeconds: 5, labels: { job: "j" } });
  await writer.flush();
  await writer.close();
  assert.deepEqual(told, []);
  const [first, last, end] = receiver.requests.map((request) => decoded(request));
  const keys = ({ series }) =>
    series
      .filter(isUsers)
      .map(({ labels }) => JSON.stringify(labels))
      .toSorted();
  assert.deepEqual(keys(end), keys(first));
  assert.deepEqual(keys(last), keys(first));
  assert.ok([...bitsOf(end.bytes, "1.2.1"), ...bitsOf(end.bytes, "1.4.3")].every((bits) => bits === STALE));
  assert.ok(
    end.series.every(({ samples, histograms }) =>
      [...samples, ...histograms].every(({ timestamp }) => timestamp > last.series[0].samples[0].timestamp),
    ),
  );
  assert.equal(receiver.requests.length, 3);
  assert.equal(await writer.close(), undefined);
  await assert.rejects(writer.flush(), { name: "SendError", code: "closed" });
});

test("R7: exemplars go along once each, with their time; native histograms as they are", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await receiving(t);
  const registry = registryOf(t);
  const { jobs, took, spread } = allTypes(registry);
  const { writer } = writing(t, registry, receiver.write);
  jobs.inc({ zone: "eu", Kind: "a" }, 1, { trace_id: "abc", b: "1", a: "2" });
  took.observe(0.9, { trace_id: "def" });
  spread.observe(3, { trace_id: "ghi" });
  const before = Date.now();
  await writer.flush();
  await writer.flush();
  const [first, second] = receiver.requests.map((request) => decoded(request).series);
  const found = first.flatMap(({ name, by, exemplars }) => exemplars.map(({ labels, value }) => [name, by.le, labels, value]));
  assert.deepEqual(found, [
    [
      "jobs_total",
      undefined,
      [
        ["a", "2"],
        ["b", "1"],
        ["trace_id", "abc"],
      ],
      1,
    ],
    ["took_seconds_bucket", "1.0", [["trace_id", "def"]], 0.9],
    ["spread", undefined, [["trace_id", "ghi"]], 3],
  ]);
  for (const { timestamp } of first.flatMap(({ exemplars }) => exemplars)) assert.ok(Math.abs(timestamp - before) < 60_000);
  assert.deepEqual(
    second.flatMap(({ exemplars }) => exemplars),
    [],
  );
  jobs.inc({ zone: "eu", Kind: "a" }, 1, { trace_id: "new" });
  await writer.flush();
  assert.deepEqual(
    decoded(receiver.requests[2]).series.flatMap(({ exemplars }) => exemplars.map(({ labels }) => labels)),
    [[["trace_id", "new"]]],
  );
  const [native] = byName(first, "spread");
  const [
    { count_int, sum, schema, zero_threshold, zero_count_int, negative_spans, negative_deltas, positive_spans, positive_deltas, ...rest },
  ] = native.histograms;
  assert.deepEqual([count_int, sum, zero_threshold, zero_count_int], [6, 103, 2 ** -128, 1]);
  assert.ok(schema >= -4 && schema <= 8);
  const total = (deltas) => deltas.reduce(([all, now], delta) => [all + now + delta, now + delta], [0, 0])[0];
  assert.deepEqual([total(negative_deltas), total(positive_deltas)], [1, 4]);
  assert.equal(
    positive_spans.reduce((all, { length }) => all + length, 0),
    positive_deltas.length,
  );
  assert.equal(negative_spans.length, 1);
  assert.ok(Math.abs(rest.timestamp - before) < 60_000);
});

test("R7: without them on the receiver's side: exemplars stay away, and a native histogram is a classic one", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await receiving(t);
  const registry = registryOf(t);
  const { spread } = allTypes(registry);
  spread.observe(3, { trace_id: "ghi" });
  const both = registry.histogram({ name: "both", help: "Both.", native: {}, buckets: [1] });
  both.observe(0.5);
  const { writer } = writing(t, registry, receiver.write, { exemplars: false, nativeHistograms: false });
  await writer.flush();
  const series = receiver.series();
  assert.deepEqual(
    series.flatMap(({ exemplars, histograms }) => [...exemplars, ...histograms]),
    [],
  );
  const values = (name) =>
    series.filter((each) => each.name.startsWith(name)).map(({ name, by, samples }) => [name, by.le, samples[0].value]);
  assert.deepEqual(values("spread"), [
    ["spread_bucket", "+Inf", 6],
    ["spread_sum", undefined, 103],
    ["spread_count", undefined, 6],
  ]);
  assert.deepEqual(values("both"), [
    ["both_bucket", "1.0", 1],
    ["both_bucket", "+Inf", 1],
    ["both_sum", undefined, 0.5],
    ["both_count", undefined, 1],
  ]);
});

test("requests are bounded in samples and in bytes, in order, and hold every series once", async (t) => {
  if (!judged(t, protos)) return;
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["id"] });
  for (let i = 0; i < 1000; i++) jobs.inc({ id: `${i}-${"x".repeat(40)}` }, i + 1);
  for (const [options, most] of [
    [{ maxSamples: 100 }, 10],
    [{ maxBytes: 1024 }, 120],
  ]) {
    const receiver = await receiving(t);
    await writing(t, registry, receiver.write, options).writer.flush();
    const requests = receiver.requests.map((request) => decoded(request));
    assert.ok(requests.length >= most / 2 && requests.length <= most, `${requests.length} requests`);
    for (const { series, bytes } of requests)
      assert.ok(series.length <= 100 && (options.maxBytes === undefined || bytes.length < 1024 + 200));
    const values = requests.flatMap(({ series }) => series.filter(isUsers).map(({ samples }) => samples[0].value));
    assert.deepEqual(
      values,
      Array.from({ length: 1000 }, (_, i) => i + 1),
    );
  }
});

test("a round every interval, at the same distance; include and exclude; the library's own metrics of it", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await receiving(t);
  const registry = registryOf(t);
  registry.gauge({ name: "depth", help: "Depth." }).set(1);
  registry.gauge({ name: "other", help: "Other." }).set(1);
  const { writer, told } = writing(t, registry, receiver.write, {
    intervalSeconds: 0.1,
    closeSeconds: 5,
    exclude: ["other"],
    statistics: true,
  });
  await until("three rounds", () => receiver.requests.length >= 3);
  await writer.close();
  assert.deepEqual(told, []);
  const names = new Set(receiver.series().map(({ name }) => name));
  assert.ok(names.has("depth") && !names.has("other"));
  const own = receiver.series().filter(({ name, by }) => name === "tallystick_remote_write_samples_total" && by.outcome === "sent");
  assert.ok(own.some(({ samples }) => samples[0].value > 0));
  const { length } = receiver.requests;
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal(receiver.requests.length, length);
});

test("a page of many series is taken in turns: the event loop goes on", async (t) => {
  const { requests, url } = await answering(t);
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["id"] });
  for (let i = 0; i < 20_000; i++) jobs.inc({ id: String(i) });
  const { writer } = writing(t, registry, url);
  let turns = 0;
  let on = true;
  const turn = () => on && (turns++, setImmediate(turn));
  setImmediate(turn);
  await writer.flush();
  on = false;
  assert.equal(requests.length, 10);
  assert.ok(turns > 10, `${turns} turns`);
});

test("a registry that is closed is told once, and its series end", async (t) => {
  if (!judged(t, protos)) return;
  const receiver = await receiving(t);
  const registry = new Registry();
  registry.gauge({ name: "depth", help: "Depth." }).set(1);
  const { writer, told } = writing(t, registry, receiver.write, { intervalSeconds: 0.1, closeSeconds: 5, include: ["depth"] });
  await writer.flush();
  registry.close();
  await assert.rejects(writer.flush(), { code: "closed" });
  await until("it is told", () => told.length > 0);
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.deepEqual(
    told.map(({ code }) => code),
    ["closed"],
  );
  await writer.close();
  assert.deepEqual(bitsOf(decoded(receiver.requests.at(-1)).bytes, "1.2.1"), [STALE]);
});

test("options that are wrong are refused by name, value and limit", () => {
  const url = "http://receiver.example/write";
  for (const [options, kind, words] of [
    [{ url: "x" }, TypeError, /url of remoteWrite/],
    [{ version: 3 }, RangeError, /3 as version of remoteWrite: it must be one of 1, 2/],
    [{ labels: { "a-b": "c" } }, TypeError, /label "a-b" in labels/],
    [{ labels: { __name__: "c" } }, TypeError, /label "__name__" in labels/],
    [{ labels: { a: 1 } }, TypeError, /label "a" in labels .* string/],
    [{ intervalSeconds: 0.01 }, RangeError, /0.01 as intervalSeconds of remoteWrite: it must be from 0.1 to 3600/],
    [{ maxSamples: 0 }, RangeError, /0 as maxSamples/],
    [{ maxBytes: 10 }, RangeError, /10 as maxBytes of remoteWrite: it must be from 1024/],
    [{ queueBytes: -1 }, RangeError, /-1 as queueBytes/],
    [{ maxAgeSeconds: 0 }, RangeError, /0 as maxAgeSeconds/],
    [{ timeoutSeconds: 301 }, RangeError, /301 as timeoutSeconds/],
    [{ retrySeconds: [2, 1] }, RangeError, /1 as the second of retrySeconds of remoteWrite: it must be from 2 to 3600/],
    [{ retrySeconds: [0, 1] }, RangeError, /0 as the first of retrySeconds/],
    [{ retrySeconds: 1 }, TypeError, /retrySeconds of remoteWrite/],
    [{ closeSeconds: Infinity }, RangeError, /Infinity as closeSeconds/],
    [{ startTimestamps: "rc.5" }, RangeError, /"rc.5" as startTimestamps/],
    [{ directory: 7 }, TypeError, /directory of remoteWrite/],
    [{ interval: 7 }, TypeError, /option "interval" of remoteWrite/],
  ]) {
    assert.throws(
      () => remoteWrite({ url, ...options }),
      (error) => error instanceof kind && words.test(error.message),
      String(words),
    );
  }
});
