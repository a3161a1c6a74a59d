// The thread that answers /metrics. It asks no other thread for anything, so it answers while the accepting thread
// and every worker are busy, blocked or dead.
import { createServer } from "node:http";
import { parentPort, workerData } from "node:worker_threads";
import { registry } from "tallystick";
import { answerStallQuestions } from "./stall.mjs";

/** Longer than any pause of a scraper, so that no connection closes under a request that is on its way. */
const KEEP_ALIVE_MILLISECONDS = 60_000;

const exposition = registry.nodeHandler();

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MILLISECONDS }, (request, response) => {
  const path = request.url.split("?", 1)[0];
  if (path === "/metrics") exposition(request, response);
  else response.writeHead(404, { "content-type": "text/plain" }).end("The metrics are at /metrics\n");
});

answerStallQuestions(parentPort);
server.listen(workerData.port, "127.0.0.1", () => parentPort.postMessage({ port: server.address().port }));
