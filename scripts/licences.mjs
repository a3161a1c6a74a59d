// npm run licences: every package that a lock file names, with its licence; what is wrong with one of them fails it: a licence that is
// not allowed or not told, no sha512 to know the package by, or a place that it comes from. Then npm audit, where a registry answers it.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { auditOf } from "./npm.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Where packages are locked: the project's own, the runtimes that tests run in, what benchmarks compare with. */
export const LOCKS = ["package-lock.json", "test/runtimes/package-lock.json", "bench/rivals/package-lock.json"];
/** Who gives its package leave to be used, changed and passed on; CC-BY is for data. */
export const ALLOWED = new Set("0BSD Apache-2.0 BlueOak-1.0.0 BSD-2-Clause BSD-3-Clause CC-BY-4.0 CC0-1.0 ISC MIT MIT-0".split(" "));
const DEPENDENCIES = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];
/** A version or a range of them, a tag, or those of a package by another name: what a registry answers. */
const RANGE = /^(npm:(@[\w.-]+\/)?[\w.-]+@)?[\w.*^~<>=| +-]*$/;
/** What fails an audit. */
const SEVERE = ["high", "critical"];

/** Whether an SPDX expression leaves a licence that is allowed: of OR one, of AND all. */
export function isAllowed(licence, allowed = ALLOWED) {
  const tokens = licence.match(/[()]|[^\s()]+/g) ?? [];
  const one = () => {
    const token = tokens.shift();
    if (token !== "(") return allowed.has(token);
    const within = any();
    return tokens.shift() === ")" && within;
  };
  const all = () => {
    let holds = one();
    while (tokens[0] === "AND") holds = (tokens.shift(), one()) && holds;
    return holds;
  };
  const any = () => {
    let holds = all();
    while (tokens[0] === "OR") holds = (tokens.shift(), all()) || holds;
    return holds;
  };
  return any() && tokens.length === 0;
}

/** What a package says of its licence; also in the ways that npm no longer takes. */
export function licenceOf({ license, licenses } = {}) {
  const [first] = [license, ...[licenses ?? []].flat()].filter((each) => each !== undefined);
  return typeof first === "object" ? first?.type : first;
}

/** The packages of a lock: `{name, version, licence, lock, faults}`. `manifestOf` reads what is installed of one. */
export function packagesOf(lock, { packages, lockfileVersion }, manifestOf = () => undefined) {
  if (lockfileVersion !== 3) throw new Error(`${lock} has version ${lockfileVersion}: write it with npm 7 or newer`);
  return Object.entries(packages).map(([path, entry]) => {
    const name = path === "" ? lock : path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const { version = "", integrity, resolved } = entry;
    const faults = [];
    for (const kind of DEPENDENCIES)
      for (const [wanted, range] of Object.entries(entry[kind] ?? {}))
        if (!RANGE.test(range)) faults.push(`wants ${wanted} from ${range}, which is no registry's`);
    if (path === "") return { name, version, licence: "", lock, own: true, faults };
    const licence = licenceOf(entry) ?? licenceOf(manifestOf(path));
    if (licence === undefined) faults.push("tells no licence");
    else if (!isAllowed(licence)) faults.push(`has the licence ${licence}`);
    if (entry.link === true) faults.push("is a link to a folder");
    if (!/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? "")) faults.push(`has no sha512 of its own: ${integrity ?? "none"}`);
    // The machine's own settings say where packages come from.
    if (resolved !== undefined) faults.push(`comes from a place of its own: ${resolved}`);
    return { name: entry.name ?? name, version, licence: licence ?? "none", lock, own: false, faults };
  });
}

/** All packages of the project's locks. */
export function allPackages() {
  return LOCKS.flatMap((lock) => {
    const folder = join(ROOT, dirname(lock));
    const manifestOf = (path) => {
      const file = join(folder, path, "package.json");
      return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
    };
    return packagesOf(lock, JSON.parse(readFileSync(join(ROOT, lock), "utf8")), manifestOf);
  });
}

/** What `npm audit --json` said: `{skipped}` where no registry answered, else how many of which severity, and `severe` ones by name. */
export function audited(output) {
  let told;
  try {
    told = JSON.parse(output);
  } catch {
    return { skipped: "npm audit answered no JSON" };
  }
  const { vulnerabilities, metadata, message, error } = told;
  if (vulnerabilities === undefined || metadata === undefined) return { skipped: message ?? error?.summary ?? "npm audit said nothing" };
  const severe = Object.values(vulnerabilities).filter(({ severity }) => SEVERE.includes(severity));
  const counts = Object.entries(metadata.vulnerabilities).filter(([severity, count]) => severity !== "total" && count > 0);
  return {
    counts: counts.map(([severity, count]) => `${count} ${severity}`).join(", ") || "nothing",
    severe: severe.map(({ name, severity }) => `${name} (${severity})`),
  };
}

function main() {
  const packages = allPackages();
  const shown = packages.filter(({ own }) => !own).toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const widest = Math.max(...shown.map(({ name, version }) => name.length + version.length + 1));
  for (const { name, version, licence, lock } of shown)
    console.log(`${`${name}@${version}`.padEnd(widest)}  ${licence.padEnd(14)}  ${lock}`);
  const counts = new Map();
  for (const { licence } of shown) counts.set(licence, (counts.get(licence) ?? 0) + 1);
  const listed = [...counts].toSorted(([, one], [, other]) => other - one).map(([licence, count]) => `${count} ${licence}`);
  console.log(`\n${shown.length} packages of ${LOCKS.length} lock files: ${listed.join(", ")}`);
  const faults = packages.flatMap(({ name, version, lock, faults }) => faults.map((fault) => `${lock}: ${name}@${version} ${fault}`));
  for (const lock of LOCKS) {
    const { skipped, counts: found, severe = [] } = audited(auditOf(join(ROOT, dirname(lock))));
    console.log(
      skipped === undefined ? `npm audit of ${lock}: ${found}` : `npm audit of ${lock}: SKIPPED, no registry answered it (${skipped})`,
    );
    faults.push(...severe.map((each) => `${lock}: npm audit warns of ${each}`));
  }
  for (const fault of faults) console.log(`FAILED  ${fault}`);
  console.log(faults.length === 0 ? "ok" : `${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) main();
