// What users import has a docstring: every name that an entry of package.json exports, where it is declared.

import { dirname, posix } from "node:path";
import { test } from "node:test";
import assert from "node:assert/strict";
import ts from "typescript";
import { files, lineOf, none, text, tree } from "./sources.mjs";

const known = new Set(files("bindings/", ".ts"));
const trees = new Map();
const told = new Map();

function parsed(path) {
  if (!trees.has(path)) trees.set(path, tree(path));
  return trees.get(path);
}

/** The sources of the entries: those of every condition. */
function doors() {
  const types = JSON.stringify(JSON.parse(text("package.json")).exports).matchAll(/"types":"\.\/dist\/types\/([^"]+)\.d\.ts"/g);
  return [...new Set([...types].map(([, path]) => `${path}.ts`))];
}

function targetOf(path, specifier) {
  const target = posix.join(dirname(path), specifier.text);
  return known.has(target) ? target : undefined;
}

const isExported = (node) => (ts.getCombinedModifierFlags(node) & ts.ModifierFlags.Export) !== 0;

/** Declarations of a statement, by name. */
function declaredBy(statement) {
  const all = ts.isVariableStatement(statement) ? statement.declarationList.declarations : [statement];
  return all.filter(({ name }) => name !== undefined && ts.isIdentifier(name)).map((node) => [node.name.text, node]);
}

/** Where a name of a file is declared, over as many files as it takes: all of its declarations. */
function declarations(path, name) {
  const found = [];
  for (const statement of parsed(path).statements) {
    for (const [own, node] of declaredBy(statement)) if (own === name) found.push(node);
    if (ts.isImportDeclaration(statement) && statement.importClause?.namedBindings !== undefined) {
      const target = targetOf(path, statement.moduleSpecifier);
      const names = ts.isNamedImports(statement.importClause.namedBindings) ? statement.importClause.namedBindings.elements : [];
      const its = names.find((one) => one.name.text === name);
      if (its !== undefined && target !== undefined) found.push(...declarations(target, (its.propertyName ?? its.name).text));
    }
    if (ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined) {
      const target = targetOf(path, statement.moduleSpecifier);
      if (target === undefined) continue;
      const names = statement.exportClause === undefined ? [] : (statement.exportClause.elements ?? []);
      const its = names.find((one) => one.name.text === name);
      if (its !== undefined) found.push(...declarations(target, (its.propertyName ?? its.name).text));
      else if (statement.exportClause === undefined && exported(target).has(name)) found.push(...declarations(target, name));
    }
  }
  return found;
}

/** The names that a file exports, with what they are called in it. */
function exported(path) {
  if (told.has(path)) return told.get(path);
  const names = new Map();
  told.set(path, names);
  for (const statement of parsed(path).statements) {
    if (
      isExported(statement) ||
      (ts.isVariableStatement(statement) && statement.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    ) {
      for (const [name] of declaredBy(statement)) names.set(name, name);
    }
    if (!ts.isExportDeclaration(statement)) continue;
    const target = statement.moduleSpecifier === undefined ? path : targetOf(path, statement.moduleSpecifier);
    if (statement.exportClause === undefined) {
      for (const name of exported(target).keys()) names.set(name, name);
    } else if (ts.isNamedExports(statement.exportClause)) {
      for (const { name, propertyName } of statement.exportClause.elements)
        names.set(name.text, statement.moduleSpecifier === undefined ? (propertyName ?? name).text : name.text);
    }
  }
  return names;
}

test("every name that an entry exports has a docstring", () => {
  const bare = new Set();
  let looked = 0;
  for (const door of doors()) {
    for (const [name, own] of exported(door)) {
      const all = declarations(door, own);
      assert.notEqual(all.length, 0, `${door}: ${name} is declared nowhere`);
      looked++;
      const isTold = all.some((node) =>
        ts.getJSDocCommentsAndTags(node).some((doc) => ts.isJSDoc(doc) && (doc.comment ?? "").length !== 0),
      );
      if (!isTold) bare.add(`${lineOf(all[0])} ${name}`);
    }
  }
  assert.ok(looked > 300, `${looked} names were found`);
  none([...bare], "Say what it is, with its units and limits");
});
