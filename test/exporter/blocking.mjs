// A program whose threads all compute and never let go, in whatever runtime it is run: blocking.mjs SCRAPES COLLECTORS. Meanwhile a process of its own scrapes,
// and says what it took. They compute until it is done, which they see by a file: nothing else reaches a thread that computes.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { registry } from "tallystick";
import { serve } from "tallystick/exporter";

const THREADS = 4;
/** Between the moment at which all are there and the one at which they begin. */
const READY_MS = 100;
/** Who scrapes and is not done by then has failed. */
const MOST_MS = 20_000;
/** What the threads are told by: they wait, compute, or are to end. */
const [WAITING, COMPUTING, ENDING] = [0, 1, 2];

function spin(isOver) {
  do for (let i = 0; i < 10_000; i++) counter.inc();
  while (!isOver());
}

const counter = registry.counter({ name: "turns", help: "Turns of loops." });
if (isMainThread) {
  const [scrapes, collectors] = process.argv.slice(2).map(Number);
  if (collectors > 0) {
    const depth = registry.gauge({ name: "depth", help: "What a collector says." });
    registry.collect(() => depth.set(1));
  }
  const exporter = await serve({ port: 0 });
  const folder = mkdtempSync(join(tmpdir(), "tallystick-scraping-"));
  const done = join(folder, "done");
  const scraping = fileURLToPath(new URL("scraping.mjs", import.meta.url));
  const client = spawn(process.env.NODE_BINARY ?? "node", [scraping, exporter.url, String(scrapes), done]);
  let said = "";
  client.stdout.setEncoding("utf8").on("data", (text) => (said += text));
  client.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise((resolve) => client.once("close", resolve));
  const state = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: THREADS }, () => new Worker(new URL(import.meta.url), { workerData: { state } }));
  const over = workers.map((worker) => new Promise((resolve) => worker.once("exit", resolve)));
  await Promise.all(
    [client.stdout, ...workers].map((each, i) => new Promise((resolve) => each.once(i === 0 ? "data" : "message", resolve))),
  );
  // What it is told while this thread computes would not leave it: so it is told when.
  const begins = Date.now() + READY_MS;
  await new Promise((resolve) => client.stdin.end(String(begins), resolve));
  Atomics.store(state, 0, COMPUTING);
  Atomics.notify(state, 0);
  const from = Date.now();
  spin(() => existsSync(done) || Date.now() >= begins + MOST_MS);
  const to = Date.now();
  Atomics.store(state, 0, ENDING);
  rmSync(folder, { recursive: true, force: true });
  await ended;
  await Promise.all(over);
  await exporter.close();
  console.log(JSON.stringify({ from, to, ...JSON.parse(said.slice(said.indexOf("{"))) }));
  process.exit(0);
} else {
  parentPort.postMessage("ready");
  Atomics.wait(workerData.state, 0, WAITING);
  spin(() => Atomics.load(workerData.state, 0) === ENDING);
}
