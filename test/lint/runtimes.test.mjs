// The same lint in every runtime, as a library, as CommonJS and as a program.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import * as esm from "tallystick/lint";
import { runtimes } from "../../scripts/runtimes.mjs";

const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const DENO = ["run", "--quiet", "--allow-all"];
const binaries = runtimes();
const RUNTIMES = [
  ["node", []],
  ["node-current", []],
  ["deno", DENO],
  ["bun", ["run"]],
];

function run(name, args, input = "") {
  return spawnSync(binaries[name], args, { encoding: "utf8", timeout: 60_000, cwd: at("../.."), input });
}

/** A server that answers while this thread waits for a program. */
const SERVER = `
import { createServer } from "node:http";
import { parentPort } from "node:worker_threads";
const server = createServer((request, response) => {
  response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(request.url === "/clean" ? "# HELP a A.\\n# TYPE a gauge\\na 1\\n" : "a 1\\n");
}).listen(0, "127.0.0.1", () => parentPort.postMessage(server.address().port));
`;

for (const [name, args] of RUNTIMES) {
  const skip = binaries[name] === undefined && `${name} is not installed`;
  test(`${name}: the library finds the same`, { skip }, () => {
    const { status, stdout, stderr } = run(name, [...args, at("linting.mjs")]);
    assert.equal(status, 0, stderr);
    assert.deepEqual(JSON.parse(stdout), {
      rules: esm.RULES.length,
      open: ["1 h help", "2 h bound", "3 h bucket", "4 fooBar odd-escape", "4 fooBar help", "4 fooBar camel-case"],
      text: ["1 h help", "2 h_bucket exemplar", "3 h bucket", "3 h bucket", "4 fooBar escape", "4 fooBar help", "4 fooBar camel-case"],
    });
  });

  test(`${name}: the program reads files, what comes in, and URLs`, { skip, timeout: 120_000 }, async (t) => {
    const server = new Worker(SERVER, { eval: true });
    t.after(() => server.terminate());
    const [port] = await once(server, "message");
    const program = [...args, at("../../dist/esm/cli.js"), "lint"];
    const stdin = run(name, [...program, "-"], "a 1\n");
    assert.deepEqual([stdin.status, stdin.stdout, stdin.stderr], [1, "stdin:1: a: there is no help (help)\n", ""]);
    const file = run(name, [...program, at("../exposition/golden/types/counter.openmetrics.txt")]);
    assert.deepEqual([file.status, file.stdout, file.stderr], [0, "", ""]);
    const clean = run(name, [...program, `http://127.0.0.1:${port}/clean`]);
    assert.deepEqual([clean.status, clean.stdout, clean.stderr], [0, "", ""]);
    const bad = run(name, [...program, `http://127.0.0.1:${port}/bad`]);
    assert.deepEqual([bad.status, bad.stdout], [1, `http://127.0.0.1:${port}/bad:1: a: there is no help (help)\n`]);
    const away = run(name, [...program, at("nothing.txt")]);
    assert.equal(away.status, 2, away.stderr);
    assert.match(away.stderr, /^tallystick: Cannot read .*nothing\.txt: .+\n$/);
  });
}

test("tallystick/lint as CommonJS has the same names, and finds the same", () => {
  const cjs = createRequire(import.meta.url)("tallystick/lint");
  assert.deepEqual(Object.keys(cjs).filter((name) => name !== "__esModule").toSorted(), Object.keys(esm).toSorted()); // prettier-ignore
  assert.deepEqual(cjs.lint("a 1\n"), esm.lint("a 1\n"));
});
