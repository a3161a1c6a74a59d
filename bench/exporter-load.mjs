// How many scrapes a second of 1,000 series does a server with 2 or 8 workers answer 10, 100, 200 and 400 clients at once, how long
// do they wait, how many fail, and what memory does all of it take, also beside the same workers without metrics? Clients are
// ApacheBench's; all servers have been asked for a while before.
import { execFile, spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { check, hasOurs, invocation } from "./harness.mjs";
import { OURS } from "./subjects.mjs";

export const SERIES = 1000;
/** Workers that count into an object of their own. A worker that makes any garbage has some 3 MiB more than one that makes none. */
export const NOBODY = "a Map in each";
const CLIENTS = [10, 100, 200, 400];
const WORKERS = [2, 8];
const SERVER = fileURLToPath(new URL("exporter-load-server.mjs", import.meta.url));
const PYTHON = fileURLToPath(new URL("exporter-load.py", import.meta.url));
/** The same for all of them, whatever they answer meanwhile: they have been serving for a while. */
const WARM_SECONDS = 5;
const WARM_REQUESTS = 50_000;
/** As many requests at the least, and so many seconds of them by what a server answered before. */
const REQUESTS = 1000;
const SECONDS = 2;
// Debian's packages belong to Debian's own Python.
const PYTHON_BINARY = "/usr/bin/python3";

/** A server that has said where it is. */
async function started(command, args) {
  const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const { value, done } = await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  if (done) throw new Error(`${args.join(" ")} ended before it served`);
  return { child, url: value };
}

/** Processes below one, and itself. */
function family(pid) {
  const parents = readdirSync("/proc").flatMap((each) => {
    try {
      return /^\d+$/.test(each) ? [[Number(each), Number(/\) . (\d+)/.exec(readFileSync(`/proc/${each}/stat`, "utf8"))[1])]] : [];
    } catch {
      return [];
    }
  });
  const below = (one) => [one, ...parents.filter(([, parent]) => parent === one).flatMap(([each]) => below(each))];
  return below(pid);
}

function pssKibibytes(pid) {
  try {
    return Number(/^Pss: +(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))[1]);
  } catch {
    // A fork that has ended meanwhile.
    return 0;
  }
}

/** Memory of them all, what they share counted once. */
function pssMebibytes(pid) {
  const kibibytes = family(pid).map(pssKibibytes);
  return kibibytes.reduce((sum, each) => sum + each, 0) / 1024;
}

async function asked(url, clients, requests, ...more) {
  const args = ["-l", "-q", "-r", "-s", "120", ...more, "-n", String(requests), "-c", String(clients), url];
  const { stdout } = await promisify(execFile)("ab", args, { maxBuffer: 1 << 24 });
  return (pattern) => Number(pattern.exec(stdout)?.[1] ?? NaN);
}

const RATE = /Requests per second: +([\d.]+)/;

async function loaded(url, clients, requests) {
  const number = await asked(url, clients, requests);
  check(number(/Complete requests: +(\d+)/), requests, "requests that ab completed");
  return {
    rate: number(RATE),
    median: number(/^ +50% +(\d+)/m),
    longest: number(/^ *100% +(\d+)/m),
    failures: ((number(/Failed requests: +(\d+)/) + (number(/Non-2xx responses: +(\d+)/) || 0)) * 1000) / requests,
  };
}

function servers(context) {
  const [node] = [process.execPath];
  const of = (subject, workers) => ({
    name: `${subject}${subject === OURS && workers === WORKERS[0] ? "" : `, ${workers} workers`}`,
    subject,
    workers,
    start: () => started(node, [...invocation(context.runtime, SERVER, { exposeGc: false }), subject, String(workers)]),
  });
  const all = WORKERS.flatMap((workers) => [of(OURS, workers), of("prom-client", workers), of(NOBODY, workers)]);
  const hasPython = spawnSync(PYTHON_BINARY, ["-c", "import prometheus_client"]).status === 0;
  if (!hasPython) context.missing("client_python", new Error("there is no python3-prometheus-client"));
  for (const way of hasPython ? ["thread", "fork"] : []) {
    all.push({ name: `client_python, a ${way} a request`, start: () => started(PYTHON_BINARY, [PYTHON, way, String(SERIES)]) });
  }
  return all;
}

export async function run(context) {
  if (!hasOurs(context.subjects)) return;
  if (spawnSync("ab", ["-V"]).status !== 0) {
    context.missing("the load", new Error("there is no ab: apt-get install apache2-utils"));
    return;
  }
  const rounds = context.quick ? 1 : 3;
  const running = [];
  for (const { start, ...server } of servers(context)) {
    context.progress(`start ${server.name}`);
    running.push({ ...server, ...(await start()), memory: [] });
  }
  const serving = running.filter(({ subject }) => subject !== NOBODY);
  const page = async (url) => (await (await fetch(url)).text()).split("\n").filter((line) => line.startsWith("load")).length;
  for (const server of serving) {
    context.progress(`warm ${server.name}`);
    check(await page(server.url), SERIES, `${server.name}, series on the page`);
    const warm = context.quick ? ["0.2", 50] : [String(WARM_SECONDS), WARM_REQUESTS];
    server.rate = (await asked(server.url, CLIENTS[0], warm[1], "-t", warm[0]))(RATE);
  }
  for (const clients of CLIENTS) {
    const results = serving.map(() => []);
    for (let round = 0; round < rounds; round++) {
      for (const [i, { name, url, child, rate, memory }] of serving.entries()) {
        const requests = context.quick ? Math.max(100, clients) : Math.max(REQUESTS, Math.ceil(rate * SECONDS));
        context.progress(`${clients} clients round ${round + 1}/${rounds} ${name}`);
        results[i].push(await loaded(url, clients, requests));
        memory.push(pssMebibytes(child.pid));
      }
      for (const { subject, child, memory } of running) if (subject === NOBODY) memory.push(pssMebibytes(child.pid));
    }
    for (const [row, unit, of] of [
      ["requests", "1/s", "rate"],
      ["median", "ms", "median"],
      ["longest", "ms", "longest"],
      ["failures", "of 1000", "failures"],
    ]) {
      for (const [i, { name }] of serving.entries()) context.row(`${clients}-${row}`, name, unit, results[i].map((each) => each[of])); // prettier-ignore
    }
  }
  for (const { name, memory } of running) context.row("memory", name, "MiB", memory);
  for (const { subject, name, workers, memory } of serving) {
    const alone = running.find((each) => each.subject === NOBODY && each.workers === workers);
    // Of a forked one it would be what a whole process takes.
    if (subject === OURS) context.row("memory-beside-workers", name, "MiB", memory.map((each, i) => each - alone.memory[i])); // prettier-ignore
  }
  for (const { child } of running) {
    child.stdin.end();
    child.kill("SIGTERM");
  }
}
