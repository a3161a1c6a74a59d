// A thread that serves, with everything instrumented: it answers when it is told to, and may be terminated in the middle.

import { createServer } from "node:http";
import { parentPort } from "node:worker_threads";
import { instrument } from "tallystick/http";

const server = instrument(
  createServer((request, response) => {
    if (request.url === "/never") parentPort.postMessage("waits");
    else response.end("done");
  }),
  { route: ({ url }) => url },
);
server.listen(0, "127.0.0.1", () => parentPort.postMessage({ port: server.address().port }));
