// Requests with an Expect header, which a server may hear of by events of their own.

import { deepEqual, equal } from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { listening, sent, settled, until } from "./asking.mjs";
import { brief, kept } from "./internals.mjs";

/** As sent() takes it; the last header has what it writes behind a path. */
const expecting = (path, what) => `PUT ${path} HTTP/1.1\r\nexpect: ${what}\r\nlast: header`;

for (const isEarly of [true, false]) {
  const when = isEarly ? "before it was followed" : "later";
  test(`checkContinue and checkExpectation: what a server answers there is told, where it heard them ${when}`, async (t) => {
    const { requests, finished } = kept();
    const server = createServer((_, response) => response.end("x"));
    const refuse = (_, response) => response.writeHead(417).end();
    const hear = () => {
      server.on("checkExpectation", refuse);
      server.on("checkContinue", (request, response) => {
        if (request.url === "/refused") {
          refuse(request, response);
          return;
        }
        response.writeContinue();
        server.emit("request", request, response);
      });
    };
    if (isEarly) hear();
    requests.server(server);
    if (!isEarly) hear();
    equal(server.listenerCount("newListener"), 0);
    const port = await listening(t, server);
    await sent(port, expecting("/refused", "100-continue"));
    await sent(port, expecting("/taken", "100-continue"));
    await sent(port, expecting("/other", "a-miracle"));
    await until("all are told", () => finished.length === 3);
    await settled();
    deepEqual(brief(finished), ["/refused [PUT] 417", "/taken [PUT] 200", "/other [PUT] 417"]);
  });
}

test("a server that does not hear checkContinue goes on answering with 100 by itself", async (t) => {
  const { requests, finished } = kept();
  const server = requests.server(createServer((_, response) => response.end("x")));
  deepEqual([server.listenerCount("checkContinue"), server.listenerCount("checkExpectation")], [0, 0]);
  const port = await listening(t, server);
  equal((await sent(port, expecting("/a", "100-continue"))).slice(0, 21), "HTTP/1.1 100 Continue");
  await until("it is told", () => finished.length === 1);
  deepEqual(brief(finished), ["/a [PUT] 200"]);
});
