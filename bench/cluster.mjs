// How long does a scrape of 8 cluster workers with 700 URLs in a histogram take, and how long is the primary's loop busy, and each worker's?
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { check, invocation } from "./harness.mjs";
import { OURS, SUBJECTS } from "./subjects.mjs";

export const WORKERS = 8;
export const URLS = 700;
/** Those that collect from a cluster. */
const NAMES = [OURS, "prom-client", "@prometheus-io/client"];
const MEASURES = { "primary-loop": "primaryLoop", "primary-cpu": "primaryCpu", "worker-loop": "workerLoop", "worker-cpu": "workerCpu" };
const PROCESS = fileURLToPath(new URL("cluster-process.mjs", import.meta.url));

/** A primary that knows one subject only, with its workers; it scrapes when it is told. */
function primary(context, subject) {
  const child = spawn(process.execPath, [...invocation(context.runtime, PROCESS, { exposeGc: false }), subject], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async ask(command) {
      child.stdin.write(`${JSON.stringify(command)}\n`);
      const { done, value } = await answers.next();
      if (done) throw new Error(`The process of ${subject} ended before it answered "${command}"`);
      return JSON.parse(value);
    },
    close: () => child.stdin.end(),
  };
}

/** What collects garbage, and what pushes, goes on for a while; the next one needs the core. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 150));

export async function run(context) {
  const subjects = (await context.loaded()).filter(({ name }) => NAMES.includes(name));
  const running = [];
  for (const { name } of subjects) {
    context.progress(`start ${name}`);
    const { ask, close } = primary(context, name);
    await ask("begin");
    running.push({ subject: name, ask, close, scrapes: 0, measured: [] });
  }
  const entries = running.map((each) => ({
    subject: each.subject,
    sample: async (round) => {
      await quiet();
      const result = await each.ask("scrape");
      each.scrapes += 1;
      check(result.observations, each.scrapes * WORKERS * URLS, `${each.subject}, observations on the page`);
      if (round >= 0) each.measured.push(result);
      return result.latency;
    },
  }));
  const rounds = context.quick ? 3 : 15;
  await context.interleave("scrape", "ms", entries, { rounds, warmUps: context.quick ? 1 : 5 });
  for (const [row, measure] of Object.entries(MEASURES)) {
    for (const { subject, measured } of running) {
      context.row(
        row,
        subject,
        "ms",
        measured.map((each) => each[measure]),
      );
    }
  }
  for (const { close } of running) close();
}

/** By itself, on the current Node where that is installed, for the machine's may be too old for a rival. */
async function alone() {
  const { runtimes, version } = await import("../scripts/runtimes.mjs");
  const runtime = runtimes()["node-current"] === undefined ? "node" : "node-current";
  const task = { bench: "cluster", runtime, quick: process.argv.includes("--quick"), alone: true };
  const subjects = SUBJECTS.map(({ name }) => name).filter((name) => NAMES.includes(name));
  const script = fileURLToPath(new URL("child.mjs", import.meta.url));
  const args = [...invocation(runtime, script), JSON.stringify({ ...task, subjects })];
  const child = spawn(runtimes()[runtime], args, { stdio: ["ignore", "pipe", "inherit"] });
  const rows = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const { row, missing, reason } = JSON.parse(line);
    if (missing !== undefined) console.error(`${missing} does not load: ${reason}`);
    if (row !== undefined) rows.push(row);
  }
  console.log(`${WORKERS} workers, ${URLS} URLs, ${runtime} ${version(runtime)}`);
  for (const { bench, subject, unit, median, min, max } of rows) {
    const ours = rows.find((row) => row.bench === bench && row.subject === OURS)?.median ?? NaN;
    const times = [median, min, max].map((value) => value.toFixed(2).padStart(10)).join("");
    console.log(`${bench.padEnd(24)} ${subject.padEnd(24)}${times} ${unit} ${(median / ours).toFixed(1).padStart(8)}x`);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await alone();
