// How much more do two threads count than one: on one series, on neighbouring series, on series of their own, and into one histogram?
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { check, hasOurs, loop } from "./harness.mjs";
import { load } from "./rivals/load.mjs";
import { OURS, PLATFORM, sampleTotal } from "./subjects.mjs";

const THREADS = 2;
const COUNTER = "requests_total";
const HISTOGRAM = "duration_seconds";
const MERGED = "@prometheus-io/client";
const VALUES = [0.3, 0.004, 7, 0.06, 1, 0.02, 0.005, 30, 0.5, 0.11, 3, 0.009, 0.2, 0.04, 0.7, 2.5];

// Two whole 64-byte lines between the platform's cells, since processors fetch lines in pairs. Its rows say what two
// threads are worth on this machine at the moment; plain adds to one cell would lose some.
const FLOATS_APART = 16;

/** `family` and `series` say which family and which label value the thread at `index` counts. */
export const CASES = [
  { name: "one-series", family: () => COUNTER, series: () => "0" },
  { name: "neighbouring-series", family: () => COUNTER, series: (index) => `${index}`, floatsApart: 1 },
  { name: "own-series", family: (index) => `thread_${index}_${COUNTER}`, series: (index) => `${index}` },
  { name: "histogram-one-series", histogram: true, family: () => HISTOGRAM, series: () => "0" },
];

const help = "Measured by the benchmark";

function oursIn(registry) {
  return {
    counter: (name) => registry.counter({ name, help, labelNames: ["thread"] }),
    histogram: (name) => registry.histogram({ name, help, labelNames: ["thread"] }),
  };
}

/** `@prometheus-io/client` counts in a registry per thread and merges them by messages at a scrape. */
function mergedIn({ Counter, Histogram, register }) {
  const registers = [register];
  return {
    counter: (name) => new Counter({ name, help, labelNames: ["thread"], registers }),
    histogram: (name) => new Histogram({ name, help, labelNames: ["thread"], registers }),
  };
}

/** In a worker: the loop that counts `count` times, compiled for this subject alone. */
async function counting({ subject, histogram, family, series, floats, float }) {
  if (subject === PLATFORM) {
    const add = loop("array[index] += 1", ["array", "index"]);
    return { run: (count) => add(count, floats, float) };
  }
  let library;
  let leave;
  if (subject === OURS) {
    library = oursIn((await import("tallystick")).registry);
  } else {
    const client = await load(MERGED);
    const registry = new client.WorkerRegistry();
    library = mergedIn(client);
    // Every later scrape would fail otherwise.
    leave = () => registry.shutdown();
  }
  const handle = library[histogram ? "histogram" : "counter"](family).labels(series);
  const call = histogram ? "handle.observe(values[i & 15])" : "handle.inc()";
  const run = loop(call, ["handle", "values"]);
  return { run: (count) => run(count, handle, VALUES), leave };
}

/** Waits until all `participants` have arrived; the last one wakes the others. */
function barrier(arrivals, participants) {
  if (Atomics.add(arrivals, 0, 1) + 1 === participants) {
    Atomics.notify(arrivals, 0);
    return;
  }
  for (;;) {
    const arrived = Atomics.load(arrivals, 0);
    if (arrived >= participants) return;
    Atomics.wait(arrivals, 0, arrived);
  }
}

async function work(task) {
  const { run, leave } = await counting(task);
  parentPort.on("message", async ({ count, participants }) => {
    if (count === 0) {
      await leave?.();
      parentPort.postMessage("left");
      return;
    }
    barrier(task.arrivals, participants);
    const start = performance.now();
    run(count);
    parentPort.postMessage(performance.now() - start);
  });
  parentPort.postMessage("ready");
}

const nextMessage = (worker) =>
  new Promise((resolve, reject) => {
    const fail = (error) => reject(error);
    worker.once("error", fail);
    worker.once("message", (message) => {
      worker.off("error", fail);
      resolve(message);
    });
  });

/** The main thread's side of a subject: what must exist before the workers, and the total that all of them counted. */
async function mainSide(subject, { histogram, family, series, floatsApart = FLOATS_APART, threads = THREADS }) {
  const sample = histogram ? `${HISTOGRAM}_count` : undefined;
  const families = [...new Set(Array.from({ length: threads }, (_, index) => family(index)))];
  const sumOf = (exposition) => families.reduce((sum, each) => sum + sampleTotal(exposition, sample ?? each), 0);
  if (subject === PLATFORM) {
    const floats = new Float64Array(new SharedArrayBuffer(8 * FLOATS_APART * threads));
    const task = (index) => ({ floats, float: index * floatsApart });
    return { task, total: async () => floats.reduce((sum, value) => sum + value, 0) };
  }
  if (subject === MERGED) {
    const { WorkerRegistry } = await load(MERGED);
    const registry = new WorkerRegistry();
    const already = sumOf(await registry.workerMetrics());
    return { task: () => ({}), total: async () => sumOf(await registry.workerMetrics()) - already };
  }
  const { registry } = await import("tallystick");
  const library = oursIn(registry);
  // Created here, one after the other, so that neighbouring series are neighbours in every record the core keeps.
  for (let index = 0; index < threads; index += 1) {
    library[histogram ? "histogram" : "counter"](family(index)).labels(series(index));
  }
  const already = sumOf((await registry.expose()).body);
  return { task: () => ({}), total: async () => sumOf((await registry.expose()).body) - already };
}

/** Entries of `interleave` for one subject: `question` is a case, with `threads` where they are not two. */
export async function entry(context, subject, question) {
  const { threads = THREADS } = question;
  const side = await mainSide(subject, question);
  const arrivals = new Int32Array(new SharedArrayBuffer(4));
  const workers = [];
  for (let index = 0; index < threads; index += 1) {
    const { histogram } = question;
    const family = question.family(index);
    const series = question.series(index);
    const task = { threads: true, subject, histogram, family, series, arrivals, ...side.task(index) };
    const worker = new Worker(new URL(import.meta.url), { workerData: task });
    check(await nextMessage(worker), "ready", `${subject}'s worker thread`);
    workers.push(worker);
  }

  let expected = 0;
  /** Milliseconds from the barrier until the last of these workers has counted `count` times. */
  const milliseconds = async (chosen, count) => {
    Atomics.store(arrivals, 0, 0);
    expected += count * chosen.length;
    const finished = Promise.all(chosen.map(nextMessage));
    for (const worker of chosen) worker.postMessage({ count, participants: chosen.length });
    return Math.max(...(await finished));
  };

  // The workers alone, until their loops are compiled and fill the round's time: the fastest, for others may wait for a processor.
  const target = context.roundMilliseconds * 2;
  let count = 10_000;
  for (;;) {
    const alone = [];
    for (const worker of workers) alone.push(await milliseconds([worker], count));
    const elapsed = Math.min(...alone);
    if (elapsed > target / 2) {
      count = Math.ceil((count * target) / elapsed);
      break;
    }
    count *= 2;
  }

  const together = [];
  const sample = async (round) => {
    const one = [workers[Math.abs(round) % threads]];
    // A noisy machine changes between two measurements, so that one thread is measured on both sides of all.
    const before = await milliseconds(one, count);
    const all = await milliseconds(workers, count);
    const after = await milliseconds(one, count);
    if (round >= 0) together.push((threads * count) / all / 1_000);
    return (threads * (before + after)) / 2 / all;
  };
  const verify = async () => {
    check(await side.total(), expected, `${subject}, ${question.name}: the total of all threads`);
    context.row(`${question.name}-${threads}-threads`, subject, "million/s", together);
    for (const worker of workers) {
      worker.postMessage({ count: 0 });
      check(await nextMessage(worker), "left", `${subject}'s worker thread`);
      await worker.terminate();
    }
  };
  return { subject, sample, verify };
}

/** Who counts from many threads: ours, the platform, and the rival that merges registries. */
export function threaded(subjects) {
  const names = hasOurs(subjects) ? [OURS, PLATFORM] : [PLATFORM];
  return subjects.some(({ name }) => name === MERGED) ? [...names, MERGED] : names;
}

export async function run(context) {
  const subjects = await context.loaded();
  for (const question of CASES) {
    const names = threaded(subjects);
    const entries = [];
    for (const name of names) {
      context.progress(`${question.name} starts the threads of ${name}`);
      entries.push(await entry(context, name, question));
    }
    await context.interleave(question.name, `x of 1 thread`, entries);
  }
}

if (!isMainThread && workerData?.threads) await work(workerData);
