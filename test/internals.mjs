// What tests need of the bindings' inside, bundled once: the sources are TypeScript and the doors hide it.

import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const outfile = at("../build/internals.mjs");

await build({
  stdin: {
    contents: `
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
    resolveDir: at(".."),
    loader: "ts",
  },
  bundle: true,
  format: "esm",
  target: "es2022",
  outfile,
});

export const internals = await import(outfile);
