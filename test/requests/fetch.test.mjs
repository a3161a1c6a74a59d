// Handlers of the fetch standard: one word a request when its body has ended, and responses that are what they were.

import { deepEqual, equal, notEqual, ok, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { settled } from "./asking.mjs";
import { brief, kept } from "./internals.mjs";

const at = (path, method = "GET") => new Request(`https://example.org${path}`, { method });
const CHUNKS = [new Uint8Array([1, 2]), new Uint8Array([3])];

/** A stream as programs make them. */
function chunked({ fails, cancelled } = {}) {
  let i = 0;
  return new ReadableStream({
    pull(controller) {
      if (i < CHUNKS.length) controller.enqueue(CHUNKS[i++]);
      else if (fails !== undefined) controller.error(fails);
      else controller.close();
    },
    cancel: cancelled,
  });
}

/** The garbage collector of this process. */
function collector() {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc");
}

const bytes = () => new ReadableStream({ type: "bytes", pull: (controller) => controller.close() });

test("fetch() tells a request when its response is there, and the response is the same", async () => {
  const { requests, finished } = kept();
  const RESPONSES = {
    text: new Response("text"),
    typed: new Response("<p>", { headers: { "content-type": "text/html" } }),
    json: Response.json({}),
    buffer: new Response(new Uint8Array(3)),
    blob: new Response(new Blob(["x"])),
    form: new Response(new FormData()),
    parameters: new Response(new URLSearchParams("a=b")),
    empty: new Response(null, { status: 204 }),
    redirect: Response.redirect("https://example.org/", 302),
    bytes: new Response(bytes()),
    known: new Response(chunked(), { headers: { "content-length": "3" } }),
    encoded: new Response(chunked(), { headers: { "content-encoding": "gzip" } }),
  };
  for (const [name, response] of Object.entries(RESPONSES)) {
    equal(requests.fetch(() => response)(at(`/${name}`)), response, name);
    equal(await requests.fetch(async () => response)(at(`/${name}`)), response, name);
    equal(response.bodyUsed, false);
    equal(response.body?.locked ?? false, false, name);
  }
  deepEqual(
    brief(finished),
    Object.entries(RESPONSES).flatMap(([name, { status }]) => Array(2).fill(`/${name} [GET] ${status}`)),
  );
});

test("a stream is told when it was read to its end; its chunks, head and cookies are the same", async () => {
  const { requests, finished } = kept();
  const headers = new Headers({ "x-own": "1" });
  headers.append("set-cookie", "a=1");
  headers.append("set-cookie", "b=2");
  const given = new Response(chunked(), { status: 206, statusText: "Some", headers });
  const response = await requests.fetch(async () => given)(at("/a"));
  notEqual(response, given);
  deepEqual([response.status, response.statusText, response.headers.get("x-own")], [206, "Some", "1"]);
  deepEqual(response.headers.getSetCookie(), ["a=1", "b=2"]);
  const reader = response.body.getReader();
  for (const chunk of CHUNKS) {
    const { value } = await reader.read();
    equal(value, chunk);
    await settled();
    deepEqual(finished, []);
  }
  equal((await reader.read()).done, true);
  deepEqual(brief(finished), ["/a [GET] 206"]);
  ok(finished[0].seconds >= 0.09, `${finished[0].seconds}`);
});

test("a stream that fails or is cancelled is told as aborted, once, and both ends hear of it", async () => {
  const { requests, finished } = kept();
  const failure = new Error("of the stream");
  const failing = requests.fetch(() => new Response(chunked({ fails: failure })))(at("/fails"));
  await rejects(failing.arrayBuffer(), (error) => error === failure);
  let reason;
  const cancelled = requests.fetch(() => new Response(chunked({ cancelled: (why) => (reason = why) })))(at("/cancelled"));
  const reader = cancelled.body.getReader();
  await reader.read();
  await reader.cancel("enough");
  equal(reason, "enough");
  await settled();
  deepEqual(brief(finished), ["/fails [GET] 200 aborted", "/cancelled [GET] 200 aborted"]);
});

test("a stream that nobody reads to its end, and that is gone, is told as aborted", async () => {
  const gc = collector();
  const { requests, finished } = kept();
  const silent = () => new ReadableStream({ pull: () => new Promise(() => undefined) }, { highWaterMark: 0 });
  const held = requests.fetch(() => new Response(chunked()))(at("/held"));
  await (async () => {
    requests.fetch(() => new Response(chunked()))(at("/dropped"));
    await requests
      .fetch(async () => new Response(chunked()))(at("/begun"))
      .then(({ body }) => body.getReader().read());
    // What waits for a chunk that never comes is gone with whoever waits.
    void requests
      .fetch(() => new Response(silent()))(at("/waiting"))
      .body.getReader()
      .read();
    await requests
      .fetch(() => new Response(chunked()))(at("/read"))
      .arrayBuffer();
  })();
  deepEqual(brief(finished), ["/read [GET] 200"]);
  for (let i = 0; i < 100 && finished.length < 4; i++) {
    gc();
    await settled();
  }
  deepEqual(brief(finished).toSorted(), [
    "/begun [GET] 200 aborted",
    "/dropped [GET] 200 aborted",
    "/read [GET] 200",
    "/waiting [GET] 200 aborted",
  ]);
  await held.arrayBuffer();
  deepEqual(brief(finished).at(-1), "/held [GET] 200");
});

test("nothing of a stream is read before it is asked for", async () => {
  const { requests } = kept();
  let pulled = 0;
  const stream = new ReadableStream(
    {
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(1));
      },
    },
    { highWaterMark: 0 },
  );
  const { body } = requests.fetch(() => new Response(stream))(at("/a"));
  await settled();
  equal(pulled, 0);
  const reader = body.getReader();
  await reader.read();
  await settled();
  equal(pulled, 1);
  await reader.cancel();
});

test("event streams and what says that it is chunked are streams, whatever they are made of; isStream() decides otherwise", async () => {
  const EVENTS = { headers: { "content-type": "text/event-stream; charset=utf-8" } };
  const CHUNKED = { headers: { "transfer-encoding": "chunked" } };
  const { requests, finished } = kept();
  for (const init of [EVENTS, CHUNKED]) {
    const response = requests.fetch(() => new Response("data: x\n\n", init))(at("/events"));
    deepEqual(finished, []);
    equal(await response.text(), "data: x\n\n");
    equal(finished.length, 1);
    finished.length = 0;
  }
  const own = kept({ isStream: (response) => response.headers.has("x-stream") });
  const plain = new Response(chunked());
  equal(own.requests.fetch(() => plain)(at("/plain")), plain);
  await own.requests
    .fetch(() => new Response(bytes(), { headers: { "x-stream": "1" } }))(at("/own"))
    .text();
  deepEqual(brief(own.finished), ["/plain [GET] 200", "/own [GET] 200"]);
  const failing = kept({
    isStream() {
      throw new Error("of isStream()");
    },
  });
  equal(failing.requests.fetch(() => plain)(at("/plain")), plain);
  deepEqual([brief(failing.finished), failing.told.length], [["/plain [GET] 200"], 1]);
});

test("HEAD, upgrades to web sockets, bodies that are read already, and what is no Response", async () => {
  const { requests, finished, told } = kept();
  const stream = new Response(chunked());
  equal(requests.fetch(() => stream)(at("/head", "HEAD")), stream);
  // A runtime's own, for none can be made.
  const upgrade = Object.create(Response.prototype, { status: { value: 101 } });
  equal(requests.fetch(() => upgrade)(at("/socket")), upgrade);
  equal(requests.fetch(() => undefined)(at("/bun-socket")), undefined);
  const locked = new Response(chunked());
  locked.body.getReader();
  equal(requests.fetch(() => locked)(at("/locked")), locked);
  const foreign = { status: 203 };
  equal(requests.fetch(() => foreign)(at("/foreign")), foreign);
  equal(requests.fetch(() => 7)(at("/wrong")), 7);
  equal(requests.fetch(() => null)(at("/none")), null);
  deepEqual(brief(finished), [
    "/head [HEAD] 200",
    "/socket [GET] 101",
    "/bun-socket [GET] 101",
    "/locked [GET] 200",
    "/foreign [GET] 203",
    "/wrong [GET] 500",
    "/none [GET] 500",
  ]);
  deepEqual(told, []);
});

test("what a handler throws or rejects with is thrown, and told once", async () => {
  const { requests, finished } = kept();
  const failure = new Error("of the handler");
  const fails = () => {
    throw failure;
  };
  throws(
    () => requests.fetch(fails)(at("/a")),
    (error) => error === failure,
  );
  await rejects(requests.fetch(async () => fails())(at("/b")), (error) => error === failure);
  const completed = Promise.resolve();
  await rejects(requests.fetch(async () => fails())(at("/c"), { completed }), (error) => error === failure);
  deepEqual(brief(finished), ["/a [GET] 500", "/b [GET] 500", "/c [GET] 500"]);
});

test("a rejection that nobody handles stays one", async (t) => {
  const { requests } = kept();
  const failure = new Error("unhandled");
  const heard = [];
  const others = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", (error) => heard.push(error));
  t.after(() => {
    process.removeAllListeners("unhandledRejection");
    for (const other of others) process.on("unhandledRejection", other);
  });
  void requests.fetch(async () => {
    throw failure;
  })(at("/a"));
  await settled();
  deepEqual(heard, [failure]);
});

test("a handler is called as it was, and a thenable runs once", async () => {
  const { requests, finished } = kept();
  function named(request, environment, context) {
    return [this, request.url, environment, context];
  }
  const followed = requests.fetch(named);
  deepEqual([followed.name, followed.length], ["named", 3]);
  const own = {};
  deepEqual(followed.call(own, at("/a"), "environment", "context"), [own, "https://example.org/a", "environment", "context"]);
  // Deno gives no request to a handler without parameters.
  equal(requests.fetch(() => new Response()).length, 1);
  let runs = 0;
  // A builder of queries is one.
  const then = (resolve) => {
    runs++;
    resolve(new Response("later"));
  };
  const lazy = new Proxy({}, { get: (_, name) => (name === "then" ? then : undefined) });
  equal(await (await requests.fetch(() => lazy)(at("/lazy"))).text(), "later");
  equal(runs, 1);
  deepEqual(brief(finished), ["/a [GET] 500", "/lazy [GET] 200"]);
});

test("where the runtime tells of the end, responses and promises are the handler's own", async () => {
  const { requests, finished } = kept();
  let complete;
  let fail;
  const completed = new Promise((resolve) => (complete = resolve));
  const failed = new Promise((_, reject) => (fail = reject));
  const stream = new Response(chunked());
  const promise = Promise.resolve(stream);
  equal(requests.fetch(() => promise)(at("/a"), { completed }), promise);
  equal(requests.fetch(() => stream)(at("/b"), { completed: failed }), stream);
  const upgrade = Object.create(Response.prototype, { status: { value: 101 } });
  requests.fetch(() => upgrade)(at("/socket"), { completed });
  await settled();
  deepEqual(brief(finished), ["/socket [GET] 101"]);
  complete();
  fail(new Error("the client left"));
  await settled();
  deepEqual(brief(finished).toSorted(), ["/a [GET] 200", "/b [GET] 200 aborted", "/socket [GET] 101"]);
});

test("routes() follows handlers under their pattern, and leaves all else as it is", async () => {
  const { requests, finished } = kept();
  const fixed = new Response("fixed");
  class Page {
    index = () => undefined;
  }
  const page = new Page();
  const given = {
    "/users/:id": (request) => new Response(request.url),
    "/both": { GET: async () => new Response("got"), POST: () => new Response(null, { status: 404 }), PUT: fixed },
    "/fixed": fixed,
    "/page": page,
    "/off": false,
    "/module": Object.assign(Object.create(null), { GET: () => new Response("of a module") }),
  };
  const routes = requests.routes(given);
  deepEqual(Object.keys(routes), Object.keys(given));
  deepEqual([routes["/fixed"], routes["/page"], routes["/off"], routes["/both"].PUT], [fixed, page, false, fixed]);
  routes["/users/:id"](at("/users/7?x"));
  await routes["/both"].GET(at("/both"));
  routes["/both"].POST(at("/both", "POST"));
  routes["/module"].GET(at("/module"));
  deepEqual(brief(finished), ["/users/:id [GET] 200", "/both [GET] 200", "/both [POST] 404", "/module [GET] 200"]);
});

test("while nobody wants to hear of requests, nothing is done with them", () => {
  const { requests, sink, finished } = kept();
  sink.isOn = false;
  const untouched = new Proxy({}, { get: () => ok(false, "it is looked at") });
  equal(requests.fetch((request) => request)(untouched), untouched);
  deepEqual(finished, []);
});

test("whatever fails in here, requests go on", async () => {
  const { requests, sink, told } = kept();
  sink.finished = () => {
    throw new Error("of the sink");
  };
  equal(await (await requests.fetch(async () => new Response("x"))(at("/a"))).text(), "x");
  equal(
    await requests
      .fetch(() => new Response(chunked()))(at("/a"))
      .text(),
    "\x01\x02\x03",
  );
  equal(requests.fetch(() => "given")(undefined), "given");
  equal(requests.fetch(() => "given")(Object.freeze({})), "given");
  const hostile = new Proxy({}, { get: () => ok(false, "of a response") });
  ok(requests.fetch(() => hostile)(at("/a")) === hostile);
  equal(told.length, 1);
});

test("a request that is followed twice is told once, by the pattern that is known", async () => {
  const { requests, finished } = kept();
  const inner = requests.routes({ "/users/:name": () => new Response("x") });
  const outer = requests.fetch(requests.fetch((request) => inner["/users/:name"](request)));
  await outer(at("/users/ann")).text();
  deepEqual(brief(finished), ["/users/:name [GET] 200"]);
});

test("a request that is frozen is told, and told once", async () => {
  const { requests, finished, told } = kept();
  const frozen = Object.freeze(at("/frozen"));
  await requests.fetch(requests.fetch(async () => new Response("x")))(frozen);
  deepEqual([brief(finished), told], [["/frozen [GET] 200"], []]);
});

test("what is no handler is refused", () => {
  const { requests } = kept();
  throws(() => requests.fetch({}), {
    name: "TypeError",
    message: "Cannot use an empty object as the handler of fetch(): it must be a function",
  });
  throws(() => requests.routes(7), { name: "TypeError", message: /^Cannot use 7 as the routes of Bun.serve: it must be an object/ });
});
