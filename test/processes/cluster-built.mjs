// The inside of `cluster()`, bundled once; processes that the tests start find it by its path.

import { bundled } from "../bundled.mjs";

const outfile = await bundled(
  "cluster",
  `
    export * from "./bindings/processes/cluster-channel.ts";
    export { ClusterCollector } from "./bindings/processes/cluster-collector.ts";
    export { clusterRuntime } from "./bindings/processes/cluster-runtime.ts";
    export { ClusterWorker } from "./bindings/processes/cluster-worker.ts";
  `,
  { platform: "neutral", external: ["node:*"] },
);

process.env.CLUSTER_BUILT = outfile;
