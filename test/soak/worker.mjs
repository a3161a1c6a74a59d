// A thread of the soaked service: counts what it is told, and says so.

import { parentPort, workerData } from "node:worker_threads";
import { count } from "./metrics.mjs";

parentPort.on("message", ({ id, request }) => {
  count({ ...request, slot: workerData.slot });
  parentPort.postMessage({ answered: id });
});
parentPort.postMessage({ ready: true });
