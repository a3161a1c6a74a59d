// What each part of a probe's work takes: laps of a clock, and the parts of a round by a clock that goes on with each reading.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FakeHost, FakeProbe } from "./fakes.mjs";
import { probing } from "./internals.mjs";

const { Due, Parts, PARTS } = probing;

test("Parts: what passes between two laps is the part's, what passes before a beginning nobody's, and nothing steps back", () => {
  const step = fc.record({ passes: fc.integer({ min: -3, max: 10 }), part: fc.nat(PARTS.length - 1), begins: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      let now = 100;
      const parts = new Parts(() => now);
      const expected = PARTS.map(() => 0);
      parts.begin(now);
      for (const { passes, part, begins } of steps) {
        now += passes;
        if (begins) parts.begin(now);
        else {
          assert.equal(parts.lap(part), now);
          expected[part] += Math.max(0, passes);
        }
      }
      assert.deepEqual([...parts.seconds], expected);
    }),
  );
});

test("Due: every row that was added is there in its order, however many they are", () => {
  const due = new Due();
  for (let turn = 0; turn < 2; turn++) {
    for (let row = 0; row < 1000; row++) due.add(row % 2 === 0 ? row : ~row);
    assert.deepEqual(
      [...due.rows.subarray(0, due.count)].map((row) => (row < 0 ? ~row : row)),
      Array.from({ length: 1000 }, (_, row) => row),
    );
    due.count = 0;
  }
});

const part = (name) => `tallystick_probe_part_seconds_total{part="${name}"}`;

test("tallystick_probe_part_seconds_total: each part has its readings, and together they are what the steps took", () => {
  const host = new FakeHost();
  for (let pid = 1; pid <= 64; pid++) host.process(pid, { comm: "web", fds: 1, io: [0, 0], net: { tcp: ["0A"] } });
  const probe = new FakeProbe(host, { periodSeconds: 1 });
  // Each reading of the clock takes a moment of it.
  probe.tick = 0.000_01;
  let worked = 0;
  const rounds = (count) => {
    for (let i = 0; i < count; i++) {
      probe.ended = false;
      while (!probe.ended) {
        const from = probe.now;
        const wait = probe.rounds.step();
        worked += probe.now - from;
        probe.now += wait;
      }
    }
  };
  rounds(20);
  assert.equal(probe.rounds.walk.isDue, false, "what was due was read, once");
  const seconds = Object.fromEntries(PARTS.map((name) => [name, probe.page()[part(name)]]));
  for (const name of PARTS) assert.ok(seconds[name] > 0, `${name}: ${JSON.stringify(seconds)}`);
  const sum = Object.values(seconds).reduce((all, each) => all + each);
  // What a step reads of the clock for itself is no part's.
  assert.ok(sum > worked * 0.6 && sum <= worked, `${sum} of ${worked}`);
  // Processes that sleep have no I/O to read with each round; those that run do.
  const io = (user) => {
    const before = probe.page()[part("io")];
    for (let pid = 1; pid <= 64; pid++) host.process(pid, { comm: "web", user });
    rounds(3);
    return probe.page()[part("io")] - before;
  };
  const idle = io(0);
  assert.ok(io(100) > idle, "I/O of those that ran is of this part");
});

test("a tree has no part of the host", () => {
  const host = new FakeHost();
  host.process(1);
  const probe = new FakeProbe(host, { tree: 1 });
  probe.tick = 0.000_01;
  probe.round(5);
  assert.equal(probe.page()[part("host")] < probe.page()[part("stat")], true);
  assert.deepEqual(probe.samples("tallystick_probe_unshown"), { 'tallystick_probe_unshown_devices{what="namespace"}': 0 });
});
