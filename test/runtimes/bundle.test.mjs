// The README's ten lines, made one file by the bundlers and compilers that people use, and run where nothing
// else is.

import { cpSync, readFileSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { test } from "node:test";
import { deepEqual, equal, ok } from "node:assert/strict";
import { build, version as esbuildVersion } from "esbuild";
import webpack from "webpack";
import { each, NODES, pathOf, ran, run, said, THREADED } from "./programs.mjs";
import { folder, project } from "./packed.mjs";

const OUTPUT = `# HELP http_requests_total Requests answered.
# TYPE http_requests_total counter
http_requests_total{method="GET",status="200"} 2
# HELP http_latency_seconds Time to answer.
# TYPE http_latency_seconds histogram
http_latency_seconds_bucket{le="0.01"} 0
http_latency_seconds_bucket{le="0.1"} 1
http_latency_seconds_bucket{le="1"} 1
http_latency_seconds_bucket{le="+Inf"} 1
http_latency_seconds_sum 0.042
http_latency_seconds_count 1

`;
const COMPILE_MS = 60000;
const path = project("bundle");

function printed(result) {
  equal(result.code, 0, said(result));
  equal(result.stdout, OUTPUT, said(result));
}

/** The file alone in a folder. */
function alone(file) {
  const where = folder("alone");
  cpSync(file, join(where, basename(file)));
  deepEqual(readdirSync(where), [basename(file)]);
  return where;
}

/** Runs a bundle that is alone in a folder. */
async function runs(runtime, file) {
  const where = alone(file);
  const options = runtime === "deno" ? { arguments: ["run", "-A", "--no-lock", "--no-config", "--quiet"] } : {};
  printed(await run(runtime, join(where, basename(file)), [], { cwd: where, ...options }));
}

test("the example is the README's", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  ok(
    readme.includes(
      `\`\`\`js\n${readFileSync(new URL("fixtures/example.mjs", import.meta.url), "utf8")}\`\`\`\n\n\`\`\`text\n${OUTPUT.trimEnd()}\n\`\`\``,
    ),
  );
});

each(THREADED, "the example as it is", async (runtime) => printed(await run(runtime, join(path, "example.mjs"))));
each([...NODES, "bun"], "the example as CommonJS", async (runtime) => printed(await run(runtime, join(path, "example.cjs"))));

/** What is bundled is the same for each runtime: the first one's test waits for it, the others find it. */
function once(make) {
  let made;
  return () => (made ??= make());
}

for (const minify of [false, true]) {
  const how = `bundled by esbuild ${esbuildVersion}${minify ? ", minified" : ""}`;
  for (const [what, entry, format] of [
    ["the example", "example.mjs", "esm"],
    ["the CommonJS example", "example.cjs", "cjs"],
  ]) {
    const made = once(async () => {
      const outfile = join(path, `esbuild-${minify}-${entry}`);
      await build({ entryPoints: [join(path, entry)], outfile, bundle: true, minify, platform: "node", format, logLevel: "silent" });
      return outfile;
    });
    each(NODES, `${what} ${how}`, async (runtime) => runs(runtime, await made()));
  }
}

const threads = once(async () => {
  const entry = join(path, "bundled-threads.mjs");
  const outfile = join(path, "threads.cjs");
  cpSync(new URL("fixtures/bundled-threads.mjs", import.meta.url), entry);
  // Top-level await is none of CommonJS.
  const contents = `void (async () => { ${readFileSync(entry, "utf8").replace(/^import .*$/gm, "")} })();`;
  const imports = readFileSync(entry, "utf8")
    .match(/^import .*$/gm)
    .join("\n");
  await build({
    stdin: { contents: `${imports}\n${contents}`, resolveDir: path },
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    logLevel: "silent",
  });
  return outfile;
});

each(
  NODES,
  `threads in one file of CommonJS by esbuild ${esbuildVersion}: what cannot begin is told, and nothing ends by it`,
  async (runtime) => {
    const result = await run(runtime, await threads(), [folder("spooled")]);
    equal(result.code, 0, said(result));
    const lost = (file) => `its file ${file}-thread\\.js is not in this bundle: leave tallystick out of it, as external`;
    ok(
      new RegExp(`^thread: .*${lost("spool")}; this one does\nflushed\nthread: .*${lost("probe")}; tallystick_probe_up is 0\ntrue\n$`).test(
        result.stdout,
      ),
      said(result),
    );
  },
);

for (const [entry, mode] of [
  ["example.mjs", "production"],
  ["example.mjs", "development"],
  ["example.cjs", "production"],
]) {
  const made = once(async () => {
    const filename = `webpack-${mode}-${entry.replace(".", "-")}.cjs`;
    const stats = await new Promise((resolve, reject) => {
      const compiler = webpack({ mode, target: "node", context: path, entry: `./${entry}`, output: { path, filename } });
      compiler.run((error, result) => compiler.close(() => (error ? reject(error) : resolve(result))));
    });
    return { stats, file: join(path, filename) };
  });
  each(NODES, `${entry} bundled by webpack ${webpack.version}, ${mode}`, async (runtime) => {
    const { stats, file } = await made();
    equal(stats.toString({ all: false, errors: true, warnings: true }), "");
    await runs(runtime, file);
  });
}

each(["bun"], "the example by bun build", async () => {
  const outfile = join(path, "bun-bundled.js");
  const result = await ran(pathOf("bun"), ["build", "--target=bun", "example.mjs", `--outfile=${outfile}`], {
    cwd: path,
    within: COMPILE_MS,
  });
  equal(result.code, 0, said(result));
  await runs("bun", outfile);
});

each(["bun"], "the example by bun build --compile", async () => {
  const result = await ran(pathOf("bun"), ["build", "--compile", "example.mjs", "--outfile=compiled-by-bun"], {
    cwd: path,
    within: COMPILE_MS,
  });
  equal(result.code, 0, said(result));
  const where = alone(join(path, "compiled-by-bun"));
  printed(await ran(join(where, "compiled-by-bun"), [], { cwd: where }));
});

/** Deno compiles onto a runtime of its own that it downloads once; `env` can name one that is there. */
function denoCompiled(flags, output, env) {
  return ran(pathOf("deno"), ["compile", "-A", "--no-lock", ...flags, "-o", output, "example.mjs"], { cwd: path, within: COMPILE_MS, env });
}

for (const flags of [[], ["--bundle"]]) {
  each(["deno"], `the example by ${["deno compile", ...flags].join(" ")}`, async (_, t) => {
    const output = `compiled-by-deno${flags.join("")}`;
    const result = await denoCompiled(flags, output, {});
    if (result.code !== 0 && /denort|esbuild/.test(result.stderr)) {
      // Its modules are found and embedded all the same: Deno itself takes the place of the runtime, but can't run them.
      const embedded = await denoCompiled(flags, output, { DENORT_BIN: pathOf("deno") });
      equal(embedded.code, 0, said(embedded));
      const core = readFileSync(new URL("../../build/core.wasm", import.meta.url)).toString("base64");
      ok(readFileSync(join(path, output)).includes(core), "the core is not in the compiled program");
      t.skip("denort, the runtime of compiled programs, cannot be downloaded: compiled, but not run");
      return;
    }
    equal(result.code, 0, said(result));
    const where = alone(join(path, output));
    printed(await ran(join(where, output), [], { cwd: where }));
  });
}

each(["deno"], "the example by deno bundle", async (_, t) => {
  const outfile = join(path, "deno-bundled.mjs");
  const result = await ran(pathOf("deno"), ["bundle", "--no-lock", "-o", outfile, "example.mjs"], { cwd: path, within: COMPILE_MS });
  if (result.code !== 0 && /esbuild/.test(result.stderr)) {
    t.skip("the esbuild that deno bundle runs cannot be downloaded");
    return;
  }
  equal(result.code, 0, said(result));
  await runs("deno", outfile);
});
