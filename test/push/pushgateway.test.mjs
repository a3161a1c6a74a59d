// Groups of a Pushgateway: paths, requests, what is said where they fail; and what Debian's Pushgateway makes of them (rules G1 to G9).

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Registry } from "tallystick";
import { pushgateway, SendError } from "tallystick/pushgateway";
import { readProtobuf } from "../exposition/protobuf.mjs";
import { judged } from "../exposition/validators.mjs";
import { answering, endless, nobody, until } from "./answering.mjs";
import { realPushgateway } from "./pushgateway.mjs";

function counted(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  registry.counter({ name: "jobs", help: "Jobs." }).inc(3);
  const seconds = registry.histogram({ name: "took_seconds", help: "Took.", native: {} });
  seconds.observe(0.3);
  return registry;
}

async function failed(promise) {
  const error = await promise.then(
    () => assert.fail("it did not fail"),
    (reason) => reason,
  );
  assert.ok(error instanceof SendError, String(error?.stack ?? error));
  return error;
}

test("version: the User-Agent is that of package.json", async (t) => {
  const { requests, url } = await answering(t);
  await pushgateway({ url, job: "x", registry: counted(t) }).push();
  const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  assert.equal(requests[0].headers["user-agent"], `tallystick/${version}`);
});

test("G1: push is PUT, add is POST, delete is DELETE without a body; 200, 202 and 204 are success, and no other status is", async (t) => {
  let status = 200;
  const { requests, url } = await answering(t, (_, response) => response.writeHead(status).end());
  const gateway = pushgateway({ url: `${url}/gate/`, job: "backup", registry: counted(t) });
  for (status of [200, 202, 204]) {
    await gateway.push();
    await gateway.add();
    await gateway.delete();
  }
  assert.deepEqual(
    requests.map(({ method }) => method),
    Array.from({ length: 3 }, () => ["PUT", "POST", "DELETE"]).flat(),
  );
  assert.deepEqual([...new Set(requests.map((request) => request.url))], ["/gate/metrics/job/backup"]);
  assert.deepEqual([requests[2].body.length, requests[2].headers["content-type"]], [0, undefined]);
  for (status of [201, 206, 307, 400, 404, 500]) {
    const error = await failed(gateway.push());
    assert.deepEqual([error.code, error.status], ["refused", status]);
  }
});

test("G2: the path has the job first and then the grouping; what a path cannot carry is in base64", async (t) => {
  const { requests, url } = await answering(t);
  const registry = counted(t);
  for (const [job, grouping, path] of [
    ["a b", {}, "/job/a%20b"],
    ["a/b", {}, "/job@base64/YS9i"],
    ["x", { instance: "10.0.0.7:80", zone: "ü" }, "/job/x/instance/10.0.0.7%3A80/zone/%C3%BC"],
    ["x", { path: "/var/tmp" }, "/job/x/path@base64/L3Zhci90bXA"],
    ["x", { none: "" }, "/job/x/none@base64/="],
    ["x", { up: "..", here: "." }, "/job/x/up@base64/Li4/here@base64/Lg"],
    // "+" and "/" of base64 are "-" and "_" in a URL.
    ["x", { odd: "/>>>???" }, "/job/x/odd@base64/Lz4-Pj8_Pw"],
    ["%2F?#", {}, "/job/%252F%3F%23"],
  ]) {
    await pushgateway({ url, job, grouping, registry }).push();
    assert.equal(requests.at(-1).url, `/metrics${path}`);
  }
});

test("G3: the body is delimited protobuf, or text 0.0.4; never OpenMetrics", async (t) => {
  const { requests, url } = await answering(t);
  const registry = counted(t);
  registry.info({ name: "build", help: "Build.", labelNames: ["version"] }).set({ version: "1" });
  await pushgateway({ url, job: "x", registry }).push();
  const [binary] = requests;
  assert.equal(
    binary.headers["content-type"],
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
  );
  assert.deepEqual(
    readProtobuf(binary.body).map(({ name }) => name),
    ["jobs_total", "took_seconds", "build_info"],
  );
  await pushgateway({ url, job: "x", registry, format: "text", exclude: ["took_seconds"] }).push();
  const text = requests[1];
  assert.equal(text.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
  assert.equal(
    text.body.toString(),
    '# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total 3\n# HELP build_info Build.\n# TYPE build_info gauge\nbuild_info{version="1"} 1\n',
  );
});

test("G7: gzip says so in its header, and is the same page", async (t) => {
  const { requests, url } = await answering(t);
  const registry = counted(t);
  await pushgateway({ url, job: "x", registry }).push();
  await pushgateway({ url, job: "x", registry, gzip: true }).push();
  assert.deepEqual(
    requests.map(({ headers }) => headers["content-encoding"]),
    [undefined, "gzip"],
  );
  assert.deepEqual(requests[1].body, requests[0].body);
});

test("auth and headers: a token, a user, what the URL says; the sender's own headers are refused, and so are two users", async (t) => {
  const { requests, url } = await answering(t);
  const registry = counted(t);
  const withUser = url.replace("//", "//ann:p%C3%A4ss%40@");
  for (const [options, authorization] of [
    [{ url, auth: { bearer: "a-secret" } }, "Bearer a-secret"],
    [{ url, auth: { user: "ann", password: "päss@" } }, `Basic ${Buffer.from("ann:päss@").toString("base64")}`],
    [{ url: withUser }, `Basic ${Buffer.from("ann:päss@").toString("base64")}`],
    [{ url, headers: { Authorization: "Digest x", "X-Scope-OrgID": "7" } }, "Digest x"],
  ]) {
    await pushgateway({ job: "x", registry, ...options }).push();
    assert.equal(requests.at(-1).headers.authorization, authorization);
  }
  assert.equal(requests.at(-1).headers["x-scope-orgid"], "7");
  for (const [options, words] of [
    [{ url: withUser, auth: { bearer: "s3cret" } }, /user's name or a password in it, and auth is given, too/],
    [{ url, auth: { bearer: "s3cret\n" } }, /token is a string of visible ASCII/],
    [{ url, auth: { user: "s3cret" } }, /bearer, or user and password/],
    [{ url, auth: { user: "s3cret", password: null } }, /bearer, or user and password/],
    [{ url, auth: { bearer: null, user: null, password: "s3cret" } }, /bearer, or user and password/],
    [{ url, auth: { user: "a:s3cret", password: "s3cret" } }, /no ":" in it/],
    [{ url, auth: { bearer: "s3cret" }, headers: { authorization: "s3cret" } }, /"authorization" in headers .* is set by what is sent/],
    [{ url, headers: { "Content-Type": "s3cret" } }, /"Content-Type" in headers .* is set by what is sent/],
    [{ url, headers: { "user-agent": "s3cret" } }, /"user-agent" in headers/],
    [{ url, headers: { "x-own": "s3cret\r\nx: y" } }, /"x-own" in headers .* cannot be in a header/],
    [{ url, headers: { "x own": "s3cret" } }, /"x own" in headers/],
    [{ url: "s3cret" }, /absolute http: or https: URL/],
    [{ url: "ftp://s3cret@x" }, /absolute http: or https: URL/],
    [{ url: `${url}/#s3cret` }, /absolute http: or https: URL/],
    [{ url: url.replace("//", "//s3cret:%E0%A4%A@") }, /absolute http: or https: URL/],
  ]) {
    assert.throws(
      () => pushgateway({ job: "x", registry, ...options }),
      (error) => error instanceof TypeError && words.test(error.message) && !error.message.includes("s3cret"),
      String(words),
    );
  }
});

test("options that are wrong are refused by name, value and limit", (t) => {
  const registry = counted(t);
  const url = "http://gateway.example";
  for (const [options, kind, words] of [
    [{ job: "" }, TypeError, /empty job/],
    [{}, TypeError, /pushgateway without the option job/],
    [{ job: 7 }, TypeError, /7 as job of pushgateway: it must be a string/],
    [{ job: "\ud800" }, TypeError, /job of pushgateway/],
    [{ job: "x", jobs: "y" }, TypeError, /option "jobs" of pushgateway/],
    [{ job: "x", grouping: { job: "y" } }, TypeError, /label "job" in grouping .* option job/],
    [{ job: "x", grouping: { "a-b": "y" } }, TypeError, /label "a-b" in grouping/],
    [{ job: "x", grouping: { __name__: "y" } }, TypeError, /label "__name__" in grouping/],
    [{ job: "x", grouping: { n: 1 } }, TypeError, /label "n" in grouping .* string/],
    [{ job: "x", timeoutSeconds: 0 }, RangeError, /0 as timeoutSeconds of pushgateway: it must be from 0.001 to 300/],
    [{ job: "x", timeoutSeconds: NaN }, RangeError, /NaN as timeoutSeconds/],
    [{ job: "x", format: "openmetrics" }, RangeError, /"openmetrics" as format of pushgateway: it must be one of "protobuf", "text"/],
    [{ job: "x", registry: {} }, TypeError, /registry of pushgateway/],
  ]) {
    assert.throws(
      () => pushgateway({ url, registry, ...options }),
      (error) => error instanceof kind && words.test(error.message),
      String(words),
    );
  }
  assert.throws(() => pushgateway({ url, registry, job: "x" }).pushEvery(0), /seconds of pushEvery: it must be from 0.1 to 86400/);
});

test("nobody there, no answer in time, a connection that breaks: no-answer, with where to and why, and no secret", async (t) => {
  const registry = counted(t);
  const silent = await answering(t, () => {});
  const broken = await answering(t, (_, response) => response.destroy());
  const garbage = await answering(t, (_, response) => response.socket.end("what?\r\n\r\n"));
  const port = await nobody();
  for (const [address, words, timeoutSeconds] of [
    [`http://ann:s3cret@127.0.0.1:${port}/?token=s3cret`, /^Cannot push to http:\/\/127\.0\.0\.1:\d+\/metrics\/job\/x: .*ECONNREFUSED/, 10],
    [`${silent.url.replace("//", "//ann:s3cret@")}?token=s3cret`, /no answer came within 0\.05 seconds$/, 0.05],
    [broken.url, /^Cannot push to /, 10],
    [garbage.url, /^Cannot push to /, 10],
  ]) {
    const error = await failed(pushgateway({ url: address, job: "x", registry, timeoutSeconds }).push());
    assert.equal(error.code, "no-answer");
    assert.match(error.message, words);
    assert.doesNotMatch(error.message, /s3cret/);
  }
});

test("an answer is read up to its start: an endless one ends, one that breaks off is what there was of it", async (t) => {
  const registry = counted(t);
  const huge = await answering(t, (_, response) => endless(response, 500));
  const error = await failed(pushgateway({ url: huge.url, job: "x", registry }).push());
  assert.deepEqual([error.code, error.status], ["refused", 500]);
  assert.match(error.message, /: it answered 500, "<p>no<\/p>/);
  assert.ok(error.message.length < 500);
  const broken = await answering(t, (_, response) => {
    response.writeHead(400, { "content-length": "1000" });
    response.write("not\n well", () => response.destroy());
  });
  assert.match((await failed(pushgateway({ url: broken.url, job: "x", registry }).push())).message, /it answered 400(, "not well")?$/);
  let bytes;
  const well = await answering(t, (_, response) => endless(response, 200, (sent) => (bytes = sent)));
  await pushgateway({ url: well.url, job: "x", registry }).push();
  // What is on its way when it is left, and no more: it would go on for ten seconds.
  await until("it is left", () => bytes !== undefined);
  assert.ok(bytes < 32 << 20, `${bytes} bytes`);
});

test("a redirect is not followed: it would carry the token along", async (t) => {
  const other = await answering(t);
  const { url } = await answering(t, (_, response) => response.writeHead(307, { location: other.url }).end());
  const error = await failed(pushgateway({ url, job: "x", registry: counted(t), auth: { bearer: "t" } }).push());
  assert.equal(error.status, 307);
  assert.equal(other.requests.length, 0);
});

test("pushEvery pushes at once and again, one at a time; its end pushes the last state; a failure is told", async (t) => {
  const registry = counted(t);
  let under = 0;
  let most = 0;
  let status = 200;
  const { requests, url } = await answering(t, async (_, response) => {
    most = Math.max(most, ++under);
    await new Promise((resolve) => setTimeout(resolve, 20));
    under--;
    response.writeHead(status).end();
  });
  const told = [];
  const end = pushgateway({ url, job: "x", registry }).pushEvery(0.1, { onError: (error) => told.push(error.code) });
  await until("two pushes", () => requests.length >= 2);
  status = 503;
  await until("a failure", () => told.length > 0);
  status = 200;
  registry.counter({ name: "jobs", help: "Jobs." }).inc(4);
  await Promise.all([end(), end()]);
  assert.equal(most, 1);
  assert.ok(told.every((code) => code === "refused"));
  assert.equal(readProtobuf(requests.at(-1).body)[0].metrics[0].value, 7);
  const count = requests.length;
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal(requests.length, count);
});

test("pushEvery: its end waits for a push under way, and what it pushes is the last state", async (t) => {
  let under = 0;
  const values = [];
  const { requests, url } = await answering(t, async ({ body }, response) => {
    assert.equal(++under, 1);
    values.push(/^depth (\d+)$/m.exec(body.toString())[1]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    under--;
    response.end();
  });
  const registry = counted(t);
  const depth = registry.gauge({ name: "depth", help: "Depth." });
  depth.set(1);
  const end = pushgateway({ url, job: "j", registry, format: "text" }).pushEvery(3600, { onError: assert.fail });
  await until("the first push", () => requests.length === 1);
  depth.set(2);
  await end();
  assert.deepEqual(values, ["1", "2"]);
});

test("a real Pushgateway: push replaces the group, add leaves its others, delete takes it away (G1, G2, G6, G7)", async (t) => {
  if (!judged(t, realPushgateway)) return;
  const { url, groups } = await realPushgateway(t);
  const registry = counted(t);
  const grouping = { instance: "db/1", none: "", zone: "ü ." };
  for (const [format, gzip] of [
    ["protobuf", false],
    ["text", false],
    ["protobuf", true],
    ["text", true],
  ]) {
    const gateway = pushgateway({
      url,
      job: "back/up",
      grouping,
      registry,
      format,
      gzip,
      exclude: format === "text" ? ["took_seconds"] : [],
    });
    await gateway.push();
    const [group] = await groups();
    assert.deepEqual(group.labels, { job: "back/up", ...grouping });
    assert.equal(group.jobs_total.metrics[0].value, "3");
    assert.equal("took_seconds" in group, format !== "text");
    const other = new Registry();
    other.gauge({ name: "depth", help: "Depth.", labelNames: ["job"] }).set({ job: "overwritten" }, 5);
    await pushgateway({ url, job: "back/up", grouping, registry: other, format, gzip }).add();
    const [added] = await groups();
    assert.deepEqual([added.jobs_total.metrics[0].value, added.depth.metrics[0].value], ["3", "5"]);
    assert.equal(added.depth.metrics[0].labels.job, "back/up");
    await pushgateway({ url, job: "back/up", grouping, registry: other, format, gzip }).push();
    assert.equal("jobs_total" in (await groups())[0], false);
    other.close();
    await gateway.delete();
    // It takes up what it was told a moment later.
    await until("the group to be gone", async () => (await groups()).length === 0);
  }
});

test("a real Pushgateway: what it refuses is told in its words: a timestamp, a type that another group has (G4, G5)", async (t) => {
  if (!judged(t, realPushgateway)) return;
  const { url } = await realPushgateway(t);
  await pushgateway({ url, job: "first", registry: counted(t) }).push();
  const timed = new Registry();
  const sample = { value: 1, timestamp: 1_700_000_000 };
  timed.collect(() => [{ type: "gauge", name: "old", help: "Old.", samples: [sample] }]);
  const early = await failed(pushgateway({ url, job: "timed", registry: timed }).push());
  assert.deepEqual([early.code, early.status], ["refused", 400]);
  assert.match(early.message, /timestamp/);
  timed.close();
  const other = new Registry();
  other.gauge({ name: "took_seconds", help: "Took." }).set(1);
  const conflict = await failed(pushgateway({ url, job: "other", registry: other }).push());
  assert.equal(conflict.status, 400);
  assert.match(conflict.message, /took_seconds/);
  other.close();
});

test("G8: a native histogram is pushed as one, and the page of a real Pushgateway has it", async (t) => {
  if (!judged(t, realPushgateway)) return;
  const { url } = await realPushgateway(t);
  await pushgateway({ url, job: "native", registry: counted(t) }).push();
  const accept = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";
  const page = new Uint8Array(await (await fetch(`${url}/metrics`, { headers: { accept } })).arrayBuffer());
  // Its own families have no unit and their names are not of these rules: only the one is read.
  const { MetricFamily } = await import("../exposition/protobuf.mjs");
  const { default: protobuf } = await import("protobufjs");
  const reader = protobuf.Reader.create(page);
  const found = [];
  while (reader.pos < reader.len) found.push(MetricFamily.decodeDelimited(reader));
  const [{ metric }] = found.filter(({ name }) => name === "took_seconds");
  assert.equal(Number(metric[0].histogram.sampleCount), 1);
  assert.equal(metric[0].histogram.positiveSpan.length, 1);
});

test("G9: names beyond the classic ones are escaped, as older gateways want them", async (t) => {
  const { requests, url } = await answering(t);
  const registry = new Registry();
  registry.counter({ name: "my.jobs", help: "Jobs.", utf8: true }).inc();
  for (const format of ["protobuf", "text"]) await pushgateway({ url, job: "x", registry, format }).push();
  assert.equal(readProtobuf(requests[0].body)[0].name, "my_jobs_total");
  assert.match(requests[1].body.toString(), /^my_jobs_total 1$/m);
  registry.close();
});
