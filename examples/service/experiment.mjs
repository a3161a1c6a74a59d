// What the command does to the service: load, scrapes all the while, one blocked event loop, one terminated worker;
// then, with the load over, the same threads watched in turns without scrapes and with.
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";
import { nowMilliseconds } from "./clock.mjs";
import { Load } from "./load.mjs";
import { Samples } from "./samples.mjs";
import { Scrapes, slowestMilliseconds } from "./scrapes.mjs";
import { milliseconds, Progress, whole } from "./terminal.mjs";

const SCRAPE_PAUSE_MILLISECONDS = 50;
const IDLE_SCRAPE_PAUSE_MILLISECONDS = 10;
const IDLE_ROUND_COUNT = 11;
const SETTLE_MILLISECONDS = 25;
const WATCH_MILLISECONDS = 125;
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
  // What the live line counts: the scrapes that began since then.
  let phase = { sinceMilliseconds: beganMilliseconds, doing: "" };
  const progress = new Progress(() => describe(load, scrapes, beganMilliseconds, duration, phase));
  const note = (time, text) => progress.note(`${secondsBetween(beganMilliseconds, time)} · ${text}`);
  const until = (share) => sleep(remaining(beganMilliseconds + duration * share), undefined, { signal });
  try {
    scrapes.every(SCRAPE_PAUSE_MILLISECONDS);
    // The first one has nothing to be compared with: it comes before the load.
    await scrapes.next();
    await service.ask("watchStalls");
    beganMilliseconds = nowMilliseconds();
    phase = { sinceMilliseconds: beganMilliseconds, doing: "" };
    load.start();
    note(beganMilliseconds, `the load begins, and a scrape every ${SCRAPE_PAUSE_MILLISECONDS} ms`);

    await until(BLOCK_SHARE);
    const blockMilliseconds = Math.min(MAX_BLOCK_MILLISECONDS, duration / 6);
    note(nowMilliseconds(), `the accepting thread is blocked for ${milliseconds(blockMilliseconds)}; the scrapes go on`);
    const block = await service.ask("block", { milliseconds: blockMilliseconds });
    note(block.endedMilliseconds, "the accepting thread runs again");

    await until(KILL_SHARE);
    note(nowMilliseconds(), "a worker gets a long request, to be terminated in the middle of it");
    load.sendLong();
    const death = await service.ask("terminateBusyWorker", { milliseconds: COMPUTING_MILLISECONDS });
    note(death.endedMilliseconds, `a worker was terminated, with ${whole(death.lost)} requests in its hands`);
    note(death.readyMilliseconds, "a new worker has started");

    await until(1);
    await load.finish();
    const endedMilliseconds = nowMilliseconds();
    note(endedMilliseconds, "the load is over, and the last answer is in");
    const underLoad = await service.ask("readStalls");

    note(nowMilliseconds(), "measuring event-loop stalls, first without scrapes, then with");
    const idle = [];
    const scraped = [];
    // In turns, so that whatever else the machine does meets both alike.
    for (let round = 1; round <= IDLE_ROUND_COUNT; round++) {
      phase = { sinceMilliseconds: endedMilliseconds, doing: `stalls, round ${round} of ${IDLE_ROUND_COUNT}` };
      scrapes.pause();
      idle.push(await watch(service, scrapes, signal));
      scrapes.every(IDLE_SCRAPE_PAUSE_MILLISECONDS);
      scraped.push(await watch(service, scrapes, signal));
    }
    await scrapes.stop();

    const response = await request(addresses.metrics);
    const samples = new Samples(await response.body.text());
    if (prometheus !== undefined) note(nowMilliseconds(), "waiting for Prometheus to scrape once more");
    const judgement = await prometheus?.judge(signal);
    return {
      load,
      scrapes,
      block,
      death,
      stalls: { underLoad, idle, scraped, watchMilliseconds: WATCH_MILLISECONDS },
      samples,
      judgement,
      beganMilliseconds,
      endedMilliseconds,
    };
  } finally {
    progress.stop();
    await Promise.all([load.abandon(), scrapes.stop()]);
  }
}

async function watch(service, scrapes, signal) {
  await sleep(SETTLE_MILLISECONDS, undefined, { signal });
  await service.ask("watchStalls");
  const beganMilliseconds = nowMilliseconds();
  await sleep(WATCH_MILLISECONDS, undefined, { signal });
  const endedMilliseconds = nowMilliseconds();
  // Scrapes that held a thread up would hold up the reading of it too.
  scrapes.pause();
  const reading = await service.ask("readStalls");
  return { ...reading, scrapeCount: scrapes.within(beganMilliseconds, endedMilliseconds).length };
}

function remaining(dueMilliseconds) {
  return Math.max(dueMilliseconds - nowMilliseconds(), 0);
}

function secondsBetween(beganMilliseconds, endedMilliseconds) {
  return `${((endedMilliseconds - beganMilliseconds) / 1_000).toFixed(1)} s`;
}

function describe(load, scrapes, beganMilliseconds, duration, { sinceMilliseconds, doing }) {
  const now = nowMilliseconds();
  const begun = scrapes.begunWithin(sinceMilliseconds, now);
  const parts = [
    secondsBetween(beganMilliseconds, now),
    doing,
    doing === "" ? `${whole(load.answered)} requests` : "",
    `${whole(begun.length)} scrapes`,
    `slowest ${milliseconds(slowestMilliseconds(begun))}`,
  ];
  return { share: (now - beganMilliseconds) / duration, parts: parts.filter((part) => part !== "") };
}
