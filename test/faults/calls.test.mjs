// Public calls where there is no memory, up to a few of the allocations of each: `npm run faults` has all.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CALLS, exhausted } from "./table/calls.mjs";

/** The first one that fails, the second one, and so on: what few calls make more of is in the long form. */
const ALLOCATIONS = 3;

for (const name of CALLS) {
  test(`${name}: without memory it says so or goes on, nothing is torn, and with memory it works`, async () => {
    const { runs, failures } = await exhausted(name, ALLOCATIONS);
    assert.deepEqual(failures, []);
    assert.ok(runs > 0);
  });
}
