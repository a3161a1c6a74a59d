// Both ends of a push with the core, bundled once with a door: registries, who writes and who reads their images, pushers and receivers.

import { bundled, DOORS } from "../bundled.mjs";

const outfile = await bundled(
  "push-real",
  `
    export * from "./bindings/node.ts";
    export { Exporter } from "./bindings/processes/exporter.ts";
    export { Source } from "./bindings/processes/source.ts";
    export { ImagePusher } from "./bindings/processes/push.ts";
    export { imageReceiver } from "./bindings/processes/receive.ts";
    export { Bodies, wholeFirst } from "./bindings/processes/receive-keep.ts";
    export { FoldedNames, Kept } from "./bindings/processes/receive-kept.ts";
    export { allRefused } from "./bindings/processes/receive-several.ts";
    export * as words from "./bindings/processes/receive-worded.ts";
    export { later } from "./bindings/processes/later.ts";
    export { pusher, receiver } from "./bindings/processes/push-entry.ts";
    export * as status from "./assembly/status.ts";
    export * as wire from "./bindings/processes/forward-wire.ts";
  `,
  DOORS,
);
export const built = await import(outfile);
