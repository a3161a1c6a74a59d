// prom-client's API in each runtime, from the package as it is published: one library for `import` and `require`, and the page that
// prom-client has in Node.

import { equal, match } from "node:assert/strict";
import { cpSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { project } from "../runtimes/packed.mjs";
import { each, run, said, THREADED } from "../runtimes/programs.mjs";
import { served } from "../runtimes/workerd.mjs";
import { page } from "./program.mjs";

const path = project("compat-runtimes");
for (const file of ["program.mjs", "fixtures/everywhere.mjs", "fixtures/edge.mjs"])
  cpSync(fileURLToPath(new URL(file, import.meta.url)), join(path, file.replace("fixtures/", "prom-")));
cpSync(fileURLToPath(new URL("program.mjs", import.meta.url)), join(path, "program.mjs"));
const theirs = (await page(createRequire(import.meta.url)("prom-client"))).text;
const PREFIX = { node: "nodejs", "node-current": "nodejs", deno: "deno", bun: "bun" };

each(THREADED, "15: one library, prom-client's page, and default metrics by the runtime's name", async (runtime) => {
  const result = await run(runtime, join(path, "prom-everywhere.mjs"), [], { cwd: path });
  equal(result.code, 0, said(result));
  const { text, metrics, threads, cluster, isOne } = JSON.parse(result.stdout);
  equal(isOne, true);
  equal(text, theirs);
  for (const each of [metrics, threads, cluster]) {
    match(each, /^everywhere 2$/m);
    match(each, /^process_cpu_user_seconds_total \d/m);
    match(each, new RegExp(`^${PREFIX[runtime]}_version_info\\{`, "m"));
  }
});

each(["workerd"], "14: in an isolate the import does no harm, and metrics are counted", async () => {
  await build({
    entryPoints: [join(path, "prom-edge.mjs")],
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd"],
    external: ["*.wasm"],
    logLevel: "warning",
    outfile: join(path, "worker.mjs"),
  });
  cpSync(join(path, "node_modules/tallystick/dist/esm/core.edge.wasm"), join(path, "core.edge.wasm"));
  await served(path, { "worker.mjs": "esModule", "core.edge.wasm": "wasm" }, "2026-01-01", async (address) => {
    const { text, metrics, cluster, pushed } = await (await fetch(address)).json();
    equal(text, theirs);
    match(metrics, /^jobs\{queue="mail"\} 2$/m);
    match(cluster, /^jobs\{queue="mail"\} 2$/m);
    equal(pushed, "TypeError: Cannot push to a Pushgateway here: this runtime has no node:http");
  });
});
