// A worker thread that only counts once; for attach.mjs.
import { parentPort, workerData } from "node:worker_threads";
import { firstIncrement } from "./first.mjs";

parentPort.postMessage(await firstIncrement(workerData.subject, "import"));
