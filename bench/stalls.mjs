// How long does a scrape of 10,000 histograms hold the event loop up? Each turn is seen by an immediate, and those that are longer
// than 1, 2, 5 ... ms are counted.
import { check, loop } from "./harness.mjs";
import { BUCKETS, OURS, sampleCount } from "./subjects.mjs";

const SERIES = 10_000;
const SERIES_QUICK = 1_000;
const ROUTES = 1_000;
const NAME = "duration_seconds";
const LONGER_MILLISECONDS = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000];
const SCRAPES = 10;
const SCRAPES_QUICK = 3;
const WARM_UPS = 2;

/** Ours as applications serve it, in slices and all at once; rivals have one way. */
const WAYS = { stream: "in slices", expose: "as a whole" };

const turned = () => new Promise((resolve) => setImmediate(resolve));

/** Milliseconds of every turn that the event loop made while something was under way. */
async function turnsOf(act) {
  const turns = [];
  let last = performance.now();
  let isOver = false;
  const turn = () => {
    const now = performance.now();
    turns.push(now - last);
    last = now;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  await act();
  isOver = true;
  await turned();
  await turned();
  return turns;
}

async function drained(stream) {
  let bytes = 0;
  for await (const chunk of stream) bytes += chunk.byteLength;
  return bytes;
}

export async function run(context) {
  const entries = (await context.loaded()).flatMap(({ name }) => {
    const ways = name === OURS ? Object.keys(WAYS) : ["expose"];
    return ways.map((way) => ({ name, way, process: context.start(name, "stalls") }));
  });
  const found = new Map(entries.map((entry) => [entry, []]));
  const scrapes = context.quick ? SCRAPES_QUICK : SCRAPES;
  for (let round = -WARM_UPS; round < scrapes; round += 1) {
    for (const entry of entries) {
      context.progress(`${entry.way} round ${round + 1}/${scrapes} ${entry.name}`);
      const turns = await entry.process.ask(entry.way);
      if (round >= 0) found.get(entry).push(turns);
    }
  }
  for (const [{ name, way, process }, all] of found) {
    await process.close();
    const kind = name === OURS && way === "stream" ? "longest-in-slices" : "longest";
    context.row(kind, name, "ms", all.map((turns) => Math.max(...turns))); // prettier-ignore
    const prefix = name === OURS && way === "stream" ? "sliced-longer" : "longer";
    for (const limit of LONGER_MILLISECONDS) {
      const counts = all.map((turns) => turns.filter((turn) => turn > limit).length);
      context.row(`${prefix}-${limit}`, name, "turns/scrape", counts);
    }
  }
}

export async function probe(context) {
  const { name, calls, create } = await context.subject();
  const series = context.quick ? SERIES_QUICK : SERIES;
  const registry = create();
  const metric = registry.histogram(NAME, ["route", "instance"]);
  const labels = "{ route: routes[i % routes.length], instance: instances[(i / routes.length) | 0] }";
  const change = loop(calls.histogram.object(labels, "((i * 37) % 1000) / 90"), ["metric", "routes", "instances"]);
  const routes = Array.from({ length: ROUTES }, (_, i) => `/route/${i}`);
  const instances = Array.from({ length: series / ROUTES }, (_, i) => `instance-${i}`);
  change(series, metric, routes, instances);
  check(sampleCount(await registry.expose()), series * (BUCKETS.length + 3), `${name}, lines`);
  return async (way) => {
    change(series, metric, routes, instances);
    // The garbage of the counting is the application's.
    globalThis.gc?.();
    return turnsOf(() => (way === "stream" ? drained(registry.stream()) : registry.expose()));
  };
}
