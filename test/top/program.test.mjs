// `tallystick top`, as npx runs it: in a pipe, as JSON, in a terminal; what it says of a page that is not there, or is none.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { residentRun } from "../resident.mjs";

const CLI = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));
const noTerminal = spawnSync("script", ["--version"]).status !== 0 && "there is no script of util-linux, which makes terminals";

const SEQUENCE = /\p{Cc}\[[^A-Za-z]*[A-Za-z]/gu;

/** A page that grows: n is how often it was asked for. */
const PAGE = (n) => `# TYPE slow_total counter
slow_total{l="a"} ${n}
# TYPE fast_total counter
fast_total{l="\\"b\u001b[2J"} ${1000 * n}
# TYPE took_seconds histogram
took_seconds_bucket{le="1"} ${n}
took_seconds_bucket{le="+Inf"} ${n}
took_seconds_sum ${n}
took_seconds_count ${n}
# TYPE g gauge
g 7
`;

/** Serves by `answer`, which may be another one each time. */
async function serving(t, answer = (response, n) => response.writeHead(200, { "content-type": "text/plain" }).end(PAGE(n))) {
  const own = { answer, asked: [] };
  const server = createServer((request, response) => {
    own.asked.push(request);
    own.answer(response, own.asked.length);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  own.url = `http://127.0.0.1:${server.address().port}/metrics`;
  return own;
}

function running(t, command, args, env = {}) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...process.env, TALLYSTICK_AUTHORIZATION: "", ...env } });
  t.after(() => child.kill("SIGKILL"));
  const own = { child, out: "", err: "", ended: once(child, "close") };
  child.stdout.setEncoding("utf8").on("data", (text) => (own.out += text));
  child.stderr.setEncoding("utf8").on("data", (text) => (own.err += text));
  child.stdin.on("error", () => {});
  return own;
}

async function top(args, env = {}) {
  const { status, stdout: out, stderr: err } = await residentRun(["top", ...args], { env: { TALLYSTICK_AUTHORIZATION: "", ...env } });
  return { status, out, err };
}

async function until(holds, what) {
  for (const end = Date.now() + 20_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 20))) {
    assert.ok(Date.now() < end, what());
  }
}

const FAST = ["--interval", "0.1"];
const names = (out) => out.trim().split("\n").slice(1).map((line) => /^\S+/.exec(line)[0]); // prettier-ignore

test("top --once: one table, what grows fastest first, quantiles of the interval, nothing that a terminal obeys", async (t) => {
  const { url, asked } = await serving(t);
  const { status, out, err } = await top([url, "--once", ...FAST]);
  assert.deepEqual([status, err], [0, ""]);
  assert.match(out, /^METRIC +VALUE +RATE +P50 +P99\n/);
  assert.equal(asked.length, 2);
  assert.match(asked[0].headers.accept, /^application\/openmetrics-text;version=1\.0\.0/);
  assert.deepEqual(names(out), ['fast_total{l="\\"b\\u001b[2J"}', 'slow_total{l="a"}', "took_seconds", "g"]);
  assert.doesNotMatch(out, /[^\P{Cc}\n]/u);
  const [, value, rate] = /^fast_total\S+ +(\S+) +([\d.]+)( k)?\/s$/m.exec(out);
  assert.equal(value, "2000");
  assert.ok(Number(rate) > 0);
  assert.match(out, /^took_seconds +2 +[\d.]+\/s +500 ms +990 ms$/m);
  assert.match(out, /^g +7$/m);
});

test("top: a process says and ends with what a run in the thread does, of each status", async (t) => {
  const { url } = await serving(t, (response) => response.end("# TYPE g gauge\ng 7\n"));
  const down = await serving(t, (response) => response.writeHead(500).end());
  for (const [status, ...args] of [
    [0, url, "--once", ...FAST],
    [2, down.url, "--once", ...FAST],
    [64, url, "--sort", "size"],
  ]) {
    const alone = running(t, process.execPath, [CLI, "top", ...args]);
    assert.deepEqual(await alone.ended, [status, null]);
    assert.deepEqual({ status, out: alone.out, err: alone.err }, await top(args));
  }
});

test("top: order, filter, families and limit", async (t) => {
  const { url } = await serving(t);
  const of = async (...args) => names((await top([url, "--once", ...FAST, ...args])).out);
  assert.deepEqual(await of("--sort", "name"), ["fast_total{l=\"\\\"b\\u001b[2J\"}", "g", 'slow_total{l="a"}', "took_seconds"]); // prettier-ignore
  assert.deepEqual(await of("--sort", "value", "--limit", "1"), ['fast_total{l="\\"b\\u001b[2J"}']);
  assert.deepEqual(await of("--filter", "COUNTER a"), ['fast_total{l="\\"b\\u001b[2J"}', 'slow_total{l="a"}']);
  assert.deepEqual(await of("--filter", 'l="a"'), ['slow_total{l="a"}']);
  const none = await top([url, "--once", "--filter", "nothing here", ...FAST]);
  assert.equal(none.err, `tallystick: Cannot find "nothing here" in any series of ${url}\n`);
  assert.deepEqual([none.status, names(none.out)], [0, []]);
  const many = await serving(t, (response, n) => response.end(`# TYPE c counter\nc{i="1"} ${n}\nc{i="2"} ${n}\n`));
  const { out } = await top([many.url, "--once", "--families", ...FAST]);
  assert.match(out, /^c \(2\) +4 +[\d.]+\/s$/m);
});

test("top --json: an object an interval, numbers as they are", async (t) => {
  const { url } = await serving(t);
  const { status, out } = await top([`${url}?token=hunter2`, "--once", "--json", ...FAST]);
  assert.equal(status, 0);
  const object = JSON.parse(out);
  assert.equal(object.url, url);
  assert.ok(Math.abs(object.at - Date.now() / 1000) < 60);
  const [fast, slow, took, gauge] = object.series;
  assert.deepEqual(fast.labels, { l: '"b\u001b[2J' });
  assert.deepEqual([fast.type, fast.value, slow.value], ["counter", 2000, 2]);
  assert.ok(Math.abs(fast.rate * object.interval - 1000) < 1e-6);
  assert.deepEqual([took.p50, took.p99], [0.5, 0.99]);
  assert.deepEqual(gauge, { name: "g", labels: {}, type: "gauge", value: 7 });
  const lines = running(t, process.execPath, [CLI, "top", url, "--json", ...FAST]);
  await until(() => lines.out.split("\n").length > 3, () => lines.err); // prettier-ignore
  for (const line of lines.out.split("\n").slice(0, 3)) assert.equal(JSON.parse(line).series.length, 4);
});

test("top: who asks may be said, by the environment, too; what is refused, down or garbage is said", async (t) => {
  const own = await serving(t, (response) => response.writeHead(401).end());
  const said = async (...rest) => {
    const { status, out, err } = await top([own.url, "--once", ...FAST], ...rest);
    assert.deepEqual([status, out], [2, ""]);
    return err.replace(own.url, "URL");
  };
  assert.equal(await said(), "tallystick: Cannot read URL: it answered with status 401: --authorization says who asks\n");
  const wrong = "tallystick: Cannot read URL: it answered with status 401: what --authorization says is not accepted\n";
  assert.equal(await said({ TALLYSTICK_AUTHORIZATION: "Bearer x" }), wrong);
  assert.equal(own.asked.at(-1).headers.authorization, "Bearer x");
  own.answer = (response) => response.writeHead(500).end();
  assert.equal(await said(), "tallystick: Cannot read URL: it answered with status 500\n");
  own.answer = (response) => response.end("<html>\u001b[2J</html>");
  assert.equal(await said(), "tallystick: Cannot read URL: it is no exposition: <html>\\u001b[2J</html>\n");
  own.answer = () => undefined;
  const late = await top([own.url, "--once", "--timeout", "0.2"]);
  assert.match(late.err, /: there was no answer within 0\.2 seconds\n$/);
  own.answer = (response) => response.destroy();
  assert.match(await said(), /^tallystick: Cannot read URL: .+\n$/);
});

test("top in a pipe goes on where a page is missing, and says so once", async (t) => {
  const own = await serving(t);
  const piped = running(t, process.execPath, [CLI, "top", own.url, ...FAST]);
  await until(() => piped.out.includes("METRIC"), () => piped.err); // prettier-ignore
  own.answer = (response) => response.writeHead(503).end();
  const from = own.asked.length;
  await until(() => own.asked.length > from + 3, () => piped.err); // prettier-ignore
  assert.equal(piped.err, `tallystick: Cannot read ${own.url}: it answered with status 503\n`);
  const before = piped.out.length;
  own.answer = (response, n) => response.end(PAGE(n));
  await until(() => piped.out.length > before, () => piped.err); // prettier-ignore
});

test("top: of a page with more series than are kept these are shown, and what is beyond is said once", { timeout: 60_000 }, async (t) => {
  const page = `# TYPE g gauge\n${Array.from({ length: 50_010 }, (_, i) => `g{i="${i}"} ${i}\n`).join("")}`;
  const { url } = await serving(t, (response) => response.end(page));
  const { status, out, err } = await top([url, "--once", "--limit", "3", ...FAST]);
  assert.deepEqual([status, err], [0, `tallystick: Cannot show all of ${url}: 10 samples are of more series than are kept\n`]);
  assert.equal(out.trim().split("\n").length, 4);
  const { series } = JSON.parse((await top([url, "--once", "--json", ...FAST])).out);
  assert.equal(series.length, 50_000);
});

test("top --json: a terminal obeys nothing in it either, and it is the same text", async (t) => {
  const evil = "\u009b31m\u007f\u202eabc\u2028";
  const { url } = await serving(t, (response) => response.end(`# TYPE g gauge\ng{a="${evil}"} 1\n`));
  const { out } = await top([url, "--once", "--json", ...FAST]);
  assert.doesNotMatch(out, /[^\P{Cc}\n]|[\u202e\u2028]/u);
  assert.equal(JSON.parse(out).series[0].labels.a, evil);
});

test("top: a page that is too large, also one that was small on its way, is none", { timeout: 60_000 }, async (t) => {
  const bomb = gzipSync(Buffer.alloc((64 << 20) + 1, "#\n"));
  const { url } = await serving(t, (response) => response.writeHead(200, { "content-encoding": "gzip" }).end(bomb));
  const { status, err } = await top([url, "--once", ...FAST]);
  assert.deepEqual([status, err], [2, `tallystick: Cannot read ${url}: it has more than 67108864 bytes\n`]);
});

test("top: what is typed wrong", async () => {
  for (const [args, why] of [
    [[], "there is nothing to look at: give a URL"],
    [["a", "b"], "one URL is looked at, and there are 2"],
    [["ftp://a"], '"ftp://a" is no URL of http: or https:'],
    [["http://a:b@c"], "a URL must be without a user's name and a password: --authorization has them"],
    [["a", "--sort", "size"], '--sort is "size", which is none of rate, value, p50, p99, name, page'],
    [["a", "--interval", "0"], '--interval is "0", which is no number from 0.1 to 3600'],
    [["a", "--limit", "1.5"], '--limit is "1.5", which is no whole number from 1 to 100000'],
    [["a", "--authorization", "a\nb"], "--authorization is no value of a header"],
    [["a", "--fliter", "x"], 'there is no option "--fliter": there is --filter'],
  ]) {
    assert.deepEqual(await top(args), { status: 64, out: "", err: `tallystick: ${why}; see tallystick top --help\n` });
  }
  assert.match((await top(["--help"])).out, /^Usage: tallystick top URL/);
});

test("top in a terminal: keys, another width, errors; the terminal is given back", { skip: noTerminal, timeout: 60_000 }, async (t) => {
  const own = await serving(t);
  const command = `stty cols 100 rows 12; exec '${process.execPath}' '${CLI}' top ${own.url} --interval 0.1`;
  const terminal = running(t, "script", ["-qfec", command, "/dev/null"], { TERM: "xterm", NO_COLOR: "" });
  const shows = (text, since = 0) => until(() => terminal.out.indexOf(text, since) !== -1, () => JSON.stringify(terminal.out.slice(-3000))); // prettier-ignore
  const now = () => terminal.out.length;
  await shows("by rate  / filter");
  assert.ok(terminal.out.includes("\u001b[?1049h\u001b[?25l"));
  await shows("fast_total{l=");
  await shows("\u001b[1mhttp");
  assert.ok(!terminal.out.includes("\u001b[2J"));
  let at = now();
  terminal.child.stdin.write("s");
  await shows("by value", at);
  terminal.child.stdin.write("r");
  await shows("by value, least first", at);
  at = now();
  terminal.child.stdin.write("/took\r");
  await shows("filter: took  ", at);
  await shows("  1 series", at);
  terminal.child.stdin.write("/x\r");
  await shows("nothing matches", at);
  at = now();
  terminal.child.stdin.write("/\b\r");
  await shows("  1 series", at);
  at = now();
  own.answer = (response) => response.writeHead(503).end();
  await shows("it answered with status 503", at);
  own.answer = (response, n) => response.end(PAGE(n));
  at = now();
  await shows("  1 series  ", at);
  terminal.child.stdin.write("q");
  const [status] = await terminal.ended;
  assert.equal(status, 0);
  assert.ok(terminal.out.trimEnd().endsWith("\u001b[?25h\u001b[?1049l"));
  const widths = terminal.out.split("\u001b[H").at(-1).split("\r\n").map((line) => [...line.replaceAll(SEQUENCE, "").replaceAll("\r", "")].length); // prettier-ignore
  assert.ok(Math.max(...widths) <= 100, widths.join());
});

test("top in a terminal: the time is the page's, also while the next one is late", { skip: noTerminal, timeout: 60_000 }, async (t) => {
  const own = await serving(t);
  const command = `stty cols 100 rows 8; exec '${process.execPath}' '${CLI}' top ${own.url} --interval 0.1`;
  const terminal = running(t, "script", ["-qfec", command, "/dev/null"], { TERM: "xterm", NO_COLOR: "1" });
  await until(() => terminal.out.includes("fast_total"), () => terminal.out); // prettier-ignore
  own.answer = () => undefined;
  const asked = own.asked.length;
  await until(() => own.asked.length > asked, () => terminal.out); // prettier-ignore
  const late = new Date(Date.now() + 1000).toISOString().slice(11, 19);
  await new Promise((resolve) => setTimeout(resolve, 2200));
  terminal.child.stdin.write("s");
  await until(() => terminal.out.includes("by value"), () => terminal.out); // prettier-ignore
  const [, time] = /(\d\d:\d\d:\d\d)(?![^]*\d\d:\d\d:\d\d)/.exec(terminal.out);
  assert.ok(time <= late || late < "00:00:05", `${time} is behind ${late}`);
  terminal.child.stdin.write("q");
  await terminal.ended;
});

test("top in a terminal: NO_COLOR, few columns, and a signal", { skip: noTerminal, timeout: 60_000 }, async (t) => {
  const own = await serving(t);
  const command = `stty cols 34 rows 8; exec '${process.execPath}' '${CLI}' top ${own.url} --interval 0.1`;
  const terminal = running(t, "script", ["-qfec", command, "/dev/null"], { TERM: "xterm", NO_COLOR: "1" });
  await until(() => terminal.out.includes("fast_total"), () => terminal.out); // prettier-ignore
  for (const style of ["1m", "2m", "31m"]) assert.ok(!terminal.out.includes(`\u001b[${style}`), style);
  assert.match(terminal.out, /METRIC +RATE\p{Cc}/u);
  terminal.child.stdin.write("\u0003");
  await terminal.ended;
  assert.ok(terminal.out.trimEnd().endsWith("\u001b[?1049l"));
});
