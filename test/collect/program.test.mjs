// `tallystick probe`, as npx runs it: serves, pushes, says what it does not understand, and ends with a last push.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createSocketServer } from "node:net";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Registry } from "tallystick";
import { receiver } from "tallystick/push";
import { residentRun } from "../resident.mjs";
import { FakeHost, samplesOf } from "./fakes.mjs";

const CLI = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));
const TOKEN = "opensesame";
const noProc = process.platform !== "linux" && "there is no /proc";

function running(t, binary, args, env = {}) {
  const child = spawn(binary, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, TALLYSTICK_PUSH_TOKEN: "", ...env } });
  t.after(() => child.kill("SIGKILL"));
  const exit = once(child, "exit");
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  return { child, exit, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](), said: () => stderr };
}

const started = (t, ...args) => running(t, process.execPath, [CLI, "probe", ...args]);

/** What is refused begins nothing: it needs no process of its own. */
const refused = (...args) => residentRun(["probe", ...args], { env: { TALLYSTICK_PUSH_TOKEN: "" } });

async function first({ lines, said }) {
  const { value } = await lines.next();
  assert.ok(value !== undefined, said());
  return value;
}

const urlIn = (line) => /serves (\S+)/.exec(line)[1];
/** The page as soon as it is so. */
async function pageWhere(page, holds, what) {
  for (const until = Date.now() + 20_000; ; await delay(50)) {
    const now = await page();
    if (holds(now)) return now;
    assert.ok(Date.now() < until, `${what}: ${JSON.stringify(now)}`);
  }
}

const scraped = (url) => async () => samplesOf(await (await fetch(url)).text());

/** A host of so many processes. */
function hostOf(processes) {
  const host = new FakeHost();
  for (let pid = 1; pid <= processes; pid++) host.process(pid, { comm: "web", fds: 2, threads: 3 });
  return host;
}

async function collecting(t) {
  const registry = new Registry();
  const receive = receiver({ token: TOKEN, registry, onError: () => {} });
  const handler = receive.nodeHandler();
  const own = { pushes: 0, status: undefined };
  const server = createServer((request, response) => {
    own.pushes++;
    if (own.status === undefined) handler(request, response);
    else response.writeHead(own.status).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const page = async () => {
    await receive.settled();
    return samplesOf(new TextDecoder().decode(registry.exposeSync().body));
  };
  return Object.assign(own, { page, url: `http://127.0.0.1:${server.address().port}/push` });
}

test("probe: serves what is there, says so in one line, and ends by SIGTERM", { timeout: 60_000 }, async (t) => {
  const { proc } = hostOf(7);
  const probe = started(t, "--proc", proc, "--port", "0", "--by", "total", "--period", "0.1", "--budget", "50", "--label", "host=db-1");
  const line = await first(probe);
  assert.match(line, /^tallystick probes \S+ and serves http:\/\/127\.0\.0\.1:\d+\/metrics$/);
  const url = urlIn(line);
  const page = await pageWhere(scraped(url), (now) => now['tallystick_probe_up{host="db-1"}'] === 1, "a round");
  assert.equal(page['processes{host="db-1"}'], 7);
  assert.equal(page['processes_threads{host="db-1"}'], 21);
  assert.equal(page['tallystick_probe_period_seconds{host="db-1"}'] < 1, true);
  assert.equal((await fetch(new URL("/nothing", url))).status, 404);
  assert.equal((await fetch(new URL("/", url))).url, url);
  probe.child.kill("SIGTERM");
  assert.deepEqual(await probe.exit, [null, "SIGTERM"]);
  assert.equal(probe.said(), "");
});

test("probe: of this host, by pid and of a tree", { skip: noProc, timeout: 60_000 }, async (t) => {
  const probe = started(
    t,
    "--port",
    "0",
    "--tree",
    String(process.pid),
    "--by",
    "pid",
    "--period",
    "0.1",
    "--slow",
    "0.2",
    "--budget",
    "50",
  );
  const line = await first(probe);
  assert.match(line, /^tallystick probes \/proc and serves /);
  const own = (now) => Object.keys(now).find((name) => name.startsWith("processes{") && name.includes(`pid="${probe.child.pid}"`));
  // A page that began before the first round was shown has no family that came while it was written.
  const isShown = (now) => own(now) !== undefined && now.tallystick_probe_up === 1 && now.host_time_seconds > 0;
  const page = await pageWhere(scraped(urlIn(line)), isShown, "the program itself descends from this one");
  assert.deepEqual(
    Object.keys(page).filter((name) => name.startsWith("host_")),
    ["host_time_seconds"],
  );
  probe.child.kill("SIGINT");
  assert.deepEqual(await probe.exit, [null, "SIGINT"]);
});

test("probe --push: two hosts are on one page, and the last push has what was read last", { timeout: 60_000 }, async (t) => {
  const collector = await collecting(t);
  const hosts = [hostOf(3), hostOf(5)];
  const args = ["--period", "0.1", "--budget", "50", "--push", collector.url];
  const probes = hosts.map(({ proc }, i) =>
    running(t, process.execPath, [CLI, "probe", "--proc", proc, "--label", `host=h${i}`, ...args], { TALLYSTICK_PUSH_TOKEN: TOKEN }),
  );
  for (const [i, probe] of probes.entries()) {
    assert.equal(await first(probe), `tallystick probes ${hosts[i].proc} and pushes to ${collector.url}`);
  }
  const of = (i) => `processes{command="web",host="h${i}"}`;
  const cpu = (i) => `processes_cpu_seconds_total{command="web",mode="user",host="h${i}"}`;
  await pageWhere(collector.page, (now) => now[of(0)] === 3 && now[of(1)] === 5, "both hosts");
  for (const host of hosts) host.process(1, { comm: "web", user: 900 });
  await pageWhere(collector.page, (now) => now[cpu(0)] === 9 && now[cpu(1)] === 9, "CPU of both");
  probes[0].child.kill("SIGTERM");
  assert.deepEqual(await probes[0].exit, [null, "SIGTERM"]);
  const page = await collector.page();
  assert.equal(page[cpu(0)], 9, "what it counted stays");
  assert.equal(page[of(0)] ?? 0, 0, "it said that it has ended: its gauges wait for no time");
  assert.equal(page[of(1)], 5);
  assert.equal(probes[0].said(), "");
});

test("probe --push-seconds: what was read since the last push is in the one at its end", { timeout: 60_000 }, async (t) => {
  const collector = await collecting(t);
  const host = hostOf(2);
  const args = ["--push", collector.url, "--push-token", TOKEN, "--push-seconds", "3600", "--port", "0"];
  const probe = started(t, "--proc", host.proc, "--period", "0.1", "--budget", "50", ...args);
  const line = await first(probe);
  assert.match(line, new RegExp(`^tallystick probes \\S+, serves http://\\S+ and pushes to ${collector.url}$`));
  await pageWhere(scraped(urlIn(line)), (now) => now['processes{command="web"}'] === 2, "two processes");
  host.process(1, { comm: "web", user: 400 });
  const cpu = 'processes_cpu_seconds_total{command="web",mode="user"}';
  await pageWhere(scraped(urlIn(line)), (now) => now[cpu] === 4, "their CPU");
  assert.equal(collector.pushes, 0);
  probe.child.kill("SIGTERM");
  await probe.exit;
  assert.equal((await collector.page())[cpu], 4);
});

test(
  "probe --push: a receiver that is away is told once, holds nothing up, and a token is said nowhere",
  { timeout: 60_000 },
  async (t) => {
    const collector = await collecting(t);
    collector.status = 503;
    const secret = `${collector.url}?key=hunter2`;
    const probe = started(t, "--proc", hostOf(1).proc, "--push", secret, "--push-token", TOKEN, "--period", "0.1");
    assert.match(await first(probe), /pushes to http:\/\/127\.0\.0\.1:\d+\/push$/);
    while (!probe.said().includes("503")) await delay(50);
    await delay(500);
    probe.child.kill("SIGTERM");
    const from = performance.now();
    assert.deepEqual(await probe.exit, [null, "SIGTERM"]);
    assert.ok(performance.now() - from < 15_000);
    assert.equal(
      probe
        .said()
        .split("\n")
        .filter((line) => line !== "").length,
      1,
      probe.said(),
    );
    assert.doesNotMatch(probe.said(), new RegExp(TOKEN));
  },
);

for (const [what, args, word] of [
  ["an unknown option", ["--bugdet", "1"], /there is no option "--bugdet": there is --budget; see/],
  ["a word that is no option", ["now"], /probe takes options alone, and not "now"; see/],
  ["an option without its value", ["--tree"], /--tree takes a value, and there is none; see/],
  ["an option in place of a value", ["--push", "--port"], /--push is followed by another option/],
  ["an option that is there twice", ["--port", "1", "--port", "2"], /--port is there 2 times: it is said once; see/],
  ["a value of what takes none", ["--help=yes"], /--help takes no value/],
  ["a port that is none", ["--port", "70000"], /--port is "70000", which is none from 0 to 65535; see/],
  ["a budget that is no number", ["--budget", "much"], /--budget is "much", which is no number such as 10 or 0.5; see/],
  ["a budget of nothing", ["--budget", "0"], /Cannot use 0 as --budget: it must be a number from 0.01 to 100/],
  ["a period below the least", ["--period", "0.01"], / as --period: it must be a number from 0.1 to 3600/],
  ["tours that are more often than rounds", ["--period", "20", "--slow", "5"], / as --slow: it must be a number from 20 to/],
  ["a pid that is none", ["--tree", "1.5"], / as --tree: it must be a whole number/],
  ["a grouping that there is not", ["--by", "name"], / as --by: it must be command or pid or total/],
  ["an empty directory", ["--proc", ""], /--proc is "", which names nothing; see/],
  ["a directory that is none", ["--proc", CLI], /is no directory: --proc is where a \/proc is mounted/],
  ["an empty host", ["--host", ""], /--host is ""/],
  ["a host of nothing", ["--push", "http://a/", "--push-token", "b", "--host", "::"], /--host is of what is served: give --port, too; see/],
  ["pushes without a token", ["--push", "http://a/"], /--push wants a token/],
  ["an empty token", ["--push", "http://a/", "--push-token", ""], /--push-token is "", and no token is empty/],
  ["a token of nothing", ["--push-token", "b"], /--push-token is of pushes: give --push, too; see/],
  ["a time between pushes of nothing", ["--push-seconds", "5"], /--push-seconds is of pushes/],
  ["a time between pushes that is none", ["--push", "http://a/", "--push-token", "b", "--push-seconds", "0"], /--push-seconds is 0/],
  ["a URL that is none", ["--push", "nowhere", "--push-token", "b"], /nowhere/],
  [
    "a URL with a password",
    ["--push", "http://u:S3CRET@a/push", "--push-token", "b"],
    /^((?!S3CRET).)*without a user's name and a password\n$/,
  ],
  ["a label without a value", ["--label", "host="], /--label is "host=", and not a name, = and a value/],
  ["a label without a name", ["--label", "db-1"], /--label is "db-1"/],
  ["a label that is there twice", ["--label", "host=a", "--label", "host=b"], /--label has "host" twice/],
  ...["command", "mode", "state", "device", "namespace", "writer"].map((name) => [
    `a label ${name} that metrics of the probe have`,
    ["--label", `${name}=x`],
    new RegExp(`Cannot use "${name}" as a default label of what a probe shows: metrics of the probe have labels `),
  ]),
  ["a label pid by pid", ["--by", "pid", "--label", "pid=x"], /Cannot use "pid" as a default label/],
  ["a tree of nobody", ["--tree", "4194303"], /^tallystick: "\/proc" has no process 4194303: --tree is the pid of one that runs\n$/],
  ["a label that no metric has", ["--label", "le-host=a"], /le-host/],
]) {
  test(`probe with ${what}: one line that says so, and 64`, async () => {
    const { status, stdout, stderr } = await refused(...args);
    assert.deepEqual([status, stdout], [64, ""]);
    assert.match(stderr, /^tallystick: .{1,400}\n$/);
    assert.match(stderr, word);
  });
}

test("probe: a process that is refused says and ends with what a run in the thread does", async (t) => {
  for (const args of [
    ["--bugdet", "1"],
    ["--budget", "0"],
    ["--label", "command=x"],
  ]) {
    const { exit, said } = started(t, ...args);
    assert.deepEqual(await exit, [64, null]);
    assert.deepEqual(await refused(...args), { status: 64, stdout: "", stderr: said() });
  }
});

test("probe --help says all options that there are, and so does the document", async (t) => {
  const { exit, lines } = started(t, "--help");
  let help = "";
  for await (const line of lines) help += `${line}\n`;
  assert.deepEqual(await exit, [0, null]);
  const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
  const [, table] = /^const OPTIONS = \{\n([^]*?)^\} as const;/m.exec(read("bindings/collect/probe/program/given.ts"));
  const options = [...table.matchAll(/^ {2}"?([\w-]+)"?: \{ type:/gm)].map(([, name]) => `--${name}`);
  assert.ok(options.length >= 14, options.join());
  assert.deepEqual([...help.matchAll(/^ {2}(--[\w-]+)/gm)].map(([, name]) => name).toSorted(), options.toSorted());
  const [, documented] = /^## `npx tallystick probe`\n([^]*?)^## /m.exec(read("docs/probe.md"));
  for (const name of options) assert.ok(documented.includes(`\`${name}`), `docs/probe.md does not know ${name}`);
});

test("probe with a port that is taken: one line, and 1", async (t) => {
  const server = createSocketServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { exit, said } = started(t, "--port", String(server.address().port));
  assert.deepEqual(await exit, [1, null]);
  assert.match(said(), /^tallystick: listen EADDRINUSE.*; --port says another one, 0 any that is free\n$/);
});

const UNSHARED = ["--pid", "--fork", "--mount-proc", "--kill-child"];
const noNamespace = spawnSync("unshare", [...UNSHARED, "true"]).status !== 0 && "no namespace of processes may be made here";

test(
  "probe that is the first process of a container ends by SIGTERM, with a last push",
  { skip: noNamespace, timeout: 60_000 },
  async (t) => {
    const collector = await collecting(t);
    const args = ["--push", collector.url, "--push-token", TOKEN, "--push-seconds", "3600", "--by", "total"];
    const unshare = running(t, "unshare", [...UNSHARED, process.execPath, CLI, "probe", ...args]);
    await first(unshare);
    await delay(1000);
    // As from outside of a container: unshare's child is the first process within.
    process.kill(Number(readFileSync(`/proc/${unshare.child.pid}/task/${unshare.child.pid}/children`, "utf8")), "SIGTERM");
    assert.deepEqual(await unshare.exit, [143, null]);
    const page = await collector.page();
    assert.equal(collector.pushes >= 1, true);
    assert.equal('host_cpu_seconds_total{mode="user"}' in page, true);
  },
);
