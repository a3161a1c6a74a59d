// Both ends of a push with the core, bundled once with a door: registries, who writes and who reads their images, pushers and receivers.

import { renameSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const outfile = at("../../build/push-real.mjs");
// Files of tests run beside each other: none reads half of it.
const made = `${outfile}.${process.pid}`;
await build({
  stdin: {
    contents: `
      export * from "./bindings/node.ts";
      export { Exporter } from "./bindings/processes/exporter.ts";
      export { Source } from "./bindings/processes/source.ts";
      export { ImagePusher } from "./bindings/processes/push.ts";
      export { imageReceiver } from "./bindings/processes/receive.ts";
      export { Bodies } from "./bindings/processes/receive-keep.ts";
      export { later } from "./bindings/processes/push-turn.ts";
      export { pusher, receiver } from "./bindings/processes/push-entry.ts";
      export * as status from "./assembly/status.ts";
      export * as wire from "./bindings/processes/forward-wire.ts";
    `,
    resolveDir: at("../.."),
    loader: "ts",
  },
  bundle: true,
  ignoreAnnotations: true,
  external: ["node:*"],
  format: "esm",
  target: "es2022",
  outfile: made,
});
renameSync(made, outfile);
export const built = await import(outfile);
