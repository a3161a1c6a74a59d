// What a family may have of series: so many, for so long, those that match; and a memory that was full and is not any more.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { Registry } from "tallystick";
import { clockOf, hired, sample, textOf } from "./hired.mjs";

function registryOf(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  return registry;
}

const OVERFLOW = "tallystick_overflow";
const refused = (registry, family) =>
  sample(textOf(registry), `tallystick_refused_observations_total{family="${family}",reason="series"}`) ?? 0;

/** How each kind counts one into a series, and how often it says it did. */
const COUNTING = {
  counter: { one: (metric, n) => metric.inc({ n }), count: (metric, n) => metric.value(n) },
  gauge: { one: (metric, n) => metric.inc({ n }), count: (metric, n) => metric.value(n) },
  histogram: { one: (metric, n) => metric.observe({ n }, 1), count: (metric, n) => metric.value(n).count },
  summary: { one: (metric, n) => metric.observe({ n }, 1), count: (metric, n) => metric.value(n).count },
  "native histogram": { one: (metric, n) => metric.observe({ n }, 1), count: (metric, n) => metric.value(n).count },
};

for (const [kind, { one, count }] of Object.entries(COUNTING)) {
  test(`maxSeries: a ${kind} past it counts in the overflow series, says how often, and has room again after a removal`, (t) => {
    const registry = registryOf(t);
    const native = kind.startsWith("native") ? { native: true } : {};
    const metric = registry[kind.replace("native ", "")]({ name: "limited", labelNames: ["n"], maxSeries: 10, ...native });
    const heads = () => [...textOf(registry).matchAll(/^limited(?:_total|_count)?\{n="([^"]*)"\}/gm)].map(([, n]) => n).sort();
    for (let n = 0; n < 15; n++) one(metric, n);
    assert.deepEqual(heads(), ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", OVERFLOW]);
    assert.equal(count(metric, OVERFLOW), 5);
    assert.equal(count(metric, 12), 0);
    assert.equal(refused(registry, "limited"), 5);
    // What is there goes on.
    for (let i = 0; i < 3; i++) one(metric, 4);
    assert.equal(count(metric, 4), 4);
    assert.equal(refused(registry, "limited"), 5);
    // The overflow series takes nobody's place.
    assert.ok(metric.remove(3));
    one(metric, "new");
    assert.equal(count(metric, "new"), 1);
    one(metric, "one too many");
    assert.equal(count(metric, OVERFLOW), 6);
    metric.clear();
    for (let n = 20; n < 30; n++) one(metric, n);
    assert.deepEqual(heads(), ["20", "21", "22", "23", "24", "25", "26", "27", "28", "29"]);
    assert.equal(count(metric, OVERFLOW), 0);
  });
}

test("maxSeries: a handle that was bound past it finds its own series once there is room", (t) => {
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", labelNames: ["n"], maxSeries: 2 });
  const [a, b, c] = ["a", "b", "c"].map((n) => jobs.labels(n));
  for (const bound of [a, b, c, c]) bound.inc();
  assert.deepEqual([jobs.value("c"), jobs.value(OVERFLOW)], [0, 2]);
  // Once for the handle.
  assert.equal(refused(registry, "jobs"), 1);
  jobs.clear();
  c.inc(5);
  assert.deepEqual([jobs.value("c"), jobs.value(OVERFLOW)], [5, 0]);
});

test("maxSeries: a handle is counted once, however often its cell is made anew", (t) => {
  const clock = clockOf(t);
  const registry = registryOf(t);
  const took = registry.summary({ name: "took", labelNames: ["n"], maxSeries: 1, maxAgeSeconds: 5, ageBuckets: 5 });
  const sizes = registry.histogram({ name: "sizes", labelNames: ["n"], maxSeries: 1, native: true });
  for (const metric of [took, sizes]) metric.observe({ n: "first" }, 1);
  const bound = [took, sizes].map((metric) => metric.labels("second"));
  for (let i = 0; i < 20; i++) {
    clock.pass(2);
    for (const handle of bound) handle.observe(4 ** i);
    textOf(registry);
  }
  assert.deepEqual([took.value(OVERFLOW).count, sizes.value(OVERFLOW).count], [20, 20]);
  assert.deepEqual([refused(registry, "took"), refused(registry, "sizes")], [1, 1]);
});

test("maxSeries: it holds over threads", async (t) => {
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", labelNames: ["n"], maxSeries: 50 });
  const source = `const jobs = registry.counter({ name: "jobs", labelNames: ["n"], maxSeries: 50 });
    const tasks = { inc() { for (let i = 0; i < 1000; i++) jobs.inc({ n: data.name + (i % 100) }); } };`;
  const threads = await Promise.all(["a", "b", "c"].map((name) => hired(registry, source, { name })));
  t.after(() => Promise.all(threads.map((thread) => thread.end())));
  await Promise.all(threads.map((thread) => thread.ask("inc")));
  const counts = [...textOf(registry).matchAll(/^jobs_total\{n="([^"]*)"\} (\d+)$/gm)];
  // One more for each thread that looked at the same moment, and the overflow series.
  assert.ok(counts.length >= 51 && counts.length <= 54, `${counts.length} series`);
  assert.equal(
    counts.reduce((sum, [, , value]) => sum + Number(value), 0),
    3000,
  );
  assert.ok(jobs.value(OVERFLOW) > 2000);
});

test("maxSeries: infos, state sets and gauge histograms keep to it", (t) => {
  const registry = registryOf(t);
  const options = { labelNames: ["n"], maxSeries: 2 };
  const info = registry.info({ name: "told", ...options });
  const states = registry.stateSet({ name: "phase", states: ["on", "off"], ...options });
  const ages = registry.gaugeHistogram({ name: "ages", buckets: [], ...options });
  for (let n = 0; n < 4; n++) {
    info.add({ n });
    states.set({ n }, "off");
    ages.set({ n }, [n]);
  }
  const text = textOf(registry);
  for (const head of [`told_info{n="${OVERFLOW}"}`, `phase{n="${OVERFLOW}",phase="off"}`, `ages_count{n="${OVERFLOW}"}`])
    assert.equal(sample(text, head), 1, head);
  assert.equal(sample(text, `ages_sum{n="${OVERFLOW}"}`), 3);
  for (const family of ["told", "phase", "ages"]) assert.equal(refused(registry, family), 2, family);
});

/** Scrapes while so many seconds pass, at most 30 at once: more is a leap, of which no more is believed. */
function scraped(registry, clock, seconds) {
  for (let left = seconds; left > 0; left -= 30) {
    clock.pass(Math.min(left, 30));
    textOf(registry);
  }
}

test("expireAfterSeconds: series that nobody touches end, those that are touched stay, of every kind", (t) => {
  const clock = clockOf(t);
  const registry = registryOf(t);
  const options = { labelNames: ["n"], expireAfterSeconds: 100 };
  const touched = {
    counter: [registry.counter({ name: "a_counter", ...options }), (metric, n) => metric.inc({ n }, 0.5)],
    shared: [registry.gauge({ name: "a_gauge", ...options }), (metric, n) => metric.set({ n }, 7)],
    parts: [registry.gauge({ name: "a_sum", mode: "sum", ...options }), (metric, n) => metric.set({ n }, 7)],
    histogram: [registry.histogram({ name: "a_histogram", ...options }), (metric, n) => metric.observe({ n }, 1)],
    native: [registry.histogram({ name: "a_native", native: true, ...options }), (metric, n) => metric.observe({ n }, 1)],
    summary: [registry.summary({ name: "a_summary", ...options }), (metric, n) => metric.observe({ n }, 1)],
    stateSet: [registry.stateSet({ name: "a_state", states: ["on", "off"], ...options }), (metric, n) => metric.set({ n }, "off")],
    info: [registry.info({ name: "an_info", ...options }), (metric, n) => metric.add({ n })],
    gaugeHistogram: [registry.gaugeHistogram({ name: "a_whole", ...options }), (metric, n) => metric.set({ n }, [1])],
    unknown: [registry.unknown({ name: "an_unknown", ...options }), (metric, n) => metric.set({ n }, 7)],
  };
  const kept = registry.counter({ name: "kept", labelNames: ["n"] });
  kept.inc({ n: "idle" });
  const alive = (n) =>
    Object.values(touched).filter(([metric]) => new RegExp(`^${metric.name}\\w*\\{n="${n}"`, "m").test(textOf(registry)));
  for (const [metric, touch] of Object.values(touched)) for (const n of ["idle", "busy"]) touch(metric, n);
  for (let passed = 0; passed < 270; passed += 30) {
    for (const [metric, touch] of Object.values(touched)) touch(metric, "busy");
    scraped(registry, clock, 30);
    if (passed < 60) assert.equal(alive("idle").length, 10, `after ${passed + 30} s`);
  }
  assert.deepEqual(alive("idle"), []);
  assert.deepEqual(alive("busy").length, 10);
  // Those that expire begin again where they are used again.
  for (const [metric, touch] of Object.values(touched)) touch(metric, "idle");
  assert.equal(alive("idle").length, 10);
  assert.equal(touched.counter[0].value("idle"), 0.5);
  assert.equal(kept.value("idle"), 1);
});

test("expireAfterSeconds: a handle in another thread keeps its series alive, and begins a new one where it was late", async (t) => {
  const clock = clockOf(t);
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", labelNames: ["n"], expireAfterSeconds: 60 });
  const thread = await hired(
    registry,
    `const jobs = registry.counter({ name: "jobs", labelNames: ["n"], expireAfterSeconds: 60 });
    const handles = { busy: jobs.labels("busy"), late: jobs.labels("late") };
    const tasks = { inc: (n) => handles[n].inc() };`,
  );
  t.after(() => thread.end());
  await thread.ask("inc", "late");
  for (let i = 1; i <= 10; i++) {
    await thread.ask("inc", "busy");
    scraped(registry, clock, 30);
    assert.equal(jobs.value("busy"), i);
  }
  assert.doesNotMatch(textOf(registry), /n="late"/);
  await thread.ask("inc", "late");
  await thread.ask("inc", "late");
  assert.equal(jobs.value("late"), 2);
  assert.equal(jobs.value("busy"), 10);
});

test("expireAfterSeconds: one leap of the clock ends nothing, and where nobody scrapes the making of series does", (t) => {
  const clock = clockOf(t);
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", labelNames: ["n"], expireAfterSeconds: 60 });
  jobs.inc({ n: "a" });
  textOf(registry);
  clock.pass(86400);
  assert.match(textOf(registry), /^jobs_total\{n="a"\} 1$/m);
  // Nobody scrapes from here on: 100 series a step, of which only those of the last steps are to be there.
  for (let step = 0; step < 100; step++) {
    clock.pass(10);
    for (let i = 0; i < 100; i++) jobs.inc({ n: step * 100 + i });
  }
  const alive = [...textOf(registry).matchAll(/^jobs_total\{n="/gm)].length;
  assert.ok(alive >= 600 && alive < 2500, `${alive} series of 10,000`);
  assert.equal(jobs.value(9999), 1);
});

test("removeMatching: the series that have all of these labels, and how many they were", (t) => {
  const registry = registryOf(t);
  const jobs = registry.counter({ name: "jobs", labelNames: ["queue", "kind", "n"] });
  const fill = () => {
    for (const queue of ["mail", "mail2", "2mail"]) for (const kind of ["a", "b"]) for (let n = 0; n < 5; n++) jobs.inc({ queue, kind, n });
  };
  const left = () => [...textOf(registry).matchAll(/^jobs_total\{/gm)].length;
  fill();
  assert.equal(jobs.removeMatching({ queue: "mail", kind: "a" }), 5);
  assert.equal(jobs.removeMatching({ queue: "mail", kind: "a" }), 0);
  assert.equal(left(), 25);
  assert.equal(jobs.removeMatching({ n: 3 }), 5);
  assert.equal(jobs.removeMatching({ kind: "b", queue: "mail2", n: 0 }), 1);
  assert.equal(jobs.removeMatching({ kind: "c" }), 0);
  assert.throws(() => jobs.removeMatching({}), /^RangeError: .*"jobs".*use clear\(\)$/);
  assert.equal(left(), 19);
  // A handle to what was removed begins anew.
  const bound = jobs.labels("mail", "b", 0);
  bound.inc(9);
  assert.equal(jobs.removeMatching({ queue: "mail" }), 4);
  bound.inc();
  assert.equal(jobs.value("mail", "b", 0), 1);
  assert.throws(() => jobs.removeMatching({ que: 1 }), /^RangeError: .*"que" is not one of its labels/);
  assert.throws(() => jobs.removeMatching({ queue: undefined }), /^RangeError: .*label "queue" has no value/);
  for (const labels of [undefined, null, "mail", ["mail"]]) assert.throws(() => jobs.removeMatching(labels), TypeError);
  assert.throws(() => jobs.removeMatching({ queue: {} }), TypeError);
});

test("removeMatching: values that look like labels match themselves alone", (t) => {
  const registry = registryOf(t);
  const odd = registry.gauge({ name: "odd", labelNames: ["a", "über"], utf8: true });
  const values = ['x",über="y', "x", "y", "", "\n", "\\", '\\"', ",", '"', 'a="x"', "ä😀", "x\ny"];
  for (const a of values) for (const b of values) odd.set({ a, über: b }, 1);
  for (const [i, a] of values.entries()) {
    assert.equal(odd.removeMatching({ a }), values.length, JSON.stringify(a));
    assert.equal(odd.removeMatching({ a }), 0);
    assert.equal([...textOf(registry).matchAll(/ 1$/gm)].length, (values.length - i - 1) * values.length);
  }
  for (const a of ["p", "q"]) for (const b of values) odd.set({ a, über: b }, 1);
  for (const b of values) assert.equal(odd.removeMatching({ über: b }), 2, JSON.stringify(b));
});

test("removeMatching: of every kind, over threads", async (t) => {
  const registry = registryOf(t);
  const made = [
    registry.histogram({ name: "sizes", labelNames: ["n"] }),
    registry.summary({ name: "took", labelNames: ["n"] }),
    registry.info({ name: "build", labelNames: ["n"] }),
    registry.stateSet({ name: "phase", states: ["on"], labelNames: ["n"] }),
    registry.gaugeHistogram({ name: "ages", labelNames: ["n"] }),
  ];
  const thread = await hired(
    registry,
    `const sizes = registry.histogram({ name: "sizes", labelNames: ["n"] }).labels(1);
    const tasks = { observe: () => sizes.observe(1) };`,
  );
  t.after(() => thread.end());
  made[1].observe({ n: 1 }, 1);
  made[2].add({ n: 1 });
  made[3].set({ n: 1 }, "on");
  made[4].set({ n: 1 }, [1]);
  await thread.ask("observe");
  for (const metric of made) assert.equal(metric.removeMatching({ n: 1 }), 1, metric.name);
  assert.doesNotMatch(textOf(registry), /^[a-z]/m);
  await thread.ask("observe");
  assert.equal(made[0].value(1).count, 1);
});

test("a full memory whose metric was removed takes smaller series than those that it was full of", () => {
  const { value, dropped } = program(`
    configure({ maxBytes: 2 << 20 });
    const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["n"] });
    for (let n = 0; n < 40000; n++) jobs.inc({ n: n + "x".repeat(40) });
    registry.remove("jobs");
    for (let i = 0; i < 2000; i++) registry.counter({ name: "short", help: "", labelNames: ["n"] }).inc({ n: i });
    const value = registry.counter({ name: "bare", help: "" });
    value.inc();
    const text = new TextDecoder().decode(registry.exposeSync().body);
    console.log(JSON.stringify({ value: value.value(), dropped: text.match(/family="(short|bare)",reason="memory".*/g) }));
  `);
  assert.deepEqual({ value, dropped }, { value: 1, dropped: null });
});

test("a native histogram that is there goes on in a full memory, also with values that its cell has no bucket for", () => {
  const { counted, sent } = program(`
    configure({ maxBytes: 4 << 20 });
    const wait = registry.histogram({ name: "wait", help: "Wait.", native: true });
    for (let i = 0; i < 1000; i++) wait.observe(0.1 * (1 + i / 10000));
    const fill = registry.counter({ name: "fill", help: "Fill.", labelNames: ["n"] });
    for (let n = 0; n < 80000; n++) fill.inc({ n: n + "x".repeat(40) });
    const before = wait.value().count;
    const sent = 10000;
    for (let i = 0; i < sent; i++) wait.observe(0.4 * (1 + (i * 7919 % 10000) / 10000));
    console.log(JSON.stringify({ counted: wait.value().count - before, sent }));
  `);
  // What finds no room is refused, and counted as such; it was all of them.
  assert.ok(counted > sent / 2, `${counted} of ${sent}`);
});

test("labelSets: they are there from the start, at 0, in the order that they were given", (t) => {
  const registry = registryOf(t);
  const labelSets = [
    { b: 2, a: 1 },
    { a: "x", b: "y" },
  ];
  const definition = { name: "jobs", labelNames: ["a", "b"], labelSets };
  const jobs = registry.counter(definition);
  assert.match(textOf(registry), /^# TYPE jobs_total counter\njobs_total\{a="1",b="2"\} 0\njobs_total\{a="x",b="y"\} 0\n$/);
  registry.histogram({ name: "sizes", labelNames: ["a"], buckets: [1], labelSets: [{ a: 1 }] });
  assert.equal(sample(textOf(registry), 'sizes_bucket{a="1",le="+Inf"}'), 0);
  // They are not of the definition: what was counted or removed meanwhile stays so, until they are asked for again.
  jobs.inc({ a: 1, b: 2 }, 5);
  jobs.remove("x", "y");
  assert.equal(registry.counter({ name: "jobs", labelNames: ["a", "b"] }), jobs);
  assert.deepEqual([jobs.value(1, 2), /a="x"/.test(textOf(registry))], [5, false]);
  assert.equal(registry.counter(definition), jobs);
  assert.deepEqual([jobs.value(1, 2), /a="x"/.test(textOf(registry))], [5, true]);
});

test("labelSets: those that were removed, one by one or by what they match, here or in another thread, do not come back by clear", async (t) => {
  const registry = registryOf(t);
  const labelNames = ["tenant"];
  const labelSets = ["kept", "gone", "matched", "elsewhere"].map((tenant) => ({ tenant }));
  const jobs = registry.counter({ name: "jobs", labelNames, labelSets });
  const worker = await hired(
    registry,
    `const jobs = registry.counter({ name: "jobs", labelNames: ["tenant"] });
     const tasks = { remove: (tenant) => jobs.remove(tenant) };`,
  );
  t.after(() => worker.end());
  assert.equal(jobs.remove("gone"), true);
  assert.equal(jobs.removeMatching({ tenant: "matched" }), 1);
  assert.equal(await worker.ask("remove", "elsewhere"), true);
  jobs.clear();
  assert.deepEqual(textOf(registry).match(/^jobs_total\{.*$/gm), ['jobs_total{tenant="kept"} 0']);
  registry.clearSeries();
  assert.deepEqual(textOf(registry).match(/^jobs_total\{.*$/gm), ['jobs_total{tenant="kept"} 0']);
});

test("labelSets: ever new ones that are removed again leave nothing, and clear brings none of them back", (t) => {
  const registry = registryOf(t);
  const asked = (tenant) => registry.counter({ name: "jobs", labelNames: ["tenant"], labelSets: [{ tenant }] });
  for (let tenant = 0; tenant < 2000; tenant++) asked(tenant).removeMatching({ tenant });
  asked("last").clear();
  assert.deepEqual(textOf(registry).match(/^jobs_total\{.*$/gm), ['jobs_total{tenant="last"} 0']);
});

test("labelSets: what expired begins again at 0 when it is asked for again", (t) => {
  const clock = clockOf(t);
  const registry = registryOf(t);
  const definition = { name: "jobs", labelNames: ["q"], labelSets: [{ q: "a" }], expireAfterSeconds: 10 };
  const jobs = registry.counter(definition);
  jobs.inc({ q: "a" });
  for (let i = 0; i < 4; i++) {
    clock.pass(11);
    textOf(registry);
  }
  assert.equal(sample(textOf(registry), 'jobs_total{q="a"}'), undefined);
  registry.counter(definition);
  assert.equal(sample(textOf(registry), 'jobs_total{q="a"}'), 0);
});

test("labelSets: more than maxSeries are a RangeError, and nothing is registered", (t) => {
  const registry = registryOf(t);
  const labelSets = [{ q: 1 }, { q: 2 }, { q: 3 }];
  const wrong = /^RangeError: Cannot begin "jobs" with 3 label sets: its maxSeries is 2$/;
  assert.throws(() => registry.counter({ name: "jobs", labelNames: ["q"], labelSets, maxSeries: 2 }), wrong);
  assert.equal(registry.describe().length, 0);
  registry.counter({ name: "jobs", labelNames: ["q"], labelSets, maxSeries: 3 });
  assert.equal(textOf(registry).match(/^jobs_total\{/gm).length, 3);
});

/** A program of its own: the default memory is configured once a process. */
function program(source) {
  const text = `import { configure, registry, Registry } from "tallystick";\n${source}`;
  const run = execFileSync(process.execPath, ["--input-type=module", "-e", text], {
    cwd: fileURLToPath(new URL("../..", import.meta.url)),
    encoding: "utf8",
  });
  return JSON.parse(run);
}

const CLEARING = {
  "metric.clear()": "jobs.clear()",
  "registry.clear()": "registry.clear()",
  "registry.remove()": 'registry.remove("jobs")',
  "registry.clearSeries()": "registry.clearSeries()",
  "metric.removeMatching()": "for (let n = 0; n < 10; n++) jobs.removeMatching({ tenth: n })",
};

for (const [how, statement] of Object.entries(CLEARING)) {
  test(`a full memory that ${how} has cleared takes metrics, scrapes and as many series again`, () => {
    const { used, series, counted, dropped, errors, kept } = program(`
      configure({ maxBytes: 4 << 20 });
      const errors = [];
      const used = [];
      const dropped = [];
      const series = [];
      const counted = [];
      const tried = async (what, act) => { try { return await act(); } catch (error) { errors.push(what + ": " + error.message); } };
      const text = () => new TextDecoder().decode(registry.exposeSync().body);
      const keep = () => registry.counter({ name: "keep", help: "Stays." });
      keep().inc(7);
      let jobs;
      for (let round = 0; round < 4; round++) {
        await tried("register", () => (jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["n", "tenth"] })));
        for (let n = 0; n < 60000; n++) jobs.inc({ n: round * 100000 + n, tenth: n % 10 });
        const full = await tried("scrape of a full memory", text);
        series.push(full.match(/^jobs_total\\{/gm).length);
        counted.push(full.match(/^jobs_total\\{.*\\} 1$/gm).length);
        dropped.push(Number(/reason="memory"} (\\d+)/.exec(full)?.[1] ?? 0));
        used.push(registry.memoryUsage().used);
        ${statement};
        used.push(registry.memoryUsage().used);
        await tried("expose", () => registry.expose());
        await tried("register another one", () => registry.counter({ name: "more_" + round, help: "More." }).inc());
        await tried("a registry", () => { const other = new Registry(); other.counter({ name: "other", help: "" }).inc(); other.close(); });
        const after = await tried("scrape", text);
        if (/^jobs_total\\{/m.test(after) || !after.includes("more_" + round + "_total 1")) errors.push("it prints " + after.slice(0, 200));
      }
      console.log(JSON.stringify({ used, series, counted, dropped, errors, kept: keep().value() }));
    `);
    assert.deepEqual(errors, []);
    for (let round = 0; round < 4; round++) {
      const [full, cleared] = used.slice(round * 2);
      assert.ok(full > 3 << 20 && cleared < full / 2, `round ${round}: ${full} bytes were used, then ${cleared}`);
      assert.ok(series[round] > 10000 && series[round] >= series[0] * 0.95, `series of each round: ${series}`);
    }
    // Each was counted or refused; where its series found room and its cell did not, it is there at 0.
    assert.ok(dropped[0] > 0 && dropped[0] + counted[0] === 60000, `${dropped[0]} dropped beside ${counted[0]}`);
    assert.ok(series[0] - counted[0] < 10, `${series[0]} series, ${counted[0]} of them counted`);
    assert.equal(kept, { "registry.clear()": 0, "registry.clearSeries()": 0 }[how] ?? 7);
  });
}
