// A fixture as a worker of workerd, bundled with the package as its users would.

import { cpSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { project } from "../runtimes/packed.mjs";
import { served } from "../runtimes/workerd.mjs";

const MODULES = fileURLToPath(new URL("../../node_modules", import.meta.url));

/** Calls `body` with the address of the worker that a file of the fixtures is; one of another room by its way from here. */
export async function worked(fixture, body) {
  const path = project("record-edge");
  const entry = join(path, basename(fixture));
  cpSync(fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url)), entry);
  await build({
    entryPoints: [entry],
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd"],
    external: ["*.wasm"],
    nodePaths: [MODULES],
    logLevel: "warning",
    outfile: join(path, "worker.mjs"),
  });
  cpSync(join(path, "node_modules/tallystick/dist/esm/core.edge.wasm"), join(path, "core.edge.wasm"));
  const modules = { "worker.mjs": "esModule", "core.edge.wasm": "wasm" };
  await served(path, modules, "2026-01-01", body);
}
