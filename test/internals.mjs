// What tests need of the bindings' inside, bundled once: the sources are TypeScript and the doors hide it.

import { bundled } from "./bundled.mjs";

const outfile = await bundled(
  "internals",
  `
    export { define } from "./bindings/definition.ts";
    export { definitionAt, definitionInput } from "./bindings/stored.ts";
    export { Core } from "./bindings/core.ts";
    export { setRuntime } from "./bindings/runtime.ts";
    export { readDirectory as readMultiprocessDir } from "./bindings/processes/multiprocess.ts";
    export { keyMeaning, fileNamed, FILE_KINDS } from "./bindings/processes/python.ts";
    export { labelBlock, LabelCache } from "./bindings/labels.ts";
    export { encodingOf, negotiate } from "./bindings/negotiate.ts";
    export * as status from "./assembly/status.ts";
  `,
);

export const internals = await import(outfile);
