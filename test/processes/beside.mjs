// Tests that wait for processes and timers, several at a time: while one waits, another one computes. They are those of one file, each
// has folders and processes of its own, and none judges by how long something took, but for deadlines that no busy machine misses.

import { describe, test as alone } from "node:test";
import { setImmediate as evaluated } from "node:timers/promises";

/** What takes the place of `test` in a file: so many of its tests run at a time. */
export function beside(name, count) {
  const tests = [];
  describe(name, { concurrency: count }, async () => {
    // The file is read to its end by then.
    await evaluated();
    for (const each of tests) void alone(...each);
  });
  return (...each) => void tests.push(each);
}
