// What tests bundle of the bindings' inside: the sources are TypeScript, and the doors hide it. Files of tests run beside each
// other and their threads and child processes import the same bundles: none ever reads half of one.

import { existsSync, renameSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { threadId } from "node:worker_threads";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
let made = 0;

/**
 * Bundles `contents`, which imports from the project's root, as `build/NAME.mjs`, and returns its path. With `newest`, in
 * milliseconds since the epoch, a bundle that was made since then stays. `options` are esbuild's.
 */
export async function bundled(name, contents, { newest = Infinity, ...options } = {}) {
  const outfile = at(`../build/${name}.mjs`);
  if (existsSync(outfile) && statSync(outfile).mtimeMs >= newest) return outfile;
  const own = `${outfile}.${process.pid}.${threadId}.${made++}`;
  await build({
    stdin: { contents, resolveDir: at(".."), loader: "ts" },
    bundle: true,
    format: "esm",
    target: "es2022",
    ...options,
    outfile: own,
  });
  renameSync(own, outfile);
  return outfile;
}

/** The doors' side effects are what they are for. */
export const DOORS = { ignoreAnnotations: true, platform: "neutral", external: ["node:*"] };
