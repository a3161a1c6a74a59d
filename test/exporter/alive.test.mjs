// An exporter in every runtime that has threads keeps nobody alive, and ends; as the package that users install.

import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { each, ran, pathOf, run, said, THREADED } from "../runtimes/programs.mjs";
import { project } from "../runtimes/packed.mjs";

const path = project("exporter-alive");

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

writeFileSync(join(path, "ends.mjs"), ENDS);
each(
  THREADED,
  "an exporter keeps no program alive",
  async (runtime) => {
    const result = await run(runtime, join(path, "ends.mjs"), [], { cwd: path, within: 30_000 });
    assert.equal(result.code, 0, said(result));
    assert.equal(result.stdout, "true\ntrue\nlisten\nends\n", said(result));
  },
  { together: true },
);

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

writeFileSync(join(path, "replaces.mjs"), REPLACES);
each(THREADED, "an exporter serves another registry, and keeps no program alive for it", async (runtime) => {
  const result = await run(runtime, join(path, "replaces.mjs"), [], { cwd: path, within: 30_000 });
  assert.equal(result.stdout, "replaced\n", said(result));
  assert.equal(result.code, 0, said(result));
});

each(["node"], "the edge's entry says that there is no server, and needs nothing of a runtime", async () => {
  const entry = join(path, "node_modules/tallystick/dist/esm/exporter-edge.js");
  assert.doesNotMatch(readFileSync(entry, "utf8"), /from "node:/);
  const program = `import { serve } from ${JSON.stringify(entry)}; await serve().catch(({ name, code, message }) => console.log(name, code, message));`;
  writeFileSync(join(path, "edge.mjs"), program);
  const result = await ran(pathOf("node"), ["edge.mjs"], { cwd: path });
  const words = /^ExporterError listen Cannot serve metrics at "127\.0\.0\.1", port 9464: this runtime has no servers of its own/;
  assert.match(result.stdout, words, said(result));
});
