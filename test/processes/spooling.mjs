// The inside of what exports and imports images, in the doors' own copy of everything: for tests and benchmarks that make
// images of many processes in one.

import { bundled, DOORS } from "../bundled.mjs";

const outfile = await bundled(
  "spooling",
  `
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
  DOORS,
);

export const spooling = await import(outfile);
