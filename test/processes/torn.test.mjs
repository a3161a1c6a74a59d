// Threads that scrape at full speed while images are applied and published. What a source replaced is used again by the next
// part that it shows, and not before all have ended who may look at it: else a page would have what is half one part and half
// another, or another series'. Buckets are many here, so that a part is looked at for long, and series are few, so that the one
// that was replaced a moment ago would be the next.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { spooling } from "./spooling.mjs";

const { Exporter, join, Registry, Source } = spooling;
const SERIES = 4;
const BUCKETS = 400;
const READERS = 2;
/** With notes of an epoch that is always 1 such a page came within a second in three runs of three. */
const SECONDS = 6;
/** However slow the machine is. */
const PAGES = 20;

/** What is wrong with a page: every bucket has been counted as often as the others, in series `a` so often modulo SERIES. */
function wrongIn(text, before) {
  const wrong = [];
  for (const line of text.split("\n")) {
    const found = /^sizes_bucket\{a="(\d+)",le="([^"]+)"\} (\d+)$/.exec(line);
    if (found === null) continue;
    const [series, count] = [Number(found[1]), Number(found[3])];
    const position = found[2] === "+Inf" ? BUCKETS : Number(found[2]);
    if (position === 1) {
      if (count % SERIES !== series) wrong.push(`alien: ${line}`);
      if (count < (before[series] ?? 0)) wrong.push(`back from ${before[series]}: ${line}`);
      before[series] = count;
    }
    // The last bound has those beyond it, of which there are none.
    else if (count !== before[series] * position) wrong.push(`torn, ${before[series]} at the first: ${line}`);
  }
  return wrong;
}

/** Scrapes until it is told to stop, and counts its pages; the first wrong one stops all. */
function read({ ticket, shared, place }) {
  const registry = join(ticket);
  const before = [];
  let wrong = [];
  while (Atomics.load(shared, 0) === 0) {
    const text = new TextDecoder().decode(registry.exposeSync({ dialect: "text" }).body);
    wrong = wrongIn(text, before);
    if (wrong.length > 0) Atomics.store(shared, 0, 1);
    if (text.includes("sizes_bucket")) Atomics.add(shared, place, 1);
  }
  parentPort.postMessage(wrong.slice(0, 5));
}

async function torn() {
  const registry = new Registry();
  const source = new Source(registry, 1n);
  const own = new Registry();
  const bounds = Array.from({ length: BUCKETS }, (_, i) => i + 1);
  const sizes = own.histogram({ name: "sizes", help: "Sizes.", labelNames: ["a"], buckets: bounds });
  const handles = Array.from({ length: SERIES }, (_, a) => sizes.labels({ a: `${a}` }));
  const counted = (a, times) => {
    for (let i = 0; i < times; i++) for (const bound of bounds) handles[a].observe(bound);
  };
  const exporter = new Exporter(own, {}, 1n);
  const process = source.process();
  const round = (full) => {
    for (const frame of exporter.frames({ full, ended: false })) process.apply(frame);
    source.publish();
  };
  for (let a = 0; a < SERIES; a++) counted(a, SERIES + a);
  round(true);
  // 1 to stop, and the pages of each reader.
  const shared = new Int32Array(new SharedArrayBuffer(4 * (1 + READERS)));
  const workers = Array.from({ length: READERS }, (_, i) => {
    return new Worker(new URL(import.meta.url), { workerData: { ticket: registry.ticket(), shared, place: 1 + i } });
  });
  const said = workers.map((worker) => {
    return new Promise((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", (error) => {
        Atomics.store(shared, 0, 1);
        reject(error);
      });
    });
  });
  // One that fails is told of at the end.
  const all = Promise.allSettled(said);
  const isEnough = () => shared.subarray(1).every((pages) => pages > PAGES);
  let rounds = 0;
  for (const end = performance.now() + SECONDS * 1000; performance.now() < end || !isEnough(); rounds++) {
    if (Atomics.load(shared, 0) !== 0) break;
    // Two of them, so that one is shown just after the other was replaced.
    for (let i = 0; i < 2; i++) counted((rounds + i) % SERIES, SERIES);
    round(false);
    if (rounds % 100 === 0) await turn();
  }
  Atomics.store(shared, 0, 1);
  await all;
  const wrong = (await Promise.all(said)).flat();
  exporter.close();
  source.close();
  return { rounds, wrong };
}

if (isMainThread) {
  test("pages beside images: none is torn, none has another series' buckets, and none goes back", async () => {
    const { rounds, wrong } = await torn();
    assert.deepEqual(wrong, []);
    assert.ok(rounds > PAGES, `${rounds} rounds`);
  });
} else read(workerData);
