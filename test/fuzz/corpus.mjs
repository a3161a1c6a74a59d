// Inputs that failed once, a file each: bytes as they are, all else as JSON. They are kept, and tried again by every `npm test`.

import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const folderOf = (name) => fileURLToPath(new URL(`corpus/${name}/`, import.meta.url));

/** Of JSON in files: what it has no word for is written as an object of one. */
function told(_, value) {
  if (typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)))
    return { number: Object.is(value, -0) ? "-0" : `${value}` };
  return value === undefined ? { number: undefined } : value;
}

function heard(_, value) {
  return typeof value?.number === "string" && Object.keys(value).length === 1 ? Number(value.number) : value;
}

/** Writes an input, and returns the name of its file. */
export function keep(name, input) {
  const bytes = input instanceof Uint8Array;
  const content = bytes ? input : `${JSON.stringify(input, told, 1)}\n`;
  const file = `${createHash("sha256").update(content).digest("hex").slice(0, 12)}.${bytes ? "bin" : "json"}`;
  mkdirSync(folderOf(name), { recursive: true });
  writeFileSync(folderOf(name) + file, content);
  return file;
}

/** All inputs that are kept for a target, by their files' names. */
export function kept(name) {
  let files;
  try {
    files = readdirSync(folderOf(name)).sort();
  } catch {
    files = [];
  }
  return files.map((file) => {
    const content = readFileSync(folderOf(name) + file);
    return { file, input: file.endsWith(".json") ? JSON.parse(content, heard) : new Uint8Array(content) };
  });
}
