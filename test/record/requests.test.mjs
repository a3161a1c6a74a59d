// Requests as samples: counts by label are what was sent, whoever sends, and labels have a limit.

import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, Agent } from "node:http";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import express from "express";
import { recorder, requests } from "tallystick/record";
import { left, listening, sent, until } from "../requests/asking.mjs";

const CLIENTS = 4;
const EACH = 50;

/** What is in a recorder: times, seconds and labels. */
function taken(samples) {
  const csv = new TextDecoder().decode(Buffer.concat([...samples.drain()]));
  return csv
    .split("\r\n")
    .slice(1, -1)
    .map((line) => {
      const [time, seconds, label] = line.split(",");
      return { time: BigInt(time), seconds: Number(seconds), label };
    });
}

function counted(rows) {
  const counts = {};
  for (const { label } of rows) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}

test("requests() records each request under its route and method: four clients at once, errors, 404s, and clients that leave", async (t) => {
  const samples = recorder({ prefix: "express" });
  const app = express();
  const users = express.Router();
  let waiting = 0;
  users.get("/:id", (_, response) => response.send("user"));
  users.post("/:id", () => Promise.reject(new Error("of a handler")));
  users.get("/:id/stream", (_, response) => {
    response.write("first");
    setTimeout(() => response.end("last"), 2);
  });
  users.get("/:id/never", () => waiting++);
  app.use(requests(samples).express());
  app.use("/users", users);
  app.use((_error, _request, response, _next) => response.status(500).end());
  const port = await listening(t, createServer(app));
  const from = BigInt(Date.now() - 1000) * 1_000_000n;
  const client = async (name) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let i = 0; i < EACH; i++) {
      for (const [method, path] of [
        ["GET", `/users/${name}${i}`],
        ["POST", `/users/${i}`],
        ["GET", `/users/${i}/stream?${i}`],
        ["GET", `/none/${i}`],
      ]) {
        const [response] = await once(get({ port, agent, method, path }), "response");
        response.resume();
        await once(response, "end");
      }
    }
    agent.destroy();
    await left(port, () => until("it waits", () => waiting >= CLIENTS), `GET /users/${name}/never`);
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(`client-${i}-`)));
  const total = CLIENTS * EACH;
  await until("all are recorded", () => samples.statistics.recorded === 4 * total + CLIENTS);
  const rows = taken(samples);
  deepEqual(counted(rows), {
    "/users/:id [GET]": total,
    "/users/:id [POST]": total,
    "/users/:id/stream [GET]": total,
    "unmatched [GET]": total,
    "/users/:id/never [GET]": CLIENTS,
  });
  const to = BigInt(Date.now() + 1000) * 1_000_000n;
  for (const { time, seconds } of rows) ok(time > from && time < to && seconds > 0 && seconds < 60);
  for (const { label, seconds } of rows) if (label === "/users/:id/stream [GET]") ok(seconds > 0.001, `${seconds}`);
  await samples.close();
});

test("requests() of a recorder that is off, on again, and closed", async (t) => {
  const samples = recorder({ prefix: "switched", on: false });
  const port = await listening(t, requests(samples).server(createServer((_, response) => response.end())));
  await sent(port, "GET /off");
  samples.on();
  await sent(port, "GET /on");
  await until("it is recorded", () => samples.statistics.recorded === 1);
  samples.off();
  await sent(port, "GET /off");
  samples.on();
  await samples.close();
  ok((await sent(port, "GET /closed")).startsWith("HTTP/1.1 200"));
  deepEqual(counted(taken(recorder({ prefix: "switched" }))), { "/on [GET]": 1 });
});

test("requests() have so many labels, and a recorder that has no room for more goes on", async () => {
  const samples = recorder({ prefix: "limited" });
  const handler = requests(samples, { maxLabels: 3, route: ({ url }) => new URL(url).pathname }).fetch(() => new Response());
  const ask = (path, method = "GET") => handler(new Request(`https://example.org${path}`, { method }));
  for (const path of ["/a", "/b", "/c", "/d", "/a", `/${"x".repeat(2000)}`]) ask(path);
  ask("/a", "POST");
  deepEqual(counted(taken(samples)), { "/a [GET]": 2, "/b [GET]": 1, "/c [GET]": 1, "other [GET]": 2, "other [POST]": 1 });
  await samples.close();
  const few = recorder({ prefix: "few", maxLabels: 2 });
  const crowded = requests(few, { route: ({ url }) => new URL(url).pathname }).fetch(() => new Response());
  for (const path of ["/a", "/b", "/c"]) crowded(new Request(`https://example.org${path}`));
  deepEqual(counted(taken(few)), { "/a [GET]": 1, "other [GET]": 2 });
  await few.close();
});

/** Requests of these paths, which are their own routes. */
function askedBy(samples, paths, options = {}) {
  const handler = requests(samples, { route: ({ url }) => url, ...options }).fetch(() => new Response());
  for (const url of paths) handler({ method: "GET", url });
}

const numbered = (count, ending = "") => Array.from({ length: count }, (_, i) => `/${i}${ending}`);

test("requests() leave half of a recorder's labels, and of the room for their texts, to the program, however often they are called", async () => {
  const few = recorder({ prefix: "half", maxLabels: 20 });
  askedBy(few, numbered(30));
  askedBy(few, numbered(30, "x"));
  const counts = counted(taken(few));
  deepEqual([Object.keys(counts).length, counts["other [GET]"]], [11, 50]);
  for (let i = 0; i < 9; i++) equal(few.label(`own ${i}`).name, `own ${i}`);
  equal(few.statistics.refusedLabels, 0);
  await few.close();
  const long = recorder({ prefix: "room" });
  askedBy(long, numbered(600, "é".repeat(1000)), { maxLabels: 65_535 });
  ok(counted(taken(long))["other [GET]"] > 500);
  for (let i = 0; i < 500; i++) equal(long.label(`own ${i} ${"x".repeat(200)}`).name.length, 205 + String(i).length);
  equal(long.statistics.refusedLabels, 0);
  await long.close();
});

test("requests() of all threads, and of a recorder that is asked for again, have one half of its labels", async () => {
  const samples = recorder({ prefix: "threads", maxLabels: 40 });
  askedBy(samples, numbered(15, "a"));
  const worker = new Worker(new URL("asked-thread.mjs", import.meta.url));
  await once(worker, "message");
  await worker.terminate();
  await samples.close();
  const again = recorder({ prefix: "threads", maxLabels: 40 });
  askedBy(again, [...numbered(15, "c"), "/14a", "/14b"]);
  // 15 and 5 of the thread; what is there has its label.
  const counts = counted(taken(again));
  deepEqual([Object.keys(counts).length, counts["/0a [GET]"], counts["/14a [GET]"], counts["/4b [GET]"]], [21, 2, 2, 1]);
  deepEqual([counts["/5b [GET]"], counts["other [GET]"]], [undefined, 10 + 15 + 1]);
  for (let i = 0; i < 19; i++) equal(again.label(`own ${i}`).name, `own ${i}`);
  equal(again.statistics.refusedLabels, 0);
  await again.close();
});

test("requests() whose route is longer than 1024 characters, or whose label is refused, are other ones", async () => {
  const samples = recorder({ prefix: "long", maxLabels: 64 });
  askedBy(samples, ["/a", "x".repeat(1024), "y".repeat(1025)]);
  for (let i = 0; i < 64; i++) samples.label(`own ${i}`);
  askedBy(samples, ["/b", "/a"]);
  deepEqual(counted(taken(samples)), { "/a [GET]": 2, [`${"x".repeat(1024)} [GET]`]: 1, "other [GET]": 2 });
  await samples.close();
});

test("requests() of one recorder, called twice, record a request once", async (t) => {
  const samples = recorder({ prefix: "twice" });
  const app = express();
  app.use(requests(samples).express());
  app.get("/a/:b", (_, response) => response.send("x"));
  const port = await listening(t, requests(samples).server(createServer(app)));
  await sent(port, "GET /a/1", "GET /a/2");
  await until("two", () => samples.statistics.recorded >= 2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  deepEqual(counted(taken(samples)), { "/a/:b [GET]": 2 });
  await samples.close();
});

test("requests() of hostile texts are rows that can be read", async () => {
  const samples = recorder({ prefix: "hostile" });
  const route = ({ url }) => decodeURIComponent(new URL(url).pathname);
  const handler = requests(samples, { route }).fetch(() => new Response());
  const texts = ['"', ",", "\r\n", "\0", "é\u{1f600}", "\u2028", "[GET]"];
  for (const text of texts) handler(new Request(`https://example.org/${encodeURIComponent(text)}`));
  const lines = [...samples.drain({ format: "jsonl" })].map((chunk) => new TextDecoder().decode(chunk)).join("");
  deepEqual(
    lines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).label),
    texts.map((text) => `/${text} [GET]`),
  );
  await samples.close();
});

test("requests() tells once what goes wrong, to onError or the console", async (t) => {
  const samples = recorder({ prefix: "told" });
  const failing = () => {
    throw new Error("of route()");
  };
  const told = [];
  const handler = requests(samples, { route: failing, onError: (error) => told.push(error.message) }).fetch(() => new Response());
  const warned = t.mock.method(console, "warn", () => undefined);
  const other = requests(samples, { route: failing }).fetch(() => new Response());
  for (let i = 0; i < 3; i++) for (const each of [handler, other]) each(new Request("https://example.org/a"));
  const WORDS = "Cannot tell a request's route or record it: of route(); requests go on, and this is told once";
  deepEqual(told, [WORDS]);
  deepEqual(
    warned.mock.calls.map(({ arguments: [text] }) => text),
    [`tallystick: ${WORDS}`],
  );
  deepEqual(counted(taken(samples)), { "unmatched [GET]": 6 });
  await samples.close();
});

test("requests() refuses what is no recorder and no option", async () => {
  const samples = recorder({ prefix: "refusing" });
  throws(() => requests({}), {
    name: "TypeError",
    message: "Cannot record requests into an empty object: it must be what recorder() gave",
  });
  throws(() => requests(undefined), TypeError);
  throws(() => requests(samples, { routes: 1 }), {
    name: "TypeError",
    message: /"routes" of requests: its options are route, isStream, maxLabels, onError/,
  });
  throws(() => requests(samples, { route: "x" }), TypeError);
  for (const maxLabels of [0, 65_536, NaN]) {
    throws(() => requests(samples, { maxLabels }), {
      name: "RangeError",
      message: `Cannot record requests with maxLabels ${maxLabels}: it must be at least 1 and at most 65535`,
    });
  }
  equal(typeof requests(samples, { route: undefined, isStream: null }).fetch, "function");
  await samples.close();
});
