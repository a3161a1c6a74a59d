// What clients ask for: the headers that Prometheus sends, Go's table with the differences named, and nonsense.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { internals } from "../internals.mjs";

const { encodingOf } = internals;
const DIALECTS = ["text", "openmetrics", "openmetrics2", "protobuf"];
/** With every dialect, whichever of them this build serves. */
const negotiate = (accept) => internals.negotiate(accept, DIALECTS);
const typeOf = (accept) => negotiate(accept).contentType;

const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const TEXT_1 = "text/plain; version=1.0.0; charset=utf-8";
const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const OPENMETRICS_2 = "application/openmetrics-text; version=2.0.0; charset=utf-8";
const PROTOBUF = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

const PROTOBUF_CLAUSE = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
const REAL = {
  "Prometheus 2.42": [
    "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    OPENMETRICS,
  ],
  "Prometheus 2.42 with native histograms": [
    `${PROTOBUF_CLAUSE},application/openmetrics-text;version=1.0.0;q=0.8,application/openmetrics-text;version=0.0.1;q=0.75,` +
      "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    PROTOBUF,
  ],
  "Prometheus 2.53": [
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    OPENMETRICS,
  ],
  "Prometheus 3.5": [
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5," +
      "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    `${OPENMETRICS}; escaping=allow-utf-8`,
  ],
  "Prometheus 3.5 with native histograms": [
    `${PROTOBUF_CLAUSE};q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,` +
      "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
    PROTOBUF,
  ],
  "Prometheus 3.5, text alone": ["text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,*/*;q=0.2", `${TEXT_1}; escaping=allow-utf-8`],
};

for (const [client, [accept, contentType]] of Object.entries(REAL)) {
  test(`negotiate: ${client} gets ${contentType}`, () => assert.equal(typeOf(accept), contentType));
}

const ONE = "application/openmetrics-text;version=1.0.0";
/** Where Go does otherwise, and why we do not do as it does. */
const DIFFERENCES = {
  "text/plain;version=1.0.0": [TEXT_1, "C4: the version that was asked for is named"],
  "application/openmetrics-text": [OPENMETRICS, "C4: who names no version gets the newest stable one"],
  "application/openmetrics-text;version=0.0.1": [OPENMETRICS, "C4: 1.0.0 is what 0.0.1 became"],
  "application/openmetrics-text;version=0.0.1;q=0.9,application/openmetrics-text;version=1.0.0;q=0.1": [OPENMETRICS, "C4: the same"],
  "application/openmetrics-text;version=2.0.0": [OPENMETRICS_2, "2.0.0 is served to those who ask for it"],
  [`${ONE};q=0`]: [TEXT, "C3: q=0 refuses"],
  "APPLICATION/OPENMETRICS-TEXT;version=1.0.0": [OPENMETRICS, "C3: media types know no case"],
  'application/openmetrics-text;version="1.0.0"': [OPENMETRICS, "RFC 9110: a quoted value is the value"],
  [PROTOBUF_CLAUSE.replace("delimited", "text")]: [TEXT, "C5: nobody scrapes protobuf's text form"],
  [PROTOBUF_CLAUSE.replace("delimited", "compact-text")]: [TEXT, "C5: the same"],
};

/** Go names the escaping always, and we where it was asked for (rule C1). */
function expected(accept, go) {
  const asked = /escaping=(?:allow-utf-8|dots|values|underscores)/.exec(accept)?.[0];
  return go.includes(asked) ? go : go.replace(/; escaping=.*/, "");
}

const rows = readFileSync(new URL("../exposition/vectors/negotiate.tsv", import.meta.url), "utf8")
  .split("\n")
  .slice(1)
  .filter((row) => row !== "")
  .map((row) => row.split("\t"));

test("negotiate: Go's own table, row by row", () => {
  assert.equal(rows.length, 42);
  for (const [accept, go] of rows) {
    if (!Object.hasOwn(DIFFERENCES, accept)) assert.equal(typeOf(accept), expected(accept, go), accept);
  }
});

for (const [accept, [contentType, why]] of Object.entries(DIFFERENCES)) {
  test(`negotiate: unlike Go for ${accept}. ${why}`, () => {
    const row = rows.find(([each]) => each === accept);
    assert.ok(row, "Go's table has no such row");
    assert.equal(typeOf(accept), contentType);
    assert.notEqual(expected(accept, row[1]), contentType, "Go does the same");
  });
}

const CASES = [
  [undefined, TEXT],
  [null, TEXT],
  ["*/*;q=0, text/plain;q=0", TEXT],
  [`${ONE};q=0.5, text/plain;q=0.50`, OPENMETRICS],
  [`text/plain;q=0.5, ${ONE};q=0.5`, TEXT],
  [`*/*, ${ONE}`, TEXT],
  [`text/plain;q=0.4, ${ONE};Q=0.5`, OPENMETRICS],
  [`text/plain;q=0.4, ${ONE};q=0,${ONE};q=0.6`, OPENMETRICS],
  [`text/plain; q = 0.3 ,\tapplication/openmetrics-text\t;\tVERSION = 1.0.0 ; q\t= 0.8`, OPENMETRICS],
  [`text/plain;q=0.1, ${ONE};note="a, text/plain; q=1"`, OPENMETRICS],
  [`text/html;note="\\", ${ONE}, \\\\", text/plain;version=1.0.0`, TEXT_1],
  [`${ONE};note="open, text/plain`, OPENMETRICS],
  ...["1.1", "2", "-1", "NaN", "", "0x1", "1e0", "Infinity", ".5", "0,5"].map((q) => [`${ONE};q=${q};a=b, text/plain;q=0.001`, TEXT]),
  ["text/plain;version=2.0.0;q=0.9, application/openmetrics-text;version=1.0.0;q=0.1", OPENMETRICS],
  ["application/openmetrics-text;version=2.0.0;q=0.9, application/openmetrics-text;version=1.0.0", OPENMETRICS],
  ["application/openmetrics-text;version=2.0.0, application/openmetrics-text;version=1.0.0", OPENMETRICS_2],
  ["application/*", TEXT],
  [`${ONE};escaping=DOTS`, OPENMETRICS],
  ["text/plain;escaping=underscores", `${TEXT}; escaping=underscores`],
  [`${ONE};q=0.4;escaping=dots, text/plain;escaping=values`, `${TEXT}; escaping=values`],
  [`${PROTOBUF_CLAUSE};escaping=allow-utf-8`, `${PROTOBUF}; escaping=allow-utf-8`],
  ["application/vnd.google.protobuf;encoding=delimited", TEXT],
];

for (const [accept, contentType] of CASES) {
  test(`negotiate: ${accept} gets ${contentType}`, () => assert.equal(typeOf(accept), contentType));
}

test("negotiate: says the dialect and the escaping that the content type says", () => {
  assert.deepEqual(negotiate("text/plain"), { dialect: "text", escaping: "underscores", contentType: TEXT });
  assert.deepEqual(negotiate(`${PROTOBUF_CLAUSE};escaping=values`), {
    dialect: "protobuf",
    escaping: "values",
    contentType: `${PROTOBUF}; escaping=values`,
  });
  assert.equal(negotiate("application/openmetrics-text;version=2.0.0;escaping=bogus").escaping, "underscores");
});

test("negotiate: what a build does not serve is passed over", () => {
  const served = (accept) => internals.negotiate(accept, ["text", "openmetrics"]).contentType;
  assert.equal(served(`${PROTOBUF_CLAUSE},application/openmetrics-text;version=2.0.0;q=0.9,${ONE};q=0.8`), OPENMETRICS);
  assert.equal(served(PROTOBUF_CLAUSE), TEXT);
});

test("negotiate: a header is read as far as its last comma before 8192 characters", () => {
  assert.equal(typeOf(`${ONE};q=0.5,${"a/b,".repeat(16384)}`), OPENMETRICS);
  assert.equal(typeOf(`${"a/b,".repeat(2047)}${ONE}`), TEXT);
  assert.equal(typeOf(`text/plain;q=0.5,${ONE};note=${"x".repeat(65536)}`), TEXT);
  assert.equal(typeOf("x".repeat(65536)), TEXT);
});

/** Pieces that parsers stumble over, and a real clause now and then. */
const PIECES = [",", ";", "=", '"', "\\", " ", "\t", "q", "q=", "0.5", "1", "*/*", "text/plain", "text/*", "version=1.0.0"];
PIECES.push(
  "version=2.0.0",
  "application/openmetrics-text",
  "escaping=dots",
  "escaping=allow-utf-8",
  "\0",
  "é",
  "\ud800",
  ONE,
  PROTOBUF_CLAUSE,
);
const header = fc.oneof(
  fc.string(),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 200 }).map((parts) => parts.join("")),
);

test("negotiate and encodingOf: whatever the header, no exception, and one of the answers there are", () => {
  const types = [TEXT, TEXT_1, OPENMETRICS, OPENMETRICS_2, PROTOBUF];
  const escapings = ["underscores", "dots", "values", "allow-utf-8"];
  const all = new Set(types.flatMap((type) => [type, ...escapings.map((escaping) => `${type}; escaping=${escaping}`)]));
  fc.assert(
    fc.property(header, (accept) => {
      const { dialect, escaping, contentType } = negotiate(accept);
      assert.ok(all.has(contentType), contentType);
      assert.ok(DIALECTS.includes(dialect));
      assert.ok(escapings.includes(escaping));
      assert.ok(["identity", "gzip", "zstd"].includes(encodingOf(accept, ["zstd", "gzip"])));
    }),
    { numRuns: 2000 },
  );
});

test("negotiate: 64 KB of anything are no work", { timeout: 20_000 }, () => {
  const hostile = ['"', "\\", '"\\', ";", ",", "=", " ", ";=", '";', ',"', '\\"', "a;q=0.1,", "q=1;"].map((part) =>
    part.repeat(65536 / part.length),
  );
  // A quadratic reading of one of them takes until the timeout.
  for (let i = 0; i < 100; i++) for (const accept of hostile) negotiate(accept);
});

const CODINGS = [
  [undefined, "identity"],
  ["", "identity"],
  ["gzip", "gzip"],
  ["GZIP;Q=0.5", "gzip"],
  ["gzip, deflate, br", "gzip"],
  ["gzip, deflate, br, zstd", "zstd"],
  ["gzip, zstd;q=0.9", "gzip"],
  ["gzip;q=0", "identity"],
  ["*", "zstd"],
  ["*, zstd;q=0", "gzip"],
  ["*;q=0, gzip;q=0.1", "gzip"],
  ["identity, gzip;q=0.5", "identity"],
  ["identity, gzip", "gzip"],
  ["identity;q=0, *;q=0", "identity"],
  ["gzip;q=2", "identity"],
  ["br", "identity"],
];

for (const [header, coding] of CODINGS) {
  test(`encodingOf: ${header} gets ${coding}`, () => assert.equal(encodingOf(header, ["zstd", "gzip"]), coding));
}
