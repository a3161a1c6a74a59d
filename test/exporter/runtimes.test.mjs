// An exporter in every runtime that has threads: it answers while all others compute, it keeps nobody alive, and ends.
// Alone: it scrapes within the seconds in which other threads compute.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { each, ran, pathOf, run, said, THREADED } from "../runtimes/programs.mjs";
import { project } from "../runtimes/packed.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SECONDS = 3;
const SCRAPES = 40;
/** On a machine that does other things, too: the figure is measured by the bench. */
const LATE_MS = 1500;

for (const collectors of [0, 1]) {
  each(THREADED, `scrapes are answered while all threads compute${collectors === 0 ? "" : ", and a collector cannot"}`, async (runtime) => {
    const program = fileURLToPath(new URL("blocking.mjs", import.meta.url));
    const args = [String(SECONDS), String(SCRAPES), String(collectors)];
    const result = await run(runtime, program, args, { cwd: ROOT, within: 60_000, env: { NODE_BINARY: pathOf("node") } });
    assert.match(result.stdout, /^\{/, said(result));
    const { from, to, begun, ended, took, turns } = JSON.parse(result.stdout.split("\n")[0]);
    assert.ok(from <= begun && ended <= to, `computed from ${from} to ${to}, scraped from ${begun} to ${ended}`);
    assert.equal(took.length, SCRAPES);
    assert.ok(Math.max(...took) < LATE_MS, `${Math.max(...took)} ms`);
    // What is counted meanwhile is there.
    assert.ok(turns.every((each, i) => i === 0 || each >= turns[i - 1]));
    assert.ok(turns.at(-1) > turns[0]);
  });
}

const ENDS = `
import process from "node:process";
import { registry } from "tallystick";
import { serve } from "tallystick/exporter";
registry.counter({ name: "jobs", help: "Jobs." }).inc();
for (const thread of [true, false]) {
  const { url } = await serve({ port: 0, thread });
  console.log(/^jobs_total 1$/m.test(await (await fetch(url)).text()));
}
await serve({ port: 0, host: "192.0.2.1" }).catch((error) => console.log(error.code));
const closed = await serve({ port: 0 });
await closed.close();
console.log("ends");
`;

each(THREADED, "an exporter keeps no program alive", async (runtime) => {
  const path = project(`exporter-${runtime}`);
  writeFileSync(join(path, "ends.mjs"), ENDS);
  const result = await run(runtime, join(path, "ends.mjs"), [], { cwd: path, within: 30_000 });
  assert.equal(result.code, 0, said(result));
  assert.equal(result.stdout, "true\ntrue\nlisten\nends\n", said(result));
});

const REPLACES = `
import { Registry } from "tallystick";
import { serve } from "tallystick/exporter";
const named = (name) => {
  const registry = new Registry();
  registry.gauge({ name, help: "One." }).set(1);
  return registry;
};
for (const thread of [true, false]) {
  let old = named("old");
  const exporter = await serve({ port: 0, thread, registry: old });
  for (let i = 0; i < 20; i++) {
    const next = named("new_" + i);
    await exporter.replace(next);
    old.close();
    old = next;
    const page = await (await fetch(exporter.url)).text();
    if (!page.includes("new_" + i + " 1") || page.includes("old") || page.includes("new_" + (i - 1) + " ")) console.log(page);
  }
  await exporter.close();
}
console.log("replaced");
`;

each(THREADED, "an exporter serves another registry, and keeps no program alive for it", async (runtime) => {
  const path = project(`exporter-replaces-${runtime}`);
  writeFileSync(join(path, "replaces.mjs"), REPLACES);
  const result = await run(runtime, join(path, "replaces.mjs"), [], { cwd: path, within: 30_000 });
  assert.equal(result.stdout, "replaced\n", said(result));
  assert.equal(result.code, 0, said(result));
});

each(["node"], "the edge's entry says that there is no server, and needs nothing of a runtime", async () => {
  const path = project("exporter-edge");
  const entry = join(path, "node_modules/tallystick/dist/esm/exporter-edge.js");
  assert.doesNotMatch(readFileSync(entry, "utf8"), /from "node:/);
  const program = `import { serve } from ${JSON.stringify(entry)}; await serve().catch(({ name, code, message }) => console.log(name, code, message));`;
  writeFileSync(join(path, "edge.mjs"), program);
  const result = await ran(pathOf("node"), ["edge.mjs"], { cwd: path });
  const words = /^ExporterError listen Cannot serve metrics at "127\.0\.0\.1", port 9464: this runtime has no servers of its own/;
  assert.match(result.stdout, words, said(result));
});
