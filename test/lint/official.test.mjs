// The OpenMetrics project's own cases, and what was written by hand beside them: what must not be read is an error, what must be is none.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { lint } from "tallystick/lint";
import { judged, sharedFolder } from "../exposition/validators.mjs";

const official = sharedFolder("openmetrics-testdata/parsers/");
const samples = sharedFolder("samples/openmetrics/");

/** Where the lint is stricter or milder than the cases, by name. */
const DIFFERENCES = {
  duplicate_timestamps_1:
    "a series is there three times at one moment: readers keep one of the values, so the others were written for nobody",
};

/** Bad files whose mistake is a SHOULD of the specification: a warning. */
const WARNINGS = {
  "bad.hist_le_noncanonical_1.om": "bound",
  "bad.help_bad_escape.om": "odd-escape",
  "bad.unescaped_quote_in_help.om": "odd-escape",
};

const errorsIn = (url) => lint(readFileSync(url), { format: "openmetrics" }).filter(({ severity }) => severity === "error");

test("the official cases: those that must not be read have an error, the others none, but for what is named above", (t) => {
  if (!judged(t, official)) return;
  const names = readdirSync(official.url);
  assert.ok(names.length >= 211);
  const differing = names.filter((name) => {
    const { shouldParse } = JSON.parse(readFileSync(new URL(`${name}/test.json`, official.url), "utf8"));
    return shouldParse !== (errorsIn(new URL(`${name}/metrics`, official.url)).length === 0);
  });
  assert.deepEqual(differing, Object.keys(DIFFERENCES));
});

test("hand-made OpenMetrics: each bad one has a finding beside that of its help, no good one has an error", (t) => {
  if (!judged(t, samples)) return;
  const files = readdirSync(samples.url);
  assert.ok(files.length > 80);
  for (const file of files) {
    const errors = errorsIn(new URL(file, samples.url));
    if (file.startsWith("good.")) assert.deepEqual(errors, [], file);
    else if (WARNINGS[file] === undefined) assert.ok(errors.length > 0, file);
    else assert.ok(lint(readFileSync(new URL(file, samples.url)), { format: "openmetrics" }).some(({ rule }) => rule === WARNINGS[file]), file); // prettier-ignore
  }
});
