// `tallystick record` as a process: what it says and ends with is what the thread has in which the other tests run it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { csv, folder, HEADER, run, runAlone, runWith } from "./recorded.mjs";

const START = 1764237600000000000n;
/** More than a pipe holds. */
const ROWS = 3000;

test("record: a process says and ends with what a run in the thread does, of each status and of more than a pipe holds", (t) => {
  const rows = Array.from({ length: ROWS }, (_, i) => [START + BigInt(i) * 1_000_000n, i / 7, i % 50 === 0 ? "漢字" : "/users [GET]", 7]);
  const dir = folder(t, { "a.csv": `${csv(...rows)}not a row\r\n` });
  const none = folder(t, { "a.txt": HEADER });
  for (const [status, ...args] of [
    [0, "--help"],
    [0, "summary", dir],
    [0, "export", dir, "--format", "csv"],
    [1, "summary", none],
    [2, "export", "absent", "--format", "csv"],
    [64, "resample", dir],
  ]) {
    const alone = runAlone({ COLUMNS: undefined }, ...args);
    assert.equal(alone.status, status, alone.stderr);
    assert.deepEqual(alone, run(...args));
    if (args[0] === "export" && status === 0) assert.ok(alone.stdout.length > 1 << 16, `${alone.stdout.length}`);
  }
  const narrow = runAlone({ COLUMNS: "60" }, "summary", dir);
  assert.deepEqual(narrow, runWith({ COLUMNS: "60" }, "summary", dir));
  assert.notEqual(narrow.stdout, run("summary", dir).stdout);
});
