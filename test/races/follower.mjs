// The follower's thread: it prepares its part of each round and races with its verb.

import { parentPort, workerData } from "node:worker_threads";
import { Barrier, Side } from "./barrier.mjs";
import { loaded } from "./door.mjs";
import { PAIRS, REFUSED } from "./pairs.mjs";

const { name, buffer, ticket, rounds, seed } = workerData;
const pair = { ...PAIRS, ...REFUSED }[name];
const barrier = new Barrier(buffer);
const side = new Side(buffer, 1, seed);
const { join } = await loaded();
const own = { registry: join(ticket), ticket };
await pair.open(own);
parentPort.postMessage("ready");
for (let round = 0; round < rounds; round++) {
  barrier.meet();
  pair.follow(own);
  barrier.meet();
  barrier.meet();
  side.run(() => pair.follower(own));
  barrier.meet();
}
