// node:http and node:http2: each request is told once, whichever way it ends, and its server notices nothing.

import { deepEqual, equal, ok, throws } from "node:assert/strict";
import events, { once } from "node:events";
import { createServer, request as httpRequest, Agent } from "node:http";
import http2 from "node:http2";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { left, listening, sent, settled, until } from "./asking.mjs";
import { brief, kept } from "./internals.mjs";

/** Answers by path; what it is asked for is counted. */
function answering() {
  let asked = 0;
  function handler(request, response) {
    asked++;
    const path = request.url.split("?")[0];
    if (path === "/late") setTimeout(() => response.end("late"), 30);
    else if (path === "/never") return;
    else if (path === "/half") response.write("half");
    else if (path === "/destroyed") response.destroy();
    else if (path === "/head") response.writeHead(201, { "x-own": "1" }).end();
    else if (path === "/list") response.writeHead(202, ["x-own", "1"]).end("x");
    else if (path === "/missing") response.writeHead(404).end();
    else if (path === "/large") response.end(Buffer.alloc(32 << 20));
    else if (path === "/early") {
      response.writeEarlyHints?.({ link: "</style.css>; rel=preload" });
      response.end("early");
    } else response.end("done");
  }
  return { handler, asked: () => asked };
}

for (const way of ["listener", "server"]) {
  test(`${way}() tells each request of a connection that is kept`, async (t) => {
    const { requests, finished, told } = kept();
    const { handler } = answering();
    const server = way === "server" ? requests.server(createServer(handler)) : createServer(requests.listener(handler));
    const port = await listening(t, server);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const [method, path] of [
      ["GET", "/users/42?x=1"],
      ["POST", "/head"],
      ["DELETE", "/list"],
      ["HEAD", "/early"],
      ["PROPFIND", "/a"],
      ["GET", "/missing"],
    ]) {
      const request = httpRequest({ port, agent, method, path }).end();
      const [response] = await once(request, "response");
      response.resume();
      await once(response, "end");
    }
    agent.destroy();
    await until("six requests", () => finished.length === 6);
    deepEqual(brief(finished), [
      "/users/:id [GET] 200",
      "/head [POST] 201",
      "/list [DELETE] 202",
      "/early [HEAD] 200",
      "/a [OTHER] 200",
      "unmatched [GET] 404",
    ]);
    deepEqual(told, []);
    for (const { seconds } of finished) ok(seconds >= 0 && seconds < 60);
  });
}

test("a request lasts from its head to the end of its response", async (t) => {
  const { requests, finished } = kept();
  const port = await listening(
    t,
    requests.server(
      createServer((_, response) => {
        response.write("x");
        setTimeout(() => response.end("x"), 120);
      }),
    ),
  );
  await sent(port, "GET /slow");
  await until("it", () => finished.length === 1);
  ok(finished[0].seconds > 0.1 && finished[0].seconds < 30, `${finished[0].seconds}`);
});

test("pipelined requests are told each, also those that nobody answers any more", async (t) => {
  const { requests, finished } = kept();
  const { handler, asked } = answering();
  const port = await listening(t, requests.server(createServer(handler)));
  await sent(port, "GET /late", "GET /b", "GET /c");
  await until("three", () => finished.length === 3);
  deepEqual(brief(finished), ["/late [GET] 200", "/b [GET] 200", "/c [GET] 200"]);
  await left(port, () => until("all heard", () => asked() === 6), "GET /half", "GET /b", "GET /never");
  await until("three more", () => finished.length === 6);
  await settled();
  deepEqual(brief(finished.slice(3)).toSorted(), ["/b [GET] 200 aborted", "/half [GET] 200 aborted", "/never [GET] 0 aborted"].toSorted());
});

test("pipelined requests whose bodies were read while they waited end with their responses, or with their connection", async (t) => {
  const { requests, finished } = kept();
  const waiting = [];
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    waiting.push(response);
  });
  const port = await listening(t, requests.server(server));
  const paths = Array.from({ length: 12 }, (_, i) => `/wait${"abcdefghijkl"[i]}`);
  const answered = sent(port, ...paths.map((path) => `GET ${path}`));
  await until("all wait", () => waiting.length === 12);
  await settled();
  deepEqual(finished, []);
  for (const [i, response] of waiting.splice(0).entries()) response.writeHead(i === 11 ? 404 : 200).end();
  await answered;
  await until("twelve", () => finished.length === 12);
  deepEqual(brief(finished), [...paths.slice(0, 11).map((path) => `${path} [GET] 200`), "unmatched [GET] 404"]);
  ok(finished.every(({ seconds }) => seconds > 0.04));
  const warned = [];
  const warn = (warning) => warned.push(warning.name);
  process.on("warning", warn);
  t.after(() => process.off("warning", warn));
  await left(port, () => until("all wait again", () => waiting.length === 12), ...paths.map((path) => `GET ${path}`));
  await until("twelve more", () => finished.length === 24);
  await settled();
  deepEqual(
    brief(finished.slice(12)).toSorted(),
    paths.map((path) => `${path} [GET] 0 aborted`),
  );
  deepEqual(warned, []);
});

test("clients that leave are told: before the head, within the body, and where it was not read", async (t) => {
  const { requests, finished } = kept();
  const { handler, asked } = answering();
  const port = await listening(t, createServer(requests.listener(handler)));
  let expected = 0;
  for (const path of ["/never", "/half", "/large"]) {
    expected++;
    await left(port, () => until(path, () => asked() === expected), `GET ${path}`);
    await until(path, () => finished.length === expected);
  }
  await sent(port, "GET /destroyed");
  await until("destroyed", () => finished.length === 4);
  await settled();
  deepEqual(brief(finished), [
    "/never [GET] 0 aborted",
    "/half [GET] 200 aborted",
    "/large [GET] 200 aborted",
    "/destroyed [GET] 0 aborted",
  ]);
});

test("a server's own timeout is an end, too", async (t) => {
  const { requests, finished } = kept();
  const server = requests.server(createServer(() => undefined));
  server.setTimeout(50);
  const port = await listening(t, server);
  await sent(port, "GET /never");
  await until("it", () => finished.length === 1);
  deepEqual(brief(finished), ["/never [GET] 0 aborted"]);
});

test("paths of attackers are short and harmless", async (t) => {
  const { requests, finished, told } = kept();
  const port = await listening(t, requests.server(createServer({ maxHeaderSize: 4 << 20 }, (_, response) => response.end())));
  const paths = [`/${"a".repeat(1 << 20)}`, "/%00%0d%0a/x", "/\",'[GET]", "//x//", "http://other.example/users/1", "/users/%e0%a4%a"];
  for (const path of paths) ok((await sent(port, `GET ${path}`)).startsWith("HTTP/1.1 200"), path.slice(0, 20));
  await until("all", () => finished.length === paths.length);
  deepEqual(
    finished.map(({ route }) => route),
    ["/:id/*", "/:id/x", "/:id", "/x", "/users/:id", "/users/:id"],
  );
  // Not a request: nobody hears of it.
  for (const path of ["/\0", "/\xff\xfe"]) ok((await sent(port, `GET ${path}`)).startsWith("HTTP/1.1 400"));
  await settled();
  equal(finished.length, paths.length);
  deepEqual(told, []);
});

test("node:http2 by its compatibility API", async (t) => {
  const { requests, finished } = kept();
  const { handler, asked } = answering();
  const port = await listening(t, requests.server(http2.createServer(handler)));
  const client = http2.connect(`http://127.0.0.1:${port}`).on("error", () => undefined);
  t.after(() => client.destroy());
  const stream = (path, method = "GET") =>
    client
      .request({ ":path": path, ":method": method })
      .on("error", () => undefined)
      .resume();
  await Promise.all(Array.from({ length: 4 }, (_, i) => once(stream(`/users/${i}?q`), "close")));
  await once(stream("/head", "POST"), "close");
  await until("five", () => finished.length === 5);
  for (const path of ["/late", "/half"]) {
    const before = asked();
    const one = stream(path);
    await until(path, () => asked() > before);
    one.close(http2.constants.NGHTTP2_CANCEL);
    await until(path, () => finished.length === asked());
  }
  await settled();
  deepEqual(brief(finished), [
    ...Array(4).fill("/users/:id [GET] 200"),
    "/head [POST] 201",
    "/late [GET] 0 aborted",
    "/half [GET] 200 aborted",
  ]);
});

test("node:http2: who listens to streams alone has them for himself, and requests are followed from the first listener on", async (t) => {
  const { requests, finished } = kept();
  const server = requests.server(http2.createServer());
  const failed = [];
  server.on("stream", (stream, { ":path": path }) => {
    if (path !== "/own") return;
    stream.on("error", (error) => failed.push(error));
    stream.respond({ ":status": 200 }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-own": "0" }));
    stream.end("own");
  });
  const port = await listening(t, server);
  const client = http2.connect(`http://127.0.0.1:${port}`).on("error", () => undefined);
  t.after(() => client.destroy());
  const stream = client.request({ ":path": "/own" }).resume();
  const trailers = once(stream, "trailers");
  await once(stream, "close");
  equal((await trailers)[0]["x-own"], "0");
  deepEqual([failed, server.listenerCount("request")], [[], 0]);
  server.on("request", (request, response) => request.url === "/asked" && response.end("asked"));
  equal(server.listenerCount("request"), 2);
  await once(client.request({ ":path": "/asked" }).resume(), "close");
  await until("it", () => finished.length === 1);
  deepEqual(brief(finished), ["/asked [GET] 200"]);
});

test("a server that has no listener yet is followed from its first one on", async (t) => {
  const { requests, finished } = kept();
  const server = requests.server(createServer());
  server.on("request", (_, response) => response.end("done"));
  server.on("request", () => undefined);
  equal(server.listenerCount("request"), 3);
  await sent(await listening(t, server), "GET /a");
  await until("it", () => finished.length === 1);
  deepEqual(brief(finished), ["/a [GET] 200"]);
});

test("a request has the method and the path that it came with, whatever the application writes over them", async (t) => {
  const { requests, finished } = kept();
  const server = createServer((request, response) => {
    request.method = "DELETE";
    request.url = "/other";
    response.end();
  });
  await sent(await listening(t, requests.server(server)), "POST /came/with");
  await until("it", () => finished.length === 1);
  deepEqual(brief(finished), ["/came/with [POST] 200"]);
});

test("the listener is called as it was, and what it throws or rejects with is its server's", async (t) => {
  const { requests, finished } = kept();
  const calls = [];
  async function named(request, response) {
    calls.push([this, request.url, response.constructor.name, arguments.length]);
    return "given";
  }
  const followed = requests.listener(named);
  equal(followed.name, "named");
  equal(followed.length, 2);
  const fake = () => ({ headersSent: false, statusCode: 200, socket: undefined, on: () => undefined });
  const own = {};
  const response = fake();
  equal(await followed.call(own, { url: "/a", on: () => undefined }, response, "third"), "given");
  deepEqual(calls, [[own, "/a", "Object", 3]]);
  equal(calls[0][0], own);
  const failure = new Error("of the application");
  throws(
    () =>
      requests.listener(() => {
        throw failure;
      })({ url: "/a", on: () => undefined }, fake()),
    (error) => error === failure,
  );
  // A rejection that a server hears of: it answers with 500.
  events.captureRejections = true;
  t.after(() => (events.captureRejections = false));
  const server = requests.server(
    createServer(async () => {
      await wait(1);
      throw failure;
    }),
  );
  server.on("error", () => undefined);
  const port = await listening(t, server);
  ok((await sent(port, "GET /rejects")).startsWith("HTTP/1.1 500"));
  await until("it", () => finished.length === 1);
  deepEqual(brief(finished), ["/rejects [GET] 500"]);
});

test("route() says the route where nothing else does; what it throws is told once and stops nothing", async (t) => {
  const asked = [];
  const { requests, finished, told } = kept({
    route(request) {
      asked.push(request.url);
      if (request.url === "/throws") throw new Error("of route()");
      if (request.url === "/wrong") return 7;
      return request.url === "/none" ? undefined : `own ${request.method}`;
    },
  });
  const port = await listening(t, requests.server(createServer((_, response) => response.writeHead(404).end())));
  for (const path of ["/a", "/none", "/throws", "/wrong", "/throws", "/b"]) ok((await sent(port, `GET ${path}`)).includes(" 404 "));
  await until("all", () => finished.length === 6);
  deepEqual(
    finished.map(({ route }) => route),
    ["own GET", "unmatched", "unmatched", "unmatched", "unmatched", "own GET"],
  );
  equal(asked.length, 6);
  deepEqual(told, ["Cannot tell a request's route or record it: of route(); requests go on, and this is told once"]);
});

test("whatever fails in here, requests go on", async (t) => {
  const { requests, sink, told } = kept();
  sink.finished = () => {
    throw new Error("of the sink");
  };
  const port = await listening(t, requests.server(createServer((_, response) => response.end("done"))));
  ok((await sent(port, "GET /a")).endsWith("done"));
  sink.start = () => {
    throw new Error("of start");
  };
  ok((await sent(port, "GET /a")).endsWith("done"));
  await until("a word", () => told.length > 0);
  equal(told.length, 1);
  // What is no request at all is handed on.
  sink.start = () => 0;
  equal(requests.listener((...given) => given.length)(undefined, null), 2);
  equal(requests.listener(() => "frozen")(Object.freeze({}), Object.freeze({ on: () => undefined })), "frozen");
});

test("while nobody wants to hear of requests, nothing is done with them", () => {
  const { requests, sink, finished } = kept();
  sink.isOn = false;
  const response = new Proxy({}, { get: () => ok(false, "it is looked at") });
  equal(requests.listener(() => 5)(response, response), 5);
  deepEqual(finished, []);
});

test("a request that is followed twice is told once", async (t) => {
  const { requests, finished } = kept();
  const server = requests.server(requests.server(createServer(requests.listener((_, response) => response.end()))));
  const port = await listening(t, server);
  await sent(port, "GET /a", "GET /b");
  await until("two", () => finished.length === 2);
  await settled();
  deepEqual(brief(finished), ["/a [GET] 200", "/b [GET] 200"]);
});

test("a request that is followed twice into one place is told once, and once in each of two", async (t) => {
  const first = kept();
  const again = kept({}, first.sink.into);
  const other = kept();
  const server = other.requests.server(again.requests.server(createServer(first.requests.listener((_, response) => response.end()))));
  await sent(await listening(t, server), "GET /a");
  await until("both", () => again.finished.length + first.finished.length > 0 && other.finished.length > 0);
  await settled();
  deepEqual([...first.finished, ...again.finished].length, 1);
  deepEqual(brief(other.finished), ["/a [GET] 200"]);
});

test("what is no function and no server is refused", () => {
  const { requests } = kept();
  throws(() => requests.listener({}), {
    name: "TypeError",
    message: "Cannot use an empty object as the handler of listener(): it must be a function",
  });
  throws(() => requests.server(() => undefined), {
    name: "TypeError",
    message: "Cannot hear the requests of a function: it must be a server of node:http, node:https or node:http2",
  });
});
