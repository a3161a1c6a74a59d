// What a door costs whoever bundles it: minified by esbuild, compressed by gzip. Fails where a door has grown
// past its limit, so that growth is a decision.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Most bytes after gzip: what was there when the limit was set, and 2 to 3 %. */
const LIMITS = {
  "dist/esm/node.js": 134_500,
  "dist/esm/bun.js": 134_500,
  "dist/esm/deno.js": 134_500,
  "dist/cjs/node.cjs": 134_500,
  "dist/esm/edge.js": 31_500,
  "dist/esm/core.edge.wasm": 79_000,
  "dist/esm/processes.js": 34_650,
  "dist/esm/push.js": 24_300,
  "dist/esm/probe.js": 7_900,
  "dist/esm/probe-thread.js": 13_600,
  "dist/esm/probe-edge.js": 2_500,
  "dist/esm/exporter.js": 6_850,
  "dist/esm/exporter-thread.js": 4_300,
  "dist/esm/exporter-edge.js": 2_500,
  "dist/esm/http.js": 12_250,
  "dist/esm/http-edge.js": 9_750,
  "dist/esm/pushgateway.js": 4_300,
  "dist/esm/remote-write.js": 15_850,
  "dist/esm/remote-write-edge.js": 14_800,
  "dist/esm/otlp.js": 11_350,
  "dist/esm/otlp-edge.js": 11_150,
  "dist/esm/exporter-page.html": 43_000,
  "dist/esm/undici.js": 4_250,
  "dist/esm/undici-edge.js": 1_610,
  "dist/esm/runtime.js": 12_550,
  "dist/esm/runtime-edge.js": 1_850,
  "dist/esm/record.js": 25_300,
  "dist/esm/record-thread.js": 7_200,
  "dist/esm/record-edge.js": 10_850,
  "dist/esm/lint.js": 12_300,
  "dist/esm/testing.js": 17_400,
  "dist/cjs/prom-client.cjs": 14_050,
  "dist/esm/prom-client-edge.js": 13_650,
};

async function minified(path) {
  if (/\.(wasm|html)$/.test(path)) return readFileSync(at(path));
  const { outputFiles } = await build({
    entryPoints: [at(path)],
    bundle: true,
    minify: true,
    write: false,
    format: path.endsWith(".cjs") ? "cjs" : "esm",
    target: "es2022",
    platform: "neutral",
    // Entries of their own find the rest in the door.
    external: ["node:*", "*.wasm", "tallystick"],
    logLevel: "error",
  });
  return outputFiles[0].contents;
}

let over = 0;
console.log(`${"door".padEnd(26)}${"minified".padStart(12)}${"gzip".padStart(12)}${"limit".padStart(12)}`);
for (const [path, limit] of Object.entries(LIMITS)) {
  const bytes = await minified(path);
  const packed = gzipSync(bytes, { level: 9 }).length;
  const large = packed > limit;
  over += Number(large);
  console.log(
    `${path.padEnd(26)}${String(bytes.length).padStart(12)}${String(packed).padStart(12)}${String(limit).padStart(12)}${large ? "  too large" : ""}`,
  );
}
if (over > 0) {
  console.log("Take out what grew, or raise the limit in scripts/size.mjs and say why in CHANGELOG.md");
  process.exitCode = 1;
}
