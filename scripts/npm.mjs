// The npm that runs the script (`npx` and `node` know none: then the path's).

import { execFileSync, spawnSync } from "node:child_process";

function command() {
  const npm = process.env.npm_execpath;
  return npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
}

/** `npm ci` of a package inside this one: installs what the lock file in `folder` says; throws where that fails. */
export function installed(folder, stdio) {
  const [program, first] = command();
  execFileSync(program, [...first, "ci", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error"], { stdio });
}

/** What `npm audit --json` says of the lock file in `folder`; empty where there is no npm. */
export function auditOf(folder) {
  const [program, first] = command();
  return spawnSync(program, [...first, "audit", "--json"], { cwd: folder, encoding: "utf8", maxBuffer: 2 ** 28 }).stdout ?? "";
}
