// The second thread of golden/writers: adds its parts and stays, so that they are of a live thread.

import { registry } from "tallystick";
import { parentPort } from "node:worker_threads";
import { writersDefined } from "./golden-writers.mjs";

const metrics = writersDefined(registry);
parentPort.once("message", () => {
  metrics.work.inc({ route: "/" }, 4);
  metrics.work.inc({ route: "/only/worker" }, 4);
  metrics.shared.inc(4);
  for (const gauge of metrics.gauges) gauge.set(4);
  metrics.seconds.observe(4);
  parentPort.postMessage("counted");
});
