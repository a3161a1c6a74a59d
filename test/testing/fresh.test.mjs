// Registries that end with a test, whatever tells of its end.

import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, test } from "node:test";
import { Registry } from "tallystick";
import { freshRegistry, registryPerTest, valueOf, withRegistry } from "tallystick/testing";

const isClosed = (registry) => {
  try {
    registry.describe();
    return false;
  } catch (error) {
    assert.equal(error.code, "closed");
    return true;
  }
};

test("freshRegistry: closed after the test whose context it was given, by whatever that ends", async (t) => {
  const made = [];
  await t.test("one", (own) => {
    made.push(freshRegistry(own, { labels: { a: "b" } }));
    assert.ok(!isClosed(made[0]));
    assert.match(new TextDecoder().decode((made[0].gauge({ name: "g", help: "G." }).set(1), made[0].exposeSync().body)), /g\{a="b"\} 1/);
  });
  assert.ok(isClosed(made[0]));
});

test("freshRegistry: each is another one, and what closes it twice does no harm", () => {
  const ends = [];
  const one = freshRegistry((end) => ends.push(end));
  const other = freshRegistry((end) => ends.push(end));
  one.counter({ name: "a", help: "A." }).inc();
  other.counter({ name: "a", help: "Another." });
  assert.equal(valueOf(other, "a"), 0);
  ends[0]();
  assert.ok(isClosed(one) && !isClosed(other));
  one.close();
  ends[0]();
  ends[1]();
  assert.ok(isClosed(other));
  const bare = freshRegistry();
  assert.ok(bare instanceof Registry && !isClosed(bare));
  bare.close();
});

test("freshRegistry: what tells of no end is a TypeError, and no registry is left behind", () => {
  for (const end of [null, 5, "after", {}, { after: true }]) {
    assert.throws(
      () => freshRegistry(end),
      /^TypeError: Cannot end a registry after .*: it must be a test's context that has after\(\), or a function/,
    );
  }
});

test("withRegistry: closed when the callback returns, throws, resolves or rejects, and gives what that gave", async () => {
  const made = [];
  const kept = (result) => (registry) => {
    made.push(registry);
    assert.ok(!isClosed(registry));
    return result(registry);
  };
  assert.equal(withRegistry(kept(() => 5)), 5); // prettier-ignore
  assert.throws(() => withRegistry(kept(() => assert.fail("thrown"))), /thrown/); // prettier-ignore
  const late = withRegistry(
    kept(async (registry) => {
      await new Promise((resolve) => setImmediate(resolve));
      assert.ok(!isClosed(registry));
      return 7;
    }),
  );
  assert.equal(await late, 7);
  await assert.rejects(withRegistry(kept(() => Promise.reject(new Error("rejected")))), /rejected/);
  assert.equal(made.length, 4);
  assert.ok(made.every(isClosed));
  assert.throws(() => withRegistry(5), /^TypeError: Cannot call 5 with a registry: it must be a function$/);
});

const seen = [];
describe("registryPerTest", () => {
  const registry = registryPerTest({ beforeEach, afterEach });
  for (const name of ["one", "two"]) {
    test(`${name} has one of its own`, () => {
      assert.equal(registry(), registry());
      registry().counter({ name: "jobs", help: "Jobs." }).inc();
      assert.equal(valueOf(registry(), "jobs"), 1);
      seen.push(registry());
    });
  }
});

test("registryPerTest: outside of tests there is none, and those of tests are closed", () => {
  assert.equal(new Set(seen).size, 2);
  assert.ok(seen.every(isClosed));
  const registry = registryPerTest({ beforeEach: () => {}, afterEach: () => {} });
  assert.throws(registry, /^Error: Cannot give a registry outside of a test: there is one from beforeEach to afterEach$/);
  for (const hooks of [undefined, {}, { beforeEach }, { beforeEach, afterEach: 5 }]) {
    assert.throws(() => registryPerTest(hooks), /^TypeError: Cannot use .* as hooks: it must be an object with beforeEach and afterEach$/);
  }
});

test("registryPerTest: a test that begins before another one is over fails, and the first one's registry stays its own", () => {
  const hooks = {};
  const registry = registryPerTest({ beforeEach: (begin) => (hooks.begin = begin), afterEach: (end) => (hooks.end = end) });
  hooks.begin();
  const own = registry();
  assert.throws(hooks.begin, /^Error: Cannot give a registry to each of several tests that run at once: use freshRegistry/);
  assert.equal(registry(), own);
  hooks.end();
  assert.ok(isClosed(own));
  hooks.begin();
  assert.notEqual(registry(), own);
  hooks.end();
});
