// The processes of cluster.mjs: a primary that is told what to do line by line, and its workers.
import cluster from "node:cluster";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { URLS, WORKERS } from "./cluster.mjs";
import { load } from "./rivals/load.mjs";
import { BUCKETS, OURS } from "./subjects.mjs";

const subject = cluster.isPrimary ? process.argv[2] : process.env.BENCH_SUBJECT;
const HISTOGRAM = { name: "http_request_duration_seconds", help: "Measured by the benchmark", labelNames: ["url"], buckets: BUCKETS };

/** The histogram of a worker, and what the primary scrapes by. */
async function rival() {
  const { AggregatorRegistry, Histogram } = (await load(subject)).default ?? (await load(subject));
  const aggregator = new AggregatorRegistry();
  return { histogram: () => new Histogram(HISTOGRAM), scrape: () => aggregator.clusterMetrics() };
}

async function ours() {
  const { registry } = await import("tallystick");
  const shared = (await import("tallystick/processes")).cluster({ registry });
  return { histogram: () => registry.histogram(HISTOGRAM), scrape: async () => (await shared.registry.expose()).body };
}

const cpuMilliseconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/** What the loop and the process were busy since. */
function watched() {
  const cpu = cpuMilliseconds();
  const loop = performance.eventLoopUtilization();
  return () => ({ cpu: cpuMilliseconds() - cpu, loop: performance.eventLoopUtilization(loop).active });
}

async function worker() {
  const histogram = (await (subject === OURS ? ours() : rival())).histogram();
  const urls = Array.from({ length: URLS }, (_, i) => `/api/v1/resource-${i}/items`);
  let round = 0;
  let busy = () => ({ cpu: 0, loop: 0 });
  process.on("message", ({ bench }) => {
    if (bench === "count") {
      round += 1;
      for (const [i, url] of urls.entries()) histogram.observe({ url }, (((i + round) * 37) % 1000) / 90);
      process.send({ bench: "counted" });
      setImmediate(() => (busy = watched()));
    } else if (bench === "busy") {
      process.send({ bench: "busy", busy: busy() });
    }
  });
  process.send({ bench: "ready" });
}

const COUNT = /^http_request_duration_seconds_count\{[^}]*\} (\d+)/gm;

async function primary() {
  cluster.setupPrimary({ exec: process.argv[1], args: [] });
  const { scrape } = await (subject === OURS ? ours() : rival());
  const workers = Array.from({ length: WORKERS }, () => cluster.fork({ BENCH_SUBJECT: subject }));
  const heard = (worker, word) =>
    new Promise((resolve) => {
      const hear = (message) => {
        if (message.bench !== word) return;
        worker.off("message", hear);
        resolve(message);
      };
      worker.on("message", hear);
    });
  const all = (word, message) =>
    Promise.all(
      workers.map((each) => {
        const answer = heard(each, word);
        if (message !== undefined) each.send(message);
        return answer;
      }),
    );
  const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
  const ready = all("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    if (JSON.parse(line) === "begin") {
      await ready;
      say("ready");
      continue;
    }
    await all("counted", { bench: "count" });
    // The workers come to rest, and so does what they said.
    await new Promise((resolve) => setTimeout(resolve, 100));
    const busy = watched();
    const from = performance.now();
    const page = await scrape();
    const latency = performance.now() - from;
    const { cpu, loop } = busy();
    const theirs = (await all("busy", { bench: "busy" })).map((message) => message.busy);
    const text = typeof page === "string" ? page : new TextDecoder().decode(page);
    const observations = [...text.matchAll(COUNT)].reduce((sum, [, count]) => sum + Number(count), 0);
    const mean = (key) => theirs.reduce((sum, each) => sum + each[key], 0) / theirs.length;
    say({ latency, primaryCpu: cpu, primaryLoop: loop, workerCpu: mean("cpu"), workerLoop: mean("loop"), observations });
  }
  const exits = workers.map((each) => once(each, "exit"));
  for (const each of workers) each.process.kill("SIGKILL");
  await Promise.all(exits);
  process.exit(0);
}

await (cluster.isPrimary ? primary() : worker());
