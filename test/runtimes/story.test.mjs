// The story in every runtime: the machine's Node, a current one, Deno from the sources, Bun, and workerd, once
// with the edge door as it is and once bundled through the package's `workerd` condition.

import { cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { equal } from "node:assert/strict";
import { build } from "esbuild";
import { each, NODES, run, told } from "./programs.mjs";
import { folder, project } from "./packed.mjs";
import { redirected, served } from "./workerd.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const THREADS = at("../story/threads.mjs");
/** From the first date on that workerd serves, and from one with everything that is new. */
const DATES = ["2023-01-01", "2026-11-01"];

each([...NODES, "bun"], "the story with threads", async (runtime, t) => {
  await told(t, await run(runtime, THREADS, [], { within: 60000 }));
});

each(["deno"], "the story with threads, from the sources", async (runtime, t) => {
  await told(
    t,
    await run(runtime, THREADS, [], {
      within: 60000,
      arguments: ["run", "-A", "--no-lock", "--quiet", "--config", at("../story/deno.json")],
    }),
  );
});

async function toldBy(t, where, modules, date) {
  await served(where, modules, date, async (address) => {
    for (const round of ["first", "second"]) {
      const response = await fetch(address);
      await t.test(`${round} request`, async (inner) => told(inner, { code: 0, stdout: await response.text(), stderr: "" }));
    }
    const metrics = await fetch(`${address}/metrics`);
    equal(metrics.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  });
}

for (const date of DATES) {
  each(["workerd"], `the story in one isolate of ${date}, the edge door as an ES module with a static import of Wasm`, async (_, t) => {
    const where = folder("edge");
    for (const file of ["edge.js", "core.edge.wasm"]) cpSync(at(`../../dist/esm/${file}`), join(where, file));
    cpSync(at("../story/steps.mjs"), join(where, "steps.mjs"));
    cpSync(at("fixtures/edge-worker.mjs"), join(where, "worker.mjs"));
    redirected(join(where, "worker.mjs"), "tallystick", "./edge.js");
    await toldBy(t, where, { "worker.mjs": "esModule", "steps.mjs": "esModule", "edge.js": "esModule", "core.edge.wasm": "wasm" }, date);
  });

  for (const [how, loader, external] of [
    ["copied by its loader", { ".wasm": "copy" }, []],
    ["left external", {}, ["*.wasm"]],
  ]) {
    each(["workerd"], `the story in one isolate of ${date}, bundled through the workerd condition, the Wasm ${how}`, async (_, t) => {
      const where = project("edge");
      const outdir = join(where, "bundled");
      const entry = join(where, "edge-worker.mjs");
      await build({
        entryPoints: [entry],
        bundle: true,
        format: "esm",
        conditions: ["workerd"],
        loader,
        external,
        outdir,
        logLevel: "silent",
      });
      if (external.length > 0) cpSync(join(where, "node_modules/tallystick/dist/esm/core.edge.wasm"), join(outdir, "core.edge.wasm"));
      const [wasm] = readdirSync(outdir).filter((file) => file.endsWith(".wasm"));
      await toldBy(t, outdir, { "edge-worker.js": "esModule", [wasm]: "wasm" }, date);
    });
  }
}

test("the workerd condition of the package is the edge door", async () => {
  const { default: manifest } = await import("../../package.json", { with: { type: "json" } });
  equal(manifest.exports["."].workerd.default, manifest.exports["./edge"].default);
});
