// Copies of the library in one thread, tickets of other layouts, and the package as CommonJS, as TypeScript
// sees it and under Jest.

import { join } from "node:path";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { equal, ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { each, NODES, pathOf, ran, run, said, THREADED } from "./programs.mjs";
import ts from "typescript";
import { compiled } from "./types.mjs";
import { project } from "./packed.mjs";

const path = project("module");

async function ends(runtime, file, ...args) {
  const result = await run(runtime, join(path, file), args);
  equal(result.code, 0, said(result));
  ok(result.stdout.endsWith("the last statement\n") && result.stderr === "", said(result));
}

for (const first of ["import", "require"]) {
  each(THREADED, `copies in one thread meet, ${first} first`, (runtime) => ends(runtime, "module-copies.mjs", first));
}

each(THREADED, "another layout version in the same process does not matter, and join refuses what is no ticket", async (runtime) => {
  for (let i = 0; i < 5; i++) await ends(runtime, "module-layouts.mjs", String(i));
});

each(THREADED, "a dozen copies meet without a warning", (runtime) => ends(runtime, "module-many.mjs"));

const JEST = fileURLToPath(new URL("node_modules/jest/bin/jest.js", import.meta.url));
const noJest = existsSync(JEST) ? false : "jest is not installed in test/runtimes";

/** One process for all files, and one worker for each. */
for (const how of ["--runInBand", "--workerThreads"]) {
  each(
    NODES,
    `the CommonJS package under Jest ${how}`,
    async (runtime) => {
      const config = {
        testMatch: ["**/*.spec.cjs"],
        transform: {},
        cacheDirectory: join(path, "jest-cache"),
        watchman: false,
        maxWorkers: 2,
      };
      const result = await run(runtime, JEST, ["--ci", "--rootDir", path, "--config", JSON.stringify(config), how], { cwd: path });
      equal(result.code, 0, said(result));
      ok(/Tests: +6 passed, 6 total/.test(result.stderr) && !result.stderr.includes("Warning"), said(result));
    },
    noJest ? { skip: noJest } : {},
  );
}

const DOM = { lib: ["es2022", "dom"], types: [] };
const NODE = { lib: ["es2022"], types: ["node"] };
const BARE = { lib: ["es2022"], types: [] };
const CONSUMERS = {
  "node16, an ES module": ["module", { module: "node16", moduleResolution: "node16", ...DOM }],
  "node16, CommonJS": ["commonjs", { module: "node16", moduleResolution: "node16", ...DOM }],
  "bundler, an ES module": ["module", { module: "esnext", moduleResolution: "bundler", ...DOM }],
  "bundler, CommonJS": ["commonjs", { module: "commonjs", moduleResolution: "bundler", ...DOM }],
  "bundler, with the workerd condition": [
    "module",
    { module: "esnext", moduleResolution: "bundler", customConditions: ["workerd"], noEmit: true, ...DOM },
  ],
  "node10, CommonJS": ["commonjs", { module: "commonjs", moduleResolution: "node10", ignoreDeprecations: "6.0", ...DOM }],
  "node16, an ES module with Node's types and without the DOM's": [
    "module",
    { module: "node16", moduleResolution: "node16", ...NODE },
    "consumer-node.ts",
  ],
  "node16, CommonJS with Node's types and without the DOM's": [
    "commonjs",
    { module: "node16", moduleResolution: "node16", ...NODE },
    "consumer-node.ts",
  ],
};

for (const [i, [name, [type, options, file]]] of Object.entries(CONSUMERS).entries()) {
  test(`label names are inferred and required: TypeScript ${ts.version}, ${name}`, async () => {
    equal(compiled(path, `consumer-${i}`, type, ["consumer.ts", ...(file === undefined ? [] : [file])], options), "");
    if (options.noEmit) return;
    const result = await run("node", join(path, `consumer-${i}`, "out", "consumer.js"));
    equal(result.code, 0, said(result));
    ok(result.stdout.endsWith("the last statement\n") && result.stderr === "", said(result));
  });
}

const RESOLUTIONS = {
  nodenext: { module: "nodenext", moduleResolution: "nodenext" },
  bundler: { module: "esnext", moduleResolution: "bundler" },
};

/** Whose types there are, and which programs are compiled with them. */
const ENVIRONMENTS = {
  "no types but its own": [BARE, ["consumer-bare.ts", "consumer-record.ts"]],
  "Node's types": [NODE, ["consumer-bare.ts", "consumer-record.ts", "consumer-node.ts", "consumer-web.ts"]],
  "the DOM's types": [DOM, ["consumer-bare.ts", "consumer-web.ts"]],
  "the DOM's and Node's types": [{ ...DOM, types: ["node"] }, ["consumer-bare.ts", "consumer-node.ts", "consumer-web.ts"]],
};

for (const [resolution, modules] of Object.entries(RESOLUTIONS)) {
  for (const [types, [environment, files]] of Object.entries(ENVIRONMENTS)) {
    for (const type of ["module", "commonjs"]) {
      test(`the package's types need nothing else: TypeScript ${ts.version}, ${resolution}, ${type}, ${types}`, () => {
        const name = `consumer-${resolution}-${type}-${types.replace(/\W+/g, "-")}`;
        equal(compiled(path, name, type, files, { ...modules, ...environment, declaration: true }), "");
      });
    }
  }
}

const { exports } = JSON.parse(readFileSync(join(path, "node_modules/tallystick/package.json"), "utf8"));
/** Whatever has types. */
const ENTRIES = Object.keys(exports).filter((entry) => JSON.stringify(exports[entry]).includes('"types"'));

for (const [types, environment] of Object.entries({ "no types but its own": BARE, "Node's types": NODE })) {
  for (const type of ["module", "commonjs"]) {
    for (const conditions of [[], ["workerd"]]) {
      const where = conditions.length === 0 ? "" : ", for workerd";
      test(`each entry's types need nothing else: TypeScript ${ts.version}, ${type}, ${types}${where}`, () => {
        ok(ENTRIES.length >= 6 && ENTRIES.includes("./processes"), ENTRIES.join());
        const files = ENTRIES.map((entry) => `entry${entry.replace(/\W+/g, "-")}.ts`);
        for (const [i, entry] of ENTRIES.entries()) {
          writeFileSync(
            join(path, files[i]),
            `import * as entry from "tallystick${entry.slice(1)}";\nexport const names = Object.keys(entry);\n`,
          );
        }
        const options = { ...RESOLUTIONS.nodenext, ...environment, customConditions: conditions, noEmit: true };
        equal(compiled(path, `entries-${type}-${types.replace(/\W+/g, "-")}-${conditions.length}`, type, files, options), "");
      });
    }
  }
}

test(`each entry's types are found where exports are not read: TypeScript ${ts.version}, node10, commonjs`, () => {
  const files = ENTRIES.map((entry) => `entry${entry.replace(/\W+/g, "-")}.ts`);
  // Of TypeScript 6 they are to be gone one day.
  const options = { module: "commonjs", moduleResolution: "node10", ignoreDeprecations: "6.0", ...NODE, noEmit: true };
  equal(compiled(path, "entries-node10", "commonjs", files, options), "");
});

each(["deno"], "the package's types are enough for deno check, and its handler is one for Deno.serve", async () => {
  const result = await ran(pathOf("deno"), ["check", "--no-lock", "--quiet", "consumer-deno.ts"], { cwd: path, within: 60000 });
  equal(result.code, 0, said(result));
});

each(THREADED, "console.log prints a line for a metric, and not the core", async (runtime) => {
  const result = await run(runtime, join(path, "module-inspect.mjs"));
  equal(
    result.stdout.replace(/\[\s*(Registry {.*})\s*\]/, "[ $1 ]"),
    `Counter { name: 'jobs', labelNames: ['queue'] }
CounterHandle { jobs{queue="mail"} }
Gauge { name: 'depth', labelNames: [], mode: 'shared' }
Registry { 2 metrics }
[ Registry { 2 metrics } ]
`,
    said(result),
  );
});

test(`label names that are no literals take labels all the same: TypeScript ${ts.version}`, () => {
  equal(
    compiled(path, "consumer-dynamic", "module", ["consumer-dynamic.ts"], {
      module: "node16",
      moduleResolution: "node16",
      noEmit: true,
      ...DOM,
    }),
    "",
  );
});
