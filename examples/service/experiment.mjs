// What the command does to the service: load, scrapes all the while, one blocked event loop, one terminated worker;
// then, with the load over, the same threads watched once without scrapes and once with.
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import { nowMilliseconds } from "./clock.mjs";
import { Load } from "./load.mjs";
import { Samples } from "./samples.mjs";
import { durationMilliseconds, Scrapes } from "./scrapes.mjs";
import { Progress, whole } from "./terminal.mjs";

const SCRAPE_PAUSE_MILLISECONDS = 50;
const IDLE_SCRAPE_PAUSE_MILLISECONDS = 5;
const IDLE_ROUND_COUNT = 4;
const SETTLE_MILLISECONDS = 50;
const WATCH_MILLISECONDS = 250;
/** Where in the run things happen, as shares of it. */
const BLOCK_SHARE = 0.3;
const KILL_SHARE = 0.65;
/** A blocked loop that everybody would notice, and not longer than a sixth of the run. */
const MAX_BLOCK_MILLISECONDS = 1_000;
/** A worker counts as "in the middle of its work" when it has computed one request for so long. */
const COMPUTING_MILLISECONDS = 100;

export async function experiment({ service, addresses, seconds, prometheus, signal }) {
  const load = new Load(addresses.origin);
  const scrapes = new Scrapes(addresses.metrics);
  const duration = seconds * 1_000;
  let beganMilliseconds = nowMilliseconds();
  let doing = "";
  const progress = new Progress(() => describe(load, scrapes, beganMilliseconds, duration, doing));
  const until = (share) => sleep(remaining(beganMilliseconds + duration * share), undefined, { signal });
  try {
    scrapes.every(SCRAPE_PAUSE_MILLISECONDS);
    // The first one has nothing to be compared with: it comes before the load.
    await scrapes.next();
    await service.ask("watchStalls");
    beganMilliseconds = nowMilliseconds();
    load.start();

    await until(BLOCK_SHARE);
    doing = "the accepting thread is blocked";
    const block = await service.ask("block", {
      milliseconds: Math.min(MAX_BLOCK_MILLISECONDS, duration / 6),
    });
    doing = "";

    await until(KILL_SHARE);
    doing = "a worker is terminated";
    load.sendLong();
    const death = await service.ask("terminateBusyWorker", { milliseconds: COMPUTING_MILLISECONDS });
    doing = "a new worker has started";

    await until(1);
    doing = "the last answers come in";
    await load.finish();
    const endedMilliseconds = nowMilliseconds();
    const underLoad = await service.ask("readStalls");

    doing = "idle, watched without scrapes and with";
    const stalls = { underLoad: [underLoad], ...(await watchIdle(service, scrapes, signal)) };
    await scrapes.stop();

    const response = await request(addresses.metrics);
    const samples = new Samples(await response.body.text());
    doing = "Prometheus scrapes once more";
    const judgement = await prometheus?.judge(signal);
    return { load, scrapes, block, death, stalls, samples, judgement, beganMilliseconds, endedMilliseconds };
  } finally {
    progress.stop();
    await Promise.all([load.abandon(), scrapes.stop()]);
  }
}

/** In turns, so that whatever else the machine does meets both alike. */
async function watchIdle(service, scrapes, signal) {
  const idle = [];
  const scraped = [];
  for (let round = 0; round < IDLE_ROUND_COUNT; round++) {
    scrapes.pause();
    idle.push(await watch(service, scrapes, signal));
    scrapes.every(IDLE_SCRAPE_PAUSE_MILLISECONDS);
    scraped.push(await watch(service, scrapes, signal));
  }
  return { idle, scraped };
}

async function watch(service, scrapes, signal) {
  await sleep(SETTLE_MILLISECONDS, undefined, { signal });
  await service.ask("watchStalls");
  const beganMilliseconds = nowMilliseconds();
  await sleep(WATCH_MILLISECONDS, undefined, { signal });
  const reading = await service.ask("readStalls");
  return { ...reading, scrapeCount: scrapes.within(beganMilliseconds, nowMilliseconds()).length };
}

function remaining(dueMilliseconds) {
  return Math.max(dueMilliseconds - nowMilliseconds(), 0);
}

function describe(load, scrapes, beganMilliseconds, duration, doing) {
  const elapsed = nowMilliseconds() - beganMilliseconds;
  const slowest = Math.max(0, ...scrapes.done.map(durationMilliseconds));
  const parts = [
    `${(elapsed / 1_000).toFixed(1)} s`,
    `${whole(load.answered)} requests`,
    `${whole(scrapes.done.length)} scrapes, slowest ${slowest.toFixed(0)} ms`,
    doing,
  ];
  return { share: elapsed / duration, text: parts.filter(Boolean).join(" · ") };
}
