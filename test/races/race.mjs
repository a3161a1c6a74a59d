// Races pairs of verbs in the runtime that it runs in, and writes a line of JSON for each pair: how often it came to what,
// and in how many rounds one verb began or ended while the other one ran.
//
//   race.mjs SEED ROUNDS [PAIR ...]

import { once } from "node:events";
import process from "node:process";
import { Worker } from "node:worker_threads";
import { Barrier, overlapped, Side } from "./barrier.mjs";
import { loaded } from "./door.mjs";
import { PAIRS, REFUSED } from "./pairs.mjs";

const [seed, rounds] = process.argv.slice(2, 4).map(Number);
const names = process.argv.slice(4);
const { Registry } = await loaded();

/** How often a pair came to what. Ends with the first outcome that is not in its table. */
async function raced(name) {
  const pair = { ...PAIRS, ...REFUSED }[name];
  const registry = new Registry();
  const own = { registry, ticket: registry.ticket() };
  await pair.open(own);
  const buffer = Barrier.room();
  const most = Math.min(rounds, pair.rounds ?? rounds);
  const worker = new Worker(new URL("./follower.mjs", import.meta.url), {
    workerData: { name, buffer, ticket: own.ticket, rounds: most, seed },
  });
  let failure;
  worker.on("error", (error) => (failure = error));
  await once(worker, "message");
  const barrier = new Barrier(buffer);
  const side = new Side(buffer, 0, seed);
  const seen = Object.fromEntries(pair.allowed.map((outcome) => [outcome, 0]));
  const from = performance.now();
  let wrong;
  let round = 0;
  let overlaps = 0;
  for (; round < most && wrong === undefined; round++) {
    pair.lead(own);
    barrier.meet();
    barrier.meet();
    pair.ready?.(own);
    barrier.meet();
    side.run(() => pair.leader(own));
    barrier.meet();
    if (overlapped(buffer)) overlaps++;
    const outcome = pair.outcome(own);
    if (outcome in seen) seen[outcome]++;
    else wrong = { round, outcome };
  }
  await worker.terminate();
  registry.close();
  return { pair: name, rounds: round, overlaps, seen, wrong, error: failure?.stack, seconds: (performance.now() - from) / 1000 };
}

for (const name of names.length === 0 ? Object.keys(PAIRS) : names) {
  console.log(JSON.stringify(await raced(name)));
}
process.exit(0);
