// Remote write 2.0 as a receiver meets it: every rule S of a sender, on bytes that protobufjs decodes; and what it does where the receiver knows 1.0 alone.

import assert from "node:assert/strict";
import { test } from "node:test";
import SnappyJS from "snappyjs";
import { judged } from "../exposition/validators.mjs";
import { answering } from "./answering.mjs";
import { bitsOf, decoded, protos, receiving, taken } from "./receiving.mjs";
import { allTypes, registryOf, writing } from "./writing.mjs";

const STALE = 0x7ff0000000000002n;
const isUsers = ({ name }) => !name.startsWith("tallystick_");

async function written(t, options = {}) {
  const receiver = await receiving(t);
  const registry = registryOf(t);
  const metrics = allTypes(registry);
  const { writer, told } = writing(t, registry, receiver.write, { version: 2, ...options });
  return { receiver, registry, writer, told, ...metrics };
}

test("S1: its Content-Type and its version", async (t) => {
  const { requests, url } = await answering(t, (_, response) =>
    response.writeHead(204, { "X-Prometheus-Remote-Write-Samples-Written": "1" }).end(),
  );
  const registry = registryOf(t);
  registry.gauge({ name: "depth", help: "Depth." }).set(1);
  const { writer, told } = writing(t, registry, url, { version: 2 });
  assert.equal(await writer.flush(), true);
  const [{ headers }] = requests;
  assert.equal(headers["content-type"], "application/x-protobuf;proto=io.prometheus.write.v2.Request");
  assert.equal(headers["x-prometheus-remote-write-version"], "2.0.0");
  assert.equal(headers["content-encoding"], "snappy");
  assert.deepEqual(told, []);
  assert.equal(writer.statistics.version, 2);
});

test("S2: the first symbol is empty, each is there once, and every reference leads to one", async (t) => {
  if (!judged(t, protos)) return;
  const { receiver, writer, jobs } = await written(t, { maxSamples: 10 });
  jobs.inc({ zone: "eu", Kind: "a" }, 1, { trace_id: "abc" });
  await writer.flush();
  assert.ok(receiver.requests.length > 1);
  for (const request of receiver.requests) {
    const { symbols, series } = decoded(request);
    assert.equal(symbols[0], "");
    assert.equal(new Set(symbols).size, symbols.length);
    const used = new Set([0]);
    for (const { labels_refs, metadata, exemplars } of series) {
      assert.equal(labels_refs.length % 2, 0);
      const refs = [...labels_refs, metadata.help_ref, metadata.unit_ref, ...exemplars.flatMap((each) => each.labels_refs)];
      for (const ref of refs) {
        assert.ok(ref < symbols.length);
        used.add(ref);
      }
    }
    assert.equal(used.size, symbols.length, "a symbol is not used");
  }
});

test("S3: a series has samples or histograms, one at least, and never both", async (t) => {
  if (!judged(t, protos)) return;
  const { receiver, writer } = await written(t);
  await writer.flush();
  const counts = receiver.series().map(({ samples, histograms }) => [samples.length, histograms.length]);
  for (const [samples, histograms] of counts) assert.ok((samples === 1) !== (histograms === 1) && samples + histograms === 1);
  assert.equal(counts.filter(([, histograms]) => histograms === 1).length, 1);
});

test("S4: labels are sorted by their bytes, and names are any UTF-8", async (t) => {
  if (!judged(t, protos)) return;
  const { receiver, registry, writer } = await written(t);
  registry.counter({ name: "my.jobs", help: "Jobs.", labelNames: ["a.b", "ü"], utf8: true }).inc({ "a.b": "x", ü: "y" });
  await writer.flush();
  const series = receiver.series();
  const own = series.find(({ name }) => name === "my.jobs_total");
  assert.deepEqual(own.labels, [
    ["__name__", "my.jobs_total"],
    ["a.b", "x"],
    ["ü", "y"],
  ]);
  for (const { labels } of series) {
    const names = labels.map(([name]) => Buffer.from(name));
    assert.ok(names.every((name, i) => i === 0 || Buffer.compare(names[i - 1], name) < 0));
  }
});

test("S5: metadata: type, help and unit of every series", async (t) => {
  if (!judged(t, protos)) return;
  const { receiver, writer } = await written(t);
  await writer.flush();
  const told = new Map(receiver.series().map(({ name, metadata, help, unit }) => [name, [metadata.type, help, unit]]));
  assert.deepEqual(
    [...told].filter(([name]) => isUsers({ name })),
    [
      ["jobs_total", [1, "jobs, told.", ""]],
      ["depth", [2, "depth, told.", ""]],
      ["odd", [0, "odd, told.", ""]],
      ["build_info", [6, "build, told.", ""]],
      ["state", [7, "state, told.", ""]],
      ["took_seconds_bucket", [3, "took_seconds, told.", "seconds"]],
      ["took_seconds_sum", [3, "took_seconds, told.", "seconds"]],
      ["took_seconds_count", [3, "took_seconds, told.", "seconds"]],
      ["spread", [3, "spread, told.", ""]],
      ["ages_bucket", [4, "ages, told.", ""]],
      ["ages_gsum", [4, "ages, told.", ""]],
      ["ages_gcount", [4, "ages, told.", ""]],
      ["sizes", [5, "sizes, told.", ""]],
      ["sizes_sum", [5, "sizes, told.", ""]],
      ["sizes_count", [5, "sizes, told.", ""]],
    ],
  );
});

test("S6: every exemplar has a time", async (t) => {
  if (!judged(t, protos)) return;
  const { receiver, writer, jobs, took, spread } = await written(t);
  jobs.inc({ zone: "eu", Kind: "a" }, 1, { trace_id: "abc" });
  took.observe(0.9, { trace_id: "def" });
  spread.observe(3, { trace_id: "ghi" });
  await writer.flush();
  const exemplars = receiver.series().flatMap((each) => each.exemplars);
  assert.deepEqual(exemplars.map(({ labels, value }) => [labels[0][1], value]).toSorted(), [
    ["abc", 1],
    ["def", 0.9],
    ["ghi", 3],
  ]);
  for (const { timestamp } of exemplars) assert.ok(timestamp > 1.7e12);
});

for (const [startTimestamps, where] of [
  ["rc.4", "in the sample and the histogram"],
  ["rc.3", "in the series"],
  ["none", "nowhere"],
]) {
  test(`S7: the time at which a series began, of ${startTimestamps}, is ${where}; of what counts alone, and never 0`, async (t) => {
    if (!judged(t, protos)) return;
    const { receiver, writer, registry, jobs } = await written(t, { startTimestamps });
    // Series that begin behind the time that their round has.
    let round = 0;
    registry.collect(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        jobs.inc({ zone: `late ${round++}`, Kind: "b" });
      },
      { timeoutSeconds: 10 },
    );
    await writer.flush();
    // One that began in this millisecond has none yet.
    await new Promise((resolve) => setTimeout(resolve, 5));
    await writer.flush();
    const found = (draft) =>
      decoded(receiver.requests[1], draft)
        .series.filter(isUsers)
        .map(({ name, samples, histograms, created_timestamp }) => {
          const start = draft === "rc.3" ? created_timestamp : (samples[0] ?? histograms[0]).start_timestamp;
          assert.ok(start === 0 || (start > 1.7e12 && start < (samples[0] ?? histograms[0]).timestamp));
          return [name, start > 0];
        })
        .filter(([, starts]) => starts)
        .map(([name]) => name);
    const counting = ["jobs_total", "took_seconds_bucket", "took_seconds_sum", "took_seconds_count", "spread", "sizes_sum", "sizes_count"];
    for (const draft of ["rc.3", "rc.4"]) assert.deepEqual([...new Set(found(draft))], draft === startTimestamps ? counting : [], draft);
  });
}

test("R5 of 2.0: what ends has the marker, samples and histograms", async (t) => {
  if (!judged(t, protos)) return;
  const { receiver, writer } = await written(t, { closeSeconds: 5 });
  await writer.close();
  const end = decoded(receiver.requests.at(-1));
  const bits = [...bitsOf(end.bytes, "5.2.1"), ...bitsOf(end.bytes, "5.3.3")];
  assert.equal(bits.length, end.series.length);
  assert.ok(bits.every((each) => each === STALE));
});

for (const [rule, answer] of [
  ["S9: 415", (_, response) => response.writeHead(415).end("no such content type")],
  ["S8: a 2xx that does not say what was written", (_, response) => response.writeHead(204).end()],
]) {
  test(`${rule} sends the same as 1.0, and from then on that alone`, async (t) => {
    if (!judged(t, protos)) return;
    const receiver = await receiving(t, (request, response) =>
      request.headers["x-prometheus-remote-write-version"] === "2.0.0" ? answer(request, response) : taken(request, response),
    );
    const registry = registryOf(t);
    const { jobs } = allTypes(registry);
    jobs.inc({ zone: "eu", Kind: "a" }, 1, { trace_id: "abc", "b.c": "d" });
    registry.counter({ name: "my.jobs", help: "Jobs.", labelNames: ["a.b"], utf8: true }).inc({ "a.b": "x" });
    registry.gauge({ name: "none", help: "None." }).set(NaN);
    // Several requests: those that wait already are written anew, too.
    const { writer, told } = writing(t, registry, receiver.write, { version: 2, maxSamples: 12, closeSeconds: 5 });
    assert.equal(await writer.flush(), true);
    assert.equal(writer.statistics.version, 1);
    assert.deepEqual(
      told.map(({ code }) => code),
      ["version"],
    );
    const versions = () => receiver.requests.map(({ headers }) => headers["x-prometheus-remote-write-version"]);
    const [second, ...rest] = versions();
    assert.deepEqual([second, ...new Set(rest)], ["2.0.0", "0.1.0"]);
    assert.ok(receiver.requests.slice(1).every(({ headers }) => headers["content-type"] === "application/x-protobuf"));
    // Of what was sent first as 2.0, and then as 1.0.
    const before = decoded(receiver.requests[0]);
    const after = decoded(receiver.requests[1]);
    assert.equal(after.version, 1);
    const plain = ({ name, by, samples, histograms, exemplars }) => ({
      name: name.replaceAll(".", "_"),
      by,
      samples: samples.map(({ value, timestamp }) => ({ value, timestamp })),
      histograms: histograms.map(({ start_timestamp: _start, custom_values: _bounds, ...each }) => each),
      exemplars: exemplars.map(({ value, timestamp, labels }) => ({
        value,
        timestamp,
        labels: labels.map(([name, text]) => [name.replaceAll(".", "_"), text]),
      })),
    });
    assert.deepEqual(after.series.map(plain), before.series.map(plain));
    assert.equal(writer.statistics.sent, receiver.requests.slice(1).flatMap((request) => decoded(request).series).length);
    const first = receiver.requests.slice(1).flatMap((request) => decoded(request).series);
    assert.deepEqual(first.find(({ name }) => name === "my_jobs_total").by, { a_b: "x" });
    const { length } = receiver.requests;
    await writer.flush();
    assert.deepEqual([...new Set(versions().slice(length))], ["0.1.0"]);
    await writer.close();
    assert.deepEqual(
      told.map(({ code }) => code),
      ["version"],
    );
  });
}

test("S8: a receiver that wrote less says so, and what it did not write is told and counted, and not sent again", async (t) => {
  const { requests, url } = await answering(t, (_, response) => {
    response.setHeader("X-Prometheus-Remote-Write-Samples-Written", "1");
    response.writeHead(200).end("too old");
  });
  const registry = registryOf(t);
  registry.gauge({ name: "depth", help: "Depth.", labelNames: ["id"], labelSets: [{ id: "1" }, { id: "2" }, { id: "3" }] });
  const { writer, told } = writing(t, registry, url, { version: 2 });
  assert.equal(await writer.flush(), true);
  assert.deepEqual([requests.length, told.length, told[0].code, told[0].status], [1, 1, "partial", 200]);
  assert.match(told[0].message, /of what was sent it did not take 2 samples, "too old"$/);
  const { sent, dropped, version } = writer.statistics;
  assert.deepEqual([sent, dropped, version], [1, 2, 2]);
});

test("S10: 400 with counts is a partial write: the rest is told and counted, and nothing is sent again", async (t) => {
  const { requests, url } = await answering(t, (_, response) => {
    response.setHeader("X-Prometheus-Remote-Write-Samples-Written", "2");
    response.setHeader("X-Prometheus-Remote-Write-Histograms-Written", "0");
    response.writeHead(400).end("out of order sample");
  });
  const registry = registryOf(t);
  registry.gauge({ name: "depth", help: "Depth.", labelNames: ["id"], labelSets: [{ id: "1" }, { id: "2" }, { id: "3" }] });
  const { writer, told } = writing(t, registry, url, { version: 2 });
  assert.equal(await writer.flush(), true);
  assert.deepEqual([requests.length, told.length, told[0].code, told[0].status], [1, 1, "refused", 400]);
  assert.match(told[0].message, /it answered 400, "out of order sample"; 1 sample is not sent again$/);
  assert.deepEqual([writer.statistics.sent, writer.statistics.dropped], [2, 1]);
});

test("2.0 takes fewer bytes than 1.0, before and behind snappy", async (t) => {
  const sizes = [];
  for (const version of [1, 2]) {
    const { requests, url } = await answering(t, (_, response) =>
      response.writeHead(204, { "X-Prometheus-Remote-Write-Samples-Written": "1000" }).end(),
    );
    const registry = registryOf(t);
    const took = registry.histogram({ name: "took_seconds", help: "Took.", labelNames: ["path", "method", "status"] });
    for (let i = 0; i < 70; i++) took.observe({ path: `/items/${i}`, method: "GET", status: "200" }, i);
    await writing(t, registry, url, { version }).writer.flush();
    sizes.push([SnappyJS.uncompress(requests[0].body).length, requests[0].body.length]);
  }
  assert.ok(sizes[1][0] < sizes[0][0] / 2, String(sizes));
  assert.ok(sizes[1][1] < sizes[0][1], String(sizes));
});
