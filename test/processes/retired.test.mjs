// What the dead left is, after the collector that folded them was started anew, what it was before.

import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../bindings/hired.mjs";
import { spooling } from "./spooling.mjs";

const { Exporter, Registry, Source } = spooling;

let sources = 8000n;
let instances = 0x1000n;

/** The whole image of a process that counted. */
function imageOf(count, options) {
  const registry = new Registry(options);
  count(registry);
  const frames = [...new Exporter(registry, {}, instances++).frames({ full: true, ended: true })].map((frame) => frame.slice());
  registry.close();
  return frames;
}

/** A collector, which begins with what one before it left. */
function collecting(left = [], options = {}) {
  const registry = new Registry(options);
  const source = new Source(registry, sources++);
  const bytes = Uint8Array.from(left.flatMap((frame) => [...frame]));
  assert.equal(source.retire(bytes).refused, undefined);
  return {
    registry,
    source,
    /** A process that said its last, folded where that is said. */
    dead(frames, folded = true) {
      const process = source.process();
      for (const frame of frames) assert.equal(process.apply(frame).refused, undefined);
      source.publish();
      if (folded) source.fold(process);
      return process;
    },
    page(name) {
      source.publish();
      return textOf(registry)
        .split("\n")
        .filter((line) => line.startsWith(name))
        .sort();
    },
    /** Its retired, and its end. */
    ended() {
      const all = [...source.retired()].map((frame) => frame.slice());
      source.close();
      registry.close();
      return all;
    },
  };
}

test("the writers of a gauge that prints all keep their processes, however often the collector begins anew", () => {
  const level = (value) => (registry) => registry.gauge({ name: "level", help: "Level.", mode: "all" }).set(value);
  let collector = collecting();
  const processes = [1, 2, 3].map((value) => collector.dead(imageOf(level(value)), false));
  const before = collector.page("level");
  assert.equal(before.length, 3);
  assert.equal(new Set(before.map((line) => line.split(" ")[0])).size, 3, before.join("\n"));
  for (const process of processes) collector.source.fold(process);
  assert.deepEqual(collector.page("level"), before);
  for (let times = 0; times < 3; times++) {
    collector = collecting(collector.ended());
    assert.deepEqual(collector.page("level"), before);
    // Beside one that lives, and has the same slot.
    const living = collector.dead(imageOf(level(9)), false);
    assert.deepEqual(
      collector.page("level").filter((line) => !line.endsWith(" 9")),
      before,
    );
    assert.equal(collector.page("level").length, 4);
    collector.source.drop(living);
  }
  collector.dead(imageOf(level(4)));
  const more = collector.page("level");
  assert.equal(new Set(more.map((line) => line.split(" ")[0])).size, 4);
  collector = collecting(collector.ended());
  assert.deepEqual(collector.page("level"), more);
  collector.ended();
});
