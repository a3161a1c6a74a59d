// The spool's inside, bundled once: the sources are TypeScript. Child processes import the same file.

import { existsSync, readdirSync, renameSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
export const outfile = at("../../build/spool.mjs");
const ROOM = at("../../bindings/processes/");

const newest = Math.max(...readdirSync(ROOM).map((name) => statSync(ROOM + name).mtimeMs));
if (!existsSync(outfile) || statSync(outfile).mtimeMs < newest) {
  const made = `${outfile}.${process.pid}`;
  await build({
    stdin: {
      contents: `
        export * from "./bindings/processes/spool.ts";
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
