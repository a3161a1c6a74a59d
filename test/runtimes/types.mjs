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

/** Declarations, parsed once for all programs that read them alike. */
const parsed = new Map();

const isOthers = (file) => file.startsWith(TYPES) || /^lib\..*\.d\.ts$/.test(basename(file));
const isDeclaration = (file) => isOthers(file) || file.includes("/node_modules/");

function host(options) {
  const made = ts.createCompilerHost(options);
  const read = made.getSourceFile;
  made.getSourceFile = (file, how, ...rest) => {
    if (!isDeclaration(file)) return read(file, how, ...rest);
    const key = JSON.stringify([file, how.languageVersion, how.impliedNodeFormat, options.moduleDetection, options.moduleResolution]);
    if (!parsed.has(key)) parsed.set(key, read(file, how, ...rest));
    return parsed.get(key);
  };
  return made;
}

/** What is wrong with the package's declarations and the program: those of others are theirs, and what clashes with them is told of both. */
function complaints(program) {
  const own = program.getSourceFiles().filter(({ fileName }) => !isOthers(fileName));
  return [
    ...program.getOptionsDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...own.flatMap((file) => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
    ...program.emit().diagnostics,
  ];
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
  const diagnostics = [...errors, ...complaints(program)];
  return ts.formatDiagnostics(diagnostics, {
    getCanonicalFileName: (file) => file,
    getCurrentDirectory: () => where,
    getNewLine: () => "\n",
  });
}
