// The short form of what `npm run proofs` shows with 10 million series.

import assert from "node:assert/strict";
import { test } from "node:test";
import { churn } from "../proofs/churn.mjs";

test("200,000 series of all types that come and go, by all ways, leave what is in use as it was after 20,000", () => {
  const { series, mostAlive, used, wrong } = churn(200000);
  assert.equal(series, 200000);
  assert.ok(mostAlive <= 10000, `${mostAlive} were alive`);
  assert.equal(wrong, 0);
  const [first, last] = used;
  assert.ok(last <= first * 2, `${first} bytes grew to ${last}`);
});
