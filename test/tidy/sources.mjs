// The project's own files and what they import, for the rules in this folder.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
/** What is brought, built or taken down, not written. */
const FOREIGN = new Set(["node_modules", "build", "dist", "generated", ".git", "coverage", "vectors"]);
const WRITTEN = /\.(ts|mjs|js|json|md|yaml|yml|txt|html)$|(^|\/)(run|LICENSE|\.[a-z]+rc|\.gitignore)$/;

function walk(folder) {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    if (FOREIGN.has(entry.name)) return [];
    const path = posix.join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return WRITTEN.test(path) ? [path] : [];
  });
}

const all = walk(".").sort();

/** The project's files below a folder, as paths from the root; by ending where one is given. */
export function files(folder = "", ending = "") {
  return all.filter((path) => path.startsWith(folder) && path.endsWith(ending));
}

export function text(path) {
  return readFileSync(join(ROOT, path), "utf8");
}

export function tree(path) {
  return ts.createSourceFile(path, text(path), ts.ScriptTarget.ESNext, true);
}

/** Every node below one, itself included. */
export function* nodes(node) {
  yield node;
  for (const child of node.getChildren()) yield* nodes(child);
}

export function lineOf(node) {
  const file = node.getSourceFile();
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

/** True for what a script made: its first line says so. */
export function isMade(path) {
  return text(path).startsWith("// Made by scripts/");
}

/** Fails with the cure and what needs it. */
export function none(found, cure) {
  if (found.length !== 0) assert.fail(`${cure}:\n  ${found.join("\n  ")}`);
}

/** What a file imports from the project's own files: {from, to, type, line}. */
export function imports(path) {
  return tree(path)
    .statements.filter((node) => (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined)
    .filter((node) => node.moduleSpecifier.text.startsWith("."))
    .map((node) => {
      const target = relative(ROOT, join(ROOT, dirname(path), node.moduleSpecifier.text))
        .split(sep)
        .join("/");
      const type = ts.isImportDeclaration(node) ? node.importClause?.isTypeOnly === true : node.isTypeOnly;
      return { from: path, to: /\.[a-z]+$/.test(target) ? target : `${target}.ts`, type, line: lineOf(node) };
    });
}

/** A circle of imports among these files, as a list of paths; undefined where there is none. */
export function circle(paths, counted = () => true) {
  const state = new Map();
  const trail = [];
  const visit = (path) => {
    if (state.get(path) === "done") return undefined;
    if (state.get(path) === "open") return [...trail.slice(trail.indexOf(path)), path];
    state.set(path, "open");
    trail.push(path);
    for (const edge of imports(path).filter(counted)) {
      const found = paths.includes(edge.to) ? visit(edge.to) : undefined;
      if (found !== undefined) return found;
    }
    trail.pop();
    state.set(path, "done");
    return undefined;
  };
  for (const path of paths) {
    const found = visit(path);
    if (found !== undefined) return found;
  }
  return undefined;
}
