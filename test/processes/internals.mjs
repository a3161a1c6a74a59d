// The spool's inside, bundled once: the sources are TypeScript. Child processes import the same file.

import { existsSync, readdirSync, renameSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
export const outfile = at("../../build/spool.mjs");
const ROOM = at("../../bindings/processes/");

const sources = [...readdirSync(ROOM).map((name) => ROOM + name), at("../../bindings/errors.ts"), fileURLToPath(import.meta.url)];
const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
if (!existsSync(outfile) || statSync(outfile).mtimeMs < newest) {
  const made = `${outfile}.${process.pid}`;
  await build({
    stdin: {
      contents: `
        export * from "./bindings/processes/spool.ts";
        export { Compaction } from "./bindings/processes/compaction.ts";
        export { Deaths } from "./bindings/processes/deaths.ts";
        export { Shelf } from "./bindings/processes/shelf.ts";
        export { SystemDisk } from "./bindings/processes/disk.ts";
        export { BEAT_SECONDS } from "./bindings/processes/deaths.ts";
        export { HEAD_BYTES, headBytes, headOf, takenBytesOf, takenOf } from "./bindings/processes/head.ts";
        export { named, registryPart, runNamed, runNumberOf } from "./bindings/processes/paths.ts";
      `,
      resolveDir: at("../.."),
      loader: "ts",
    },
    bundle: true,
    platform: "neutral",
    external: ["node:*"],
    format: "esm",
    target: "es2022",
    outfile: made,
  });
  renameSync(made, outfile);
}

export const spool = await import(outfile);
