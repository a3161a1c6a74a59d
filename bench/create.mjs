// What does a new label set cost, and does it stay flat at 1,000, 10,000 and 100,000 of them?
import { check, loop } from "./harness.mjs";
import { BUCKETS, sampleCount } from "./subjects.mjs";

const INSTANCES = 100;
const instances = Array.from({ length: INSTANCES }, (_, i) => `instance-${i}`);
const LABELS = "{ route: routes[(i / 100) | 0], instance: instances[i % 100] }";

const SIZES = [1_000, 10_000, 100_000];
const SIZE_QUICK = 10_000;

// Printing 100,000 histograms takes rivals ten seconds, so that only smaller expositions are counted afterwards.
const VERIFIED_SAMPLES = 140_000;

// The question is whether the cost grows, not how long the compilers take: every size is asked once they are done.
const WARM_UP_LABEL_SETS = 200_000;

// Small sizes are made several times a sample: one alone is over in a millisecond.
const REPEATS_BELOW = 10_000;

export async function run(context) {
  const subjects = await context.loaded();
  for (const type of ["counter", "histogram"]) {
    for (const size of SIZES.filter((size) => !context.quick || size <= SIZE_QUICK)) {
      const processes = subjects.map(({ name }) => ({ subject: name, ...context.start(name, { type, size }) }));
      const entries = processes.map(({ subject, ask }) => ({ subject, sample: () => ask("create") }));
      await context.interleave(`${type}s-${size}`, "µs/label set", entries);
      for (const { close } of processes) await close();
    }
  }
}

export async function probe(context, { type, size }) {
  const subject = await context.subject();
  const { calls } = subject;
  const call = type === "counter" ? calls.counter.object(LABELS) : calls.histogram.object(LABELS, 0.3);
  const fill = loop(call, ["metric", "routes", "instances"]);
  const routes = Array.from({ length: Math.ceil(size / INSTANCES) }, (_, i) => `/route/${i}`);
  const samples = size * (type === "counter" ? 1 : BUCKETS.length + 3);
  const repeats = Math.max(1, REPEATS_BELOW / size);

  const create = async (verified) => {
    const registry = subject.create();
    const metric = registry[type](type === "counter" ? "requests_total" : "duration_seconds", ["route", "instance"]);
    const start = performance.now();
    fill(size, metric, routes, instances);
    const elapsed = performance.now() - start;
    if (verified) check(sampleCount(await registry.expose()), samples, `${subject.name}, label sets created`);
    await registry.close();
    return elapsed;
  };
  const warmUps = context.quick ? SIZE_QUICK : WARM_UP_LABEL_SETS;
  for (let created = 0; created < warmUps; created += size) await create(false);

  return async () => {
    let elapsed = 0;
    for (let repeat = 0; repeat < repeats; repeat += 1) elapsed += await create(repeat === 0 && samples <= VERIFIED_SAMPLES);
    return (elapsed * 1_000) / (size * repeats);
  };
}
