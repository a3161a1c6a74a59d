// Tables of sockets, in whatever pieces they come, against a plain reading of their lines.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { socketLine } from "./fakes.mjs";
import { probing } from "./internals.mjs";

const { Namespaces, StateCounter, TCP_STATES, UDP_AT } = probing;
const HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
const code = (state) => state.toString(16).toUpperCase().padStart(2, "0");

test("StateCounter: counts are those of the lines, wherever a piece ends", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: TCP_STATES.length - 1 }), { maxLength: 30 }),
      fc.array(fc.nat(200), { minLength: 1, maxLength: 40 }),
      (states, cuts) => {
        const bytes = Buffer.from(HEAD + states.map((state) => socketLine(code(state))).join(""));
        const counter = new StateCounter();
        counter.begin();
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const piece = bytes.subarray(at, at + 1 + cuts[i % cuts.length]);
          // In a buffer that has more behind it, as that of a reader does.
          counter.take(Buffer.concat([piece, Buffer.from("9\n9 9 9 09\n")]), piece.length);
          at += piece.length;
        }
        const expected = Array.from({ length: UDP_AT }, () => 0);
        for (const state of states) expected[state]++;
        assert.deepEqual([...counter.counts], expected);
      },
    ),
  );
});

for (const [text, count] of [
  ["", 0],
  [HEAD, 0],
  ["\n\n\n", 0],
  [`${HEAD}garbage\n`, 0],
  [`${HEAD}  0: a b ZZ c\n`, 0],
  [`${HEAD}  0: a b FFFFFFFFFFFFFFFFFFFFFFFF c\n`, 0],
  [`${HEAD}  0: a b 01\n`, 1],
  [`${HEAD}  0: a b 01`, 0],
]) {
  test(`StateCounter: ${JSON.stringify(text.slice(HEAD.length) || text)} has ${count} sockets`, () => {
    const counter = new StateCounter();
    counter.begin();
    counter.take(Buffer.from(text), text.length);
    assert.equal(
      [...counter.counts].reduce((sum, each) => sum + each),
      count,
    );
  });
}

test("Namespaces: the same link is the same number, what is no link is none, and numbers are used again", () => {
  const namespaces = new Namespaces();
  assert.equal(namespaces.of("net:[4026531840]"), 0);
  assert.equal(namespaces.of("net:[5]"), 1);
  assert.equal(namespaces.of("net:[4026531840]"), 0);
  for (const link of ["", "net:[]", "net:[12", "mnt:[12]", "net:[1]x", 'net:["]']) assert.equal(namespaces.of(link), -1, link);
  namespaces.end(0);
  assert.equal(namespaces.of("net:[6]"), 0);
  assert.equal(namespaces.all[0].name, "6");
});

test("Namespaces: there is a limit to them", () => {
  const namespaces = new Namespaces();
  const numbers = Array.from({ length: 2000 }, (_, i) => namespaces.of(`net:[${i}]`));
  assert.deepEqual(numbers, [...numbers.keys()], "each has a number");
  assert.equal(namespaces.beyond, 2000 - 1024);
  const kept = Int32Array.from(numbers.slice(0, 1500));
  namespaces.keep(kept);
  assert.equal(namespaces.beyond, 1500 - 1024);
  namespaces.end(7);
  assert.equal(namespaces.of("net:[1300]"), 7, "there is room for it");
  assert.equal(namespaces.beyond, 1500 - 1024 - 1);
  assert.equal(namespaces.of("net:[1301]"), 1301);
  assert.equal(namespaces.of("net:[9999]") >= 1024, true, "and for no other one");
  assert.equal(namespaces.beyond, 1500 - 1024);
});
