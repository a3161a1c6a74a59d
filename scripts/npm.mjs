// `npm ci` of a package inside this one, by the npm that runs the script (`npx` and `node` know none: then the path's).

import { execFileSync } from "node:child_process";

/** Installs what the lock file in `folder` says; throws where that fails. */
export function installed(folder, stdio) {
  const npm = process.env.npm_execpath;
  const [command, first] = npm?.endsWith(".js") ? [process.execPath, [npm]] : ["npm", []];
  execFileSync(command, [...first, "ci", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error"], { stdio });
}
