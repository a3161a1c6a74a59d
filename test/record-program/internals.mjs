// The inside of the program that reads recordings, bundled once: the sources are TypeScript.

import { readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bundled } from "../bundled.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const ROOM = at("../../bindings/record/program/");

const sources = [...readdirSync(ROOM).map((name) => ROOM + name), fileURLToPath(import.meta.url)];
const newest = Math.max(...sources.map((path) => statSync(path).mtimeMs));
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
  "zone",
];
const contents = names.map((name) => `export * from "./bindings/record/program/${name}.ts";`).join("\n");
const outfile = await bundled("record-program", contents, { platform: "node", newest });

export const program = await import(outfile);
