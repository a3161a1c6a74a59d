// The inside of `cluster()`, bundled once; processes that the tests start find it by its path.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const outfile = at("../../build/cluster.mjs");

await build({
  stdin: {
    contents: `
      export * from "./bindings/processes/cluster-channel.ts";
      export { ClusterCollector } from "./bindings/processes/cluster-collector.ts";
      export { clusterRuntime } from "./bindings/processes/cluster-runtime.ts";
      export { ClusterWorker } from "./bindings/processes/cluster-worker.ts";
    `,
    resolveDir: at("../.."),
    loader: "ts",
  },
  bundle: true,
  format: "esm",
  platform: "neutral",
  external: ["node:*"],
  target: "es2022",
  outfile,
});

process.env.CLUSTER_BUILT = outfile;
