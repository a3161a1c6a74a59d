// Public calls where there is no memory: the n-th allocation fails, and all behind it, for each n. A call says so with the code
// "memory-exhausted", or does its work without what there is no room for, and counts what it dropped. Nothing is half there, what was
// counted before stays to the digit, and with memory the same call does all of its work.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { seriesOf } from "./page.mjs";

/** Where allocations are counted down, and the heads of the free lists: Header.failAfter, FREE_HEADS. */
const FAIL_AFTER = 64 + 88;
const FREE_HEADS = 64 + 216;
const FREE_HEADS_BYTES = 4 * 85 * 8;

const memories = [];
const Memory = WebAssembly.Memory;
WebAssembly.Memory = class extends Memory {
  constructor(descriptor) {
    super(descriptor);
    memories.push(this);
  }
};
const { Registry } = await import("tallystick");
const { spool } = await import("tallystick/processes");
const { recorder } = await import("tallystick/record");
const { collectDefaultMetrics } = await import("tallystick/runtime");
const { probe } = await import("tallystick/probe");
WebAssembly.Memory = Memory;

const ALLOCATIONS_MAX = 60;
const decoder = new TextDecoder();
const LABELS = { queue: "new" };
const KINDS = {
  counter: [{}, (metric) => metric.inc(LABELS)],
  gauge: [{ mode: "sum" }, (metric) => metric.set(LABELS, 1)],
  histogram: [{ buckets: [1, 2] }, (metric) => metric.observe(LABELS, 1)],
  summary: [{}, (metric) => metric.observe(LABELS, 1)],
  info: [{}, (metric) => metric.set({ queue: "new" })],
  stateSet: [{ states: ["on", "off"] }, (metric) => metric.set(LABELS, "on")],
  gaugeHistogram: [{ buckets: [1] }, (metric) => metric.set(LABELS, [0, 1])],
  unknown: [{}, (metric) => metric.set(LABELS, 1)],
};

/** What was there before, and how it is read. */
function begun() {
  const registry = new Registry();
  const jobs = registry.counter({ name: "jobs", help: "Jobs", labelNames: ["queue"] });
  const sizes = registry.histogram({ name: "sizes", help: "Sizes", labelNames: ["queue"], buckets: [1, 2] });
  jobs.inc({ queue: "old" }, 7);
  sizes.observe({ queue: "old" }, 2);
  return { registry, jobs, sizes, closing: [] };
}

function page({ registry }) {
  return seriesOf(decoder.decode(registry.exposeSync({ dialect: "openmetrics" }).body));
}

/** By what they do: `before`, without a fault, and the call itself. */
const calls = {
  "new Registry": { run: () => new Registry().close() },
  "default labels": { run: ({ registry }) => registry.setDefaultLabels({ zone: "a" }) },
  removal: { before: (s) => s.jobs.inc(LABELS), run: ({ jobs }) => jobs.remove(LABELS) },
  "removal of many": { before: (s) => s.jobs.inc(LABELS), run: ({ jobs }) => jobs.removeMatching(LABELS) },
  "labels of a counter": { run: ({ jobs }) => jobs.labels("new").inc() },
  value: { run: ({ jobs }) => jobs.value({ queue: "old" }) },
  "value of a histogram": { run: ({ sizes }) => sizes.value({ queue: "old" }) },
  description: { run: ({ registry }) => registry.describe() },
  "constants of a collector": {
    before: (s) => s.registry.collect(() => [{ name: "given", help: "Given", type: "gauge", samples: [{ labels: LABELS, value: 1 }] }]),
    run: ({ registry }) => registry.exposeSync(),
  },
  "a stream": { run: async ({ registry }) => decoder.decode(await new Response(registry.stream().body).arrayBuffer()) },
  "a spool's flush": {
    before: (s) => {
      s.spool = spool({ dir: join(s.dir, "spool"), registry: s.registry, onError: () => {} });
      s.closing.push(() => s.spool.close());
    },
    run: (s) => s.spool.flush(),
  },
  recorder: {
    before: (s) => s.closing.push(() => s.recorder?.close()),
    run: (s) => void (s.recorder = recorder({ prefix: s.name, onError: () => {} })),
  },
  "a sample": {
    before: (s) => {
      s.recorder = recorder({ prefix: s.name, onError: () => {} });
      s.closing.push(() => s.recorder.close());
    },
    run: (s) => s.recorder.record("new", 1),
    holds: (s) => {
      const { recorded, written, dropped, waiting } = s.recorder.statistics;
      if (recorded !== written + dropped + waiting) throw new Error(`${recorded} recorded: ${written}, ${dropped}, ${waiting}`);
    },
  },
  "a drain": {
    before: (s) => {
      s.recorder = recorder({ prefix: s.name, onError: () => {} });
      s.recorder.record("new", 1);
      s.closing.push(() => s.recorder.close());
    },
    run: (s) => Array.from(s.recorder.drain()),
  },
  "default metrics": {
    run: (s) => {
      const collecting = collectDefaultMetrics({ registry: s.registry });
      s.closing.push(() => collecting.close());
      s.registry.exposeSync();
    },
  },
  probe: {
    run: (s) => {
      const probing = probe({ registry: s.registry, onError: () => {} });
      s.closing.push(() => probing.close());
    },
  },
};
for (const dialect of ["text", "openmetrics", "openmetrics2", "protobuf"]) {
  calls[`a page of ${dialect}`] = { run: ({ registry }) => registry.exposeSync({ dialect }) };
}
for (const [kind, [options, first]] of Object.entries(KINDS)) {
  const made = ({ registry }) => registry[kind]({ name: `fresh_${kind.toLowerCase()}`, help: "Fresh", labelNames: ["queue"], ...options });
  calls[`registration of a ${kind}`] = { run: (s) => void (s.metric = made(s)) };
  calls[`a new series of a ${kind}`] = { before: (s) => (s.metric = made(s)), run: ({ metric }) => first(metric) };
  calls[`reset of a ${kind}`] = { before: (s) => first((s.metric = made(s))), run: ({ metric }) => metric.reset?.() };
}

export const CALLS = Object.keys(calls);
let worlds = 0;

/** Fails the allocations of a call from the n-th on; whether there were so many. Throws where something does not hold. */
async function failed(name, n, dir) {
  const { before = () => {}, run, holds = () => {} } = calls[name];
  const s = Object.assign(begun(), { dir: join(dir, String(worlds)), name: `faults-${worlds++}` });
  const context = `${name}, allocation ${n} fails`;
  const left = new Int32Array(memories[0].buffer, FAIL_AFTER, 1);
  let error;
  try {
    await before(s);
    const was = page(s);
    // Of what was freed before nothing is left: each block that is asked for is a fresh one.
    new Uint8Array(memories[0].buffer, FREE_HEADS, FREE_HEADS_BYTES).fill(0);
    left[0] = n;
    try {
      await run(s);
    } catch (thrown) {
      error = thrown;
    }
    const happened = left[0] === 1 || n === 1;
    left[0] = 0;
    const said = [error?.code, error?.cause?.code];
    if (error !== undefined && !said.some((code) => code === "memory-exhausted" || code === "memory"))
      throw new Error(`${context}: ${error.stack}`);
    if (!happened && error !== undefined) throw new Error(`${context}: ${error.stack}`);
    const now = page(s);
    for (const [key, lines] of was) {
      // What a call ends may be ended; the old series are nobody's to touch.
      if (/old/.test(key) && now.get(key.replace("{", '{zone="a",')) === undefined && String(now.get(key)) !== String(lines)) {
        throw new Error(`${context}: ${key} was ${lines} and is ${now.get(key)}`);
      }
    }
    if (error !== undefined) await run(s);
    holds(s);
    s.jobs.inc({ queue: "old" }, 1);
    if (s.jobs.value({ queue: "old" }) !== 8) throw new Error(`${context}: ${s.jobs.value({ queue: "old" })} is not 8`);
    page(s);
    return happened;
  } finally {
    left[0] = 0;
    for (const close of s.closing.reverse()) await close();
    s.registry.close();
  }
}

/** All allocations of a call, up to so many of them: runs, and what failed. */
export async function exhausted(name, most = ALLOCATIONS_MAX) {
  const dir = mkdtempSync(join(tmpdir(), "tallystick-faults-"));
  const failures = [];
  let runs = 0;
  try {
    for (let n = 1, more = true; more && n <= most; n++) {
      try {
        more = await failed(name, n, dir);
        runs += Number(more);
      } catch (error) {
        failures.push(error.stack);
        runs++;
      }
    }
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
  return { runs, failures };
}
