// Memory has a limit and says so; what is freed is used again.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { Registry } from "tallystick";

/** Runs a program of its own: the default memory is configured once a process. */
function program(source) {
  const text = `import { configure, registry, Registry, MetricsError } from "tallystick";\n${source}`;
  const run = execFileSync(process.execPath, ["--expose-gc", "--input-type=module", "-e", text], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    encoding: "utf8",
  });
  return JSON.parse(run);
}

test("a full memory drops new series, counts the drops, keeps the old ones exact, and is scraped", () => {
  const result = program(`
    configure({ maxBytes: 1 << 20 });
    const jobs = registry.counter({ name: "jobs", help: "", labelNames: ["n"] });
    const first = jobs.labels("first");
    for (let i = 0; i < 30000; i++) { jobs.inc({ n: i }); first.inc(); }
    let refused;
    try { for (let i = 0; i < 1e5; i++) registry.counter({ name: "more_" + i, help: "x".repeat(1000) }); } catch (error) { refused = { code: error.code, message: error.message }; }
    const text = new TextDecoder().decode(registry.exposeSync().body);
    const series = text.split("\\n").filter((line) => line.startsWith("jobs_total{n=")).length;
    const dropped = Number(/reason="memory"} (\\d+)/.exec(text)[1]);
    const sum = text.split("\\n").filter((line) => line.startsWith("jobs_total{n=") && !line.includes("first")).reduce((sum, line) => sum + Number(line.split(" ")[1]), 0);
    console.log(JSON.stringify({ series, dropped, sum, first: first.value(), refused, usage: registry.memoryUsage() }));
  `);
  assert.ok(result.series > 5000, `${result.series} series`);
  assert.equal(result.first, 30000);
  assert.equal(result.sum, result.series - 1);
  assert.equal(result.sum + result.dropped, 30000);
  assert.equal(result.refused.code, "memory-exhausted");
  assert.match(result.refused.message, /Cannot register counter "more_\d+": the memory's limit of 1048576 bytes is used up/);
});

test("1,000 registries created and dropped leave the memory flat", () => {
  const use = () => {
    const registry = new Registry();
    registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["n"] }).inc({ n: 1 });
    registry.gauge({ name: "level", help: "Level." }).set(1);
    registry.histogram({ name: "sizes", help: "Sizes." }).observe(1);
    registry.exposeSync();
    registry.close();
    return registry;
  };
  for (let i = 0; i < 20; i++) use();
  const registry = new Registry();
  const before = registry.memoryUsage().reserved;
  for (let i = 0; i < 1000; i++) use();
  // A byte a registry would be 1,000.
  assert.ok(registry.memoryUsage().reserved - before < 1000, `${before} bytes grew to ${registry.memoryUsage().reserved}`);
  registry.close();
});

test("registries that are garbage are given back without close", () => {
  const { before, after } = program(`
    const make = () => { const dropped = new Registry(); dropped.counter({ name: "jobs", help: "", labelNames: ["n"] }).inc({ n: "x".repeat(1000) }); };
    const settle = async () => { for (let i = 0; i < 5; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 5)); } };
    for (let i = 0; i < 100; i++) make();
    await settle();
    for (let i = 0; i < 100; i++) make();
    await settle();
    const before = registry.memoryUsage().reserved;
    for (let round = 0; round < 10; round++) { for (let i = 0; i < 100; i++) make(); await settle(); }
    console.log(JSON.stringify({ before, after: registry.memoryUsage().reserved }));
  `);
  assert.ok(after <= before * 1.2, `${before} bytes grew to ${after}`);
});

test("registries that are garbage are given back with their collectors, though those hold them; but not where there is a ticket", () => {
  const { before, after, ended, asked } = program(`
    import { Worker } from "node:worker_threads";
    let ended = 0;
    const tracked = new FinalizationRegistry(() => ended++);
    const make = () => {
      const dropped = new Registry();
      dropped.gauge({ name: "level", help: "x".repeat(1000) });
      dropped.collect(() => void dropped.counter({ name: "runs" }).inc());
      dropped.collect(() => [{ type: "gauge", name: "constant", samples: [{ value: 1 }] }]);
      tracked.register(dropped);
    };
    const settle = async () => { for (let i = 0; i < 5; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 5)); } };
    const round = async () => { for (let i = 0; i < 100; i++) make(); await settle(); };
    await round();
    await round();
    const before = registry.memoryUsage().reserved;
    for (let i = 0; i < 10; i++) await round();
    const after = registry.memoryUsage().reserved;
    let runs = 0;
    const ticket = (() => {
      const shared = new Registry();
      const ticket = shared.ticket();
      shared.collect(() => void runs++);
      return ticket;
    })();
    const early = (() => {
      const shared = new Registry();
      shared.collect(() => void runs++);
      return shared.ticket();
    })();
    await settle();
    const source = 'import { parentPort, workerData } from "node:worker_threads"; import { join } from "tallystick"; await join(workerData[0]).expose(); parentPort.postMessage("done")';
    const worker = new Worker(source, { eval: true, workerData: [ticket, early], execArgv: ["--input-type=module"] });
    await new Promise((resolve) => worker.once("message", resolve));
    await worker.terminate();
    console.log(JSON.stringify({ before, after, ended, asked: runs }));
    process.exit();
  `);
  assert.ok(after <= before * 1.2, `${before} bytes grew to ${after}`);
  assert.ok(ended >= 1000, `${ended} of 1200 ended`);
  assert.equal(asked, 2);
});

test("series removed and made again use the memory of those before", () => {
  const registry = new Registry();
  const jobs = registry.counter({ name: "jobs", help: "", labelNames: ["n"] });
  const sizes = registry.histogram({ name: "sizes", help: "", labelNames: ["n"] });
  const level = registry.gauge({ name: "level", help: "", labelNames: ["n"] });
  const round = (from) => {
    for (let i = from; i < from + 2000; i++) {
      jobs.inc({ n: i });
      sizes.observe({ n: i }, 1);
      level.set({ n: i }, 1);
    }
    for (let i = from; i < from + 2000; i++) {
      jobs.remove(i);
      sizes.remove(i);
      level.remove(i);
    }
  };
  // The trie's nodes come as random keys need them: they stop growing when most places were needed once.
  let from = 0;
  const rounds = (count) => {
    for (let i = 0; i < count; i++) round((from += 2000));
  };
  rounds(30);
  const before = registry.memoryUsage().reserved;
  rounds(30);
  assert.ok(registry.memoryUsage().reserved <= before * 1.1, `${before} bytes grew to ${registry.memoryUsage().reserved}`);
  registry.close();
});
