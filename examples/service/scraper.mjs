// A thread that scrapes at a steady pace and looks at every exposition: is it whole, is any total lower than in the
// one before? It runs beside the load in a thread of its own, so that a busy load does not look like a slow scrape.
import { setTimeout as sleep } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { Client } from "undici";
import { nowMilliseconds } from "./clock.mjs";
import { Samples } from "./samples.mjs";

/** A scrape that takes longer has failed. Prometheus' default is 10 s. */
const TIMEOUT_MILLISECONDS = 2_000;

const url = new URL(workerData.metrics);
const client = new Client(url.origin, {
  headersTimeout: TIMEOUT_MILLISECONDS,
  bodyTimeout: TIMEOUT_MILLISECONDS,
});

let pauseMilliseconds = Infinity;
let wake = new AbortController();
let stopped = false;
let previous;

parentPort.on("message", (message) => {
  stopped = message.stop === true;
  pauseMilliseconds = message.pauseMilliseconds ?? Infinity;
  wake.abort();
});

while (!stopped) {
  const dueMilliseconds = nowMilliseconds() + pauseMilliseconds;
  if (pauseMilliseconds !== Infinity) parentPort.postMessage(await scrape());
  await pauseUntil(dueMilliseconds);
}
await client.destroy();
parentPort.close();

async function pauseUntil(dueMilliseconds) {
  wake = new AbortController();
  if (stopped) return;
  // setTimeout takes 31 bits; a day is "until woken".
  const milliseconds = Math.min(Math.max(dueMilliseconds - nowMilliseconds(), 0), 86_400_000);
  await sleep(milliseconds, undefined, { signal: wake.signal }).catch(() => {});
}

async function scrape() {
  const beganMilliseconds = nowMilliseconds();
  try {
    const { statusCode, body } = await client.request({ path: url.pathname, method: "GET" });
    const text = await body.text();
    const endedMilliseconds = nowMilliseconds();
    if (statusCode !== 200) throw new Error(`status ${statusCode}`);
    return { beganMilliseconds, endedMilliseconds, length: text.length, ...inspect(new Samples(text)) };
  } catch (error) {
    return { beganMilliseconds, endedMilliseconds: nowMilliseconds(), failure: error.message };
  }
}

function inspect(samples) {
  const lower = previous === undefined ? [] : samples.lowerThan(previous);
  previous = samples;
  return {
    lower,
    inconsistent: samples.inconsistentHistograms(),
    requests: samples.sum("service_requests_total"),
    inFlight: samples.sum("service_in_flight"),
    seriesCount: samples.seriesCount,
  };
}
