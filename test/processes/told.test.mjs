// What applications are told of processes, and in which words: one line each, which says what to do.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { Registry } from "tallystick";
import { SpoolError, spool } from "tallystick/processes";
import { pusher, receiver } from "tallystick/push";

function place(t) {
  const dir = mkdtempSync(join(tmpdir(), "tallystick-told-"));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function joined(t, options) {
  const own = spool(options);
  t.after(() => own.close());
  return own;
}

const HEARS = `
  import { registry } from "tallystick";
  import { spool } from "tallystick/processes";
  import { pusher, receiver } from "tallystick/push";
`;
const PUSHED = `new Request("http://localhost/push", { method: "POST" })`;

for (const [what, body, line] of [
  [
    "spool",
    `spool({ dir: "/dev/null/below" }); await registry.expose();`,
    /^tallystick: Cannot use "\/dev\/null\/below" as a spool: ENOTDIR.*$/,
  ],
  [
    "pusher",
    `registry.counter({ name: "a", help: "A." }).inc(); await pusher({ url: "http://127.0.0.1:1/push", token: "x" }).push();`,
    /^tallystick: Cannot push the image to http:\/\/127\.0\.0\.1:1\/push: fetch failed: bad port$/,
  ],
  ["receiver", `await receiver({ token: "x" })(${PUSHED});`, /^tallystick: Refused a push, 401: There is no token.*$/],
]) {
  test(`${what} without onError: the console has one line of it, and no stack`, () => {
    const { stderr } = spawnSync(process.execPath, ["--input-type=module", "--eval", HEARS + body], {
      encoding: "utf8",
      timeout: 30_000,
      cwd: import.meta.dirname,
    });
    const lines = stderr.trimEnd().split("\n");
    assert.match(lines[0], line);
    for (const each of lines) assert.match(each, /^tallystick: /);
    assert.equal(lines.filter((each) => each === lines[0]).length, 1);
    // Its cause is in it once.
    assert.ok(lines[0].split(/ENOTDIR|bad port|There is no token/).length === 2, lines[0]);
  });
}

test("spool, once more with other options: it is told once which ones, and those of the first hold", async (t) => {
  const told = [];
  const registry = new Registry();
  const first = { registry, dir: place(t), flushSeconds: 0, deadAfterSeconds: 20, onError: (error) => told.push(error) };
  const own = joined(t, first);
  // What is said so, or is true without, is no other.
  for (const same of [
    {},
    { signals: true, thread: false, collect: undefined, askSeconds: 0.05, foldAfterSeconds: 600 },
    { flushSeconds: 0 },
  ]) {
    assert.equal(spool({ registry, dir: first.dir, ...same }), own);
  }
  assert.deepEqual(told, []);
  const other = { registry, dir: first.dir, thread: true, keepTotals: true, flushSeconds: 5, deadAfterSeconds: 20 };
  assert.equal(spool(other), own);
  assert.equal(spool(other), own);
  assert.equal(told.length, 1);
  assert.ok(told[0] instanceof SpoolError);
  assert.equal(told[0].code, "options");
  assert.match(
    told[0].message,
    /this registry joined it before, with another keepTotals, flushSeconds, thread; those of the first call hold/,
  );
});

for (const [what, make, message] of [
  ["spool", (own) => spool({ dir: "x", ...own }), /^Cannot use 5 as foldAfterSeconds of a spool: .* its deadAfterSeconds, which is 100$/],
  [
    "receiver",
    (own) => receiver({ token: "x", ...own }),
    /^Cannot use 5 as foldAfterSeconds of receiver: .* its deadAfterSeconds, which is 100$/,
  ],
]) {
  test(`${what} that folds who is not dead yet: a RangeError names both`, () => {
    const registry = new Registry();
    const seconds = { deadAfterSeconds: 100, foldAfterSeconds: 5 };
    assert.throws(() => make({ registry, ...seconds }), { name: "RangeError", message });
    if (what === "spool") assert.throws(() => make({ registry, collect: false, ...seconds }), { name: "RangeError", message });
  });
}

test("spool that folds sooner than it takes anybody for dead: the RangeError says after how long that is", () => {
  const message = /^Cannot use 5 as foldAfterSeconds of a spool: .* its deadAfterSeconds, which is 60$/;
  assert.throws(() => spool({ registry: new Registry(), dir: "x", foldAfterSeconds: 5 }), { name: "RangeError", message });
});

for (const [path, status, words] of [
  ["/", 302, /the answer is 302, a redirect, which no push follows; `tallystick collect` takes them at \/push$/],
  ["/metrics", 405, /the answer is 405, there is no receiver at this path; `tallystick collect` takes them at \/push$/],
  ["/metric", 404, /the answer is 404, there is no receiver at this path; `tallystick collect` takes them at \/push$/],
  ["/push", 404, /the answer is 404, there is no receiver at this path$/],
]) {
  test(`pusher that is answered ${status} at ${path}: it is told where pushes go`, async (t) => {
    const server = createServer((_, response) => response.writeHead(status, { location: "/metrics" }).end());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const told = [];
    const registry = new Registry();
    registry.counter({ name: "jobs", help: "Jobs." }).inc();
    const url = `http://127.0.0.1:${server.address().port}${path}`;
    const own = pusher({ registry, url, token: "x", onError: (error) => told.push(error.message) });
    t.after(() => own.close());
    assert.equal((await own.push()).outcome, "failed");
    assert.equal(told.length, 1);
    assert.match(told[0], words);
  });
}

test("receiver, a second one in a registry: it is told to give it a name", (t) => {
  const registry = new Registry();
  const first = receiver({ registry, token: "x" });
  t.after(first.close);
  const message = 'Cannot make a receiver "default": this registry has one of that name; give it a `name` of its own';
  assert.throws(() => receiver({ registry, token: "x" }), { code: "source-taken", message });
  receiver({ registry, token: "x", name: "other" }).close();
});

const isRoot = process.getuid?.() === 0;

test(
  "spool: of another user's run it is told that it is to be removed",
  { skip: !isRoot && "only root makes what is another's" },
  async (t) => {
    const dir = place(t);
    const path = join(dir, "run-000007");
    mkdirSync(path);
    chownSync(path, 12345, 12345);
    const told = [];
    const own = joined(t, { registry: new Registry(), dir, onError: (error) => told.push(error.message) });
    await own.flush();
    await own.refresh();
    assert.equal(told.length, 1);
    assert.ok(told[0].includes(JSON.stringify(path)), told[0]);
    assert.match(
      told[0],
      /it belongs to user 12345, and all .* here 0: remove it once, where no process of that user needs it any more; it is left out$/,
    );
  },
);
