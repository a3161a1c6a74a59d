// The whole table: every type in every format, with and without exemplars, unit and start time, and with names beyond the
// classic data model in every escaping; byte for byte, and then before every judge that reads it.
//
// GOLDEN=write writes the golden files anew instead, for someone to read what has changed.

import "./clock.mjs";
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { clockAt, NOW_SECONDS } from "./clock.mjs";
import { registryOf } from "./exposed.mjs";
import { readProtobuf } from "./protobuf.mjs";
import { faults, OPENMETRICS, OPENMETRICS2, PROTOBUF, readExposition, TEXT } from "./rules.mjs";
import { namesBuilt, rowBuilt, ROWS } from "./table-rows.mjs";
import { abnf, abnf2, judged, promtool, strictOpenMetrics } from "./validators.mjs";

const DIALECTS = [TEXT, OPENMETRICS, OPENMETRICS2, PROTOBUF];
const ESCAPINGS = ["underscores", "dots", "values", "allow-utf-8"];
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const HEX_WIDTH = 120;

/** What JSON has no number for. */
function told(_, value) {
  if (typeof value === "bigint") return `${value}n`;
  return typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0))
    ? String(Object.is(value, -0) ? "-0" : value)
    : value;
}

/** The families of a protobuf exposition as a scraper reads them, and the bytes. */
function decoded(bytes) {
  const hex = Buffer.from(bytes).toString("hex");
  const lines = hex.match(new RegExp(`.{1,${HEX_WIDTH}}`, "g")) ?? [];
  return `${JSON.stringify({ families: readProtobuf(bytes), bytes: lines }, told, 2)}\n`;
}

function assertGolden(name, dialect, body) {
  const file = new URL(`golden/${name}.${dialect === PROTOBUF ? "json" : "txt"}`, import.meta.url);
  const text = dialect === PROTOBUF ? decoded(body) : decoder.decode(body);
  if (process.env.GOLDEN === "write") writeFileSync(file, text);
  const golden = readFileSync(file, "utf8");
  // The one is compared as what it says: its line breaks are a formatter's.
  if (dialect === PROTOBUF) assert.deepEqual(JSON.parse(text), JSON.parse(golden), name);
  else assert.equal(text, golden, name);
}

/** Goes before every judge of its dialect that this machine has. `classic` says that no name is in quotes. */
async function assertJudged(dialect, body, classic) {
  if (dialect === PROTOBUF) return void readProtobuf(body);
  const text = decoder.decode(body);
  assert.deepEqual(faults(text, dialect), []);
  if (dialect === OPENMETRICS2 && abnf2.available) assert.equal(abnf2(text), "");
  if (!classic) return;
  if (dialect === OPENMETRICS && abnf.available) assert.equal(abnf(text), "");
  if (dialect === OPENMETRICS && strictOpenMetrics.available) assert.equal((await strictOpenMetrics([text]))[0].error, undefined);
  if (dialect !== TEXT || !promtool.available) return;
  const { status, output } = await promtool(text);
  assert.ok(status === 0 || status === 3, output);
}

for (const [type, row] of Object.entries(ROWS)) {
  for (const dialect of DIALECTS) {
    test(`exposeSync prints golden/types/${type}.${dialect} byte for byte, and its judges read it`, async (t) => {
      const registry = registryOf(t, (made) => rowBuilt(made, row, (fn) => clockAt(0, fn)));
      const { body } = registry.exposeSync({ dialect });
      assertGolden(`types/${type}.${dialect}`, dialect, body);
      await assertJudged(dialect, body, true);
      // And in slices.
      assert.deepEqual(Buffer.from((await registry.expose({ dialect })).body), Buffer.from(body));
      assert.deepEqual(Buffer.from(await new Response(registry.stream({ dialect }).body).arrayBuffer()), Buffer.from(body));
    });
  }
}

for (const escaping of ESCAPINGS) {
  for (const dialect of DIALECTS) {
    test(`exposeSync prints golden/names/${dialect}.${escaping} byte for byte, and its judges read it`, async (t) => {
      const registry = registryOf(t, namesBuilt);
      const { body, contentType } = registry.exposeSync({ dialect, escaping });
      assert.ok(contentType.endsWith(`; escaping=${escaping}`), contentType);
      assertGolden(`names/${dialect}.${escaping}`, dialect, body);
      await assertJudged(dialect, body, escaping !== "allow-utf-8");
    });
  }
}

/** Golden files of a dialect, as text. */
const golden = (name) => readFileSync(new URL(`golden/${name}`, import.meta.url), "utf8");
const typesIn = (dialect, ending) => Object.keys(ROWS).map((type) => [type, golden(`types/${type}.${dialect}.${ending}`)]);

test("golden/types have start times where a series has a beginning and the clock was there, and nowhere else (rules Q2, B9)", () => {
  for (const [type, text] of typesIn(OPENMETRICS2, "txt")) {
    const begins = ["counter", "histogram", "native", "both", "summary"].includes(type);
    for (const { name, samples } of readExposition(text)) {
      const expected = begins && !name.includes("_early") ? String(NOW_SECONDS) : undefined;
      for (const { start, line } of samples) assert.equal(start, expected, line);
    }
  }
  for (const [type, text] of typesIn(PROTOBUF, "json")) {
    const begins = ["counter", "histogram", "native", "both", "summary"].includes(type);
    for (const { name, metrics } of JSON.parse(text).families) {
      const expected = begins && !name.includes("_early") ? NOW_SECONDS : undefined;
      for (const { startSeconds } of metrics) assert.equal(startSeconds, expected, name);
    }
  }
});

test("golden/types have exemplars in all formats but text, where the family has some, each with its time if there was a clock", () => {
  const exemplified = ["counter", "histogram", "native", "both"];
  for (const [type, text] of typesIn(TEXT, "txt")) assert.ok(!text.includes(" # {"), type);
  for (const dialect of [OPENMETRICS, OPENMETRICS2]) {
    for (const [type, text] of typesIn(dialect, "txt")) {
      const found = readExposition(text).filter(({ samples }) => samples.some(({ exemplars }) => exemplars.length > 0));
      // 1.0 has no buckets that the exemplars of a native histogram are in; 2.0 has no exemplars without a time.
      const names = [/_traced/, ...(dialect === OPENMETRICS ? [/_early/] : [])];
      const expected = exemplified.includes(type) && !(type === "native" && dialect === OPENMETRICS) ? names.length : 0;
      assert.equal(found.length, expected, `${type} in ${dialect}`);
      for (const { name, samples } of found) {
        assert.ok(
          names.some((one) => one.test(name)),
          name,
        );
        const times = samples.flatMap(({ exemplars }) => exemplars.map(({ time }) => time));
        assert.deepEqual([...new Set(times)], [name.includes("_early") ? undefined : String(NOW_SECONDS)], name);
      }
    }
  }
});

test("promtool, strictOpenMetrics, abnf and abnf2 were there to judge the table", (t) => {
  judged(t, promtool, strictOpenMetrics, abnf, abnf2);
});
