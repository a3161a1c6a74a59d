// A collector over HTTP in a Node process: workers elsewhere push to /push with a token, Prometheus scrapes /metrics. It
// keeps nothing on disk: when it is started anew, those who live push all they have, and what the dead had counted is gone.
//
//   TALLYSTICK_TOKEN=... node collector-node.mjs [PORT]

import { createServer } from "node:http";
import { registry } from "tallystick";
import { receiver } from "tallystick/push";

const { TALLYSTICK_TOKEN: token } = process.env;
const port = Number(process.argv[2] ?? 0);
const pushed = receiver({ token, onError: (error) => console.warn(error.message) }).nodeHandler();
const scraped = registry.nodeHandler();

const server = createServer((request, response) => {
  // Without `new URL`, which throws for targets such as "//".
  const [pathname] = request.url.split("?", 1);
  if (pathname === "/push") pushed(request, response);
  else if (pathname === "/metrics") scraped(request, response);
  else response.writeHead(404).end("There are /push and /metrics\n");
});
server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
