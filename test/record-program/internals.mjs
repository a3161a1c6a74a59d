// The inside of the program that reads recordings, bundled once: the sources are TypeScript.

import { existsSync, readdirSync, renameSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const ROOM = at("../../bindings/record/program/");
const outfile = at("../../build/record-program.mjs");

const sources = [...readdirSync(ROOM).map((name) => ROOM + name), fileURLToPath(import.meta.url)];
const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
if (!existsSync(outfile) || statSync(outfile).mtimeMs < newest) {
  const made = `${outfile}.${process.pid}`;
  const names = [
    "axis",
    "batch",
    "decimal",
    "files",
    "labels",
    "moment",
    "order",
    "plot",
    "progress",
    "rows",
    "sketch",
    "summary",
    "text",
    "windows",
  ];
  await build({
    stdin: { contents: names.map((name) => `export * from "./${name}.ts";`).join("\n"), resolveDir: ROOM, loader: "ts" },
    bundle: true,
    format: "esm",
    target: "es2022",
    platform: "node",
    outfile: made,
  });
  renameSync(made, outfile);
}

export const program = await import(outfile);
