// The package as npm packs it, unpacked into the node_modules of a folder of its own with copies of the
// fixtures beside it: what is tested is what users install.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FIXTURES = fileURLToPath(new URL("fixtures", import.meta.url));

const folders = [];
process.once("exit", () => {
  for (const path of folders) rmSync(path, { recursive: true, force: true, maxRetries: 5 });
});

/** A new folder that is removed when the tests are done. */
export function folder(name) {
  const path = mkdtempSync(join(tmpdir(), `tallystick-${name}-`));
  folders.push(path);
  return path;
}

/** Where a run of all tests keeps the archive: packing takes seconds, and every file of a run would pack the same. */
const KEPT = process.env.TALLYSTICK_ARCHIVE;
let packedHere;

/** The archive that npm packs: one a run of `npm test`, else one a process. */
function archive() {
  if (KEPT !== undefined && existsSync(KEPT)) return KEPT;
  if (packedHere !== undefined) return packedHere;
  const path = folder("archive");
  const npm = { cwd: ROOT, encoding: "utf8", env: { ...process.env, npm_config_loglevel: "error", npm_config_dry_run: "false" } };
  // In an npm script `npm` is the old one that @as-pect/cli brings along, which knows no destination.
  const running = process.env.npm_execpath?.endsWith("npm-cli.js") ? [process.execPath, process.env.npm_execpath] : ["npm"];
  const [command, ...args] = [...running, "pack", "--ignore-scripts", "--pack-destination", path];
  execFileSync(command, args, { ...npm, stdio: ["ignore", "ignore", "inherit"] });
  packedHere = join(
    path,
    readdirSync(path).find((file) => file.endsWith(".tgz")),
  );
  if (KEPT === undefined) return packedHere;
  // Whole or not there: another file may pack, too.
  cpSync(packedHere, `${KEPT}.${process.pid}`);
  renameSync(`${KEPT}.${process.pid}`, KEPT);
  return KEPT;
}

/** A folder with the packed package, the fixtures and the story's steps; the package is an ESM one. */
export function project(name) {
  const path = folder(name);
  const there = join(path, "node_modules", "tallystick");
  mkdirSync(there, { recursive: true });
  execFileSync("tar", ["-xzf", archive(), "-C", there, "--strip-components=1"]);
  cpSync(FIXTURES, path, { recursive: true });
  cpSync(join(ROOT, "test/story/steps.mjs"), join(path, "steps.mjs"));
  writeFileSync(
    join(path, "package.json"),
    JSON.stringify({ name: "consumer", private: true, type: "module", dependencies: { tallystick: "*" } }),
  );
  // A workspace of its own: Deno looks for others in every folder above.
  writeFileSync(join(path, "deno.json"), JSON.stringify({ nodeModulesDir: "manual", workspace: [] }));
  return path;
}
