// What packages the project's own tools are made of: licences, hashes and places, without a registry.

import assert from "node:assert/strict";
import { test } from "node:test";
import { allPackages, audited, isAllowed, licenceOf, LOCKS, packagesOf } from "../../scripts/licences.mjs";
import { files, none } from "./sources.mjs";

test("licences: every lock file is looked at", () => {
  assert.deepEqual(files("", "package-lock.json"), LOCKS.toSorted());
});

test("licences: every package has a licence that is allowed and a sha512, and comes from where the machine's settings say", () => {
  const packages = allPackages();
  assert.ok(packages.length > 600, `${packages.length} packages`);
  none(
    packages.flatMap(({ name, version, lock, faults }) => faults.map((fault) => `${lock}: ${name}@${version} ${fault}`)),
    "Take another package, or write the lock file anew: npm leaves hashes out where a folder was installed on one platform",
  );
});

test("licences: of a choice one is enough, of a sum all are needed, and what is not told is not allowed", () => {
  for (const licence of ["MIT", "(MIT OR GPL-3.0)", "GPL-3.0 OR (ISC AND MIT)", "(MIT AND (ISC OR GPL-3.0))"])
    assert.ok(isAllowed(licence), licence);
  for (const licence of [
    "GPL-3.0",
    "mit",
    "",
    "MIT AND GPL-3.0",
    "(MIT OR ISC",
    "MIT ISC",
    "SEE LICENSE IN LICENSE",
    "UNLICENSED",
    "Apache-2.0 WITH LLVM-exception",
    "constructor",
  ])
    assert.ok(!isAllowed(licence), licence);
  assert.equal(licenceOf({ license: { type: "MIT" } }), "MIT");
  assert.equal(licenceOf({ licenses: [{ type: "ISC" }] }), "ISC");
  assert.equal(licenceOf({}), undefined);
  assert.equal(licenceOf(undefined), undefined);
});

const INTEGRITY = `sha512-${"A".repeat(86)}==`;
const good = { version: "1.0.0", integrity: INTEGRITY, license: "MIT" };
/** What is said of one package of a lock. */
const faults = (entry, path = "node_modules/a", manifestOf = undefined) =>
  packagesOf("lock", { lockfileVersion: 3, packages: { [path]: entry } }, manifestOf)[0].faults;

test("licences: what is wrong with a package is told", () => {
  assert.deepEqual(faults(good), []);
  for (const [change, told] of [
    [{ license: "GPL-3.0" }, "has the licence GPL-3.0"],
    [{ license: undefined }, "tells no licence"],
    [{ integrity: undefined }, "has no sha512 of its own: none"],
    [{ integrity: "sha1-AAAA" }, "has no sha512 of its own: sha1-AAAA"],
    [{ resolved: "https://packages.example/a.tgz" }, "comes from a place of its own: https://packages.example/a.tgz"],
    [{ resolved: "git+ssh://git@code.example/a.git#1" }, "comes from a place of its own: git+ssh://git@code.example/a.git#1"],
    [{ link: true }, "is a link to a folder"],
    [{ dependencies: { b: "git+https://code.example/b.git" } }, "wants b from git+https://code.example/b.git, which is no registry's"],
    [{ optionalDependencies: { b: "https://code.example/b.tgz" } }, "wants b from https://code.example/b.tgz, which is no registry's"],
    [{ peerDependencies: { b: "github:somebody/b" } }, "wants b from github:somebody/b, which is no registry's"],
    [{ devDependencies: { b: "somebody/b" } }, "wants b from somebody/b, which is no registry's"],
    [{ dependencies: { b: "file:../b" } }, "wants b from file:../b, which is no registry's"],
  ])
    assert.deepEqual(faults({ ...good, ...change }), [told]);
  const ranges = ["^1.2.3", ">=1 <2 || 3.x", "*", "latest", "npm:@scope/other@^1.0.0-rc.1", "~1.2.3-0", "1.0.0+build"];
  assert.deepEqual(faults({ ...good, dependencies: Object.fromEntries(ranges.map((range, i) => [`b${i}`, range])) }), []);
  // The project's own entry has neither hash nor licence there, and may want nothing from elsewhere.
  assert.deepEqual(faults({ version: "1.0.0", devDependencies: { b: "1.0.0" } }, ""), []);
  assert.equal(faults({ devDependencies: { b: "file:b" } }, "").length, 1);
  assert.deepEqual(
    faults({ ...good, license: undefined }, "node_modules/a", () => ({ licenses: ["ISC"] })),
    [],
  );
  assert.throws(() => packagesOf("lock", { lockfileVersion: 1, packages: {} }), /lock has version 1/);
});

test("licences: an audit that nobody answered is told as skipped, one that was answered by its severities", () => {
  const refused = { message: "405 Method Not Allowed", statusCode: 405, error: { summary: "", detail: "" } };
  assert.deepEqual(audited(JSON.stringify(refused)), { skipped: "405 Method Not Allowed" });
  assert.ok("skipped" in audited("") && "skipped" in audited("{}") && "skipped" in audited("npm error"));
  const metadata = (counts) => ({ vulnerabilities: { info: 0, low: 0, moderate: 0, high: 0, critical: 0, total: 0, ...counts } });
  assert.deepEqual(audited(JSON.stringify({ vulnerabilities: {}, metadata: metadata({}) })), { counts: "nothing", severe: [] });
  const vulnerabilities = { a: { name: "a", severity: "moderate" }, b: { name: "b", severity: "critical" } };
  assert.deepEqual(audited(JSON.stringify({ vulnerabilities, metadata: metadata({ moderate: 1, critical: 1, total: 2 }) })), {
    counts: "1 moderate, 1 critical",
    severe: ["b (critical)"],
  });
});
