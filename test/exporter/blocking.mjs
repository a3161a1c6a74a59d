// A program whose threads all compute and never let go, in whatever runtime it is run: blocking.mjs SECONDS SCRAPES COLLECTORS. Meanwhile a process
// of its own scrapes, and says what it took.

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { registry } from "tallystick";
import { serve } from "tallystick/exporter";

const THREADS = 4;
/** All have begun by then. */
const READY_MS = 2000;

function spin(until, counter) {
  for (;;) {
    for (let i = 0; i < 10_000; i++) counter.inc();
    if (Date.now() >= until) return;
  }
}

const counter = registry.counter({ name: "turns", help: "Turns of loops." });
if (isMainThread) {
  const [seconds, scrapes, collectors] = process.argv.slice(2).map(Number);
  if (collectors > 0) {
    const depth = registry.gauge({ name: "depth", help: "What a collector says." });
    registry.collect(() => depth.set(1));
  }
  const exporter = await serve({ port: 0 });
  // What it is told while this thread computes would not leave it: so it is told when.
  const begins = Date.now() + READY_MS;
  const until = begins + seconds * 1000;
  const scraping = fileURLToPath(new URL("scraping.mjs", import.meta.url));
  const client = spawn(process.env.NODE_BINARY ?? "node", [scraping, exporter.url, String(scrapes), String(begins)]);
  let said = "";
  client.stdout.setEncoding("utf8").on("data", (text) => (said += text));
  client.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise((resolve) => client.once("close", resolve));
  await new Promise((resolve) => client.stdout.once("data", resolve));
  const workers = Array.from({ length: THREADS }, () => new Worker(new URL(import.meta.url), { workerData: { until } }));
  const over = workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve)));
  while (Date.now() < begins - 400) await new Promise((resolve) => setTimeout(resolve, 20));
  const from = Date.now();
  spin(until, counter);
  const to = Date.now();
  await ended;
  await Promise.all(over);
  await exporter.close();
  console.log(JSON.stringify({ from, to, ...JSON.parse(said.slice(said.indexOf("{"))) }));
  process.exit(0);
} else spin(workerData.until, counter);
