// How do an increment by a label object and a scrape of 1,000 counters grow with the number of labels, from 0 to 8?
import { check, hotSample, loop } from "./harness.mjs";
import { sampleTotal } from "./subjects.mjs";

const COUNTS = [0, 1, 2, 3, 4, 6, 8];
const COUNTS_QUICK = [0, 1, 3, 8];
const NAME = "requests_total";
const SERIES = 1_000;
const LEAST_MILLISECONDS = 1;
const HANDLES = 64;
const NAMES = ["method", "route", "status", "tenant", "region", "zone", "version", "instance"];

/** Source text of a label object: the first label tells series apart, the others have four values each. */
const objectOf = (count, which) =>
  `{ ${NAMES.slice(0, count)
    .map((name, label) => (label === 0 ? `${name}: first[${which}]` : `${name}: values[(${which} + ${label}) & 3]`))
    .join(", ")} }`;
const FIRST = Array.from({ length: SERIES }, (_, i) => `value-${i}`);
const OTHERS = ["alpha", "beta", "gamma", "delta"];

function counting({ calls, create }, count, which) {
  const registry = create();
  const metric = registry.counter(NAME, NAMES.slice(0, count));
  const call = count === 0 ? calls.counter.unlabelled() : calls.counter.object(objectOf(count, which));
  const body = loop(call, ["metric", "first", "values"]);
  let expected = 0;
  const run = (times) => {
    body(times, metric, FIRST, OTHERS);
    expected += times;
  };
  return { registry, run, total: () => expected };
}

export async function run(context) {
  const subjects = await context.loaded();
  for (const count of context.quick ? COUNTS_QUICK : COUNTS) {
    const entries = subjects.map((subject) => {
      const { registry, run, total } = counting(subject, count, `i & ${HANDLES - 1}`);
      const verify = async () => {
        check(sampleTotal(await registry.expose(), NAME), total(), `${subject.name}, increments with ${count} labels`);
        await registry.close();
      };
      return { subject: subject.name, sample: hotSample(context, run), verify };
    });
    await context.interleave(`inc-${count}`, "ns/op", entries);
    // Without labels there is one series, whose scrape says nothing of 1,000.
    if (count === 0) continue;
    const processes = subjects.map(({ name }) => ({ subject: name, ...context.start(name, { count }) }));
    await context.interleave(`scrape-${count}`, "ms", processes.map(({ subject, ask }) => ({ subject, sample: () => ask("scrape") }))); // prettier-ignore
    for (const { close } of processes) await close();
  }
}

/** A process that scrapes 1,000 counters with so many labels. */
export async function probe(context, { count }) {
  const subject = await context.subject();
  const { registry, run, total } = counting(subject, count, "i");
  return async () => {
    run(SERIES);
    const start = performance.now();
    for (let scrapes = 1; ; scrapes += 1) {
      const exposition = await registry.expose();
      const elapsed = performance.now() - start;
      if (elapsed < LEAST_MILLISECONDS) continue;
      check(sampleTotal(exposition, NAME), total(), `${subject.name}, increments in a scrape`);
      return elapsed / scrapes;
    }
  };
}
