// npm test [-- PATTERN ...]: builds what is stale, installs the other runtimes where they are absent, runs the
// core's unit tests and every test file. With patterns only the files whose path holds one of them.
//
// Two files run at a time, for most wait more than they compute: one from the front of the list, one from its
// back, so that those of one folder, which load a machine alike, meet once at most. A file that measures time
// says so in a line of its own, `// Alone: why`, and runs when all the others are done.
//
// The last line is always `N passed, N failed, N skipped`. A test that lacks its peer is skipped by name.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { installRuntimes, runtimes, version } from "./runtimes.mjs";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const at = (...parts) => join(ROOT, ...parts);
const patterns = process.argv.slice(2);
const wanted = (path) => patterns.length === 0 || patterns.some((pattern) => path.includes(pattern));

/** No file takes a quarter of that; one that does hangs. */
const FILE_SECONDS = 600;
/** After so long without a line, one that says what is running. */
const QUIET_SECONDS = 30;

/** What the run leaves behind while it goes: events of test files, and the package as it is packed once. */
const folder = mkdtempSync(join(tmpdir(), "tallystick-test-"));

const counts = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
const skips = [];

const seconds = (from) => `${((performance.now() - from) / 1000).toFixed(1)} s`;
const indented = (text, by = "    ") => text.trimEnd().replaceAll(/^/gm, by);

function files(folder, ending) {
  return readdirSync(at(folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return entry.name === "node_modules" ? [] : files(path, ending);
      return path.endsWith(ending) ? [path] : [];
    })
    .sort();
}

/** Runs a Node program to its end, handing over what it writes. */
function run(args, { heard = () => {}, env = {}, waiting = () => {} } = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: ROOT,
      env: { ...process.env, TALLYSTICK_ARCHIVE: join(folder, "package.tgz"), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    let late = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        output += text;
        heard(text);
      });
    }
    const wait = setInterval(waiting, QUIET_SECONDS * 1000);
    const end = setTimeout(() => {
      late = true;
      child.kill("SIGKILL");
    }, FILE_SECONDS * 1000);
    child.on("close", (code) => {
      clearInterval(wait);
      clearTimeout(end);
      resolve({ code, output, late });
    });
  });
}

function failed(file, name, error) {
  counts.failed++;
  failures.push({ file, name, error });
}

/** The line of a file that is done. */
function line(file, { passed, failed: bad, skipped = 0 }, time) {
  const marks = [`${passed} passed`];
  if (bad > 0) marks.push(`${bad} failed`);
  if (skipped > 0) marks.push(`${skipped} skipped`);
  console.log(`${bad > 0 ? "FAIL" : "  ok"}  ${file.padEnd(48)} ${marks.join(", ").padEnd(24)} ${time.padStart(8)}`);
}

/** What failed in one file, with what it wrote. */
function shown(file, output = "") {
  const bad = failures.filter((failure) => failure.file === file);
  for (const { name, error } of bad) console.log(indented(`${name}\n${indented(error)}`, "      "));
  if (bad.length > 0 && output.trim() !== "") console.log(indented(`it wrote:\n${output.trim().slice(-4000)}`, "      | "));
}

/** What as-pect wrote, file by file, and what it wrote besides. */
function blocks(output) {
  const found = [];
  const rest = [];
  let open;
  // Above it stands a picture.
  for (const text of output.slice(output.indexOf("ASC Version")).split("\n").slice(1)) {
    const head = /^[✔❌]+ (\S+) Pass: (\d+) \/ (\d+).*Time: ([\d.]+)ms/u.exec(text);
    if (head !== null) {
      open = { file: head[1], passed: Number(head[2]), total: Number(head[3]), milliseconds: Number(head[4]), lines: [] };
      found.push(open);
    } else if (/^( {2}\[Summary\]|ERROR|FAILURE|WARNING|\w*Error\b)/.test(text)) {
      open = undefined;
      rest.push(text);
    } else {
      (open?.lines ?? rest).push(text);
    }
  }
  return { found, rest };
}

/** The unit tests of the core: as-pect, a module a file. */
async function unit() {
  const aspect = at("node_modules/@as-pect/cli/lib/test.js");
  const flags = ["--config", "as-pect.config.js", "--as-config", "test/assembly/asconfig.json", "--summary"];
  let entries = files("test/assembly", ".test.ts").filter(wanted);
  if (entries.length > 0) console.log(`as-pect compiles and runs ${entries.length} ${entries.length === 1 ? "file" : "files"}`);
  while (entries.length > 0) {
    const { output } = await run(["--enable-source-maps", aspect, ...flags], {
      env: { FORCE_COLOR: "0", ASPECT_ENTRIES: entries.join(",") },
    });
    const { found, rest } = blocks(output);
    for (const { file, passed, total, milliseconds, lines } of found) {
      const text = lines.join("\n");
      const bad = [...text.matchAll(/^ {4}❌ (.*?) - ?(.*)((?:\n {6}.*)*)/gm)];
      counts.passed += passed;
      for (const [, name, message, values] of bad) failed(file, name, `${message}${values.replaceAll(/^ +/gm, "")}`.trim());
      // What stopped before its tests were known.
      if (total > passed + bad.length || total === 0) failed(file, "the file as a whole", text.trim() || "did not run to its end");
      line(file, { passed, failed: failures.filter((failure) => failure.file === file).length }, `${Math.round(milliseconds)} ms`);
      shown(file);
    }
    const [broken, ...missing] = entries.filter((entry) => !found.some(({ file }) => file === entry));
    // It ends with the first file that does not compile; the others are for another run.
    if (broken !== undefined) {
      failed(broken, "the file as a whole", rest.join("\n").trim().slice(0, 4000) || "did not run");
      line(broken, { passed: 0, failed: 1 }, "");
      shown(broken);
    }
    entries = missing;
  }
}

/** The tests in a file's events so far. */
function told(events) {
  if (!existsSync(events)) return [];
  const text = readFileSync(events, "utf8");
  return text
    .slice(0, text.lastIndexOf("\n") + 1)
    .split("\n")
    .filter((each) => each !== "")
    .map((each) => JSON.parse(each));
}

/** One test file, in a process of its own. */
async function file(path, index) {
  const from = performance.now();
  const events = join(folder, `${index}.jsonl`);
  const { code, output, late } = await run(
    ["--test-reporter", new URL("./events.mjs", import.meta.url).href, "--test-reporter-destination", events, path],
    { waiting: () => console.log(`  ..  ${path} goes on, ${told(events).length} tests done after ${seconds(from)}`) },
  );
  const own = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, result, reason, error } of told(events)) {
    own[result]++;
    if (result === "failed") failed(path, name, error);
    else counts[result]++;
    if (result === "skipped") skips.push({ file: path, name, reason });
  }
  if (late) failed(path, "the file as a whole", `ran for more than ${FILE_SECONDS} s and was stopped`);
  else if (code !== 0 && own.failed === 0) failed(path, "the file as a whole", `ended with code ${code}`);
  else if (own.passed + own.failed + own.skipped === 0) failed(path, "the file as a whole", "has no tests");
  const bad = failures.filter((failure) => failure.file === path);
  line(path, { ...own, failed: bad.length }, seconds(from));
  shown(path, output);
}

/** What runs in two lanes, and what runs behind them with nothing beside it. */
function lanes(paths) {
  const alone = paths.filter((path) => /^\/\/ Alone: /m.test(readFileSync(at(path), "utf8")));
  return { beside: paths.filter((path) => !alone.includes(path)), alone };
}

/** A program's own word about its version; undefined where it is absent. */
async function said(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (bytes) => (text += bytes));
    child.on("error", () => resolve(undefined));
    child.on("close", (code) => resolve(code === 0 ? text.trim().split("\n")[0] : undefined));
  });
}

async function versions() {
  const installed = (name) => JSON.parse(readFileSync(at("node_modules", name, "package.json"), "utf8")).version;
  const named = { node: `${process.version.slice(1)} (${process.execPath})` };
  for (const [name, path] of Object.entries(runtimes())) {
    if (name !== "node") named[name] = path === undefined ? "absent" : version(name).replace(/^v/, "");
  }
  named["as-pect"] = `${installed("@as-pect/cli")} on assemblyscript ${installed("assemblyscript")}`;
  named.promtool = (await said("promtool", ["--version"]))?.replace(/^promtool, version (\S+).*/, "$1") ?? "absent";
  named.prometheus = (await said("prometheus", ["--version"]))?.replace(/^prometheus, version (\S+).*/, "$1") ?? "absent";
  const python = "import importlib.metadata as m; print(m.version('prometheus-client'))";
  named["python3-prometheus-client"] = (await said("/usr/bin/python3", ["-c", python])) ?? "absent";
  return named;
}

const from = performance.now();
const built = await run([at("scripts/build.mjs")], { heard: (text) => process.stdout.write(text) });
if (built.code !== 0) {
  failed("scripts/build.mjs", "the build", built.output.trim().slice(-4000));
} else {
  installRuntimes();
  const { beside, alone } = lanes(files("test", ".test.mjs").filter(wanted));
  let index = 0;
  const lane = async (next) => {
    for (let path = next(); path !== undefined; path = next()) await file(path, index++);
  };
  await Promise.all([unit().then(() => lane(() => beside.shift())), lane(() => beside.pop())]);
  await lane(() => alone.shift());
  if (counts.passed + counts.failed + counts.skipped === 0) failed("npm test", patterns.join(" "), "No test file's path holds this");
}
rmSync(folder, { recursive: true, force: true });

console.log("\nRan on");
for (const [name, text] of Object.entries(await versions())) console.log(`  ${name.padEnd(26)} ${text}`);
if (skips.length > 0) {
  console.log("\nSkipped");
  for (const { file: path, name, reason } of skips) console.log(`  ${path}: ${name}${reason === "" ? "" : ` (${reason})`}`);
}
if (failures.length > 0) {
  console.log("\nFailed");
  for (const { file: path, name, error } of failures) console.log(`  ${path}: ${name}\n${indented(error, "      ")}`);
}
console.log(`\n${seconds(from)}\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed === 0 ? 0 : 1;
