// What does a sample with its time cost in one and in two threads, what a duration, what a request, and how fast do drains write rows?
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { profiler, recorder, requests } from "tallystick/record";
import { check, hasOurs, hotSample, loop } from "./harness.mjs";
import { OURS } from "./subjects.mjs";

const PYTHON = "/usr/bin/python3";
const PYTHONS = "Python: uuid4, list, lock";
const CLOCK = "performance.now()";
const CLOCKS = "performance.now() twice";
const THREADS = 2;
/** Samples of one drain. */
const ROWS = 1_000_000;
/** All of them are written, however many: what is dropped is what nobody drained. */
const KEEPING = { prefix: "bench", policy: "drop-oldest" };

/** A loop over a recorder's label that checks that all were recorded. */
function hot(context, samples, body) {
  const label = samples.label("a label of 17 cha");
  const run = loop(body, ["label"]);
  let expected = samples.statistics.recorded;
  return {
    subject: OURS,
    sample: hotSample(context, (count) => {
      expected = samples.statistics.recorded + (samples.isOn ? count : 0);
      run(count, label);
    }),
    verify: () => check(samples.statistics.recorded, expected, `the samples of ${body}`),
  };
}

function clocks(context, subject, body) {
  const run = loop(body, ["clock"]);
  return { subject, sample: hotSample(context, (count) => run(count, performance)) };
}

const CLOCK_BODY = "if (clock.now() === 0) throw new Error()";
const CLOCKS_BODY = "if (clock.now() - clock.now() === 1) throw new Error()";

/** Python's nanoseconds of a start and a stop; undefined where there is none. */
function pythons() {
  const { stdout, status } = spawnSync(PYTHON, [fileURLToPath(new URL("recorder.py", import.meta.url)), "18"], { encoding: "utf8" });
  return status === 0 ? stdout.trim().split("\n").map(Number) : undefined;
}

/** Runs a loop in two threads at once; nanoseconds of one turn in one of them. */
function together(context, subject, body) {
  const start = new Int32Array(new SharedArrayBuffer(4));
  const workers = Array.from({ length: THREADS }, () => new Worker(new URL(import.meta.url), { workerData: { body, start } }));
  const heard = () =>
    Promise.all(workers.map((worker) => new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject))));
  const ready = heard();
  const count = context.quick ? 20_000 : 200_000;
  let turn = 0;
  return {
    subject,
    async sample() {
      await ready;
      const answers = heard();
      turn += 1;
      for (const worker of workers) worker.postMessage({ count, turn });
      const milliseconds = await answers;
      return (Math.max(...milliseconds) * 1e6) / count;
    },
    verify: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}

function work({ body, start }) {
  const label = recorder(KEEPING).label("x");
  const run = loop(body, ["label", "clock"]);
  run(100_000, label, performance);
  parentPort.on("message", ({ count, turn }) => {
    // Whoever comes last lets all begin.
    if (Atomics.add(start, 0, 1) + 1 === THREADS * turn) Atomics.notify(start, 0);
    for (let seen = Atomics.load(start, 0); seen < THREADS * turn; seen = Atomics.load(start, 0)) Atomics.wait(start, 0, seen);
    const from = performance.now();
    run(count, label, performance);
    parentPort.postMessage(performance.now() - from);
  });
  parentPort.postMessage("ready");
}

/** As much of a response of node:http as is listened to. */
class FakeResponse {
  statusCode = 200;
  headersSent = true;
  socket = undefined;
  finish = undefined;
  close = undefined;
  on(event, listener) {
    this[event] = listener;
  }
  end() {
    this.finish?.();
    this.close?.();
  }
}

const FETCH_BODY = "if (handler({ method: 'GET', url: 'https://example.org/users/42?page=3' }).status !== 200) throw new Error()";
const NODE_BODY = "handler({ method: 'GET', url: '/users/42?page=3', on() {} }, new FakeResponse())";

/** A loop over requests to one handler, checked by what was recorded. */
function served(context, subject, samples, body, handler, each) {
  const run = loop(body, ["handler", "FakeResponse"]);
  let expected = samples.statistics.recorded;
  return {
    subject,
    sample: hotSample(context, (count) => {
      expected = samples.statistics.recorded + each * count;
      run(count, handler, FakeResponse);
    }),
    verify: () => check(samples.statistics.recorded, expected, `the requests of ${subject}`),
  };
}

/** Requests by both kinds of handlers: bare, while the recorder is off, and while it is on. */
async function requested(context, on, off) {
  const response = new Response("hello");
  const fetched = () => response;
  const listened = (_request, response) => response.end();
  for (const [row, body, bare, wrap] of [
    ["request-fetch", FETCH_BODY, fetched, (samples) => requests(samples).fetch(fetched)],
    ["request-node", NODE_BODY, listened, (samples) => requests(samples).listener(listened)],
  ]) {
    await context.interleave(row, "ns/op", [
      served(context, "the bare handler", off, body, bare, 0),
      served(context, `${OURS}, off`, off, body, wrap(off), 0),
      served(context, OURS, on, body, wrap(on), 1),
    ]);
  }
}

/** Rows a second of a drain. */
function draining(subject, samples, rows, drain) {
  const label = samples.label("GET /api/orders/:id");
  const fill = loop("label.record(i * 0.001)", ["label"]);
  return {
    subject,
    async sample() {
      fill(rows, label);
      const from = performance.now();
      await drain();
      return (rows * 1000) / (performance.now() - from);
    },
    async verify() {
      check(samples.statistics.waiting, 0, "what waits after a drain");
      check(samples.statistics.dropped, 0, "what was dropped");
      await samples.close();
    },
  };
}

/** Calls of one operation: a stack that an application's might have. */
const DEPTH = 25;
let kept = 0;
function nested(depth, i) {
  kept += Math.sqrt(kept + i) % 3;
  return depth === 0 ? kept : nested(depth - 1, i + depth) + 1;
}

/** CPU time of an operation, of all threads, while a profiler is on, or off; beginning and writing are not in it. */
function profiled(context, subject, profile, isOn) {
  // Some hundred samples of the profiler a round.
  const count = context.quick ? 50_000 : 1_000_000;
  return {
    subject,
    sample() {
      if (isOn) profile.on();
      const from = process.cpuUsage();
      for (let i = 0; i < count; i++) nested(DEPTH, i);
      const { user, system } = process.cpuUsage(from);
      profile.off();
      return ((user + system) * 1e3) / count;
    },
  };
}

/** Milliseconds that a thread stands still for one file, a second after the last one. */
function filed(context, profile) {
  return {
    subject: OURS,
    async sample() {
      profile.on();
      for (const until = performance.now() + (context.quick ? 20 : 1000); performance.now() < until;) nested(DEPTH, 1);
      const from = performance.now();
      await profile.flush();
      return performance.now() - from;
    },
    verify: () => profile.close(),
  };
}

async function profiling(context) {
  const dir = mkdtempSync(join(tmpdir(), "tallystick-bench-"));
  try {
    const profile = profiler({ dir, on: false });
    await context.interleave("profiler", "ns/op", [
      profiled(context, `${OURS}, on`, profile, true),
      profiled(context, `${OURS}, off`, profile, false),
    ]);
    await context.interleave("profiler-file", "ms", [filed(context, profile)]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export async function run(context) {
  if (!hasOurs(context.subjects)) return;
  await profiling(context);
  const samples = recorder(KEEPING);
  await context.interleave("record", "ns/op", [hot(context, samples, "label.record(0.25)"), clocks(context, CLOCK, CLOCK_BODY)]);
  await context.interleave("start-stop", "ns/op", [
    hot(context, samples, "label.stop(label.start())"),
    clocks(context, CLOCKS, CLOCKS_BODY),
  ]);
  const python = pythons();
  if (python === undefined) context.missing(PYTHONS, `${PYTHON} is absent`);
  else context.row("start-stop", PYTHONS, "ns/op", python);
  const off = recorder({ ...KEEPING, prefix: "off", on: false });
  await context.interleave("off", "ns/op", [hot(context, off, "label.record(0.25)")]);
  const on = recorder({ ...KEEPING, prefix: "requests" });
  await requested(context, on, off);
  await context.interleave(`record-${THREADS}-threads`, "ns/op", [
    together(context, OURS, "label.record(0.25)"),
    together(context, CLOCK, CLOCK_BODY),
  ]);
  const dir = mkdtempSync(join(tmpdir(), "tallystick-bench-"));
  try {
    const rows = context.quick ? 50_000 : ROWS;
    const bytes = 1 << 26;
    const taken = recorder({ prefix: "taken", policy: "drop-newest", bytes, ringBytes: bytes });
    const drain = () => {
      let length = 0;
      for (const chunk of taken.drain()) length += chunk.length;
      if (length < rows) throw new Error("The drain is too short");
    };
    const written = recorder({ dir, policy: "drop-newest", bytes, ringBytes: bytes, thread: false, flushSeconds: 0, retainBytes: 1 << 28 });
    await context.interleave("drain", "rows/s", [
      draining(OURS, taken, rows, drain),
      draining(`${OURS}, into files`, written, rows, () => written.flush()),
    ]);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

if (!isMainThread) work(workerData);
