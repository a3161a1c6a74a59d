// Handlers behind HTTP, and what a real Prometheus made of their expositions.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { numberOf, readExposition, seriesKey, valueText } from "./rules.mjs";

export async function listening(t, listener) {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return server.address().port;
}

/** Serves a fetch-style handler; `accept` replaces the header of the request where it is given. */
export function served(t, handler, accept) {
  const types = new Set();
  const port = listening(t, async (request, response) => {
    const headers = new Headers({ accept: accept ?? request.headers.accept ?? "" });
    const answer = await handler(new Request(`http://${request.headers.host}${request.url}`, { headers }));
    types.add(answer.headers.get("content-type"));
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(Buffer.from(await answer.arrayBuffer()));
  });
  return { port, types };
}

const PATIENCE_MS = 15_000;

export async function until(what, look) {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (Date.now() > deadline) throw new Error(`Waited ${PATIENCE_MS} ms for ${what}`);
    await sleep(100);
  }
}

// Prometheus 3 writes them anew; 2 keeps them as they came in text, and writes them as OpenMetrics does from protobuf.
const bound = (name, value) => (name === "le" || name === "quantile" ? valueText(numberOf(value)) : value);

export function printedSeries(text) {
  const samples = readExposition(text).flatMap((family) => family.samples);
  return new Map(
    samples.map(({ name, labels, value }) => [
      seriesKey(
        name,
        labels.map((label) => ({ ...label, value: bound(label.name, label.value) })),
      ),
      valueText(value),
    ]),
  );
}

/** The samples that a scraper makes of a metric of protobuf: name, labels, value; none of a native histogram. */
function* samplesOf(name, { labels, value, count, sum, quantiles = [], buckets = [], native }) {
  if (native !== undefined) return;
  if (value !== undefined) yield [name, labels, value];
  for (const [quantile, each] of quantiles) yield [name, { ...labels, quantile: valueText(quantile) }, each];
  for (const { le, count: below } of buckets) yield [`${name}_bucket`, { ...labels, le: valueText(le) }, below];
  if (count !== undefined) yield* [[`${name}_sum`, labels, sum], [`${name}_count`, labels, count]]; // prettier-ignore
}

/** As `printedSeries`, of the families of a protobuf exposition. */
export function decodedSeries(families) {
  const samples = families.flatMap(({ name, metrics }) => metrics.flatMap((metric) => [...samplesOf(name, metric)]));
  return new Map(
    samples.map(([name, labels, value]) => [
      seriesKey(
        name,
        Object.entries(labels).map(([label, text]) => ({ name: label, value: text })),
      ),
      valueText(value),
    ]),
  );
}

/** A job's series but for native histograms, and for those that Prometheus makes itself about the scrape. */
export function storedSeries(results) {
  const entries = results
    .filter(({ value }) => value !== undefined)
    .map(({ metric, value }) => {
      const own = Object.entries(metric).filter(([label]) => !["__name__", "job", "instance"].includes(label));
      const pairs = own.map(([label, text]) => ({ name: label, value: bound(label, text) }));
      return [seriesKey(metric.__name__, pairs), valueText(numberOf(value[1]))];
    });
  return new Map(entries.filter(([key]) => !/^\["(up|scrape_[a-z_]+)",\[\]\]$/.test(key)));
}

export function sorted(series) {
  return [...series].sort(([one], [other]) => (one < other ? -1 : 1));
}

/** The targets, when all of them are up; fails where one has an error. */
export async function scraped(prometheus) {
  return until("all targets to be up", async () => {
    const targets = await prometheus.targets();
    const bad = targets.filter(({ lastError }) => lastError !== "");
    assert.deepEqual(
      bad.map(({ labels, lastError }) => [labels.job, lastError]),
      [],
    );
    return targets.every(({ health }) => health === "up") ? targets : undefined;
  });
}

/** No sample was there twice, out of order or dropped, and nothing is in the log that should not be. */
export async function assertSound(prometheus) {
  const own = readExposition(await prometheus.metrics());
  for (const what of ["sample_duplicate_timestamp", "sample_out_of_order", "sample_out_of_bounds", "exemplar_out_of_order"]) {
    const counted = own.find(({ name }) => name === `prometheus_target_scrapes_${what}_total`);
    assert.deepEqual(
      counted.samples.map(({ value }) => value),
      [0],
      what,
    );
  }
  assert.doesNotMatch(prometheus.log(), /level=(warn|error)|num_dropped/);
}
