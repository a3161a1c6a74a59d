// Rows of forwarded images, and answers to them, that went wrong: they are a row or none, and what is read of them is what stands there.

import assert from "node:assert/strict";
import { inside } from "../internals.mjs";
import { mutated } from "../mutate.mjs";

const { answersIn, pushesIn, rowOf } = inside.wire;
const HEAD_BYTES = 8;
const SHARES = ["full", "changes", "nothing"];

function hexadecimal(random) {
  return (BigInt(random.word()) * 4294967296n + BigInt(random.word())).toString(16).padStart(16, "0");
}

function row(random) {
  const pushes = Array.from({ length: random.below(5) }, () => ({
    instance: hexadecimal(random),
    share: random.of(SHARES),
    silentSeconds: random.of([undefined, 0, 1.5]),
    ageSeconds: random.below(100),
    via: Array.from({ length: random.below(4) }, () => hexadecimal(random)),
    state: random.once(2) ? { generation: BigInt(random.word()) + 1n, until: random.below(1000) } : undefined,
    body: Uint8Array.from({ length: random.below(60) }, () => random.below(256)),
  }));
  return rowOf(pushes);
}

/** An answer of a receiver, and what became of it. */
function answer(random) {
  const answers = Array.from({ length: random.below(4) }, () => ({
    status: random.of([200, 409, 410, 503]),
    sequence: random.below(9),
    why: "No",
  }));
  return new TextEncoder().encode(JSON.stringify(random.once(8) ? answers : { answers }));
}

export const rows = {
  name: "rows",
  about: "rows of forwarded images, and answers to them",
  runs: 300_000,
  short: 3000,
  async open() {
    return {
      input(random) {
        const [one, other] = random.once(2) ? [row(random), row(random)] : [answer(random), answer(random)];
        return random.once(10) ? one : mutated(one, random, other, random.once(4) ? 0 : HEAD_BYTES);
      },
      check(bytes) {
        const before = bytes.slice();
        const pushes = pushesIn(bytes);
        if (pushes !== undefined) {
          const again = rowOf(pushes);
          assert.equal(again.length, bytes.length, "what was read is not as long as what stood there");
          assert.deepEqual(pushesIn(again), pushes, "what was read is not what stood there");
          for (const { body, via } of pushes) assert.ok(body.length <= bytes.length && via.length * 8 <= bytes.length);
        }
        for (const count of [0, 1, 3]) {
          const answers = answersIn(new TextDecoder().decode(bytes), count);
          assert.ok(answers === undefined || answers.length === count);
        }
        assert.deepEqual(bytes, before, "what was read was written to");
      },
    };
  },
};
