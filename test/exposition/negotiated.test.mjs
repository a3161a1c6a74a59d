// From an Accept header to a body, over HTTP: what the Prometheus versions send (rule C6), and what else may be asked for,
// gets the type it asked for and a body that the judges of that type read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Registry } from "tallystick";
import { Agent, request } from "undici";
import { readProtobuf } from "./protobuf.mjs";
import { faults, OPENMETRICS, OPENMETRICS2, PROTOBUF, readExposition, TEXT } from "./rules.mjs";
import { listening, served } from "./scraping.mjs";
import { abnf2, judged, promtool, strictOpenMetrics } from "./validators.mjs";

const TYPES = {
  [TEXT]: "text/plain; version=0.0.4; charset=utf-8",
  [OPENMETRICS]: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  [OPENMETRICS2]: "application/openmetrics-text; version=2.0.0; charset=utf-8",
  [PROTOBUF]: "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
};
const TEXT_1 = "text/plain; version=1.0.0; charset=utf-8";
const PROTO = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
const UTF8 = "allow-utf-8";
const ONE = "application/openmetrics-text;version=1.0.0";
const BEFORE_3 = "application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
const SINCE_3 =
  "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4," +
  "text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

/** Who asks, for what, and what it gets: a dialect, an escaping where one is asked for, and another type than the dialect's own. */
const ASKED = [
  ["Prometheus 2.42", `${ONE},${BEFORE_3}`, OPENMETRICS],
  ["Prometheus 2.42 with native histograms", `${PROTO},${ONE};q=0.8,${BEFORE_3}`, PROTOBUF],
  [
    "Prometheus 2.53",
    `${ONE};q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2`,
    OPENMETRICS,
  ],
  ["Prometheus 3.5", `${ONE};escaping=allow-utf-8;q=0.6,${SINCE_3}`, OPENMETRICS, UTF8],
  ["Prometheus 3.5 with native histograms", `${PROTO};q=0.6,${ONE};escaping=allow-utf-8;q=0.5,${SINCE_3}`, PROTOBUF],
  ["Prometheus 3.5, text alone", "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.5", TEXT, UTF8, TEXT_1],
  ...["underscores", "dots", "values"].map((escaping) => [
    `Prometheus 3.5 with the scheme ${escaping}`,
    `${ONE};escaping=${escaping};q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,*/*;q=0.2`,
    OPENMETRICS,
    escaping,
  ]),
  ["who asks for the draft", "application/openmetrics-text;version=2.0.0", OPENMETRICS2],
  ["who asks for the draft with any names", "application/openmetrics-text;version=2.0.0;escaping=allow-utf-8", OPENMETRICS2, UTF8],
  ["who takes anything", "*/*", TEXT],
  ["who says nothing", undefined, TEXT],
  ["who cannot be satisfied", "text/html", TEXT],
  ["who refuses OpenMetrics", `${ONE};q=0,text/plain;q=0.1`, TEXT],
];

function filled(registry) {
  registry
    .counter({ name: "jobs.done", help: "Jobs.", utf8: true, labelNames: ["queue.name"], exemplars: true })
    .inc({ "queue.name": 'a "b"\n\\' }, 2, { trace_id: "4bf92f3577b34da6a3ce929d0e0e4736" });
  registry.histogram({ name: "wait_seconds", help: "Wait.", unit: "seconds", native: true, buckets: [0.5, 1] }).observe(0.75);
  registry.stateSet({ name: "mode", help: "Mode.", states: ["a", "b"] });
  registry.info({ name: "build", help: "Build.", labelNames: ["version"] }).set({ version: "1" });
}

const NAMES = { underscores: "jobs_done_total", dots: "jobs_dot_done__total", values: "U__jobs_2e_done__total", [UTF8]: "jobs.done_total" };

/** The first family's one sample, by whoever reads that dialect: its name, and its value. */
async function assertRead(dialect, escaping, body) {
  if (dialect === PROTOBUF) {
    const [{ name, metrics }] = readProtobuf(body);
    assert.deepEqual([name, metrics[0].value], [NAMES[escaping], 2]);
    return;
  }
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  assert.deepEqual(faults(text, dialect), []);
  const [{ samples }] = readExposition(text);
  assert.deepEqual([samples[0].name, samples[0].value], [NAMES[escaping], 2]);
  if (dialect === OPENMETRICS2 && abnf2.available) assert.equal(abnf2(text), "");
  if (escaping === UTF8) return;
  if (dialect === OPENMETRICS && strictOpenMetrics.available) assert.equal((await strictOpenMetrics([text]))[0].error, undefined);
  if (dialect !== TEXT || !promtool.available) return;
  const { status, output } = await promtool(text);
  assert.equal(status, 0, output);
}

/** As Prometheus sends it, with a client that unpacks nothing by itself. */
async function asked(t, port, accept, encoding) {
  const dispatcher = new Agent();
  t.after(() => dispatcher.close());
  const headers = { "user-agent": "Prometheus/3.5.3", "x-prometheus-scrape-timeout-seconds": "2", ...encoding };
  const answer = await request(`http://127.0.0.1:${port}/metrics`, {
    dispatcher,
    headers: accept === undefined ? headers : { ...headers, accept },
  });
  return { ...answer, bytes: Buffer.from(await answer.body.arrayBuffer()) };
}

for (const [who, accept, dialect, escaping, type = TYPES[dialect]] of ASKED) {
  test(`handler and nodeHandler give ${who} ${dialect}${escaping === undefined ? "" : ` with ${escaping}`}`, async (t) => {
    const registry = new Registry();
    t.after(() => registry.close());
    filled(registry);
    const ports = [served(t, registry.handler()).port, listening(t, registry.nodeHandler())];
    for (const port of await Promise.all(ports)) {
      const plain = await asked(t, port, accept, { "accept-encoding": "identity" });
      assert.equal(plain.statusCode, 200);
      assert.equal(plain.headers["content-type"], `${type}${escaping === undefined ? "" : `; escaping=${escaping}`}`);
      assert.equal(plain.headers["content-encoding"], undefined);
      assert.match(plain.headers.vary, /accept\b/i);
      await assertRead(dialect, escaping ?? "underscores", plain.bytes);
    }
    // The same, packed as Prometheus asks for it.
    const packed = await asked(t, await ports[1], accept, { "accept-encoding": "gzip" });
    assert.equal(packed.headers["content-type"], `${type}${escaping === undefined ? "" : `; escaping=${escaping}`}`);
    const bytes = packed.headers["content-encoding"] === "gzip" ? gunzipSync(packed.bytes) : packed.bytes;
    await assertRead(dialect, escaping ?? "underscores", bytes);
  });
}

test("nodeHandler packs a body that is worth it for who takes gzip, in every dialect", async (t) => {
  const registry = new Registry();
  t.after(() => registry.close());
  filled(registry);
  const many = registry.gauge({ name: "many", help: "Many.", labelNames: ["i"] });
  for (let i = 0; i < 5000; i++) many.set({ i }, i);
  const port = await listening(t, registry.nodeHandler());
  for (const accept of [undefined, ONE, "application/openmetrics-text;version=2.0.0", PROTO]) {
    const plain = await asked(t, port, accept, { "accept-encoding": "identity" });
    const packed = await asked(t, port, accept, { "accept-encoding": "gzip" });
    assert.equal(packed.headers["content-encoding"], "gzip");
    assert.match(packed.headers.vary, /accept-encoding/i);
    assert.ok(packed.bytes.length < plain.bytes.length / 2);
    assert.deepEqual(gunzipSync(packed.bytes), plain.bytes);
  }
});

test("promtool, strictOpenMetrics and abnf2 were there to judge what was negotiated", (t) => {
  judged(t, promtool, strictOpenMetrics, abnf2);
});
