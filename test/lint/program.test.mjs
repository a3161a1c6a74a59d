// `tallystick lint`, as npx runs it: of URLs, files and what comes in; what it says, and what it ends with.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { RULES } from "tallystick/lint";
import { residentRun } from "../resident.mjs";

const CLI = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));
const TEXT = "text/plain; version=0.0.4; charset=utf-8";
const OPEN = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const CLEAN = "# HELP a A.\n# TYPE a gauge\na 1\n";
const OPEN_CLEAN = "# TYPE a counter\n# HELP a A.\na_total 1\n# EOF\n";
const BAD = "# TYPE jobs counter\njobs 1\n";

/** What it ended with, and what it wrote. */
async function lint(args, input = "") {
  const { status, stdout: out, stderr: err } = await residentRun(["lint", ...args], { input });
  return { status, out, err };
}

/** The same of a process of its own. */
async function alone(t, args, input) {
  const child = spawn(process.execPath, [CLI, "lint", ...args], { stdio: ["pipe", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  const own = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text) => (own.out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (own.err += text));
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const [status] = await once(child, "close");
  return { status, ...own };
}

function folder(t) {
  const path = mkdtempSync(join(tmpdir(), "tallystick-lint-"));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

/** Serves by `answer`, and keeps what was asked. */
async function serving(t, answer) {
  const asked = [];
  const server = createServer((request, response) => {
    asked.push(request.headers);
    answer(response, request);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${server.address().port}/metrics`, asked };
}

const page = (contentType, body) => (response) =>
  response.writeHead(200, contentType === undefined ? {} : { "content-type": contentType }).end(body);

test("a clean page: nothing is said, and 0", async () => {
  assert.deepEqual(await lint(["-"], CLEAN), { status: 0, out: "", err: "" });
  assert.deepEqual(await lint(["-"], OPEN_CLEAN), { status: 0, out: "", err: "" });
});

test("a process says and ends with what a run in the thread does, of each status and of more than a pipe holds", async (t) => {
  for (const [status, args, input] of [
    [0, ["-"], CLEAN],
    [0, ["--help"], ""],
    [1, ["-", "--max", "100000"], "?\n".repeat(5000)],
    [2, ["none.txt", "-"], CLEAN],
    [64, ["-", "--max", "1.5"], CLEAN],
  ]) {
    const process = await alone(t, args, input);
    assert.equal(process.status, status, process.err);
    assert.deepEqual(process, await lint(args, input));
    if (status === 1) assert.ok(process.out.length > 1 << 16, `${process.out.length}`);
  }
});

test("findings: a line each with file, line, metric, message and rule, and 1", async (t) => {
  const path = join(folder(t), "a page.txt");
  writeFileSync(path, `${BAD}\n?\n`);
  assert.deepEqual(await lint([path]), {
    status: 1,
    out: `${path}:1: jobs: there is no help (help)\n${path}:1: jobs: a counter's name ends in _total (counter-total)\n${path}:4: "?" is no name of a metric: it must match [a-zA-Z_:][a-zA-Z0-9_:]* (name)\n`,
    err: "",
  });
});

test("--json: what would move a terminal's cursor or turn its text is escaped, and means the same", async () => {
  const odd = "\u009b31m \u007f \u202e";
  const page = `# HELP a A\n# TYPE a gauge\na{b="${odd}"} 1\na{b="${odd}"} 1\n`;
  const { out } = await lint(["-", "--json"], page);
  assert.match(out, /^[ -~\n]+$/);
  assert.ok(JSON.parse(out).message.includes(odd));
});

test("--json: an object a line", async () => {
  const { status, out } = await lint(["-", "--json"], BAD);
  assert.equal(status, 1);
  assert.deepEqual(out.trim().split("\n").map((line) => JSON.parse(line)), [
    { file: "stdin", line: 1, metric: "jobs", rule: "help", severity: "warning", message: "there is no help" },
    { file: "stdin", line: 1, metric: "jobs", rule: "counter-total", severity: "warning", message: "a counter's name ends in _total" },
  ]); // prettier-ignore
});

test("--disable leaves rules out, --format and --utf8 say what is read", async () => {
  assert.equal((await lint(["-", "--disable", "help", "--disable=counter-total"], BAD)).status, 0);
  assert.match((await lint(["-", "--format", "openmetrics"], CLEAN)).out, /^stdin:3: there is no # EOF at the end \(end\)$/m);
  assert.match((await lint(["-", "--format", "text"], OPEN_CLEAN)).out, /there is no help/);
  const quoted = '# HELP "a.b" A.\n# TYPE "a.b" gauge\n{"a.b"} 1\n';
  assert.equal((await lint(["-"], quoted)).status, 1);
  assert.equal((await lint(["-", "--utf8"], quoted)).status, 0);
});

test("--max: so many are said, and how many more there are", async () => {
  const { status, out, err } = await lint(["-", "--max", "2"], "?\n".repeat(9));
  assert.equal(status, 1);
  assert.equal(out.split("\n").length, 3);
  assert.equal(err, "tallystick: 7 more of stdin: --max says how many are shown\n");
});

test("--rules says every rule with its sources, also as JSON", async () => {
  const { status, out } = await lint(["--rules"]);
  assert.equal(status, 0);
  for (const { name, sources } of RULES) {
    const [, said] = new RegExp(`^${name} \\(\\w+ of [^)]+\\): .+\\n((?: {4}.+\\n)*)`, "m").exec(out);
    assert.deepEqual(said.split("\n").slice(0, -1).map((line) => line.trim()), sources); // prettier-ignore
  }
  const json = (await lint(["--rules", "--json"])).out.trim().split("\n").map((line) => JSON.parse(line)); // prettier-ignore
  assert.deepEqual(json, RULES);
});

test("a URL: the Content-Type says the format, and is looked at itself; what may be secret is not said", async (t) => {
  const { url, asked } = await serving(t, page(OPEN, OPEN_CLEAN));
  assert.deepEqual(await lint([`${url}?token=hunter2`]), { status: 0, out: "", err: "" });
  assert.match(asked[0].accept, /^application\/openmetrics-text;version=1\.0\.0,text\/plain/);
  await lint([url, "--format", "text"]);
  assert.equal(asked[1].accept, "text/plain;version=0.0.4");
  const texts = await serving(t, page(TEXT, `${CLEAN}# EOF\n`));
  assert.equal((await lint([texts.url])).status, 0, "# EOF is a comment of text");
  const html = await serving(t, page("text/html", CLEAN));
  assert.deepEqual((await lint([`${html.url}?token=hunter2`])).out, `${html.url}:1: Content-Type is "text/html", which Prometheus 3 refuses (content-type)\n`); // prettier-ignore
  const none = await serving(t, page(undefined, CLEAN));
  assert.match((await lint([none.url])).out, /there is no Content-Type/);
});

test("a URL that compresses and one that leads on are read as they are meant", async (t) => {
  const { url } = await serving(t, (response, request) => {
    if (request.url === "/metrics") response.writeHead(302, { location: "/there" }).end();
    else response.writeHead(200, { "content-type": TEXT, "content-encoding": "gzip" }).end(gzipSync(BAD));
  });
  assert.match((await lint([url])).out, /:1: jobs: there is no help \(help\)/);
});

/** Writes for ever, as long as somebody reads. */
function endless(response) {
  response.writeHead(200, { "content-type": TEXT });
  const chunk = "a".repeat(65_536);
  const more = () => {
    while (!response.destroyed && response.write(chunk)) continue;
    if (!response.destroyed) response.once("drain", more);
  };
  more();
}

for (const [what, answer, args, words] of [
  ["an endless body", endless, ["--max-bytes", "3000000"], /it has more than 3000000 bytes, which is what --max-bytes says$/],
  [
    "a gzip that is far more than it seems",
    (response) => response.writeHead(200, { "content-type": TEXT, "content-encoding": "gzip" }).end(gzipSync("#\n".repeat(4_000_000))),
    ["--max-bytes", "3000000"],
    /it has more than 3000000 bytes/,
  ],
  ["a silent server", () => {}, ["--timeout", "0.3"], /it took more than 0\.3 seconds, which is what --timeout says$/],
  [
    "a body that stops in the middle",
    (response) => response.writeHead(200, { "content-type": TEXT }).write(CLEAN),
    ["--timeout", "0.3"],
    /it took more than 0\.3 seconds/,
  ],
  [
    "a connection that ends in the middle",
    (response) => {
      response.writeHead(200, { "content-type": TEXT, "content-length": "1000" }).write(CLEAN, () => response.destroy());
    },
    [],
    /Cannot read http/,
  ],
  ["404", (response) => response.writeHead(404).end("no"), [], /it answered with status 404$/],
  ["protobuf", page("application/vnd.google.protobuf; encoding=delimited", "x"), [], /protobuf is not lines of text/],
  ["OpenMetrics 2.0", page("application/openmetrics-text; version=2.0.0", "# EOF\n"), [], /release candidate/],
]) {
  test(`${what}: one line that says so, and 2`, { timeout: 60_000 }, async (t) => {
    const { url } = await serving(t, answer);
    const { status, out, err } = await lint([url, ...args]);
    assert.equal(status, 2, err);
    assert.equal(out, "");
    assert.match(err, /^tallystick: Cannot read http:\/\/.{1,400}\n$/);
    assert.match(err.trimEnd(), words);
  });
}

test("several: all are said, and what cannot be read is 2, whatever the others are", async (t) => {
  const path = join(folder(t), "bad.txt");
  writeFileSync(path, BAD);
  const { status, out, err } = await lint([`${path}.none`, path, "-"], BAD);
  assert.equal(status, 2);
  assert.equal(out.split("\n").length, 5);
  assert.match(err, /^tallystick: Cannot read .*bad\.txt\.none: ENOENT.*\n$/);
  assert.equal((await lint([path, "-"], CLEAN)).status, 1);
  assert.equal((await lint([folder(t)])).status, 2);
});

test("an address without its scheme is a file that is not there, and what a URL begins with is said", async () => {
  const { status, err } = await lint(["my-host:9464", "none.txt"]);
  assert.equal(status, 2);
  assert.match(err, /my-host:9464: ENOENT.*; a URL begins with http:\/\/ or https:\/\/\n/);
  assert.match(err, /none\.txt: ENOENT[^;]*\n$/);
});

test("a name that would move a terminal's cursor is written as an escape", async () => {
  const { out } = await lint(["-", "--utf8"], '# TYPE "a\u001b[2J\u202eb" gauge\n');
  assert.match(out, /^stdin:1: a\\u001b\[2J\\u202eb: there is no help \(help\)$/m);
});

test("a reader that goes away does not make it fail in words", async (t) => {
  const child = spawn(process.execPath, [CLI, "lint", "-", "--max", "100000"], { stdio: ["pipe", "pipe", "pipe"] });
  t.after(() => child.kill("SIGKILL"));
  let err = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (err += text));
  child.stdout.destroy();
  child.stdin.end("?\n".repeat(50_000));
  assert.deepEqual(await once(child, "close"), [1, null]);
  assert.equal(err, "");
});

for (const [what, args, word] of [
  ["nothing to lint", [], /there is nothing to lint: give a URL, a file, or - for what comes in; see/],
  ["an empty file's name", [""], /a file is "", which names nothing/],
  ["- twice", ["-", "-"], /- is there more than once/],
  ["a URL that is none", ["http://[/"], /"http:\/\/\[\/" is no URL; see/],
  ["a URL with a password", ["http://u:S3CRET@a/"], /^((?!S3CRET).)*without a user's name and a password; see/],
  ["an unknown option", ["--disabel", "help", "-"], /there is no option "--disabel": there is --disable; see/],
  ["a format that there is not", ["-", "--format", "json"], /--format is "json", which is none of text and openmetrics; see/],
  ["a rule that there is not", ["-", "--disable", "halp"], /--disable: there is no rule "halp": there is help, and --rules says all; see/],
  ["a format twice", ["-", "--format", "text", "--format", "text"], /--format is there 2 times/],
  ["a time of nothing", ["-", "--timeout", "0"], /--timeout is "0", which is no number from 0\.001 to 3600; see/],
  ["findings that are no whole number", ["-", "--max", "1.5"], /--max is "1\.5", which is no whole number from 1 to 1000000; see/],
  ["bytes that are no number", ["-", "--max-bytes", "1e9"], /--max-bytes is "1e9", which is no whole number/],
  ["rules of a file", ["--rules", "-"], /--rules is said alone: it reads nothing; see/],
]) {
  test(`lint with ${what}: one line that says so and where help is, and 64`, async () => {
    const { status, out, err } = await lint(args);
    assert.deepEqual([status, out], [64, ""]);
    assert.match(err, word);
    assert.match(err, /^tallystick: .{1,300}; see tallystick lint --help\n$/);
  });
}

test("--help says all options that there are, and so does the document", async () => {
  const { status, out } = await lint(["--help"]);
  assert.equal(status, 0);
  const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  const [, table] = /^const OPTIONS = \{\n([^]*?)^\} as const;/m.exec(read("bindings/lint/program/given.ts"));
  const options = [...table.matchAll(/^ {2}"?([\w-]+)"?: \{ type:/gm)].map(([, name]) => `--${name}`);
  assert.ok(options.length >= 9, options.join());
  assert.deepEqual([...out.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, name]) => name).toSorted(), options.toSorted()); // prettier-ignore
  const document = read("docs/testing.md");
  for (const name of options) assert.ok(document.includes(`\`${name}`), `docs/testing.md does not know ${name}`);
  for (const { name } of RULES) assert.match(document, new RegExp(`^\\| \`${name}\` \\|`, "m"), `docs/testing.md does not know ${name}`);
});
