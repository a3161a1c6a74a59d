// A collector over HTTP in a Node process: workers elsewhere push to /push with a token, Prometheus scrapes /metrics. It
// keeps nothing on disk: when it is started anew, those who live push all they have, and what the dead had counted is gone.
//
//   TALLYSTICK_TOKEN=... node collector-node.mjs [PORT]

import { createServer } from "node:http";
import { Readable } from "node:stream";
import { registry } from "tallystick";
import { receiver } from "tallystick/push";

const { TALLYSTICK_TOKEN: token } = process.env;
const port = Number(process.argv[2] ?? 0);
const receive = receiver({
  token,
  address: ({ address }) => address,
  onError: (error) => console.warn(error.message),
});
const scraped = registry.nodeHandler();

async function pushed(request, response) {
  const { method, headers, socket } = request;
  const get = (name) => headers[name]?.toString() ?? null;
  const answer = await receive({ method, headers: { get }, body: Readable.toWeb(request), address: socket.remoteAddress });
  // A body that was not read to its end cannot be followed by another request.
  if (!request.complete) response.setHeader("connection", "close");
  response.writeHead(answer.status, Object.fromEntries(answer.headers));
  response.end(await answer.text());
}

const server = createServer(async (request, response) => {
  // Without `new URL`, which throws for targets such as "//".
  const [pathname] = request.url.split("?", 1);
  try {
    if (pathname === "/push") {
      await pushed(request, response);
    } else if (pathname === "/metrics") {
      scraped(request, response);
    } else {
      response.writeHead(404).end("There are /push and /metrics\n");
    }
  } catch (error) {
    console.error(error);
    response.destroy();
  }
});
server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${server.address().port}`));
