// How long does one scrape of 10,000 histograms take in each dialect, classic and native, served as node:http serves it?
import { OURS } from "./subjects.mjs";

const SERIES = 10_000;
const OBSERVATIONS = 20;
const DIALECTS = ["text", "openmetrics", "openmetrics2", "protobuf"];
const LABEL_NAMES = ["route", "instance"];

const quiet = () => new Promise((resolve) => setTimeout(resolve, 50));

export async function run(context) {
  const [ours] = (await context.loaded()).filter(({ name }) => name === OURS);
  const processes = ["histogram", "native", "nativeClassic"].map((type) => ({ type, ...context.start(ours.name, { type }) }));
  const entries = processes.flatMap(({ type, ask }) =>
    DIALECTS.map((dialect) => ({
      subject: ours.name,
      row: `${type === "nativeClassic" ? "native-with-classic" : type === "native" ? "native" : "classic"}-${dialect}`,
      sample: async () => (await quiet(), ask(dialect)),
    })),
  );
  await context.interleave("scrape", "ms", entries);
  for (const { close } of processes) await close();
}

export async function probe(context, { type }) {
  const { create } = await context.subject();
  const registry = create();
  const metric = registry[type]("duration_seconds", LABEL_NAMES);
  const handles = Array.from({ length: SERIES }, (_, i) => metric.labels(`/route/${i % 1000}`, `instance-${Math.floor(i / 1000)}`));
  let seed = 1;
  // Latencies: most within a factor of ten.
  const latency = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return 0.02 * Math.exp(((seed / 2 ** 32) * 2 - 1) * 1.5);
  };
  for (const handle of handles) for (let i = 0; i < OBSERVATIONS; i += 1) handle.observe(latency());
  const into = new Uint8Array(64 << 20);
  return async (dialect) => {
    for (const handle of handles) handle.observe(latency());
    const start = performance.now();
    const { body } = await registry.exposeAs({ dialect, into });
    const elapsed = performance.now() - start;
    if (body.length < SERIES * 10) throw new Error(`Only ${body.length} bytes of ${dialect}`);
    return elapsed;
  };
}
