// Runs TypeScript over programs that import the packed package, as users configure it.

import { mkdirSync, cpSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const TYPES = fileURLToPath(new URL("../../node_modules/@types", import.meta.url));
const STRICT = {
  target: "es2022",
  strict: true,
  noUncheckedIndexedAccess: true,
  exactOptionalPropertyTypes: true,
  // The package's own declarations are checked, too, but not those of TypeScript itself.
  skipLibCheck: false,
  skipDefaultLibCheck: true,
  typeRoots: [TYPES],
  outDir: "out",
};

/** TypeScript's own declarations, parsed once for all programs. */
const libraries = new Map();

function host(options) {
  const made = ts.createCompilerHost(options);
  const read = made.getSourceFile;
  made.getSourceFile = (file, ...rest) => {
    if (!/^lib\..*\.d\.ts$/.test(basename(file))) return read(file, ...rest);
    if (!libraries.has(file)) libraries.set(file, read(file, ...rest));
    return libraries.get(file);
  };
  return made;
}

/** Compiles files of a project into `name/out`; `type` is the package's. Returns what TypeScript complains of. */
export function compiled(path, name, type, files, compilerOptions) {
  const where = join(path, name);
  mkdirSync(where);
  for (const file of files) cpSync(join(path, file), join(where, file));
  writeFileSync(join(where, "package.json"), JSON.stringify({ name, private: true, type }));
  const { options, errors, fileNames } = ts.parseJsonConfigFileContent(
    { compilerOptions: { ...STRICT, ...compilerOptions }, files },
    ts.sys,
    where,
  );
  const program = ts.createProgram(fileNames, options, host(options));
  const diagnostics = [...errors, ...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  return ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (file) => file,
    getCurrentDirectory: () => where,
    getNewLine: () => "\n",
  });
}
