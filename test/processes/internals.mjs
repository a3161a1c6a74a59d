// The spool's inside, bundled once: the sources are TypeScript. Child processes import the same file.

import { readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundled } from "../bundled.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const ROOM = at("../../bindings/processes/");

const sources = [...readdirSync(ROOM).map((name) => ROOM + name), at("../../bindings/errors.ts"), fileURLToPath(import.meta.url)];
const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
export const outfile = await bundled(
  "spool",
  `
    export * from "./bindings/processes/spool.ts";
    export { Compaction } from "./bindings/processes/compaction.ts";
    export { Deaths } from "./bindings/processes/deaths.ts";
    export { Shelf } from "./bindings/processes/shelf.ts";
    export { SystemDisk } from "./bindings/processes/disk.ts";
    export { BEAT_SECONDS } from "./bindings/processes/deaths.ts";
    export { HEAD_BYTES, headBytes, headOf, takenBytesOf, takenOf } from "./bindings/processes/head.ts";
    export { named, registryPart, runNamed, runNumberOf } from "./bindings/processes/paths.ts";
  `,
  { platform: "neutral", external: ["node:*"], newest },
);

export const spool = await import(outfile);
