// `tallystick collect`, as npx runs it: serves what others left, says what it does not understand, and ends when it is told.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Registry } from "tallystick";
import { pusher } from "tallystick/push";
import { beside } from "./beside.mjs";
import { put } from "./database.mjs";
import { folder, Member } from "./members.mjs";

const test = beside("cli", 4);

const CLI = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));

function startedWith(t, env, ...args) {
  const child = spawn(process.execPath, [CLI, ...args], { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
  t.after(() => child.kill("SIGKILL"));
  const exit = once(child, "exit");
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  return { child, exit, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](), said: () => stderr };
}

const started = (t, ...args) => startedWith(t, {}, ...args);

async function urlOf({ lines, said }) {
  const { value } = await lines.next();
  assert.match(value ?? said(), /^tallystick serves http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  return value.slice("tallystick serves ".length);
}

test("collect --dir: serves the sum of a spool, also of those who come later, and ends by SIGTERM", async (t) => {
  const dir = join(folder(t), "metrics");
  const collector = started(t, "collect", "--dir", dir, "--port", "0");
  const url = await urlOf(collector);
  assert.equal((await fetch(url)).status, 200);
  const member = await new Member(dir).join();
  t.after(() => member.kill());
  await member.run(async () => {
    registry.counter({ name: "jobs", help: "Jobs." }).inc(3);
    await kept.spool.flush();
  });
  const page = await (await fetch(url)).text();
  assert.match(page, /^jobs_total 3$/m);
  assert.match(page, /^tallystick_processes\{source="spool"\} 1$/m);
  assert.equal((await fetch(new URL("/nothing", url))).status, 404);
  assert.equal((await fetch(new URL("/", url))).url, url);
  collector.child.kill("SIGTERM");
  assert.deepEqual(await collector.exit, [null, "SIGTERM"]);
});

/** The status of a request with any target: fetch would not send most of them. */
async function statusOf(url, target) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  let said = "";
  socket.setEncoding("utf8").on("data", (text) => (said += text));
  socket.on("error", () => undefined);
  await once(socket, "close");
  return Number(/^HTTP\/1.1 (\d+)/.exec(said)?.[1]);
}

const TARGETS = [
  ["//", 404],
  ["http://[", 404],
  ["//x:99999/", 404],
  ["*", 404],
  ["/%", 404],
  ["/metrics?name[]=a", 200],
  ["http://elsewhere/metrics", 200],
];

test("collect: answers whatever target is asked for, and lives", async (t) => {
  const { child, ...rest } = started(t, "collect", "--dir", join(folder(t), "m"), "--port", "0");
  const url = await urlOf(rest);
  for (const [target, status] of TARGETS) assert.equal(await statusOf(url, target), status, target);
  assert.equal(child.exitCode, null);
});

test("examples/edge/collector-node.mjs: answers whatever target is asked for, and lives", async (t) => {
  const EXAMPLE = fileURLToPath(new URL("../../examples/edge/collector-node.mjs", import.meta.url));
  const env = { ...process.env, TALLYSTICK_TOKEN: "a-secret" };
  const child = spawn(process.execPath, [EXAMPLE], { env, stdio: ["ignore", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const { value: url } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  for (const target of ["//", "http://[", "//x:99999/"]) assert.equal(await statusOf(url, target), 404, target);
  assert.equal(await statusOf(url, "/metrics?name[]=a"), 200);
  assert.equal(child.exitCode, null);
});

test("collect --python: serves what Python's processes left", async (t) => {
  const dir = folder(t);
  put(dir, "counter_12.db", [["hits", "hits_total", { path: "/" }, 4]]);
  const url = await urlOf(started(t, "collect", "--python", dir, "--port", "0"));
  assert.match(await (await fetch(url)).text(), /^hits_total\{path="\/"\} 4$/m);
});

const TOKEN = "opensesame";

for (const [what, env, args] of [
  ["--push-token", {}, ["--push-token", TOKEN]],
  ["TALLYSTICK_PUSH_TOKEN", { TALLYSTICK_PUSH_TOKEN: TOKEN }, []],
]) {
  test(`collect with ${what}: serves what was pushed with the token, and says why it takes nothing else`, async (t) => {
    const collector = startedWith(t, env, "collect", "--port", "0", ...args);
    const url = await urlOf(collector);
    const to = String(new URL("/push", url));
    const counted = new Registry();
    counted.counter({ name: "jobs", help: "Jobs." }).inc(3);
    const own = pusher({ url: to, token: TOKEN, registry: counted });
    t.after(() => own.close());
    assert.equal((await own.push()).outcome, "sent");
    counted.counter({ name: "jobs", help: "Jobs." }).inc();
    assert.equal((await own.push()).outcome, "sent");
    assert.match(await (await fetch(url)).text(), /^jobs_total 4$/m);
    assert.equal((await fetch(to)).status, 405);
    const posted = (token, body) =>
      fetch(to, {
        method: "POST",
        body,
        headers: {
          authorization: `Bearer ${token}`,
          "content-type": "application/x-tallystick-image",
          "tallystick-instance": "00000000000000aa",
          "tallystick-share": "full",
        },
      });
    assert.equal((await posted("another", "x")).status, 403);
    assert.equal((await posted(TOKEN, "nonsense")).status, 400);
    assert.match(collector.said(), /^tallystick: Refused a push from 127\.0\.0\.1, 403: /m);
    assert.equal((await fetch(url)).status, 200);
  });
}

const ABSENT =
  /^tallystick: Cannot read the directory ".*late": it is not there yet, and the page is without it until a process makes it\n$/;

test("collect: a spool that is not there is told of in the same words", async (t) => {
  const collector = started(t, "collect", "--dir", join(folder(t), "late"), "--port", "0");
  const url = await urlOf(collector);
  assert.equal((await fetch(url)).status, 200);
  assert.match(collector.said(), ABSENT);
});

test("collect: a directory that is not there is told of, and served once it is", async (t) => {
  const dir = join(folder(t), "late");
  const collector = started(t, "collect", "--python", dir, "--forget-dead", "--port", "0");
  const url = await urlOf(collector);
  assert.equal((await fetch(url)).status, 200);
  assert.match(collector.said(), ABSENT);
  mkdirSync(dir);
  // Nobody has this pid: it is beyond what Linux gives.
  put(dir, "counter_4194305.db", [["jobs", "jobs_total", {}, 3]]);
  put(dir, "gauge_liveall_4194305.db", [["busy", "busy", {}, 1]]);
  const page = await (await fetch(url)).text();
  assert.match(page, /^jobs_total 3$/m);
  assert.doesNotMatch(page, /^busy/m);
});

test("collect without a token: there is no /push", async (t) => {
  const url = await urlOf(startedWith(t, { TALLYSTICK_PUSH_TOKEN: "" }, "collect", "--dir", join(folder(t), "m"), "--port", "0"));
  assert.equal((await fetch(new URL("/push", url), { method: "POST" })).status, 404);
});

const ALL = "tallystick";
for (const [what, args, word, whose = "tallystick collect"] of [
  [
    "options without a command",
    ["--dir", "x"],
    /there is no command: give collect, probe, lint, top or record, and options behind it/,
    ALL,
  ],
  ["an unknown command", ["gather"], /there is no command "gather": there are collect, probe, lint, top and record/, ALL],
  ["help of an unknown command", ["help", "gather"], /there is no command "gather": there are collect, probe, lint, top and record/, ALL],
  ["a command of three letters like none", ["foo"], /there is no command "foo": there are collect, probe, lint, top and record/, ALL],
  ["a command with two letters in the other order", ["tpo"], /there is no command "tpo": there is top;/, ALL],
  ["a command that another one begins like", ["prob"], /there is no command "prob": there is probe;/, ALL],
  ["a command with a letter that is missing", ["colect"], /there is no command "colect": there is collect;/, ALL],
  ["a directory without its option", ["collect", ".metrics"], /collect takes options alone: say --dir \.metrics;/],
  ["another directory without its option", ["collect", "--dir", "x", "y"], /collect takes options alone, and not "y";/],
  ["--forget-dead of nothing", ["collect", "--dir", "x", "--forget-dead"], /--forget-dead is of Python's directories: give --python, too/],
  ["nothing to collect", ["collect"], /nothing to collect/],
  ["an unknown option", ["collect", "--dri", "x"], /there is no option "--dri": there is --dir;/],
  ["an option like none", ["collect", "--wibble"], /there is no option "--wibble";/],
  ["an option without its value", ["collect", "--port"], /--port takes a value, and there is none/],
  ["an option in place of a value", ["collect", "--dir", "--port", "1"], /--dir is followed by another option: .*--dir=VALUE/],
  ["a value of what takes none", ["collect", "--keep-totals=yes"], /--keep-totals takes no value/],
  ["a port that is none", ["collect", "--dir", "x", "--port", "99999"], /--port is "99999"/],
  ["an empty port", ["collect", "--dir", "x", "--port", ""], /--port is ""/],
  ["a port with spaces", ["collect", "--dir", "x", "--port", " 80 "], /--port is " 80 "/],
  ["a port with an exponent", ["collect", "--dir", "x", "--port", "1e3"], /--port is "1e3"/],
  ["an empty directory", ["collect", "--dir", ""], /--dir is ""/],
  ["an empty directory of Python's", ["collect", "--python", ""], /--python is ""/],
  ["an empty token", ["collect", "--push-token", ""], /--push-token is "", and no token is empty/],
  ["two spools", ["collect", "--dir", "x", "--dir", "y"], /--dir is there 2 times: a collector serves one spool/],
  ["a port three times", ["collect", "--dir", "x", "--port=1", "--port", "2", "--port=1"], /--port is there 3 times: it is said once/],
  ["an empty host", ["collect", "--dir", "x", "--host", ""], /--host is ""/],
]) {
  test(`${what}: one line that says so and where help is, and 64`, async (t) => {
    const { exit, said } = started(t, ...args);
    assert.deepEqual(await exit, [64, null]);
    assert.match(said(), word);
    assert.match(said(), new RegExp(`^tallystick: .{1,300}; see ${whose} --help\n$`));
  });
}

test("two tokens: refused, and none is said", async (t) => {
  const { exit, said } = started(t, "collect", "--push-token", TOKEN, "--push-token", `${TOKEN}2`);
  assert.deepEqual(await exit, [64, null]);
  assert.match(said(), /--push-token is there 2 times/);
  assert.doesNotMatch(said(), new RegExp(TOKEN));
});

const own = (path) => readFileSync(new URL(path, import.meta.url), "utf8");

/** What a program printed that ends by itself, wherever it did. */
async function printed(t, status, ...args) {
  const { child, exit, lines, said } = started(t, ...args);
  const closed = once(child, "close");
  let out = "";
  for await (const line of lines) out += `${line}\n`;
  assert.deepEqual(await exit, [status, null]);
  await closed;
  return out + said();
}

test("--help and help are the overview of all commands, and without any the program fails with it", async (t) => {
  const overview = await printed(t, 0, "--help");
  assert.match(overview, /^Usage: tallystick COMMAND \[options\]\n/);
  const commands = [...overview.matchAll(/^ {2}(\w+) {2,}\w/gm)].map(([, name]) => name);
  assert.deepEqual(commands, ["collect", "probe", "lint", "top", "record", "help"]);
  assert.equal(await printed(t, 0, "help"), overview);
  assert.equal(await printed(t, 64), overview);
  await Promise.all(
    commands.slice(0, -1).map(async (command) => {
      const help = await printed(t, 0, command, "--help");
      assert.match(help, new RegExp(`tallystick ${command}`));
      assert.equal(await printed(t, 0, "help", command), help);
      assert.equal(await printed(t, 0, "--help", command), help);
    }),
  );
});

test("collect: what is defined otherwise is told in one line, without the columns of the message", async (t) => {
  const collector = startedWith(t, {}, "collect", "--port", "0", "--push-token", TOKEN);
  const page = await urlOf(collector);
  const url = String(new URL("/push", page));
  for (const labelNames of [[], ["a"]]) {
    const registry = new Registry();
    registry.counter({ name: "jobs", help: "Jobs  of two.", labelNames }).inc(...(labelNames.length === 0 ? [] : [{ a: "b" }]));
    const own = pusher({ url, token: TOKEN, registry });
    assert.equal((await own.push()).outcome, "sent");
    own.close();
  }
  for (const until = Date.now() + 20_000; !collector.said().endsWith("\n");) {
    await (await fetch(page)).text();
    assert.ok(Date.now() < until, "nothing is told");
  }
  assert.match(
    collector.said(),
    /^tallystick: Cannot show metric "jobs" of .+: it is defined otherwise here; what they count .+ any more, here: counter "jobs", .*help "Jobs  of two\.", theirs: counter "jobs", labels \[a\], help "Jobs  of two\."\n$/,
  );
});

test("collect --help says all options that there are, and so do the documents", async (t) => {
  const help = await printed(t, 0, "collect", "--help");
  const [, table] = /^const OPTIONS = \{\n([^]*?)^\} as const;/m.exec(own("../../bindings/processes/cli.ts"));
  const parsed = [...table.matchAll(/^ {2}"?([\w-]+)"?: \{ type:/gm)].map(([, name]) => `--${name}`);
  assert.ok(parsed.length >= 12, parsed.join());
  const said = [...help.matchAll(/^ {2}(--[\w-]+)/gm)].map(([name]) => name.trim());
  assert.deepEqual(said.toSorted(), parsed.toSorted());
  const [, documented] = /^## `npx tallystick collect`\n([^]*?)^## /m.exec(own("../../docs/processes.md"));
  for (const name of parsed) assert.ok(documented.includes(`\`${name}\``), `docs/processes.md does not know ${name}`);
});

test("--version says that of the package", async (t) => {
  const { exit, lines } = started(t, "--version");
  assert.equal((await lines.next()).value, JSON.parse(own("../../package.json")).version);
  assert.deepEqual(await exit, [0, null]);
});

const ENDS = [
  ["SIGTERM", 143],
  ["SIGINT", 130],
];
for (const [signal, status] of ENDS) {
  test(`collect that takes itself for the first process of a container ends by ${signal}`, { timeout: 60_000 }, async (t) => {
    const first = "data:text/javascript,Object.defineProperty(process, 'pid', { value: 1 })";
    const args = ["--import", first, CLI, "collect", "--dir", join(folder(t), "m"), "--port", "0"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => child.kill("SIGKILL"));
    const exit = once(child, "exit");
    await urlOf({ lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() });
    child.kill(signal);
    assert.deepEqual(await exit, [status, null]);
  });
}

/** The lines that are said at the start, of what was found and what was not asked for, in any order. */
async function beginning(t, expected, ...args) {
  const { child, lines, said } = started(t, "collect", "--port", "0", ...args);
  await urlOf({ lines, said });
  const { value } = await lines.next();
  const until = performance.now() + 30_000;
  while (said().split("\n").length <= expected && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 20));
  child.kill();
  return { found: value, told: said().split("\n").slice(0, -1) };
}

test("collect: says at the start that no process has joined yet, and how many files of Python's there are", async (t) => {
  const dir = folder(t);
  const { found, told } = await beginning(t, 0, "--dir", dir);
  assert.equal(found, `tallystick found in ${JSON.stringify(dir)}: no process has joined yet`);
  assert.deepEqual(told, []);
  put(dir, "counter_12.db", [["hits", "hits_total", {}, 4]]);
  assert.equal((await beginning(t, 0, "--python", dir)).found, `tallystick found in ${JSON.stringify(dir)}: 1 file of Python's client`);
});

test("collect: says at the start how many processes it found, and what is there that was not asked for", async (t) => {
  const dir = join(folder(t), "m");
  const options = [{}, {}, { name: "a/b" }, { run: "named", application: "shop" }, { run: "named", application: "shop", name: "other" }];
  for (const option of options) {
    const member = await new Member(dir).join({ ...option, keepTotals: option.run === undefined });
    t.after(() => member.kill());
    await member.run(() => kept.spool.flush());
  }
  const place = JSON.stringify(dir);
  const plain = await beginning(t, 3, "--dir", dir);
  assert.equal(plain.found, `tallystick found in ${place}: 2 processes that live`);
  assert.deepEqual(plain.told, [
    `tallystick: ${place} has also a run named "named": for it say --run named`,
    `tallystick: ${place} has also a registry named "a/b": for it say --name a/b`,
    `tallystick: ${place} has totals of earlier runs, for its processes keep them: to have them on this page, too, say --keep-totals`,
  ]);
  const named = await beginning(t, 3, "--dir", dir, "--run", "named");
  assert.equal(named.found, `tallystick found in ${place}: 0 processes that live`);
  assert.equal(named.told[0], `tallystick: ${place} has also runs without a name: for those say no --run`);
  assert.equal(named.told[1], `tallystick: ${place} has also a registry named "other": for it say --name other`);
  assert.match(
    named.told[2],
    /^tallystick: Cannot use ".*run-named" for an application without a name: processes of application "shop" use it/,
  );
  const all = await beginning(t, 2, "--dir", dir, "--run", "named", "--application", "shop", "--name", "other");
  assert.equal(all.found, `tallystick found in ${place}: 1 process that lives`);
  assert.equal(all.told.length, 2);
});

const isRoot = process.getuid?.() === 0;

for (const [what, make, word] of [
  ["everybody may write to", (dir) => chmodSync(dir, 0o777), /every user may write to it/],
  [
    "has another user's run alone",
    (dir) => (mkdirSync(join(dir, "run-000001")), chownSync(join(dir, "run-000001"), 12345, 12345)),
    /belongs to user 12345/,
  ],
  ["has a link for a run", (dir) => symlinkSync("/", join(dir, "run-000001")), /it is a symbolic link/],
]) {
  test(
    `collect: a directory that ${what} is refused at the start, in one line, with 64`,
    { skip: !isRoot && "only root gives away" },
    async (t) => {
      const dir = folder(t);
      make(dir);
      const { exit, said } = started(t, "collect", "--dir", dir, "--port", "0");
      assert.deepEqual(await exit, [64, null]);
      assert.match(said(), /^tallystick: .{1,500}\n$/);
      assert.match(said(), word);
    },
  );
}

test(
  "collect: a directory that may not be read is refused at the start, in one line, with 64",
  { skip: !isRoot && "only root is others" },
  async (t) => {
    const dir = folder(t);
    // Root may read all: without that power it is a user as others are.
    const drop = ["--clear-groups", "--reuid=12345", "--regid=12345", "--inh-caps=-all"];
    if (spawnSync("setpriv", [...drop, process.execPath, "--check", CLI]).status !== 0) {
      t.skip("the program may not be read by others here");
      return;
    }
    for (const option of ["--dir", "--python"]) {
      const child = spawn("setpriv", [...drop, process.execPath, CLI, "collect", option, dir, "--port", "0"], {
        stdio: ["ignore", "pipe", "pipe"],
      });
      t.after(() => child.kill("SIGKILL"));
      let said = "";
      child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
      assert.deepEqual(await once(child, "close"), [64, null]);
      assert.match(said, /^tallystick: Cannot read the (spool ".*"|directory ".*" of Python's client): EACCES.*\n$/);
    }
  },
);

for (const [what, source] of [
  ["thrown", `throw new Error("broken", { cause: new Error("of glass") })`],
  ["rejected", `clearInterval(waiting); Promise.reject(new Error("broken: of glass"))`],
]) {
  test(`collect: what nobody expected and is ${what} is one line without a stack`, async (t) => {
    // Not before the program listens for it, however slow the machine is.
    const late = `const waiting = setInterval(() => { if (process.listenerCount("uncaughtException") > 0) { ${source} } }, 50)`;
    const args = ["--import", `data:text/javascript,${encodeURIComponent(late)}`, CLI, "collect", "--dir", folder(t), "--port", "0"];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "pipe"] });
    t.after(() => child.kill("SIGKILL"));
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
    assert.deepEqual(await once(child, "close"), [1, null]);
    assert.equal(said, "tallystick: broken: of glass\n");
  });
}

test("collect: whoever reads its first line and goes away does not end it", async (t) => {
  const { child, lines, said } = started(t, "collect", "--dir", folder(t), "--port", "0");
  child.stdout.once("data", () => child.stdout.destroy());
  const { value } = await lines.next();
  assert.match(value, /^tallystick serves /);
  for (let i = 0; i < 3; i++) assert.equal((await fetch(value.slice("tallystick serves ".length))).status, 200);
  assert.equal(child.exitCode, null);
  assert.equal(said(), "");
});

const UNSHARED = ["--pid", "--fork", "--mount-proc", "--kill-child"];
const skip = spawnSync("unshare", [...UNSHARED, "true"]).status !== 0 && "no namespace of processes may be made here";

for (const [signal, status] of ENDS) {
  test(`collect that is the first process of a container ends by ${signal}`, { skip, timeout: 60_000 }, async (t) => {
    const args = [...UNSHARED, process.execPath, CLI, "collect", "--dir", join(folder(t), "m"), "--port", "0"];
    const unshare = spawn("unshare", args, { stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => unshare.kill("SIGKILL"));
    const exit = once(unshare, "exit");
    await urlOf({ lines: createInterface({ input: unshare.stdout })[Symbol.asyncIterator]() });
    // As from outside of a container: unshare's child is the first process within.
    process.kill(Number(own(`/proc/${unshare.pid}/task/${unshare.pid}/children`)), signal);
    assert.deepEqual(await exit, [status, null]);
  });
}

for (const [what, args, word] of [
  ["a directory that is a file", ["--dir", process.execPath], /is no directory/],
  ["a run that is a path", ["--dir", "m", "--run", "../x"], /"\.\.\/x"/],
  ["an empty name", ["--dir", "m", "--name", ""], /""/],
  ["a token that no header can have", ["--push-token", "open sesame"], /token must be a string of visible ASCII/],
  ["an application that is too long", ["--dir", "m", "--application", "x".repeat(5000)], /application/],
]) {
  test(`${what}: one line, and 64`, async (t) => {
    const at = folder(t);
    const placed = args.map((arg) => (arg === "m" ? join(at, arg) : arg));
    const { exit, said } = started(t, "collect", "--port", "0", ...placed);
    assert.deepEqual(await exit, [64, null]);
    assert.match(said(), /^tallystick: .{1,500}\n$/);
    assert.match(said(), word);
  });
}

test("a port that is taken: one line, and 1", async (t) => {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { exit, said } = started(t, "collect", "--dir", join(folder(t), "m"), "--port", String(server.address().port));
  assert.deepEqual(await exit, [1, null]);
  assert.match(said(), /^tallystick: listen EADDRINUSE.*; --port says another one, 0 any that is free\n$/);
});
