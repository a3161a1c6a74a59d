// What TypeScript knows of tallystick/testing and tallystick/lint, as an ES module and as CommonJS sees it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const file = fileURLToPath(new URL("fixtures/typed.ts", import.meta.url));

for (const [what, conditions] of [
  ["an ES module", ["import"]],
  ["CommonJS", ["require"]],
]) {
  test(`types say what a value is, and refuse what is wrong: ${what}`, () => {
    const program = ts.createProgram([file], {
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2022.d.ts"],
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      customConditions: conditions,
      types: [],
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noEmit: true,
    });
    const said = ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"));
    assert.deepEqual(said, []);
  });
}
