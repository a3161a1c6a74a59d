// The two Wasm artifacts, and what instantiating them over a memory in use changes: nothing.

import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { each } from "./programs.mjs";
import { sharedFlagAt } from "../../scripts/build.mjs";
import { configure, Registry, registry } from "../../dist/esm/node.js";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const core = readFileSync(at("../../build/core.wasm"));
const edge = readFileSync(at("../../build/core.edge.wasm"));
const SHARED_WITH_MAXIMUM = 3;
const UNSHARED_WITH_MAXIMUM = 1;
const START_SECTION = 8;

/** The ids of a module's sections, in order. */
function sections(bytes) {
  const ids = [];
  for (let position = 8; position < bytes.length;) {
    ids.push(bytes[position++]);
    let length = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[position++];
      length |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    position += length;
  }
  return ids;
}

each(["node"], "core.wasm imports env.memory, shared, and nothing else", () => {
  const module = new WebAssembly.Module(core);
  deepEqual(WebAssembly.Module.imports(module), [{ module: "env", name: "memory", kind: "memory" }]);
  equal(core[sharedFlagAt(core)], SHARED_WITH_MAXIMUM);
  const memory = (shared) => new WebAssembly.Memory({ initial: 2, maximum: 160, shared });
  throws(() => new WebAssembly.Instance(module, { env: { memory: memory(false) } }), WebAssembly.LinkError);
  ok(new WebAssembly.Instance(module, { env: { memory: memory(true) } }));
});

each(["node"], "core.wasm exports functions and constants, and runs nothing by itself", () => {
  const module = new WebAssembly.Module(core);
  const exported = WebAssembly.Module.exports(module);
  deepEqual([...new Set(exported.map(({ kind }) => kind))].sort(), ["function", "global"]);
  deepEqual(
    exported
      .filter(({ kind }) => kind === "global")
      .map(({ name }) => name)
      .sort(),
    ["LABELS_BYTES_MAX", "LAYOUT_VERSION"],
  );
  ok(!sections(core).includes(START_SECTION), "it has a start function");
});

each(["node"], "core.edge.wasm is core.wasm but for one byte: its memory is not shared", () => {
  equal(edge.length, core.length);
  const different = [...core.keys()].filter((i) => core[i] !== edge[i]);
  deepEqual(different, [sharedFlagAt(core)]);
  equal(edge[different[0]], UNSHARED_WITH_MAXIMUM);
  const module = new WebAssembly.Module(edge);
  deepEqual(WebAssembly.Module.imports(module), WebAssembly.Module.imports(new WebAssembly.Module(core)));
  ok(new WebAssembly.Instance(module, { env: { memory: new WebAssembly.Memory({ initial: 2, maximum: 160 }) } }));
});

each(["node"], "every door carries these bytes", () => {
  const text = core.toString("base64");
  for (const door of ["esm/node.js", "esm/bun.js", "esm/deno.js", "cjs/node.cjs", "cjs/bun.cjs"]) {
    const code = readFileSync(at(`../../dist/${door}`), "utf8");
    ok(code.includes(text), door);
    ok(!/\.wasm"/.test(code), `${door} imports Wasm`);
  }
  const code = readFileSync(at("../../dist/esm/edge.js"), "utf8");
  ok(!code.includes(text.slice(0, 100)), "the edge door carries the Wasm twice");
  deepEqual(code.match(/from "[^"]*"/g), ['from "./core.edge.wasm"']);
  ok(readFileSync(at("../../dist/esm/core.edge.wasm")).equals(edge));
});

/** Puts every kind of record into the memory. */
function used() {
  configure({ maxBytes: 8 << 20 });
  const jobs = registry.counter({ name: "artifacts_jobs", help: "Jobs.", labelNames: ["queue"] });
  const sizes = registry.histogram({ name: "artifacts_sizes", help: "Sizes.", labelNames: ["kind"] });
  for (let i = 0; i < 500; i++) {
    jobs.inc({ queue: i }, i / 7);
    sizes.observe({ kind: i % 5 }, i / 100);
  }
  for (const mode of ["shared", "sum", "min", "max", "mostrecent", "all", "livesum", "livemin", "livemax", "livemostrecent", "liveall"])
    registry.gauge({ name: `artifacts_${mode}`, help: "A gauge.", mode }).set(0.1);
  jobs.remove({ queue: 7 });
  const other = new Registry({ labels: { app: "shop" } });
  other.counter({ name: "artifacts_orders", help: "Orders." }).inc();
  registry.exposeSync();
  return { jobs, other };
}

const kept = used();
const { memory, module } = registry.ticket();
const snapshot = () => new Uint8Array(memory.buffer).slice();

/** Fails with the first difference. */
function unchanged(before, what) {
  const after = snapshot();
  equal(after.length, before.length, `${what}: the memory grew`);
  const different = after.findIndex((byte, i) => byte !== before[i]);
  equal(different, -1, `${what}: byte ${different} became ${after[different]}`);
}

each(["node"], "a second instance over a memory in use changes no byte of it, and neither does asking it", () => {
  const before = snapshot();
  ok(before.some((byte) => byte !== 0));
  const second = new WebAssembly.Instance(module, { env: { memory } }).exports;
  unchanged(before, "an instance");
  equal(second.memoryCheck(), 0);
  equal(second.writerOwned(), 0);
  equal(second.writerCount(), 1);
  ok(second.bytesReserved() > second.bytesFree());
  equal(second.registryFirst() > 0, true);
  unchanged(before, "verbs that ask");
  // The clock tells the memory the time, and has no need of a slot for that.
  second.clockSet(Date.now() / 1000);

  const text = new TextDecoder().decode(registry.exposeSync().body);
  for (let i = 0; i < 20; i++) new WebAssembly.Instance(module, { env: { memory } });
  equal(new TextDecoder().decode(registry.exposeSync().body), text);
  kept.jobs.inc({ queue: "after" }, 3);
  equal(kept.jobs.value("after"), 3);
});

each(["node"], "a further copy of the library in this thread writes nothing until it counts", () => {
  const before = snapshot();
  const copy = createRequire(import.meta.url)("../../dist/cjs/node.cjs");
  ok(copy.registry !== registry);
  unchanged(before, "loading a copy");
  ok(copy.registry.ticket().memory.buffer === memory.buffer);
  unchanged(before, "a ticket");
  copy.registry.counter({ name: "artifacts_jobs", help: "Jobs.", labelNames: ["queue"] }).inc({ queue: "copy" });
  equal(kept.jobs.value("copy"), 1);
});

each(["node"], "a thread that only imports writes nothing", async () => {
  registry.exposeSync();
  const before = snapshot();
  const door = JSON.stringify(new URL("../../dist/esm/node.js", import.meta.url).href);
  const worker = new Worker(`import(${door}).then(({ join, registry }) => join(registry.ticket()))`, { eval: true });
  await new Promise((resolve, reject) => worker.on("error", reject).on("exit", resolve));
  unchanged(before, "a thread's import, join and end");
  equal(kept.other.memoryUsage().limit, 8 << 20);
});
