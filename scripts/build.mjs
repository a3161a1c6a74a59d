// Builds what is stale: both Wasm artifacts, and the JavaScript and types of every door.
//
//   node scripts/build.mjs [--force]

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const at = (...parts) => join(ROOT, ...parts);
const DOORS = ["node", "bun", "deno", "edge"];
/** Entries of their own, and whether CommonJS has them, too. */
const ENTRIES = [
  { name: "processes", from: "processes/index.ts", cjs: true },
  { name: "push", from: "processes/push-entry.ts", cjs: true },
  { name: "pushgateway", from: "push/pushgateway.ts", cjs: true },
  { name: "remote-write", from: "push/remote-write.ts", cjs: true },
  { name: "remote-write-edge", from: "push/remote-write-edge.ts", cjs: false },
  { name: "otlp", from: "push/otlp.ts", cjs: true },
  { name: "otlp-edge", from: "push/otlp-edge.ts", cjs: false },
  { name: "cli", from: "processes/cli.ts", cjs: false },
  { name: "spool-thread", from: "processes/spool-thread.ts", cjs: false },
  { name: "probe", from: "collect/probe/index.ts", cjs: true },
  { name: "probe-edge", from: "collect/probe/edge.ts", cjs: false },
  { name: "probe-thread", from: "collect/probe/probe-thread.ts", cjs: false },
  { name: "exporter", from: "exporter/index.ts", cjs: true },
  { name: "exporter-edge", from: "exporter/edge.ts", cjs: false },
  { name: "exporter-thread", from: "exporter/exporter-thread.ts", cjs: false },
  { name: "http", from: "http/index.ts", cjs: true },
  { name: "http-edge", from: "http/edge.ts", cjs: false },
  { name: "undici", from: "undici/index.ts", cjs: true },
  { name: "undici-edge", from: "undici/edge.ts", cjs: false },
  { name: "runtime", from: "collect/runtime/index.ts", cjs: true },
  { name: "runtime-edge", from: "collect/runtime/edge.ts", cjs: false },
  { name: "record", from: "record/index.ts", cjs: true },
  { name: "record-edge", from: "record/edge.ts", cjs: false },
  { name: "record-thread", from: "record/record-thread.ts", cjs: false },
  { name: "record-program", from: "record/program/main.ts", cjs: false },
  { name: "lint", from: "lint/index.ts", cjs: true },
  { name: "testing", from: "testing/index.ts", cjs: true },
  { name: "prom-client-edge", from: "compat/edge.ts", cjs: false },
];

/** prom-client's registry is one a process: ESM takes CommonJS' classes. */
const SINGLE = { name: "prom-client", from: "compat/index.ts" };

function files(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)],
  );
}

function newest(paths) {
  return Math.max(...paths.map((path) => statSync(path).mtimeMs));
}

function stale(targets, sources) {
  if (process.argv.includes("--force") || targets.some((target) => !existsSync(target))) return true;
  return Math.min(...targets.map((target) => statSync(target).mtimeMs)) < newest(sources);
}

function bin(name, ...rest) {
  execFileSync(process.execPath, [at("node_modules", name), ...rest], { cwd: ROOT, stdio: "inherit" });
}

/** Reads an unsigned LEB128 number; returns it and the position behind it. */
function leb(bytes, from) {
  let value = 0;
  let shift = 0;
  let position = from;
  for (;;) {
    const byte = bytes[position++];
    value |= (byte & 127) << shift;
    if (byte < 128) return [value, position];
    shift += 7;
  }
}

/** The position of the memory import's flags: the one byte in which the two artifacts differ. */
export function sharedFlagAt(bytes) {
  let position = 8;
  while (position < bytes.length) {
    const id = bytes[position];
    const [length, start] = leb(bytes, position + 1);
    if (id !== 2) {
      position = start + length;
      continue;
    }
    let [, at] = leb(bytes, start);
    for (let i = 0; i < 2; i++) {
      const [size, text] = leb(bytes, at);
      at = text + size;
    }
    if (bytes[at] !== 2) throw new Error("The first import is not the memory");
    return at + 1;
  }
  throw new Error("The module imports nothing");
}

function core() {
  const targets = [at("build/core.wasm"), at("build/core.edge.wasm"), at("bindings/generated/core.ts"), at("bindings/generated/layout.ts")];
  const sources = [...files(at("assembly")), at("asconfig.json"), fileURLToPath(import.meta.url)];
  if (!stale(targets, sources)) return;
  mkdirSync(at("build"), { recursive: true });
  bin("assemblyscript/bin/asc.js", "--config", "asconfig.json", "--target", "release");
  const bytes = readFileSync(at("build/core.wasm"));
  const edge = Buffer.from(bytes);
  const flag = sharedFlagAt(edge);
  if (edge[flag] !== 3) throw new Error(`The memory import's flags are ${edge[flag]}, not shared with a maximum`);
  edge[flag] = 1;
  writeFileSync(at("build/core.edge.wasm"), edge);
  const layout = /LAYOUT_VERSION: u32 = (\d+)/.exec(readFileSync(at("assembly/layout.ts"), "utf8"))[1];
  mkdirSync(at("bindings/generated"), { recursive: true });
  writeFileSync(
    at("bindings/generated/layout.ts"),
    `// Made by scripts/build.mjs from assembly/layout.ts.\n\nexport const LAYOUT_VERSION = ${layout};\n`,
  );
  writeFileSync(
    at("bindings/generated/core.ts"),
    `// Made by scripts/build.mjs: the core, ${bytes.length} bytes.\n\nexport const CORE: string =\n  "${bytes.toString("base64")}";\n`,
  );
  console.log(`core     ${bytes.length} bytes of Wasm`);
}

const OTHERS = [
  ["collect/runtime/index.ts", "tallystick/runtime"],
  ["processes/index.ts", "tallystick/processes"],
];
const PROGRAM = at("bindings", "record", "program", "main.ts");
/** What some exports of it need, and whoever wants them installs. */
const PEERS = ["apache-arrow", "hyparquet-writer", "undici"];

/** What entries are made of; they bring these along. */
const ROOMS = ["collect", "compat", "exporter", "http", "lint", "processes", "push", "record", "requests", "testing", "top", "undici"];

/**
 * What an entry takes of the bindings outside the rooms of entries is the door's: it finds it there when it runs, instead of bringing
 * a second one along.
 */
const inside = {
  name: "inside",
  setup(build) {
    const rooms = ROOMS.map((room) => at("bindings", room) + sep);
    build.onResolve({ filter: /\.ts$/ }, ({ path, importer }) => {
      const file = resolve(dirname(importer), path);
      // It stands on two other entries, and finds them when it runs.
      const other = OTHERS.find(([room]) => file === at("bindings", room));
      if (other !== undefined && importer.startsWith(at("bindings", "compat") + sep)) return { path: other[1], external: true };
      // A program of its own, which knows nothing of a door.
      if (file === PROGRAM && importer !== "") return { path: "./record-program.js", external: true };
      if (importer.startsWith(dirname(PROGRAM) + sep)) return undefined;
      const theirs = file.startsWith(at("bindings") + sep) && !rooms.some((room) => file.startsWith(room));
      return theirs && importer !== "" ? { path: relative(ROOT, file), namespace: "inside" } : undefined;
    });
    build.onLoad({ filter: /./, namespace: "inside" }, ({ path }) => {
      if (basename(path) === "index.ts") return { contents: 'export { join, Registry, registry } from "tallystick";' };
      const names = [...readFileSync(at(path), "utf8").matchAll(/^export (?:async )?(?:function\*?|const|let|class) (\w+)/gm)].map(
        ([, name]) => name,
      );
      const from = `Registry[Symbol.for("tallystick.inside")][${JSON.stringify(basename(path))}]`;
      return { contents: `import { Registry } from "tallystick";\nexport const { ${names.join(", ")} } = ${from};` };
    });
  },
};

/** CommonJS has no import.meta, by which these find their threads. */
const THREADED = ["processes", "probe", "exporter", "record"];
const CJS_URL = {
  define: { "import.meta.url": "moduleUrl" },
  banner: { js: 'const moduleUrl = require("node:url").pathToFileURL(__filename).href;' },
};

/** The exporter's page: one file, with its script, its style and the licence of what is in it. */
async function page(esbuild) {
  const room = (file) => at("bindings/exporter/page", file);
  const made = async (options) => {
    const { outputFiles } = await esbuild.build({
      bundle: true,
      minify: true,
      write: false,
      target: "es2022",
      legalComments: "none",
      ...options,
    });
    return outputFiles[0].text.trim();
  };
  const script = await made({ entryPoints: [room("main.ts")], format: "iife", charset: "ascii" });
  const css = { contents: '@import "uplot/dist/uPlot.min.css";\n@import "./page.css";', loader: "css", resolveDir: room("") };
  const style = await made({ stdin: css });
  const licence = readFileSync(at("node_modules/uplot/LICENSE"), "utf8").trim();
  // A tag's end within a string would be the script's.
  if (/<\/(script|style)|<!--/i.test(script + style)) throw new Error("The page's script or style has a tag in it");
  return readFileSync(room("page.html"), "utf8")
    .replaceAll(/\n\s*/g, "\n")
    .replace("<head>", () => `<!-- Charts by uPlot, https://github.com/leeoniya/uPlot\n\n${licence}\n-->\n<head>`)
    .replace("<style></style>", () => `<style>${style}</style>`)
    .replace("<script></script>", () => `<script>${script}</script>`);
}

/** Every door as one file, ESM and CommonJS; the types as they are, with .js endings. */
async function javascript() {
  const sources = [
    ...files(at("bindings")),
    at("assembly/status.ts"),
    at("tsconfig.json"),
    at("tsconfig.build.json"),
    fileURLToPath(import.meta.url),
  ];
  if (!stale([at("dist/esm/node.js"), at("dist/cjs/node.cjs"), at("dist/esm/processes.js"), at("dist/types/bindings/node.d.ts")], sources))
    return;
  // Beside the old one, and in its place when it is whole: what is interrupted leaves no half.
  const made = (...parts) => at("build/dist", ...parts);
  rmSync(made(), { recursive: true, force: true });
  const esbuild = await import("esbuild");
  const common = {
    bundle: true,
    target: "es2022",
    platform: "neutral",
    external: ["node:*", "*.wasm"],
    legalComments: "none",
    logLevel: "warning",
  };
  const entryPoints = DOORS.map((door) => at("bindings", `${door}.ts`));
  await esbuild.build({ ...common, entryPoints, format: "esm", outdir: made("esm") });
  await esbuild.build({
    ...common,
    // Deno and the edge have no CommonJS of their own.
    entryPoints: entryPoints.filter((path) => /(node|bun)\.ts$/.test(path)),
    format: "cjs",
    outdir: made("cjs"),
    outExtension: { ".js": ".cjs" },
  });
  for (const { name, from, cjs } of ENTRIES) {
    const entry = {
      ...common,
      external: [...common.external, "tallystick", ...PEERS],
      entryPoints: [at("bindings", from)],
      plugins: [inside],
    };
    await esbuild.build({ ...entry, format: "esm", outfile: made(`esm/${name}.js`) });
    if (cjs)
      await esbuild.build({ ...entry, ...(THREADED.includes(name) ? CJS_URL : {}), format: "cjs", outfile: made(`cjs/${name}.cjs`) });
  }
  await esbuild.build({
    ...common,
    external: [...common.external, "tallystick"],
    entryPoints: [at("bindings", SINGLE.from)],
    plugins: [inside],
    // Loaded when somebody asks, as CommonJS loads.
    supported: { "dynamic-import": false },
    format: "cjs",
    footer: { js: "module.exports = module.exports.default;" },
    outfile: made(`cjs/${SINGLE.name}.cjs`),
  });
  const [, list] = /^export \{([^}]*)\};/m.exec(readFileSync(at("bindings/compat/client.ts"), "utf8"));
  const names = [...list.matchAll(/\w+/g), ["contentType"]].map(([name]) => name);
  writeFileSync(
    made(`esm/${SINGLE.name}.js`),
    `import client from "../cjs/${SINGLE.name}.cjs";\nexport const { ${names.join(", ")} } = client;\nexport default client;\n`,
  );
  cpSync(at("build/core.edge.wasm"), made("esm/core.edge.wasm"));
  writeFileSync(made("esm/exporter-page.html"), await page(esbuild));
  bin("typescript/bin/tsc", "-p", "tsconfig.build.json", "--outDir", "build/dist/types");
  for (const file of files(made("types"))) {
    const text = readFileSync(file, "utf8").replace(/(from "|import\(")(\.[^"]*)\.ts"/g, '$1$2.js"');
    writeFileSync(file, text);
    // CommonJS wants types that say so.
    const cts = made("types-cjs", relative(made("types"), file)).replace(/\.d\.ts$/, ".d.cts");
    mkdirSync(dirname(cts), { recursive: true });
    writeFileSync(cts, text.replace(/(from "|import\(")(\.[^"]*)\.js"/g, '$1$2.cjs"'));
  }
  rmSync(at("dist"), { recursive: true, force: true });
  renameSync(made(), at("dist"));
  console.log(`dist     ${DOORS.join(", ")}: ESM, CommonJS, types`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!existsSync(at("node_modules/assemblyscript"))) {
    console.error("Nothing is installed yet: run npm ci first");
    process.exit(1);
  }
  core();
  await javascript();
}
