// Threads that end series, at full speed, whose numbers images store straight where they are shown: what a source stores while its
// cell ends goes nowhere else, and once it is quiet the page has all that was said.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { spooling } from "./spooling.mjs";

const { Exporter, join, Registry, Source } = spooling;
const SERIES = 60;
const THREADS = 2;
const SECONDS = 4;
/** However slow the machine is. */
const ENDS = 200;
const FAMILY = { name: "jobs", help: "Jobs.", labelNames: ["a"] };
/** What no image says. Set into cells that were the images' a moment ago: whoever stores there still takes its words for addresses. */
const OWN = 12_345.678;
/** Images between two publishings, which find out what ended. */
const IMAGES = 20;

/** Ends series and makes others in their memory until it is told to stop; what of its own was not what it had set. */
function end({ ticket, shared, place }) {
  const registry = join(ticket);
  const jobs = registry.counter(FAMILY);
  const own = registry.gauge({ name: `own_${place}`, help: "Own.", labelNames: ["a"], mode: "shared" });
  const wrong = [];
  for (let turns = 0; Atomics.load(shared, 0) === 0; turns++) {
    if (turns % 3 === 0) jobs.reset();
    else for (let a = turns % 3; a < SERIES; a += 2) jobs.remove({ a: `${a}` });
    for (let a = 0; a < SERIES; a++) own.set({ a: `${a}` }, OWN);
    const text = new TextDecoder().decode(registry.exposeSync({ dialect: "text" }).body);
    const values = text.split("\n").filter((line) => line.startsWith(`own_${place}{`));
    if (values.length !== SERIES) wrong.push(`${values.length} series`);
    wrong.push(...values.filter((line) => !line.endsWith(` ${OWN}`)));
    own.clear();
    Atomics.add(shared, place, 1);
  }
  parentPort.postMessage(wrong.slice(0, 5));
}

async function ended() {
  const registry = new Registry();
  const source = new Source(registry, 1n);
  const own = new Registry();
  const jobs = own.counter(FAMILY);
  const handles = Array.from({ length: SERIES }, (_, a) => jobs.labels({ a: `${a}` }));
  const exporter = new Exporter(own, {}, 1n);
  const process = source.process();
  const round = (full) => {
    for (let i = 0; i < IMAGES; i++) {
      for (const handle of handles) handle.inc();
      for (const frame of exporter.frames({ full: full && i === 0, ended: false })) process.apply(frame);
    }
    source.publish();
  };
  round(true);
  const shared = new Int32Array(new SharedArrayBuffer(4 * (1 + THREADS)));
  const workers = Array.from({ length: THREADS }, (_, i) => {
    return new Worker(new URL(import.meta.url), { workerData: { ticket: registry.ticket(), shared, place: 1 + i } });
  });
  const said = workers.map(
    (worker) =>
      new Promise((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", (error) => {
          Atomics.store(shared, 0, 1);
          reject(error);
        });
      }),
  );
  const all = Promise.allSettled(said);
  const isEnough = () => shared.subarray(1).every((ends) => ends > ENDS);
  let rounds = 1;
  for (const end = performance.now() + SECONDS * 1000; performance.now() < end || !isEnough(); rounds++) {
    if (Atomics.load(shared, 0) !== 0) break;
    round(false);
    if (rounds % 50 === 0) await turn();
  }
  Atomics.store(shared, 0, 1);
  await all;
  const wrong = (await Promise.all(said)).flat();
  // Nothing more is said: the source alone finds out what ended last.
  source.publish();
  const text = new TextDecoder().decode(registry.exposeSync({ dialect: "text" }).body);
  const values = [...text.matchAll(/^jobs_total\{.*\} (.*)$/gm)].map(([, value]) => Number(value));
  exporter.close();
  source.close();
  return { rounds, wrong, values };
}

if (isMainThread) {
  test("numbers that are stored where they are shown, beside threads that end their series", async () => {
    const { rounds, wrong, values } = await ended();
    assert.deepEqual(wrong, []);
    assert.equal(values.length, SERIES);
    assert.deepEqual([...new Set(values)], [rounds * IMAGES]);
  });
} else end(workerData);
