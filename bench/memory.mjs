// How many bytes does one histogram label set keep, with 11 buckets and 2 labels, when there are 100,000 of them?
import { check } from "./harness.mjs";
import { OURS, sampleTotal } from "./subjects.mjs";

const ROUTES = 1_000;
const INSTANCES = 100;
const INSTANCES_QUICK = 10;
const NAME = "duration_seconds";

/** One writer, a process of its own for every figure, since a heap that was used before measures that too. */
export async function run(context) {
  const entries = (await context.loaded()).map(({ name }) => ({
    subject: name,
    sample: async () => {
      const process = context.start(name, "memory");
      const bytes = await process.ask("fill");
      await process.close();
      return bytes;
    },
  }));
  await context.interleave("histogram-label-set", "bytes", entries, { rounds: context.alone ? 3 : 1, warmUps: 0 });
  for (const type of ["counter", "gauge", "summary", "native"]) {
    const process = context.start(OURS, type);
    context.progress(`${type}-label-set ${OURS}`);
    context.row(`${type}-label-set`, OURS, "bytes", [await process.ask("fill")]);
    await process.close();
  }
}

function collectGarbage() {
  if (typeof Bun !== "undefined") Bun.gc(true);
  else globalThis.gc();
}

const settle = async () => {
  for (let i = 0; i < 3; i += 1) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};

/**
 * `external` already holds `arrayBuffers`. In V8 neither holds a shared memory, which is why ours is asked for its own; in
 * Bun `heapUsed` holds all of these, the shared memory to its last page.
 */
function bytesKept(registry) {
  const { heapUsed, external } = process.memoryUsage();
  if (typeof Bun !== "undefined") return heapUsed;
  return heapUsed + external + (registry.arenaBytes?.() ?? 0);
}

/** Of ours alone: a label set of each type, one value in it. */
async function typeProbe({ create }, type, instanceCount) {
  const labelSets = ROUTES * instanceCount;
  const registry = create();
  const metric = registry[type]("kept", ["route", "instance"]);
  const verb = { counter: "inc", gauge: "set" }[type] ?? "observe";
  metric[verb]({ route: "first", instance: "first" }, 0.3);
  return async () => {
    await settle();
    const before = bytesKept(registry);
    for (let i = 0; i < labelSets; i += 1)
      metric[verb]({ route: `/route/${i % ROUTES}`, instance: `instance-${Math.floor(i / ROUTES)}` }, 0.3);
    await settle();
    return (bytesKept(registry) - before) / labelSets;
  };
}

export async function probe(context, type) {
  const subject = await context.subject();
  const instanceCount = context.quick ? INSTANCES_QUICK : INSTANCES;
  if (type !== "memory") return typeProbe(subject, type, instanceCount);
  const { name, calls, create } = subject;
  const labelSets = ROUTES * instanceCount;
  // Shared by all label sets, so that only what the library adds is counted.
  const routes = Array.from({ length: ROUTES }, (_, i) => `/route/${i}`);
  const instances = Array.from({ length: instanceCount }, (_, i) => `instance-${i}`);
  const observe = new Function("metric", "route", "instance", calls.histogram.object("{ route, instance }", 0.3));
  const registry = create();
  const metric = registry.histogram(NAME, ["route", "instance"]);
  observe(metric, "first", "first");

  return async () => {
    await settle();
    const before = bytesKept(registry);
    for (const route of routes) for (const instance of instances) observe(metric, route, instance);
    await settle();
    const after = bytesKept(registry);
    // Rivals need ten seconds and a gigabyte to print these 1.4 million lines.
    if (name === OURS) check(sampleTotal(await registry.expose(), `${NAME}_count`), labelSets + 1, "label sets kept");
    return (after - before) / labelSets;
  };
}
