// Words, names and sizes of files.

import { basename } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { files, isMade, lineOf, nodes, none, text, tree } from "./sources.mjs";

/** Lines of one file: what fits a head. */
const LINES_MAX = 400;
/** Every record is drawn once, in one file. */
const LINES_MAX_LAYOUT = 600;

/** Written so that this file does not hold them itself. */
const DENIED = [
  [/\b(TO)(DO)\b|\b(FIX)(ME)\b|\bX(XX)\b/, "do it now, or write it under Limitations"],
  [/@ts-(ignore|nocheck)\b/, "say what the type is"],
  [/@ts-expect-error\b/, "say what the type is; what must not compile is a test"],
  [/(?<![\w.$}])\/(work|root|home|Users)\/\w/, "no path of one machine: derive it from import.meta.url"],
  [
    /registry\.(npmjs|yarnpkg)\.|deb\.debian\.org|npm\.pkg\.github/,
    "no host of a registry: the machine's own settings say where packages come from",
  ],
  [/\b(https?:\/\/)(localhost|127\.0\.0\.1):[1-9]\d{3,}/, "no fixed port: listen on 0 and ask"],
];
const own = files().filter((path) => !path.startsWith("test/tidy/") && !path.endsWith("package-lock.json"));

test("no file holds a word that says it is not done, hides a type, or names a machine", () => {
  const found = own.flatMap((path) =>
    text(path)
      .split("\n")
      .flatMap((line, i) =>
        DENIED.filter(([word]) => word.test(line) && !(path.startsWith("test/") && line.includes("@ts-expect-error"))).map(
          ([word, cure]) => `${path}:${i + 1} ${word.exec(line)[0]}: ${cure}`,
        ),
      ),
  );
  none(found, "Do what stands behind each");
});

test("lock files name no host that packages come from", () => {
  const wrong = files("", "package-lock.json").filter((path) => /"resolved": "https?:/.test(text(path)));
  none(wrong, "Write them with omit-lockfile-registry-resolved");
});

test("no `any` in TypeScript", () => {
  const found = files("", ".ts").flatMap((path) =>
    [...nodes(tree(path))].filter((node) => node.kind === ts.SyntaxKind.AnyKeyword).map((node) => `${lineOf(node)} any`),
  );
  none(found, "Say what it is, or `unknown`");
});

test("no default exports in assembly/ and bindings/", () => {
  const wrong = [...files("assembly/", ".ts"), ...files("bindings/", ".ts")].filter((path) => /^export default /m.test(text(path)));
  none(wrong, "Give it a name");
});

test(`no file of assembly/ and bindings/ is longer than ${LINES_MAX} lines`, () => {
  const long = [...files("assembly/", ".ts"), ...files("bindings/", ".ts")]
    .filter((path) => !isMade(path))
    .map((path) => [path, text(path).split("\n").length - 1])
    .filter(([path, lines]) => lines > (path === "assembly/layout.ts" ? LINES_MAX_LAYOUT : LINES_MAX))
    .map(([path, lines]) => `${path}: ${lines} lines`);
  none(long, "Find the second noun in it and give it a file");
});

test("files are named by a noun of theirs, in lower case", () => {
  const vague = /^(utils?|helpers?|common|types|misc|shared|stuff|lib)\b/;
  const wrong = files()
    .filter((path) => /\.(ts|mjs|js)$/.test(path))
    .filter((path) => {
      const name = basename(path);
      return vague.test(name) || !/^[a-z0-9]+([-_][a-z0-9]+)*(\.(test|config|d))?\.(ts|mjs|js)$/.test(name);
    })
    .filter((path) => path !== "test/runtimes/types.mjs");
  none(wrong, "lower case, words joined by hyphens; never utils, helpers, common, types, misc");
});

test("every source opens with what it is for", () => {
  const wrong = files()
    .filter((path) => /\.(ts|mjs|js)$/.test(path) && !path.includes("/fixtures/"))
    .filter((path) => !/^(#!.*\n)?(\/\/ |\/\*)/.test(text(path)));
  none(wrong, "Begin the file with one to three sentences");
});
