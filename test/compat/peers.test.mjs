// One program with prom-client, with @prometheus-io/client and with ours: the page, the JSON and the errors are the same.

import { deepEqual, equal, ok } from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import * as ours from "tallystick/prom-client";
import { page } from "./program.mjs";

const require = createRequire(import.meta.url);
const PEERS = { "prom-client": require("prom-client"), "@prometheus-io/client": require("@prometheus-io/client") };
const client = require("tallystick/prom-client");

for (const [name, peer] of Object.entries(PEERS)) {
  test(`tallystick/prom-client exports what ${name} does, and in a registry all that is public`, () => {
    for (const key of Object.keys(peer)) ok(key in client, key);
    for (const [key, value] of Object.entries(peer)) {
      if (typeof value !== "function" || value.prototype === undefined) continue;
      const own = (made) =>
        Object.getOwnPropertyNames(made.prototype).filter(
          (each) => !/^_|WithoutExemplar|WithExemplar|updateExemplar|getForPromString/.test(each),
        );
      for (const method of own(value)) ok(method in client[key].prototype || key === "Pushgateway", `${key}.${method}`);
    }
    for (const list of ["PROMETHEUS_CONTENT_TYPE", "OPENMETRICS_CONTENT_TYPE"]) equal(client.Registry[list], peer.Registry[list]);
    deepEqual(Object.keys(client.aggregators).toSorted(), Object.keys(peer.aggregators).toSorted());
  });

  test(`the page is ${name}'s`, async () => {
    const theirs = await page(peer);
    const own = await page(client);
    equal(own.text, theirs.text);
  });

  test(`the JSON is ${name}'s, with values of labels as text`, async () => {
    const told = async (library) => (await page(library)).register.getMetricsAsJSON();
    const plain = (metrics) =>
      metrics.map(({ name: metric, help, type, aggregator, values }) => ({
        metric,
        help,
        type,
        aggregator,
        values: values.map(({ value, metricName, labels }) => ({
          value,
          metricName,
          labels: Object.fromEntries(
            Object.entries(labels)
              .map(([label, text]) => [label, String(text)])
              .toSorted(),
          ),
        })),
      }));
    deepEqual(plain(await told(client)), plain(await told(peer)));
  });

  test(`errors are ${name}'s`, () => {
    const wrong = {
      "no configuration": (library) => new library.Counter(),
      "no help": (library) => new library.Counter({ name: "a" }),
      "no name": (library) => new library.Gauge({ help: "a" }),
      "a wrong name": (library) => new library.Gauge({ name: "a b", help: "a" }),
      "wrong labels": (library) => new library.Gauge({ name: "a", help: "a", labelNames: ["b c", "d", "e-f"] }),
      "a wrong collect": (library) => new library.Gauge({ name: "a", help: "a", collect: 3 }),
      le: (library) => new library.Histogram({ name: "a", help: "a", labelNames: ["le"], registers: [] }),
      quantile: (library) => new library.Summary({ name: "a", help: "a", labelNames: ["quantile"], registers: [] }),
      "exemplars in text": (library) =>
        new library.Counter({ name: "a", help: "a", enableExemplars: true, registers: [new library.Registry()] }),
      "a name twice": (library) => {
        const registers = [new library.Registry()];
        new library.Gauge({ name: "a", help: "a", registers });
        new library.Counter({ name: "a", help: "b", registers });
      },
      "a decrease": (library) => new library.Counter({ name: "a", help: "a", registers: [] }).inc(-1),
      "a text to add": (library) => new library.Counter({ name: "a", help: "a", registers: [] }).inc("3ms"),
      "infinity to add": (library) => new library.Counter({ name: "a", help: "a", registers: [] }).inc(Infinity),
      "a text to set": (library) => new library.Gauge({ name: "a", help: "a", registers: [] }).set("x"),
      "nothing to set": (library) => new library.Gauge({ name: "a", help: "a", labelNames: ["b"], registers: [] }).set({ b: 1 }),
      "a text for a gauge": (library) => new library.Gauge({ name: "a", help: "a", registers: [] }).inc("x"),
      "a text to observe": (library) => new library.Histogram({ name: "a", help: "a", registers: [] }).observe("x"),
      "an unknown label": (library) => new library.Counter({ name: "a", help: "a", labelNames: ["b"], registers: [] }).inc({ b: 1, c: 2 }),
      "an unknown label of a child": (library) =>
        new library.Gauge({ name: "a", help: "a", labelNames: ["b"], registers: [] }).labels({ c: 2 }),
      "too few labels": (library) => new library.Counter({ name: "a", help: "a", labelNames: ["b", "c"], registers: [] }).labels("x"),
      "too many to remove": (library) => new library.Histogram({ name: "a", help: "a", labelNames: ["b"], registers: [] }).remove("x", "y"),
      "another content type": (library) => new library.Registry("text/html"),
      "another content type later": (library) => new library.Registry().setContentType("text/html"),
      "content types that differ": (library) =>
        library.Registry.merge([new library.Registry(), new library.Registry(library.openMetricsContentType)]),
      "no linear buckets": (library) => library.linearBuckets(1, 1, 0),
      "no exponential buckets": (library) => library.exponentialBuckets(1, 2, 0),
      "no start": (library) => library.exponentialBuckets(0, 2, 1),
      "no factor": (library) => library.exponentialBuckets(1, 1, 1),
      "a configuration of default metrics": (library) => library.collectDefaultMetrics(3),
      "no registry": (library) => library.AggregatorRegistry.setRegistries(3),
      "an aggregator": (library) => library.AggregatorRegistry.aggregate([[{ name: "a", aggregator: "most", values: [] }]]),
      "no job": (library) => new library.Pushgateway("http://a").push({}),
    };
    const thrown = (act, library) => {
      try {
        act(library);
      } catch (error) {
        return `${error.name}: ${error.message}`;
      }
      return "nothing";
    };
    for (const [what, act] of Object.entries(wrong)) {
      // The newer one tells more of what is wrong.
      const own = thrown(act, client);
      const theirs = thrown(act, peer);
      const same =
        own.startsWith(theirs) || (theirs === "Error: Invalid label name" && own.startsWith("Error: At least one label name is invalid"));
      ok(same && /Error: ./.test(theirs), `${what}: ${own} is not ${theirs}`);
    }
    peer.register.clear();
    client.register.clear();
  });

  test(`amounts that are refused make no series, and what is taken away as text is, as of ${name}`, async () => {
    const told = async ({ Counter, Gauge, Registry }) => {
      const registers = [new Registry()];
      const [jobs, depth] = [Counter, Gauge].map((Metric) => new Metric({ name: Metric.name, help: "A.", labelNames: ["a"], registers }));
      const plain = new Gauge({ name: "plain", help: "A.", registers });
      const errors = [
        () => jobs.labels("b").inc(-1),
        () => jobs.labels("b").inc(Infinity),
        () => jobs.inc({ a: "c" }, "x"),
        () => depth.set("x"),
        () => depth.labels("b").set("x"),
        () => depth.labels("b").inc("3"),
        () => depth.inc({ a: "b" }, "3"),
        () => depth.labels("d").dec("3"),
        () => depth.dec({ a: "e" }, "4"),
        () => plain.dec("5"),
        () => plain.dec(true),
        () => plain.dec(),
      ].map((act) => {
        try {
          return act();
        } catch (error) {
          return `${error.name}: ${error.message}`;
        }
      });
      return { errors, page: (await registers[0].metrics()).trim() };
    };
    deepEqual(await told(client), await told(peer));
  });

  test(`buckets are ${name}'s, to the last digit`, () => {
    deepEqual(client.linearBuckets(0.1, 0.1, 9), peer.linearBuckets(0.1, 0.1, 9));
    deepEqual(client.exponentialBuckets(0.001, 1.7, 12), peer.exponentialBuckets(0.001, 1.7, 12));
    for (const each of ["a", "a:b_1", "1a", "a-b", ""]) equal(client.validateMetricName(each), peer.validateMetricName(each), each);
  });
}

test("an exemplar of a counter says what was added, as prom-client's does", async () => {
  const told = async ({ Counter, Registry }) => {
    const registers = [new Registry(client.openMetricsContentType)];
    const jobs = new Counter({ name: "jobs", help: "J.", labelNames: ["queue"], enableExemplars: true, registers });
    const add = (value, queue, trace) => jobs.inc({ labels: { queue }, value, exemplarLabels: { trace } });
    add(2, "mail", "a");
    add(0.5, "mail", "b");
    jobs.inc({ labels: { queue: "sms" }, exemplarLabels: { trace: "c" } });
    jobs.inc({ labels: { queue: "sms" } });
    jobs.remove("mail");
    add(3, "mail", "d");
    add(4, "mail", "e");
    return (await registers[0].metrics())
      .replaceAll(/ \d+\.\d+$/gm, "")
      .split("\n")
      .toSorted();
  };
  // The newer one of the two says what the counter stands at, of which OpenMetrics knows nothing.
  deepEqual(await told(client), await told(PEERS["prom-client"]));
});

test("ESM and CommonJS are one library: one registry, one class of each", () => {
  for (const [name, value] of Object.entries(ours)) if (name !== "default" && name !== "contentType") equal(value, client[name], name);
  equal(ours.default, client);
  equal(client.contentType, client.register.contentType);
  client.contentType = client.openMetricsContentType;
  equal(client.register.contentType, client.openMetricsContentType);
  client.contentType = client.prometheusContentType;
  equal(client.contentType, client.prometheusContentType);
});
