// How long does one scrape take at 1,000, 10,000 and 100,000 counters and at 10,000 histograms, and how long is its longest slice?
import { check, loop, p99 } from "./harness.mjs";
import { BUCKETS, OURS, sampleCount } from "./subjects.mjs";

const LABEL_NAMES = ["route", "instance"];
const ROUTES = 1_000;
// Counters mostly count, histograms mostly time; what both cost with fractions, whose digits are 17, is a row of its own.
const AMOUNTS = { counter: "((i + round) * 37) % 1000", histogram: "(((i + round) * 37) % 1000) / 90" };
/** A quick run asks no more of rivals. */
const SERIES_QUICK = 10_000;
const SLICED_RUNS = 20;
const SLICED_WARM_UPS = 5;

const SIZES = [
  { name: "counters-1000", type: "counter", series: 1_000 },
  { name: "counters-10000", type: "counter", series: 10_000 },
  { name: "counters-100000", type: "counter", series: 100_000 },
  { name: "counters-100000-fractions", type: "counter", series: 100_000, amount: "(((i + round) * 37) % 1000) / 90" },
  { name: "histograms-10000", type: "histogram", series: 10_000, sliced: true },
];

/** Without collectors and without letting the event loop turn; into bytes that were used before; as node:http is served. */
const OUR_WAYS = { sync: "exposeSync", into: "exposeInto", served: "serve" };
/** A scrape comes alone, after much else; only where the clock could not see one are several measured in a row. */
const LEAST_MILLISECONDS = 1;

/** The threads that collect a process' garbage go on for a while after its answer, on a core that the next one needs. */
const quiet = () => new Promise((resolve) => setTimeout(resolve, 100));

// A line per bucket, one for +Inf, `_sum` and `_count`.
const samplesPerSeries = (type) => (type === "counter" ? 1 : BUCKETS.length + 3);

/** A registry with `series` series and the `count` that lets every one of them change, as between two real scrapes. */
function populate({ calls, create }, { type, series, amount = AMOUNTS[type] }) {
  const registry = create();
  const metric = registry[type](type === "counter" ? "requests_total" : "duration_seconds", LABEL_NAMES);
  const labels = "{ route: routes[i % routes.length], instance: instances[Math.floor(i / routes.length)] }";
  const call = calls[type].object(labels, amount);
  const change = loop(call, ["metric", "routes", "instances", "round"]);
  const routes = Array.from({ length: ROUTES }, (_, i) => `/route/${i}`);
  const instances = Array.from({ length: Math.ceil(series / ROUTES) }, (_, i) => `instance-${i}`);
  let round = 0;
  const count = () => change(series, metric, routes, instances, (round += 1));
  return { registry, count };
}

/** Milliseconds of one scrape; where one is very short, the mean of as many as fill some milliseconds. */
async function scrapeMilliseconds(scrape, atLeast) {
  const start = performance.now();
  for (let scrapes = 1; ; scrapes += 1) {
    await scrape();
    const elapsed = performance.now() - start;
    if (elapsed >= atLeast) return elapsed / scrapes;
  }
}

// The process' clock, not the thread's: Linux brings `threadCpuUsage` up to date only every 4 to 10 ms, this one at every
// call. It adds what V8's helper threads did meanwhile, but a thread cannot have used more than the time that passed.
const cpuMilliseconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
};

/**
 * A slice is what the scrape does between two turns of the event loop. It is seen from outside: an immediate that runs
 * every turn reads the clocks, so that whatever kept the loop is counted, the reading of the bytes too.
 */
async function watchedStream(stream) {
  const wall = [];
  const cpu = [];
  let watching = true;
  let lastWall = performance.now();
  let lastCpu = cpuMilliseconds();
  const turn = () => {
    const nowCpu = cpuMilliseconds();
    const nowWall = performance.now();
    wall.push(nowWall - lastWall);
    cpu.push(Math.min(nowCpu - lastCpu, nowWall - lastWall));
    [lastWall, lastCpu] = [nowWall, nowCpu];
    if (watching) setImmediate(turn);
  };
  setImmediate(turn);
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.byteLength;
  const turned = wall.length;
  watching = false;
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  return { bytes, turns: turned, wall, cpu };
}

async function slices(context, registry, count, into) {
  const found = { wall: [], longestWall: [], longestCpu: [] };
  for (let run = -SLICED_WARM_UPS; run < (context.quick ? 3 : SLICED_RUNS); run += 1) {
    count();
    const expected = (await registry.exposeInto(into)).byteLength;
    // The garbage of the counting is the application's. What the stream makes itself stays in the slices.
    globalThis.gc?.();
    // V8's helper threads may go on sweeping and compiling for a while, on this process' clock.
    await new Promise((resolve) => setTimeout(resolve, 20));
    const { bytes, turns, wall, cpu } = await watchedStream(registry.stream());
    check(bytes, expected, "the bytes of a stream");
    if (turns < 2) throw new Error("The stream never yielded to the event loop");
    if (run < 0) continue;
    found.wall.push(...wall);
    found.longestWall.push(Math.max(...wall));
    found.longestCpu.push(Math.max(...cpu));
  }
  return found;
}

export async function run(context) {
  const subjects = await context.loaded();
  for (const { name, type, series, amount, sliced } of SIZES.filter(({ series }) => !context.quick || series <= SERIES_QUICK)) {
    const processes = subjects.map(({ name: subject }) => ({ subject, ...context.start(subject, { type, series, amount }) }));
    // Our other ways in the same rounds: whatever the rivals leave in the caches they leave for all of them.
    const entries = processes.flatMap(({ subject, ask }) => {
      const entry = (command) => ({ subject, sample: async () => (await quiet(), ask(command)) });
      const ways = subject === OURS ? Object.entries(OUR_WAYS) : [];
      return [entry("expose"), ...ways.map(([how, command]) => ({ ...entry(command), row: `${name}-${how}` }))];
    });
    await context.interleave(name, "ms", entries);
    if (sliced) {
      const { subject, ask } = processes.find(({ subject }) => subject === OURS);
      context.progress(`${name}-slice ${subject}`);
      const { wall, longestWall, longestCpu } = await ask("slices");
      context.row(`${name}-longest-slice-cpu`, subject, "ms", longestCpu);
      context.row(`${name}-longest-slice-wall`, subject, "ms", longestWall);
      context.row(`${name}-slice-wall-p99`, subject, "ms", [p99(wall)]);
    }
    for (const { close } of processes) await close();
  }
}

export async function probe(context, what) {
  const { type, series } = what;
  const subject = await context.subject();
  const { registry, count } = populate(subject, what);
  count();
  check(sampleCount(await registry.expose()), series * samplesPerSeries(type), `${subject.name}, lines`);

  const into = subject.name === OURS ? new Uint8Array(registry.exposeSync().length * 2) : undefined;

  return async (command) => {
    if (command === "slices") return slices(context, registry, count, into);
    count();
    return scrapeMilliseconds(() => registry[command](into), LEAST_MILLISECONDS);
  };
}
