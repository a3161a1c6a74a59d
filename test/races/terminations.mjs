// Terminates threads at random moments of any verb, and scrapes all the while: totals never go back and hold what was
// acknowledged, no more than was begun, and every page is valid.
//
//   terminations.mjs SEED KILLS

import process from "node:process";
import { Worker } from "node:worker_threads";
import { randomFrom } from "./barrier.mjs";
import { loaded, pageOf, refused, samplesOf } from "./door.mjs";

const [seed, kills] = process.argv.slice(2).map(Number);
const AT_ONCE = 2;
/** One in so many is terminated anywhere in its beginning, the others up to so many milliseconds behind it. */
const EARLY = 4;
const WITHIN_MS = 10;
/** What begins or ends for so long hangs. */
const PATIENCE_MS = 60000;

const { Registry } = await loaded();
const registry = new Registry();
const ticket = registry.ticket();
const words = new Int32Array(new SharedArrayBuffer(16));
const random = randomFrom(seed);
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let watched = performance.now();
const watchdog = setInterval(() => {
  if (performance.now() - watched < PATIENCE_MS) return;
  console.log(`nothing ended for ${PATIENCE_MS} ms, after ${killed} kills`);
  process.exit(2);
}, 1000);

let begun = 0;
let killed = 0;
async function killing() {
  while (begun < kills) {
    const number = begun++;
    const worker = new Worker(new URL("./victim.mjs", import.meta.url), {
      workerData: { ticket, gate: words.buffer, seed: seed + number, first: number },
    });
    const ready = new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
    ready.catch(() => undefined);
    if (number % EARLY === 0) await pause(random() * 50);
    else await ready.then(() => pause(random() * WITHIN_MS));
    await worker.terminate();
    killed++;
    watched = performance.now();
    if (killed % 100 === 0) console.error(`${killed} of ${kills}`);
  }
}

let scrapes = 0;
const last = [0, 0];
function scraped() {
  const least = [Atomics.load(words, 1), Atomics.load(words, 3)];
  const page = pageOf(registry);
  const most = [Atomics.load(words, 0), Atomics.load(words, 2)];
  const wrong = refused(page);
  if (wrong !== undefined) throw new Error(wrong);
  const samples = samplesOf(page);
  for (const [i, name] of ['counted_total{k="a"}', "sizes_count"].entries()) {
    const now = samples.get(name) ?? 0;
    if (now < last[i] || now < least[i] || now > most[i]) {
      throw new Error(`${name} is ${now}: it was ${last[i]}, ${least[i]} were acknowledged and ${most[i]} begun`);
    }
    last[i] = now;
  }
  scrapes++;
}

let running = true;
async function scraping() {
  while (running) {
    scraped();
    await pause(2);
  }
}

const scraper = scraping();
scraper.catch((error) => {
  console.log(error.message);
  process.exit(1);
});
await Promise.all(Array.from({ length: AT_ONCE }, killing));
running = false;
await scraper;
// Deno and Bun end threads some time after they said so.
await pause(500);
scraped();
const cut = [words[0] - words[1], words[2] - words[3]];
clearInterval(watchdog);
console.log(JSON.stringify({ kills: killed, scrapes, counted: last[0], observed: last[1], "cut off": Math.max(...cut) }));
process.exit(0);
