// A thread that is asked for what another one was asked for, and for more than there are labels.

import { parentPort } from "node:worker_threads";
import { recorder, requests } from "tallystick/record";

const samples = recorder({ prefix: "threads", maxLabels: 40 });
const handler = requests(samples, { route: ({ url }) => url }).fetch(() => new Response());
for (const url of ["/0a", ...Array.from({ length: 15 }, (_, i) => `/${i}b`)]) handler({ method: "GET", url });
parentPort.postMessage("asked");
setInterval(() => undefined, 1000);
