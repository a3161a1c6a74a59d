// Series that come and go, of all types and by all ways that end them: what the memory has in use at the end is what it
// had in use when every type had ended in every way once.

import { Registry } from "tallystick";

/** How each type begins a series; its options beside name and labels. */
const TYPES = {
  counter: { kind: "counter", begin: (metric, labels) => metric.inc(labels) },
  gauge: { kind: "gauge", begin: (metric, labels) => metric.set(labels, 1) },
  parts: { kind: "gauge", options: { mode: "sum" }, begin: (metric, labels) => metric.inc(labels) },
  histogram: { kind: "histogram", begin: (metric, labels) => metric.observe(labels, 0.2) },
  native: { kind: "histogram", options: { native: true }, begin: (metric, labels) => metric.observe(labels, labels.n + 1) },
  summary: { kind: "summary", begin: (metric, labels) => metric.observe(labels, labels.n + 1) },
  info: { kind: "info", begin: (metric, labels) => metric.add(labels) },
  states: { kind: "stateSet", options: { states: ["on", "off"] }, begin: (metric, labels) => metric.set(labels, "off") },
  whole: { kind: "gaugeHistogram", options: { buckets: [1] }, begin: (metric, labels) => metric.set(labels, [labels.n]) },
  unknown: { kind: "unknown", begin: (metric, labels) => metric.set(labels, 1) },
};
/** How the series of a wave end. What expires needs scrapes while time passes, at most 30 s at once. */
const EXPIRE_SECONDS = 60;
const ENDS = {
  remove: ({ metric, wave }) => {
    for (let n = 0; n < WAVE; n++) metric.remove({ wave, n });
  },
  removeMatching: ({ metric, wave }) => metric.removeMatching({ wave }),
  clear: ({ metric }) => metric.clear(),
  expiry: ({ metric, registry, pass }) => {
    for (let i = 0; i < 5; i++) {
      pass(25);
      registry.exposeSync({ include: [metric.name] });
    }
  },
};

const WAVE = 500;
/** Every type and every way once: 20,000 series. */
const ROUND = Object.keys(TYPES).length * Object.keys(ENDS).length;
const ALIVE_MOST = 10000;

/** Types in turn, ways in turn: every pair once. */
function familiesOf(registry) {
  const types = Object.entries(TYPES);
  const ends = Object.entries(ENDS);
  return Array.from({ length: ROUND }, (_, i) => {
    const [type, { kind, options, begin }] = types[i % types.length];
    const [how, end] = ends[(i + Math.floor(i / types.length)) % ends.length];
    const name = `${type}_${how}`;
    const expires = how === "expiry" ? { expireAfterSeconds: EXPIRE_SECONDS } : {};
    return { metric: registry[kind]({ name, labelNames: ["wave", "n"], ...options, ...expires }), begin, end, how };
  });
}

/** Begins and ends so many series. What was in use after the first round and at the end; series that were not there, or still were. */
export function churn(series, progress = () => {}) {
  const real = Date.now;
  let ahead = 0;
  Date.now = () => real() + ahead;
  const registry = new Registry();
  const families = familiesOf(registry);
  const alive = [];
  const result = { series: 0, mostAlive: 0, used: [], rss: [], wrong: 0 };
  const look = () => {
    result.used.push(registry.memoryUsage().used);
    result.rss.push(process.memoryUsage.rss());
  };
  try {
    for (let wave = 0; result.series < series; wave++) {
      const family = families[wave % ROUND];
      for (let n = 0; n < WAVE; n++) family.begin(family.metric, { wave, n });
      alive.push({ ...family, wave, registry, pass: (seconds) => (ahead += seconds * 1000) });
      result.series += WAVE;
      result.mostAlive = Math.max(result.mostAlive, alive.length * WAVE);
      if (alive.length * WAVE >= ALIVE_MOST) {
        const oldest = alive.shift();
        const looked = wave % 7 === 0;
        // What expires may have begun to, in the time that others were given.
        if (looked && oldest.how !== "expiry" && linesOf(registry, oldest.metric.name) < WAVE) result.wrong++;
        oldest.end(oldest);
        if (looked) result.wrong += linesOf(registry, oldest.metric.name);
      }
      if (wave === ROUND - 1) look();
      if (wave % 20 === 0) progress(result.series / series);
    }
    look();
    for (const last of alive.splice(0)) last.end(last);
    for (const { metric } of families) result.wrong += linesOf(registry, metric.name);
  } finally {
    Date.now = real;
    registry.close();
  }
  return result;
}

/** How many samples a family has. */
function linesOf(registry, name) {
  const text = new TextDecoder().decode(registry.exposeSync({ include: [name] }).body);
  return text.split("\n").filter((line) => line.startsWith(name)).length;
}
