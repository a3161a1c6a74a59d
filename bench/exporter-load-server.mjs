// A server of exporter-load.mjs: so many workers that count into 1,000 series, and their page. It says where that is, and ends with its
// input. Where it is nobody's, it has the workers and no page.
import cluster from "node:cluster";
import { createServer } from "node:http";
import process from "node:process";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { NOBODY, SERIES } from "./exporter-load.mjs";
import { load } from "./rivals/load.mjs";
import { OURS } from "./subjects.mjs";

const [subject = workerData?.subject ?? process.env.BENCH_SUBJECT, workers] = process.argv.slice(2);
const COUNTER = { name: "load_total", help: "Measured by the benchmark", labelNames: ["i"] };
/** So often the workers count, while the page is read. */
const COUNT_MS = 1000;

function counting(counter) {
  const children = Array.from({ length: SERIES }, (_, i) => counter.labels(`series number ${i}`));
  for (const child of children) child.inc();
  setInterval(() => children.forEach((child) => child.inc()), COUNT_MS);
}

function workersReady() {
  const ready = Array.from({ length: Number(workers) }, () => {
    const { port1, port2 } = new MessageChannel();
    const worker = new Worker(new URL(import.meta.url), { workerData: { subject, port: port2 }, transferList: [port2] });
    worker.on("error", (error) => console.error(error));
    return new Promise((resolve) => port1.once("message", resolve));
  });
  return Promise.all(ready);
}

async function nobodys() {
  if (!isMainThread) {
    const numbers = new Map();
    counting({ labels: (text) => ({ inc: () => numbers.set(text, (numbers.get(text) ?? 0) + 1) }) });
    workerData.port.postMessage("counts");
    return;
  }
  await workersReady();
  console.log("nowhere");
}

async function ours() {
  const { registry } = await import("tallystick");
  if (!isMainThread) {
    counting(registry.counter({ ...COUNTER, name: "load" }));
    workerData.port.postMessage("counts");
    return;
  }
  const { serve } = await import("tallystick/exporter");
  registry.counter({ ...COUNTER, name: "load" });
  await workersReady();
  const exporter = await serve({ port: 0, maxConnections: 4096, maxScrapes: 1024, statistics: false });
  console.log(exporter.url);
}

async function rival() {
  const module = await load(subject);
  const { AggregatorRegistry, Counter } = module.default ?? module;
  const aggregator = new AggregatorRegistry();
  if (!cluster.isPrimary) {
    counting(new Counter(COUNTER));
    process.send({ bench: "counts" });
    return;
  }
  cluster.setupPrimary({ exec: process.argv[1], args: [] });
  const ready = Array.from({ length: Number(workers) }, () => {
    const worker = cluster.fork({ BENCH_SUBJECT: subject });
    return new Promise((resolve) => worker.on("message", (message) => message.bench === "counts" && resolve()));
  });
  await Promise.all(ready);
  const server = createServer(async (_request, response) => {
    try {
      const body = await aggregator.clusterMetrics();
      response.writeHead(200, { "content-type": aggregator.contentType }).end(body);
    } catch (error) {
      response.writeHead(500).end(String(error));
    }
  });
  server.listen({ port: 0, host: "127.0.0.1", backlog: 4096 }, () => console.log(`http://127.0.0.1:${server.address().port}/metrics`));
}

if (isMainThread && cluster.isPrimary) process.stdin.on("end", () => process.exit(0)).resume();
const run = subject === OURS ? ours : subject === NOBODY ? nobodys : rival;
await run();
