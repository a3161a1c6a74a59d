// Names and values that every object has already: in each entry they are names and values like others, and nobody's prototype changes.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Registry } from "tallystick";
import { instrument } from "tallystick/http";
import { lint } from "tallystick/lint";
import { otlp } from "tallystick/otlp";
import * as compat from "tallystick/prom-client";
import { collectAndCompare, countOf, ExpositionError, valueOf } from "tallystick/testing";
import { textOf } from "../bindings/hired.mjs";
import { spooling } from "../processes/spooling.mjs";
import { answering } from "../push/answering.mjs";
import { seriesOf, watched } from "../top/internals.mjs";

/** All that `Object.prototype` has, and what a class has. */
const NAMES = [...Object.getOwnPropertyNames(Object.prototype), "prototype", "caller"];
/** Labels do not begin with two underscores. */
const LABELS = NAMES.filter((name) => !name.startsWith("__"));
const PROTOTYPES = [Object, Function, Array, String, Number, Map, Set, Promise, Uint8Array].map((each) => each.prototype);
const seen = () => PROTOTYPES.map((each) => Reflect.ownKeys(each).map((key) => [key, Object.getOwnPropertyDescriptor(each, key)]));
const before = seen();

afterEach(() => {
  assert.deepEqual(seen(), before, "a prototype was changed");
  assert.equal({}.polluted, undefined);
});

/** An object that has `__proto__` as a key of its own, as JSON from a stranger may. */
const keyed = (value) => JSON.parse(`{"__proto__": ${JSON.stringify(value)}}`);
const close = (t, ...all) => t.after(() => all.forEach((each) => each.close()));
const printed = (text) => text.split("\n").filter((line) => !/^(#|$|tallystick_collector_)/.test(line)).sort(); // prettier-ignore

test("registries: metrics, labels, values, states, exemplars and default labels have names that objects have", (t) => {
  const registry = new Registry({ labels: { isPrototypeOf: "__proto__" } });
  close(t, registry);
  for (const name of NAMES) registry.counter({ name, help: name, labelNames: ["l"] }).inc({ l: name }, 2);
  const wanted = NAMES.map((name) => `${name}_total{isPrototypeOf="__proto__",l="${name}"} 2`).sort();
  assert.deepEqual(printed(textOf(registry)), wanted);
  assert.deepEqual(registry.describe().map(({ name, series }) => [name, series[0].labels.l, series[0].value]), NAMES.map((name) => [name, name, 2])); // prettier-ignore
  const other = new Registry();
  close(t, other);
  for (const [i, label] of LABELS.entries()) {
    const gauge = other.gauge({ name: `g${i}`, help: "Help.", labelNames: [label, "l"] });
    gauge.set({ [label]: label, l: "__proto__" }, i);
    // What is inherited is no label's value.
    assert.throws(() => gauge.set({ l: "a" }, 1), new RegExp(`label "${label}" has no value`));
    assert.throws(() => gauge.curry({ l: "a" }).set({}, 1), new RegExp(`label "${label}" has no value; "g${i}" takes ${label}$`));
    assert.equal(gauge.curry({ l: "__proto__" }).value({ [label]: label }), i);
    assert.equal(gauge.removeMatching({ [label]: label }), 1);
  }
  const states = other.stateSet({ name: "phase", help: "Help.", states: NAMES });
  states.set(["__proto__"]);
  assert.deepEqual(states.value(), ["__proto__"]);
  const jobs = other.counter({ name: "jobs", help: "Help.", exemplars: true });
  jobs.inc(1, Object.fromEntries([["constructor", "__proto__"], ["toString", "valueOf"]])); // prettier-ignore
  assert.match(textOf(other, "openmetrics"), /jobs_total 1 # \{constructor="__proto__",toString="valueOf"\} 1 /);
  assert.throws(() => jobs.inc(1, keyed("x")), /__proto__/);
  for (const options of [keyed({ labels: 1 }), { labels: keyed("x") }]) {
    try {
      new Registry(options).close();
    } catch (error) {
      assert.match(error.message, /__proto__/);
    }
  }
});

test("statistics have the series of metrics that are named so", async (t) => {
  const registry = new Registry();
  close(t, registry);
  for (const name of NAMES) registry.gauge({ name, help: "Help." }).set(1);
  const text = new TextDecoder().decode((await registry.expose({ statistics: true })).body);
  for (const metric of ["tallystick_series", "tallystick_cells"])
    assert.deepEqual(printed(text).filter((line) => line.startsWith(metric)), NAMES.map((name) => `${metric}{family="${name}"} 1`).sort()); // prettier-ignore
});

test("tallystick/prom-client: metrics, labels, values and default labels, on the page, in JSON and by name", async () => {
  for (const name of NAMES) {
    const register = new compat.Registry();
    const counter = new compat.Counter({ name, help: "Help.", labelNames: ["l"], registers: [register] });
    counter.inc({ l: name }, 2);
    assert.deepEqual(printed(await register.metrics()), [`${name}{l="${name}"} 2`]);
    const [{ values }] = await register.getMetricsAsJSON();
    assert.deepEqual(values, [{ value: 2, labels: { l: name } }]);
    assert.equal(register.getSingleMetric(name), counter);
    register.removeSingleMetric(name);
    assert.equal(register.getSingleMetric(name), undefined);
    for (const absent of NAMES) assert.equal(register.getSingleMetric(absent), undefined);
  }
  for (const label of LABELS) {
    const register = new compat.Registry();
    register.setDefaultLabels({ [label]: "d" });
    new compat.Gauge({ name: "own", help: "Help.", labelNames: ["l"], registers: [register] }).set({ l: "x" }, 1);
    const told = { name: "told", help: "Help.", type: "gauge", values: [{ value: 2, labels: {} }] };
    register.registerMetric({ ...told, get: () => Promise.resolve(structuredClone(told)) });
    assert.deepEqual(printed(await register.metrics()), [`own{l="x",${label}="d"} 1`, `told{${label}="d"} 2`]);
    const json = await register.getMetricsAsJSON();
    assert.deepEqual(json.map(({ values }) => values[0].labels), [{ l: "x", [label]: "d" }, { [label]: "d" }]); // prettier-ignore
    const own = new compat.Histogram({ name: "h", help: "Help.", labelNames: [label], registers: [new compat.Registry()] });
    own.observe({ [label]: "a" }, 1);
    own.observe({}, 2);
    assert.deepEqual((await own.get()).values.filter(({ metricName }) => metricName === "h_sum").map(({ labels }) => labels), [{ [label]: "a" }, {}]); // prettier-ignore
  }
});

test("tallystick/testing: values are found, pages are compared, and a type that is none is a difference", async (t) => {
  const registry = new Registry();
  close(t, registry);
  for (const name of NAMES) {
    registry.gauge({ name, help: "Help.", labelNames: ["constructor"] }).set({ constructor: name }, 3);
    assert.equal(valueOf(registry, name, { constructor: name }), 3);
    assert.throws(() => valueOf(registry, name, keyed("x")), /__proto__/);
  }
  assert.equal(countOf(registry), NAMES.length);
  const expected = NAMES.map((name) => `# HELP ${name} Help.\n# TYPE ${name} gauge\n${name}{constructor="${name}"} 3\n`).join("");
  await collectAndCompare(registry, expected);
  const empty = new Registry();
  close(t, empty);
  empty.counter({ name: "a", help: "Help." }).inc();
  for (const type of NAMES)
    for (const [dialect, name] of [
      ["text", "a_total"],
      ["openmetrics", "a"],
    ])
      // prettier-ignore
      await assert.rejects(collectAndCompare(empty, `# HELP ${name} Help.\n# TYPE ${name} ${type}\na_total 1\n`, { dialect }), ExpositionError);
});

test("tallystick/lint: names, types, labels and units are words like others", () => {
  for (const name of NAMES) {
    for (const format of ["text", "openmetrics"]) {
      const page = `# TYPE ${name} gauge\n# HELP ${name} Help.\n${name}{l="${name}"} 1\n${format === "text" ? "" : "# EOF\n"}`;
      assert.deepEqual(lint(page, { format, disable: ["camel-case", "reserved-prefix"] }), []);
      const typed = lint(page.replace("gauge", name), { format, disable: ["camel-case", "reserved-prefix"] });
      assert.ok(typed.some(({ rule }) => rule === "type"), `${name}: ${JSON.stringify(typed)}`); // prettier-ignore
      lint(page.replace("# TYPE", `# UNIT ${name} ${name}\n# TYPE`).replace("{l=", `{${name}=`), { format });
    }
    assert.throws(() => lint("", { disable: [name] }), /disable/);
    assert.throws(() => lint("", { format: name }), /format/);
  }
});

test("top: names, labels and types of a page are shown as they are", () => {
  const page = NAMES.map((name) => `# TYPE ${name} ${name}\n${name}{constructor="${name}",${LABELS[0]}2="x"} 1\n${name}_total 2\n`).join(
    "",
  );
  const { watch, read } = watched([page, page]);
  assert.equal(read[1].samples, NAMES.length * 2);
  const all = seriesOf(watch);
  assert.equal(all.size, NAMES.length * 2);
  for (const name of NAMES)
    assert.ok(
      [...all.keys()].some((key) => key.startsWith(`${name}{constructor="${name}"`)),
      name,
    );
});

test("collectors: constant metrics, and images of other processes, have such names and labels", async (t) => {
  const registry = new spooling.Registry();
  close(t, registry);
  registry.collect(() =>
    NAMES.map((name) => ({
      type: "gauge",
      name,
      help: "Help.",
      samples: [{ labels: { constructor: name, toString: "__proto__" }, value: 4 }],
    })),
  );
  const text = () => new TextDecoder().decode(registry.exposeSync().body);
  await registry.expose();
  const wanted = NAMES.map((name) => `${name}{constructor="${name}",toString="__proto__"} 4`).sort();
  assert.deepEqual(printed(text()), wanted);
  const member = new spooling.Exporter(registry, { hasOwnProperty: "__proto__" }, 1n);
  const collector = new spooling.Registry();
  const source = new spooling.Source(collector, 1n);
  close(t, member, source, collector);
  const process = source.process();
  const { refused } = process.apply(Buffer.concat([...member.frames({ full: true, ended: false })]));
  assert.equal(refused, undefined);
  source.live(process, true);
  source.publish();
  const collected = printed(new TextDecoder().decode(collector.exposeSync().body));
  assert.deepEqual(collected.map((line) => line.replace(/,?hasOwnProperty="__proto__"/, "")), wanted); // prettier-ignore
});

test("requests: labels of the application's own, and methods, paths and headers of strangers", async (t) => {
  const registry = new Registry();
  close(t, registry);
  const warned = t.mock.method(console, "warn", () => {});
  const answer = instrument(() => new Response("ok"), { registry, labelNames: ["constructor"], labels: () => keyed("x") });
  for (const name of NAMES) await answer(new Request(`https://example.org/${name}?${name}=${name}`, { headers: { [name]: name } }));
  const text = textOf(registry);
  assert.match(
    text,
    new RegExp(
      `^http_request_duration_seconds_count\\{method="GET",route="unmatched",status="2xx",constructor=""\\} ${NAMES.length}$`,
      "m",
    ),
  );
  // A label that was left out is no fault.
  assert.equal(warned.mock.callCount(), 0);
  assert.doesNotMatch(text, /native code|\[object|polluted/);
});

test("OTLP: attributes are named so in JSON", async (t) => {
  const registry = new Registry();
  close(t, registry);
  for (const name of NAMES) registry.gauge({ name, help: "Help.", labelNames: ["constructor"] }).set({ constructor: name }, 5);
  const { requests, url } = await answering(t);
  const exporter = otlp({ url, registry, intervalSeconds: 0, protocol: "json", gzip: false, closeSeconds: 0 });
  t.after(() => exporter.close());
  await exporter.flush();
  const { resourceMetrics } = JSON.parse(requests[0].body.toString());
  const metrics = resourceMetrics[0].scopeMetrics.flatMap((scope) => scope.metrics).filter(({ name }) => NAMES.includes(name));
  assert.deepEqual(metrics.map(({ name }) => name).sort(), NAMES.toSorted()); // prettier-ignore
  for (const { name, gauge } of metrics)
    assert.deepEqual(gauge.dataPoints[0].attributes, [{ key: "constructor", value: { stringValue: name } }]);
});
