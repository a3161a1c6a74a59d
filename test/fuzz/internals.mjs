// What fuzzing needs of the bindings' inside beside what other tests have, bundled once.

import { bundled } from "../bundled.mjs";

const outfile = await bundled(
  "fuzzing",
  `
    export { define } from "./bindings/definition.ts";
    export { definitionAt, definitionInput } from "./bindings/stored.ts";
    export { optionsOf, shapeText } from "./bindings/processes/shapes.ts";
    export * as wire from "./bindings/processes/forward-wire.ts";
    export * as journal from "./bindings/processes/receive-journal-record.ts";
    export { bodyOf } from "./bindings/processes/receive-body.ts";
    export { Auth } from "./bindings/exporter/auth.ts";
    export { tokenIn } from "./bindings/processes/receive-token.ts";
    export { encodingOf, negotiate } from "./bindings/negotiate.ts";
    export * as status from "./assembly/status.ts";
  `,
  { platform: "node" },
);

export const inside = await import(outfile);
