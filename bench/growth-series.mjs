// How do a scrape, an increment by labels and a new label set grow with the number of counters, from 10 to 1,000,000?
import { check, hotSample, loop } from "./harness.mjs";
import { OURS, sampleTotal } from "./subjects.mjs";

const SIZES = [10, 100, 1_000, 10_000, 100_000, 1_000_000];
const SIZES_QUICK = [10, 100, 1_000];
const NAME = "requests_total";
const LABEL_NAMES = ["route", "instance"];
const INSTANCES = 100;
/** What increments go to in turn, all over the series: so many, that caches of processors are asked for all of them and not for a few. */
const ASKED = 1_024;
/** Ours has 256 MiB by default, of which a million series takes most. */
const MAX_BYTES = 2 ** 30;
const LEAST_MILLISECONDS = 1;
const LABELS_AT = (i) => `{ route: routes[(${i} / ${INSTANCES}) | 0], instance: instances[${i} % ${INSTANCES}] }`;
/** A prime: increments do not go along the series as they lie. */
const STRIDE = 7_919;

/** The processes of one size at once would take gigabytes: sizes above this are asked subject by subject. */
const TOGETHER_MOST = 100_000;

export async function run(context) {
  const subjects = await context.loaded();
  for (const size of context.quick ? SIZES_QUICK : SIZES) {
    const groups = size > TOGETHER_MOST ? subjects.map((subject) => [subject]) : [subjects];
    for (const group of groups) {
      const processes = group.map(({ name }) => ({ subject: name, ...context.start(name, { size }) }));
      const asked = (what) => processes.map(({ subject, ask }) => ({ subject, sample: () => ask(what) }));
      // The first filling of a process compiles; and series are there for what follows.
      const rounds = size > TOGETHER_MOST ? (context.one ? { rounds: 1, warmUps: 0 } : { rounds: 3 }) : {};
      await context.interleave(`create-${size}`, "µs/label set", asked("create"), rounds);
      // Increments alone cost as little where there are many series, and compile first, too.
      await context.interleave(`inc-${size}`, "ns/op", asked("inc"));
      await context.interleave(`scrape-${size}`, "ms", asked("scrape"), rounds);
      for (const { close } of processes) await close();
    }
  }
}

export async function probe(context, { size }) {
  if (context.subjects[0].name === OURS) (await import("tallystick")).configure({ maxBytes: MAX_BYTES });
  const { name, calls, create } = await context.subject();
  const routes = Array.from({ length: Math.ceil(size / INSTANCES) }, (_, i) => `/route/${i}`);
  const instances = Array.from({ length: INSTANCES }, (_, i) => `instance-${i}`);
  const fill = loop(calls.counter.object(LABELS_AT("i")), ["metric", "routes", "instances"]);
  const asked = Math.min(size, ASKED);
  const at = Array.from({ length: asked }, (_, i) => (i * STRIDE) % size);
  const labels = at.map((i) => ({ route: routes[Math.floor(i / INSTANCES)], instance: instances[i % INSTANCES] }));
  const increment = loop(calls.counter.object("labels[i % asked]"), ["metric", "labels", "asked"]);

  let registry;
  let metric;
  let expected = 0;
  const change = () => {
    fill(size, metric, routes, instances);
    expected += size;
  };
  const created = async () => {
    await registry?.close();
    registry = create();
    metric = registry.counter(NAME, LABEL_NAMES);
    expected = 0;
    const start = performance.now();
    change();
    return ((performance.now() - start) * 1_000) / size;
  };
  const inc = hotSample(context, (count) => {
    increment(count, metric, labels, asked);
    expected += count;
  });
  // A few label sets alone are over before a clock has seen them.
  const repeats = Math.max(1, Math.ceil(1_000 / size));
  const ways = {
    inc,
    async create() {
      let total = 0;
      for (let i = 0; i < repeats; i += 1) total += await created();
      return total / repeats;
    },
    async scrape() {
      // All have changed, as between two real scrapes.
      change();
      const start = performance.now();
      for (let scrapes = 1; ; scrapes += 1) {
        const exposition = await registry.expose();
        const elapsed = performance.now() - start;
        if (elapsed < LEAST_MILLISECONDS) continue;
        if (size <= TOGETHER_MOST) check(sampleTotal(exposition, NAME), expected, `${name}, increments in a scrape`);
        return elapsed / scrapes;
      }
    },
  };
  return (what) => ways[what]();
}
