// The inside of what exports and imports images, in the doors' own copy of everything: for tests and benchmarks that make
// images of many processes in one.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const outfile = at("../../build/spooling.mjs");

await build({
  stdin: {
    contents: `
      import "./bindings/node.ts";
      export * from "./bindings/node.ts";
      export * from "./bindings/processes/index.ts";
      export { blockLabels } from "./bindings/labels.ts";
      export { labelsBeyond } from "./bindings/processes/labels.ts";
      export { Exporter } from "./bindings/processes/exporter.ts";
      export { imageReceiver } from "./bindings/processes/receive.ts";
      export { SpoolReader } from "./bindings/processes/reader.ts";
      export { SpoolWriter } from "./bindings/processes/writer.ts";
      export { Source } from "./bindings/processes/source.ts";
      export { SystemDisk } from "./bindings/processes/disk.ts";
      export { headBytes } from "./bindings/processes/head.ts";
      export { leaversSwept, remembered } from "./bindings/processes/left.ts";
    `,
    resolveDir: at("../.."),
    loader: "ts",
  },
  bundle: true,
  // The doors' side effects are what they are for.
  ignoreAnnotations: true,
  platform: "neutral",
  external: ["node:*"],
  format: "esm",
  target: "es2022",
  outfile,
});

export const spooling = await import(outfile);
