// What a probe and its thread share: names that are whole whenever the thread is ended, and who is taken from the page by them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeHost, FakeProbe } from "./fakes.mjs";
import { probing } from "./internals.mjs";

const { FAMILIES, Registry, Ledger, Shown } = probing;

test("Ledger: families by their helps, but for those that the registry did not take; what there is no room for is left out", () => {
  const ledger = new Ledger();
  const other = new Ledger(ledger.memory);
  assert.equal(other.isStopped, false);
  ledger.stop();
  assert.equal(other.isStopped, true);
  assert.deepEqual(other.families(), new Map());
  ledger.said("one", "One.");
  ledger.said("two", "Zwei, für alle.");
  ledger.said("one", "One.", true);
  assert.deepEqual(other.families(), new Map([["two", "Zwei, für alle."]]));
  for (let i = 0; i < 2000; i++) ledger.said(`family_${i}`, "Of many.");
  const families = other.families();
  assert.ok(families.size > 500 && families.size < 2000);
  assert.equal([...families.values()].pop(), "Of many.");
});

test("Ledger has room for all that a probe registers", () => {
  const ledger = new Ledger();
  // No help is longer.
  for (const family of FAMILIES) ledger.said(family, "x".repeat(120));
  assert.equal(ledger.families().size, FAMILIES.length);
});

test("Shown says what it is about to register, and what was refused", () => {
  const registry = new Registry();
  registry.gauge({ name: "processes", help: "The program's.", labelNames: ["mine"] });
  const host = new FakeHost();
  host.process(10, { comm: "web", fds: 1 });
  const said = [];
  const probe = new FakeProbe(host, {}, registry);
  probe.shown = new Shown(registry, "command", (name, _help, isRefused) => said.push([name, isRefused]));
  assert.throws(() => probe.round(), /Cannot register gauge "processes"/);
  assert.deepEqual(said.slice(-2), [
    ["processes", false],
    ["processes", true],
  ]);
  const own = new Registry();
  probe.shown = new Shown(own, "command", (name, help, isRefused) => {
    const isThere = own.definitions().some((definition) => definition.name === name);
    said.push([name, isThere || isRefused || help === ""]);
  });
  said.length = 0;
  probe.round();
  assert.ok(said.length > 5);
  assert.deepEqual([...new Set(said.map(([, isWrong]) => isWrong))], [false], "said before it is there");
  assert.deepEqual(
    said.map(([name]) => name).sort(),
    own
      .definitions()
      .map(({ name }) => name)
      .sort(),
  );
  own.close();
  registry.close();
});
