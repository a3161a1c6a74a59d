// Where the runtimes are that tests and benches run on. Deno, Bun, workerd and a current Node come with
// test/runtimes, a package of its own: as dependencies of this one their bin links would shadow the machine's
// Node in every script.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { installed } from "./npm.mjs";

const FOLDER = fileURLToPath(new URL("../test/runtimes/", import.meta.url));
const PATHS = {
  node: process.execPath,
  "node-current": `${FOLDER}node_modules/node-current/bin/node`,
  deno: `${FOLDER}node_modules/deno/deno`,
  bun: `${FOLDER}node_modules/bun/bin/bun.exe`,
  workerd: `${FOLDER}node_modules/workerd/bin/workerd`,
};

/** Installs test/runtimes where it is absent; says so and goes on without where that fails. */
export function installRuntimes() {
  if (existsSync(`${FOLDER}node_modules/.package-lock.json`)) return true;
  console.log("Installing Deno, Bun, workerd and a current Node into test/runtimes (once, about 300 MB)");
  try {
    installed(FOLDER, "inherit");
    return true;
  } catch (error) {
    console.log(`The other runtimes could not be installed: ${error.message}`);
    return false;
  }
}

/** The binaries that are there, by name. */
export function runtimes() {
  return Object.fromEntries(Object.entries(PATHS).map(([name, path]) => [name, existsSync(path) ? path : undefined]));
}

/** The version a binary says it is. */
export function version(name) {
  const path = PATHS[name];
  return execFileSync(path, ["--version"], { encoding: "utf8" }).trim().split("\n")[0];
}
