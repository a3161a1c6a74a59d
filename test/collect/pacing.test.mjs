// How often a probe looks follows from what it costs: a pure function, its properties, and a probe whose readings cost what the
// test says.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { FakeHost, FakeProbe } from "./fakes.mjs";
import { probing } from "./internals.mjs";

const { Pace, paced, ROUNDS_SHARE, SECONDS_MOST } = probing;

for (const [spent, share, least, most, expected] of [
  [0, 0.01, 1, 60, 1],
  [0.005, 0.01, 1, 60, 1],
  [0.01, 0.01, 1, 60, 1],
  [0.02, 0.01, 1, 60, 2],
  [0.02, 0.005, 1, 60, 4],
  [5, 0.01, 1, 60, 60],
  [5, 0.01, 100, 60, 100],
  [NaN, 0.01, 1, 60, 1],
  [-1, 0.01, 1, 60, 1],
  [Infinity, 0.01, 1, 60, 60],
]) {
  test(`paced: ${spent} s at a share of ${share}, from ${least} to ${most}, is ${expected} s`, () => {
    assert.equal(paced(spent, share, least, most), expected);
  });
}

const spending = fc.double({ min: 1e-6, max: 1, noNaN: true });
const sharing = fc.double({ min: 1e-4, max: 1, noNaN: true });

test("paced: what is spent over the time is the share, or less where the period is the least", () => {
  fc.assert(
    fc.property(spending, sharing, fc.double({ min: 0.1, max: 100, noNaN: true }), (spent, share, least) => {
      const seconds = paced(spent, share, least, Infinity);
      assert.ok(seconds >= least);
      assert.ok(spent / seconds <= share * (1 + 1e-12));
      if (seconds > least) assert.ok(Math.abs(spent / seconds / share - 1) < 1e-12);
    }),
  );
});

test("paced: half the share is twice the period, and more cost is never a shorter one", () => {
  fc.assert(
    fc.property(spending, sharing, spending, (spent, share, more) => {
      const seconds = paced(spent, share, 0, Infinity);
      assert.ok(Math.abs(paced(spent, share / 2, 0, Infinity) / seconds - 2) < 1e-12);
      assert.ok(paced(spent + more, share, 0, Infinity) >= seconds);
      assert.ok(paced(spent, share, 0, 60) <= 60);
    }),
  );
});

test("Pace: rounds and tours together take the budget, however it is divided between them", () => {
  const cost = fc.record({
    own: spending,
    touring: fc.double({ min: 0, max: 0.1, noNaN: true }),
    wall: fc.double({ min: 1, max: 5, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.double({ min: 0.1, max: 50, noNaN: true }), fc.array(cost, { minLength: 1, maxLength: 20 }), (percent, rounds) => {
      const pace = new Pace(percent, 0.1, 0.1);
      let spent = 0;
      let elapsed = 0;
      for (const { own, touring, wall } of rounds) {
        // The clock runs on while others have the processor.
        pace.rounded(own + touring, own * wall, touring * wall);
        const share = (percent / 100) * ROUNDS_SHARE;
        assert.ok(pace.period === 0.1 || pace.period === SECONDS_MOST || Math.abs(own / pace.period / share - 1) < 1e-9);
        spent += own + touring;
        elapsed += Math.max(0.1, own / share);
      }
      pace.toured();
      const toured = rounds.reduce((sum, { touring }) => sum + touring, 0);
      const tour = Math.max(0.1, toured / ((percent / 100) * (1 - ROUNDS_SHARE)));
      assert.ok(Math.abs(pace.tour / Math.min(SECONDS_MOST, tour) - 1) < 1e-9);
      assert.ok((spent - toured) / elapsed + toured / tour <= (percent / 100) * (1 + 1e-9));
      assert.ok(pace.part > 0 && pace.part <= 1);
    }),
  );
});

test("Pace: each tour is paid for by itself", () => {
  const pace = new Pace(1, 0.1, 0.1);
  for (const expected of [4, 4, 4]) {
    pace.rounded(0.01, 0, 1);
    pace.toured();
    assert.ok(Math.abs(pace.tour - expected) < 1e-9, `${pace.tour}`);
  }
  pace.toured();
  assert.equal(pace.tour, 0.1);
});

test("Pace: half the budget doubles the period and the tour", () => {
  const periods = [2, 1, 0.5].map((percent) => {
    const pace = new Pace(percent, 0.1, 0.1);
    pace.rounded(0.04, 3, 1);
    pace.toured();
    return [pace.period, pace.tour];
  });
  for (const [i, [period, tour]] of periods.entries()) {
    assert.ok(Math.abs(period / periods[0][0] - 2 ** i) < 1e-12);
    assert.ok(Math.abs(tour / periods[0][1] - 2 ** i) < 1e-12);
  }
});

/** The period of a probe of which each step costs so much. */
function periodOf(host, options, cost) {
  const probe = new FakeProbe(host, options);
  probe.cost = cost;
  probe.round(4);
  const began = probe.now;
  probe.round(2);
  return { period: (probe.now - began) / 2, probe };
}

test("a probe with half the budget takes twice as long for a round and loses nothing", () => {
  const host = new FakeHost();
  for (let i = 1; i <= 200; i++) host.process(i, { comm: "web", user: 0, threads: 3 });
  const whole = periodOf(host, { budgetPercent: 1, periodSeconds: 2 }, 0.02);
  const half = periodOf(host, { budgetPercent: 0.5, periodSeconds: 2 }, 0.02);
  assert.ok(whole.period > 2, `${whole.period}`);
  assert.ok(Math.abs(half.period / whole.period - 2) < 0.1, `${whole.period} and ${half.period}`);
  for (let i = 1; i <= 200; i++) host.process(i, { comm: "web", user: 100, threads: 3 });
  for (const { probe } of [whole, half]) {
    probe.round();
    assert.equal(probe.page()['processes_cpu_seconds_total{command="web",mode="user"}'], 200);
    assert.equal(probe.page()['processes_threads{command="web"}'], 600);
    assert.ok(probe.page().tallystick_probe_period_seconds > 1);
  }
});
