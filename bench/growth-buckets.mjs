// How do an observation and a scrape of 1,000 histograms grow with the number of buckets, from 5 to 100?
import { check, hotSample, loop } from "./harness.mjs";
import { sampleTotal } from "./subjects.mjs";

const COUNTS = [5, 10, 20, 50, 100];
const COUNTS_QUICK = [5, 20, 100];
const NAME = "duration_seconds";
const SERIES = 1_000;
const LEAST_MILLISECONDS = 1;
/** Values all over the buckets, in no order a branch predictor could use. */
const VALUES = Array.from({ length: 64 }, (_, i) => ((i * 37) % 64) / 64 + 1 / 256);

/** `count` bounds, evenly from 0 to 1. */
const boundsOf = (count) => Array.from({ length: count }, (_, i) => (i + 1) / count);

function observed(context, { name, calls, bind, create }, count) {
  const registry = create({ buckets: boundsOf(count) });
  const metric = registry.histogram(NAME, ["route"]);
  const observe = loop(calls.histogram.bound("handle", "values[i & 63]"), ["metric", "handle", "values"]);
  const handle = bind(metric, { route: "/" });
  let expected = 0;
  const sample = hotSample(context, (count) => {
    observe(count, metric, handle, VALUES);
    expected += count;
  });
  const verify = async () => {
    const exposition = await registry.expose();
    check(sampleTotal(exposition, `${NAME}_count`), expected, `${name}, observations with ${count} buckets`);
    await registry.close();
  };
  return { subject: name, sample, verify };
}

export async function run(context) {
  const subjects = await context.loaded();
  for (const count of context.quick ? COUNTS_QUICK : COUNTS) {
    await context.interleave(`observe-${count}`, "ns/op", subjects.map((subject) => observed(context, subject, count))); // prettier-ignore
    const processes = subjects.map(({ name }) => ({ subject: name, ...context.start(name, { count }) }));
    await context.interleave(`scrape-${count}`, "ms", processes.map(({ subject, ask }) => ({ subject, sample: () => ask("scrape") }))); // prettier-ignore
    for (const { close } of processes) await close();
  }
}

/** A process that scrapes 1,000 histograms with so many buckets. */
export async function probe(context, { count }) {
  const { name, calls, create } = await context.subject();
  const registry = create({ buckets: boundsOf(count) });
  const metric = registry.histogram(NAME, ["route"]);
  const routes = Array.from({ length: SERIES }, (_, i) => `/route/${i}`);
  const change = loop(calls.histogram.object("{ route: routes[i] }", "values[i & 63]"), ["metric", "routes", "values"]);
  let expected = 0;
  return async () => {
    change(SERIES, metric, routes, VALUES);
    expected += SERIES;
    const start = performance.now();
    for (let scrapes = 1; ; scrapes += 1) {
      const exposition = await registry.expose();
      const elapsed = performance.now() - start;
      if (elapsed < LEAST_MILLISECONDS) continue;
      check(sampleTotal(exposition, `${NAME}_count`), expected, `${name}, observations in a scrape`);
      return elapsed / scrapes;
    }
  };
}
