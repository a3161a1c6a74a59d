// Rules of the core: its door, its records, its atomics, and the module that is built from it.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import ts from "typescript";
import { files, isMade, lineOf, nodes, none, ROOT, text, tree } from "./sources.mjs";
import { twins } from "./twins.mjs";

const ATOMICS = "assembly/memory/atomics.ts";
const CORE = join(ROOT, "build/core.wasm");
const EDGE = join(ROOT, "build/core.edge.wasm");
const assembly = files("assembly/", ".ts");

const folder = mkdtempSync(join(tmpdir(), "tallystick-tidy-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function disassembled(path) {
  const binaryen = createRequire(import.meta.resolve("assemblyscript")).resolve("binaryen");
  const wasmDis = join(binaryen, "../bin/wasm-dis");
  return execFileSync(process.execPath, [wasmDis, "--all-features", path], { encoding: "utf8", maxBuffer: 1 << 28 });
}

/** A snippet as the core is compiled: same flags, same optimiser. */
function compiled(source) {
  const file = join(folder, "snippet.ts");
  const outFile = join(folder, "snippet.wasm");
  writeFileSync(file, source);
  const config = JSON.parse(text("asconfig.json"));
  writeFileSync(
    join(folder, "asconfig.json"),
    JSON.stringify({ entries: [file], options: { ...config.options, outFile }, targets: { release: {} } }),
  );
  const asc = join(ROOT, "node_modules/assemblyscript/bin/asc.js");
  execFileSync(process.execPath, [asc, "--config", join(folder, "asconfig.json"), "--target", "release"], { cwd: folder });
  return outFile;
}

test(`only ${ATOMICS} writes atomic.`, () => {
  const wrong = assembly
    .filter((path) => path !== ATOMICS)
    .flatMap((path) => [...nodes(tree(path))])
    .filter((node) => ts.isPropertyAccessExpression(node) && node.expression.getText() === "atomic")
    .map(lineOf);
  none(wrong, `Use a verb of ${ATOMICS}, or write one there`);
});

/** True for a call of a verb that loads atomically. */
function loads(node) {
  if (ts.isParenthesizedExpression(node)) return loads(node.expression);
  if (!ts.isCallExpression(node)) return false;
  return ["load32", "load64", "atomic.load"].includes(node.expression.getText());
}

/** Reinterpretations of what an atomic load gave, at once or by way of a local that is set to it. */
function reinterpreted(file) {
  const found = [];
  for (const body of [...nodes(file)].filter((node) => ts.isFunctionDeclaration(node))) {
    const loaded = new Set();
    for (const node of nodes(body)) {
      if (ts.isVariableDeclaration(node) && node.initializer !== undefined && loads(node.initializer)) loaded.add(node.name.getText());
      if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && loads(node.right)) {
        loaded.add(node.left.getText());
      }
    }
    for (const node of nodes(body)) {
      if (!ts.isCallExpression(node) || node.expression.getText() !== "reinterpret") continue;
      const bits = node.arguments[0];
      if (loads(bits) || loaded.has(bits.getText())) found.push(lineOf(node));
    }
  }
  return found;
}

const CURE =
  "The optimiser would load twice, once without the atomic: carry the bits from a compare-and-swap's result, " +
  "or copy them into scratch and load the float from there";

test("nothing reinterprets the result of an atomic load", () => {
  none(
    assembly.flatMap((path) => reinterpreted(tree(path))),
    CURE,
  );
  const bad = [
    "function a(p: usize): f64 { return reinterpret<f64>(load64(p)); }",
    "function b(p: usize): f64 { const bits = load64(p); return bits == 0 ? 0 : reinterpret<f64>(bits); }",
    "function c(p: usize): f64 { let bits: u64 = 0; bits = atomic.load<u64>(p); return reinterpret<f64>(bits); }",
    "function right(p: usize, q: usize): f64 { store<u64>(q, load64(p)); return load<f64>(q); }",
  ];
  const found = reinterpreted(ts.createSourceFile("bad.ts", bad.join("\n"), ts.ScriptTarget.ESNext, true));
  assert.deepEqual(found, ["bad.ts:1", "bad.ts:2", "bad.ts:3"], "This check does not find what it is for");
});

for (const path of [CORE, EDGE]) {
  test(`${path.slice(ROOT.length)} has no plain twin of an atomic load`, { timeout: 120_000 }, () => {
    assert.ok(existsSync(path), "Run npm run build first");
    const wat = disassembled(path);
    assert.match(wat, /i64\.atomic\.load/, "There is no atomic load in it at all: is this the core?");
    none(twins(wat), CURE);
  });
}

test("the search for twins finds what the optimiser makes of a reinterpreted atomic load", { timeout: 120_000 }, () => {
  const wat = disassembled(
    compiled(`
      export function loop(p: usize, amount: f64): void {
        while (true) {
          const old = atomic.load<u64>(p);
          if (atomic.cmpxchg<u64>(p, old, reinterpret<u64>(reinterpret<f64>(old) + amount)) == old) return;
        }
      }
      function load64(p: usize): u64 { return atomic.load<u64>(p); }
      export function sum(p: usize, end: usize): f64 {
        let total: f64 = 0;
        for (; p < end; p += 24) {
          const bits = load64(p + 8);
          if (bits != 0) total += reinterpret<f64>(bits);
        }
        return total;
      }
      export function single(p: usize, i: u32): f32 {
        const bits = atomic.load<u32>(load<u32>(p) + (i << 2));
        return bits == 7 ? 0 : reinterpret<f32>(bits);
      }
      export function right(p: usize, scratch: usize): f64 {
        const bits = atomic.load<u64>(p);
        store<u64>(scratch, bits);
        return bits == 0 ? 0 : load<f64>(scratch);
      }
    `),
  );
  const bodies = new Map([...wat.matchAll(/\(export "(\w+)" \(func (\$\w+)\)\)/g)].map(([, name, body]) => [name, body]));
  const found = twins(wat);
  for (const name of ["loop", "sum", "single"]) {
    assert.ok(
      found.some((twin) => twin.startsWith(`function ${bodies.get(name)}:`)),
      `${name}: not found among ${found}`,
    );
  }
  assert.ok(!found.some((twin) => twin.startsWith(`function ${bodies.get("right")}:`)), "A copy by way of scratch was taken for a twin");
});

test("the artifacts differ in one byte, the memory import's shared flag", () => {
  const [core, edge] = [readFileSync(CORE), readFileSync(EDGE)];
  assert.equal(core.length, edge.length);
  const different = [...core.keys()].filter((i) => core[i] !== edge[i]).map((i) => [core[i], edge[i]]);
  assert.deepEqual(different, [[3, 1]]);
});

test("the module imports env.memory and nothing else", () => {
  assert.deepEqual(WebAssembly.Module.imports(new WebAssembly.Module(readFileSync(CORE))), [
    { module: "env", name: "memory", kind: "memory" },
  ]);
});

test("index.ts is a door: exports of other files, each name once, no logic", () => {
  const names = [];
  for (const statement of tree("assembly/index.ts").statements) {
    const door = ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined && ts.isNamedExports(statement.exportClause);
    assert.ok(door, `${lineOf(statement)} is no export { ... } from "...": put it into the room that it belongs to`);
    for (const element of statement.exportClause.elements) {
      assert.equal(lineOf(element.name), lineOf(element), `${lineOf(element)} takes more than a line`);
      names.push(element.name.text);
    }
  }
  assert.deepEqual(names, [...new Set(names)], "A name stands twice");
});

/** What tests call and the bindings do not. */
const FOR_TESTS = ["boundPut", "valuePut"];

test("bindings/verbs.ts declares what the module exports, no more and no less", () => {
  const declared = [...nodes(tree("bindings/verbs.ts"))].find((node) => ts.isInterfaceDeclaration(node) && node.name.text === "Exports");
  assert.ok(declared, "There is no interface Exports in bindings/verbs.ts");
  const there = WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(CORE))).map((each) => each.name);
  const known = [...declared.members.map((member) => member.name.getText()), ...FOR_TESTS];
  none(
    there.filter((name) => !known.includes(name)),
    "Take these out of assembly/index.ts, or declare them",
  );
  none(
    known.filter((name) => !there.includes(name)),
    "Export these from assembly/index.ts, or take them out",
  );
});

const BYTES = { bool: 1, u8: 1, i8: 1, u16: 2, i16: 2, u32: 4, i32: 4, f32: 4, u64: 8, i64: 8, f64: 8 };

const LAYOUTS = ["assembly/layout.ts", "assembly/cells.ts", "assembly/record/records.ts"];

/** Records of one thread, and of nobody else: no build has to agree about them. */
const OWN_LAYOUTS = ["records", "keys", "lent", "mirror", "python"].map((file) => `assembly/image/${file}.ts`);

/** Their drawing is that of the record before them. */
const AS_BEFORE = ["CounterCell", "GaugeCell"];

/** The records of these files: name, the offset of every field, the size, and the text around. */
function records(paths) {
  const made = new Map();
  for (const [source, node] of paths.flatMap((path) => tree(path).statements.map((each) => [text(path), each]))) {
    if (!ts.isClassDeclaration(node)) continue;
    const parent = node.heritageClauses?.[0].types[0].getText();
    let at = parent === undefined ? 0 : made.get(parent).size;
    const fields = node.members.map((member) => {
      const bytes = BYTES[member.type.getText()];
      at = Math.ceil(at / bytes) * bytes;
      at += bytes;
      return { name: member.name.text, type: member.type.getText(), offset: at - bytes };
    });
    made.set(node.name.text, {
      name: node.name.text,
      line: lineOf(node),
      unmanaged: ts.getDecorators(node)?.some((each) => each.getText() === "@unmanaged"),
      fields,
      size: at,
      before: source.slice(0, node.getStart()).trimEnd(),
      behind: source.slice(node.end).trimStart(),
    });
  }
  return [...made.values()];
}

test("every record of layout.ts is followed by the proof of its size", () => {
  for (const { name, line, unmanaged, size, behind } of records(LAYOUTS)) {
    assert.ok(unmanaged, `${line} ${name} is not @unmanaged`);
    const proof = `if (offsetof<${name}>() != ${size}) ERROR("${name} must be ${size} bytes, or raise LAYOUT_VERSION");`;
    assert.ok(
      behind.startsWith(proof),
      `${line} Put this line right behind ${name}, and raise LAYOUT_VERSION where the size changed:\n${proof}`,
    );
  }
});

test("every drawing of a record shows its fields at their offsets", () => {
  for (const { name, line, fields, before } of records([...LAYOUTS, ...OWN_LAYOUTS])) {
    if (AS_BEFORE.includes(name)) continue;
    assert.ok(before.endsWith("*/"), `${line} Draw ${name} right above it`);
    const drawing = before.slice(before.lastIndexOf("/*"));
    assert.match(drawing, new RegExp(`^/\\*\\n \\* ${name}\\b`), `${line} The drawing above ${name} is of something else`);
    for (let i = 0; i < fields.length; i++) {
      const { name: field, offset, type } = fields[i];
      const row = new RegExp(`^ \\*\\s+${offset} (\\w+ )*${field}\\s+(\\w+\\s+)*${type}\\b`, "m");
      // Fields of one kind may share the row of the first of them.
      const shared =
        i > 0 && new RegExp(`^ \\*\\s+${fields[i - 1].offset} ${fields[i - 1].name} ${field}\\s+${type}\\b`, "m").test(drawing);
      assert.ok(row.test(drawing) || shared, `${line} The drawing of ${name} has no row "${offset} ${field} ${type}"`);
    }
  }
});

test("every file of the core has its unit test", () => {
  // The test of layout.ts is that of cells.ts, too.
  const exempt = ["assembly/cells.ts", "assembly/index.ts", "assembly/status.ts"];
  const missing = assembly
    .filter((path) => !exempt.includes(path) && !isMade(path))
    .map((path) => `test/${path.slice(0, -3)}.test.ts`)
    .filter((path) => !existsSync(join(ROOT, path)));
  none(missing, "A test's path mirrors its source's");
});
