// The worker threads of defects 4 and 6: each counts with an exemplar and observes the same values, and stays until it is ended.

import { registry } from "tallystick";
import { parentPort, workerData } from "node:worker_threads";
import { defectsDefined } from "./defects-metrics.mjs";

const { jobs, wait, size, shared } = defectsDefined(registry);
jobs.inc({ queue: "mail" }, 10, { trace_id: workerData });
wait.observe(0.25, { trace_id: workerData });
for (let i = 0; i < 100; i++) size.observe(3);
shared.set(7);
parentPort.postMessage("counted");
parentPort.once("message", () => {});
