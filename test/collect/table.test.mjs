// Rows of processes: used again, grown, and no more than may be.

import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { probing } from "./internals.mjs";

const { PROCESSES_MOST, Table } = probing;
const NONE = -1;

test("Table: a row keeps what is in it while others come and go, and a new one has nothing of the one before", () => {
  const action = fc.record({ pid: fc.integer({ min: 1, max: 2000 }), ends: fc.boolean() });
  fc.assert(
    fc.property(fc.array(action, { minLength: 1500, maxLength: 2000 }), (actions) => {
      const table = new Table("/proc");
      const pids = new Set();
      for (const { pid, ends } of actions) {
        if (pids.has(pid)) {
          if (!ends) continue;
          table.remove(table.rowOf(pid));
          pids.delete(pid);
        } else {
          const row = table.add(pid);
          assert.deepEqual(
            [table.user[row], table.userCounted[row], table.group[row], table.looked[row], table.denials[row]],
            [0, 0, NONE, 0, 0],
          );
          table.user[row] = table.userCounted[row] = table.looked[row] = table.group[row] = pid;
          table.denials[row] = 7;
          pids.add(pid);
        }
      }
      assert.equal(table.count, pids.size);
      assert.ok(table.high <= 2000);
      for (const pid of pids) {
        const row = table.rowOf(pid);
        assert.deepEqual([table.pid[row], table.user[row], table.group[row], table.statPath[row]], [pid, pid, pid, `/proc/${pid}/stat`]);
      }
    }),
    { numRuns: 30 },
  );
});

test("Table: beyond the limit there is no row, and room again when one ends", () => {
  const table = new Table("/proc");
  for (let pid = 1; pid <= PROCESSES_MOST; pid++) assert.notEqual(table.add(pid), NONE);
  assert.equal(table.add(PROCESSES_MOST + 1), NONE);
  assert.equal(table.rowOf(PROCESSES_MOST + 1), NONE);
  table.remove(table.rowOf(77));
  assert.notEqual(table.add(PROCESSES_MOST + 1), NONE);
  assert.equal(table.high, PROCESSES_MOST);
});
