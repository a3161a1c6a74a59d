// Histograms under writers that always observe the same value into cells that are new again and again: where the
// pending value is as large as the sum, a torn copy is hardest to tell from a whole one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Registry } from "tallystick";

const VALUES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53];
const SECONDS = 4;

test("a histogram's sum belongs to its count in every scrape, in cells that begin again and again", async () => {
  const registry = new Registry();
  registry.histogram({ name: "size", labelNames: ["value"], buckets: [10, 20, 40] });
  const source = `import { workerData } from "node:worker_threads";
    import { join } from "tallystick";
    const size = join(workerData.ticket).histogram({ name: "size", labelNames: ["value"], buckets: [10, 20, 40] });
    const handles = workerData.values.map((value) => size.labels(value));
    for (;;) {
      const i = (Math.random() * handles.length) | 0;
      handles[i].observe(workerData.values[i]);
      if (Math.random() < 0.03) size.reset();
    }`;
  const url = new URL(
    `data:text/javascript,${encodeURIComponent(source.replace('"tallystick"', JSON.stringify(import.meta.resolve("tallystick"))))}`,
  );
  const workers = [1, 2].map(() => new Worker(url, { workerData: { ticket: registry.ticket(), values: VALUES } }));
  const decoder = new TextDecoder();
  const wrong = [];
  let compared = 0;
  for (const end = performance.now() + SECONDS * 1000; performance.now() < end;) {
    const found = new Map();
    for (const [, what, value, number] of decoder
      .decode(registry.exposeSync().body)
      .matchAll(/^size_(sum|count)\{value="(\d+)"\} (\S+)$/gm)) {
      if (what === "sum") found.set(value, Number(number));
      else if (found.get(value) !== Number(number) * Number(value)) wrong.push({ value, sum: found.get(value), count: number });
      if (number !== "0") compared++;
    }
    if (compared % 16 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
  for (const worker of workers) await worker.terminate();
  assert.ok(compared > 1000, `${compared} compared`);
  assert.deepEqual(wrong, []);
  registry.close();
});
