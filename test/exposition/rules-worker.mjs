// A second thread whose sum of observations is past the largest double.

import { registry } from "tallystick";
import { parentPort } from "node:worker_threads";

const spread = registry.histogram({ name: "spread", help: "", buckets: [1] });
for (let i = 0; i < 2; i++) spread.observe(Number.MAX_VALUE);
parentPort.postMessage("observed");
// Stays until it is ended.
parentPort.once("message", () => {});
