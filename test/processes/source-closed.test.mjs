// A source that was closed, and whoever goes on with it: its records are another one's by then, and nothing of theirs changes.

import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../bindings/hired.mjs";
import { built } from "./push-built.mjs";

const { Exporter, Registry, Source } = built;
let sources = 7000n;

/** The whole image of a process that counted some jobs. */
function imageOf(instance, jobs) {
  const registry = new Registry();
  registry.counter({ name: "jobs", help: "Jobs." }).inc(jobs);
  for (let i = 0; i < 20; i++) registry.gauge({ name: `open${i}`, help: "Open.", mode: "liveall" }).set(i);
  const exporter = new Exporter(registry, {}, instance);
  const frames = Array.from(exporter.frames({ full: true, ended: false }), (frame) => frame.slice());
  exporter.close();
  registry.close();
  return Buffer.concat(frames);
}

/** A source with two processes, closed; and a registry that counts where its records were. */
function closed(t) {
  const registry = new Registry();
  const source = new Source(registry, sources++);
  const processes = [1n, 2n].map((instance) => {
    const process = source.process(instance.toString(16).padStart(16, "0"));
    assert.equal(process.apply(imageOf(instance, 3)).refused, undefined);
    return process;
  });
  source.publish();
  source.close();
  const other = new Registry();
  for (let i = 0; i < 400; i++)
    other
      .counter({ name: `other${i % 20}`, help: "Other.", labelNames: ["of"] })
      .labels(String(i))
      .inc();
  t.after(() => {
    registry.close();
    other.close();
  });
  return { registry, source, processes, other };
}

const CLOSED = { code: "closed", message: /^Cannot .*: the source that collected it is closed$/ };

for (const [verb, use] of [
  ["process.apply", ({ processes }) => processes[0].apply(imageOf(1n, 4))],
  ["process", ({ source }) => source.process("0000000000000003")],
  ["fold", ({ source, processes }) => source.fold(processes[0])],
  ["retire", ({ source }) => source.retire(new Uint8Array(0))],
  ["retired", ({ source }) => source.retired().next()],
]) {
  test(`Source.${verb} throws behind close(), and changes nothing in the memory`, (t) => {
    const there = closed(t);
    const before = [textOf(there.other), textOf(there.registry)];
    assert.throws(() => use(there), CLOSED);
    assert.deepEqual([textOf(there.other), textOf(there.registry)], before);
  });
}

test("Source.drop, live, publish and close do nothing behind close(), and a process of it knows nothing", async (t) => {
  const { registry, source, processes, other } = closed(t);
  const before = [textOf(other), textOf(registry)];
  for (const process of processes) {
    source.live(process, false);
    assert.deepEqual([process.instance, process.sequence, process.series, process.seconds], [undefined, 0, 0, 0]);
    source.drop(process);
  }
  source.publish();
  await source.published(() => Promise.resolve());
  source.close();
  assert.deepEqual([textOf(other), textOf(registry)], before);
});

test("Source.published ends where it is closed between two slices", async (t) => {
  const registry = new Registry();
  const source = new Source(registry, sources++);
  const other = new Registry();
  const wide = new Registry();
  t.after(() => [registry, other].forEach((each) => each.close()));
  const family = wide.counter({ name: "wide", help: "Wide.", labelNames: ["i"], maxSeries: 9000 });
  for (let i = 0; i < 8000; i++) family.labels(`${i} of some length, for frames to be many`).inc();
  const exporter = new Exporter(wide, {}, 9n);
  const image = Buffer.concat(Array.from(exporter.frames({ full: true, ended: false }), (frame) => frame.slice()));
  exporter.close();
  wide.close();
  assert.equal(source.process().apply(image).refused, undefined);
  let pauses = 0;
  let before;
  await source.published(() => {
    if (pauses++ === 0) {
      source.close();
      for (let i = 0; i < 4000; i++)
        other
          .counter({ name: `other${i % 20}`, help: "Other.", labelNames: ["of"] })
          .labels(String(i))
          .inc();
      before = textOf(other);
    }
    return Promise.resolve();
  });
  assert.equal(pauses, 1, "the first slice was not the last one, and the second one was");
  assert.equal(textOf(other), before);
});
