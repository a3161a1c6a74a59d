// Express 4 and 5: what strangers send below a mount is in no pattern, and an application finds a request as it would be without us.

import { deepEqual, equal, ok } from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import express from "express";
import express4 from "express4";
import { listening, sent, until } from "./asking.mjs";
import { brief, kept } from "./internals.mjs";

const EXPRESSES = { "Express 4": [express4, "/proxy/*"], "Express 5": [express, "/proxy/*rest"] };
const WORDS = Array.from({ length: 40 }, (_, i) => [...String(i)].map((digit) => "abcdefghij"[digit]).join(""));

for (const [name, [make, wild]] of Object.entries(EXPRESSES)) {
  test(`${name}: words below wildcards and parts of segments are in no pattern, nor is a literal ever a name`, async (t) => {
    const { requests, finished, told } = kept();
    const app = make();
    const deep = make.Router().get("/hi", (_, response) => response.send("hi"));
    app.use(requests.express());
    app.use(wild, (_, response) => response.send("proxied"));
    app.use("/f/:name.:ext", (_, response) => response.send("file"));
    app.use("/t/:a/:b", deep);
    const port = await listening(t, createServer(app));
    for (const [i, word] of WORDS.entries()) {
      await sent(port, `GET /proxy/${word}/${WORDS[(i * 7) % 40]}`, `GET /f/${word}.${WORDS[(i * 3) % 40]}`, `GET /t/${word}/${word}/hi`);
    }
    await sent(port, "GET /t/t/t/hi");
    await until("all", () => finished.length === WORDS.length * 3 + 1);
    const counts = {};
    for (const { route } of finished) counts[route] = (counts[route] ?? 0) + 1;
    // A word of the parameter that is the literal "f": it cannot be told which of them is.
    const { "/:name/*": named = 0, "/:ext/*": ended = 0, "/f/*": files, ...others } = counts;
    equal(named + ended + files, WORDS.length);
    ok(files > WORDS.length - 4, `${files}`);
    deepEqual(others, { [wild]: WORDS.length, "/t/:a/:b/hi": WORDS.length, "/*/*/*/hi": 1 });
    deepEqual(told, []);
  });

  test(`${name}: a router that is mounted twice and passes on is where it came to last`, async (t) => {
    const { requests, finished } = kept();
    const app = make();
    const twice = make.Router();
    twice.get("/:id", (request, response, next) => (request.baseUrl === "/b" ? response.send("second") : next()));
    app.use(requests.express());
    app.use("/:any", (_request, _response, next) => next());
    app.use("/b", twice);
    app.use("/:one", twice);
    app.use("/c", twice);
    app.get("/c/:other", (_, response) => response.send("other"));
    const port = await listening(t, createServer(app));
    for (const path of ["/b/1", "/c/1", "/d/1"]) await sent(port, `GET ${path}`);
    await until("all", () => finished.length === 3);
    deepEqual(brief(finished), ["/b/:id [GET] 200", "/c/:other [GET] 200", "/:one/:id [GET] 404"]);
  });

  test(`${name}: an application finds in a request and its copies what it would find without`, async (t) => {
    const SEEN = {
      names: (request) => Object.keys(request).filter((key) => key === "route" || key === "baseUrl"),
      byName(request) {
        const copy = {};
        for (const key of Object.getOwnPropertyNames(request)) {
          Object.defineProperty(copy, key, Object.getOwnPropertyDescriptor(request, key));
        }
        const seen = [copy.baseUrl, copy.route.path];
        copy.baseUrl = "/copied";
        copy.route = { path: "/copied" };
        return [...seen, copy.baseUrl, copy.route.path, request.baseUrl, request.route.path];
      },
      spread: (request) => [{ ...request }.baseUrl, { ...request }.route.path],
      inherited(request) {
        const part = Object.create(request);
        const before = [part.baseUrl, part.route.path];
        part.baseUrl = "/mine";
        part.route = { path: "/mine" };
        return [...before, part.baseUrl, part.route.path, request.baseUrl, request.route.path, Object.hasOwn(part, "baseUrl")];
      },
      set(request) {
        request.baseUrl = "/set";
        request.route = { path: "/set" };
        return [request.baseUrl, request.route.path];
      },
      removed(request) {
        const was = delete request.route && delete request.baseUrl;
        return [was, typeof request.route, typeof request.baseUrl];
      },
      redefined: (request) => Object.defineProperty(request, "baseUrl", { value: "/fixed", writable: false }).baseUrl,
      has: (request) => [Object.hasOwn(request, "route"), Object.hasOwn(request, "baseUrl")],
    };
    const answers = {};
    for (const followed of [false, true]) {
      const { requests, finished } = kept();
      const app = make();
      const before = [];
      const seen = make.Router();
      for (const [key, look] of Object.entries(SEEN)) seen.get(`/${key}`, (request, response) => response.json(look(request)));
      if (followed) app.use(requests.express());
      app.use((request, _response, next) => {
        before.push("route" in request, "baseUrl" in request, request.baseUrl);
        next();
      });
      app.use("/seen", seen);
      app.use((error, _request, response, _next) => response.json(error.message));
      const port = await listening(t, createServer(app));
      const found = {};
      for (const key of Object.keys(SEEN)) found[key] = (await sent(port, `GET /seen/${key}`)).split("\r\n\r\n")[1];
      answers[followed] = [found, before];
      if (!followed) continue;
      await until("all", () => finished.length === Object.keys(SEEN).length);
    }
    deepEqual(answers[true], answers[false]);
    equal(answers[true][0].spread, '["/seen","/spread"]');
  });

  test(`${name}: what a batch asks of its own application is a part of the one request`, async (t) => {
    const answers = [];
    for (const followed of [false, true]) {
      const { requests, finished, told } = kept();
      const app = make();
      if (followed) app.use(requests.express());
      const users = make.Router().get("/:id", (request, response) => {
        setImmediate(() => response.end(`${request.params.id} at ${request.baseUrl}`));
      });
      const batch = make.Router().get("/batch", (request, response) => {
        const asked = (url) =>
          new Promise((resolve) => {
            const part = Object.assign(Object.create(request), { url, originalUrl: url, baseUrl: "" });
            // Each has a place of its own where frameworks keep what a part is at.
            const answer = Object.assign(Object.create(response), { end: resolve });
            app.handle(part, answer, () => resolve("none"));
          });
        const before = request.baseUrl;
        void Promise.all(["/users/1", "/users/2"].map(asked)).then((all) =>
          response.json([before, request.baseUrl, request.route.path, all]),
        );
      });
      app.use("/users", users);
      app.use("/api", batch);
      const port = await listening(t, createServer(app));
      answers.push((await sent(port, "GET /api/batch")).split("\r\n\r\n")[1]);
      if (!followed) continue;
      await until("it", () => finished.length === 1);
      deepEqual(brief(finished), ["/api/batch [GET] 200"]);
      deepEqual(told, []);
    }
    equal(answers[1], answers[0]);
  });
}

test("what inherits from a request that is followed does not change its pattern", () => {
  const { requests, finished } = kept();
  const follow = requests.express();
  const heard = {};
  const response = { headersSent: true, statusCode: 200, on: (event, listener) => (heard[event] = listener) };
  const request = { method: "GET", url: "/api", baseUrl: "", params: {}, on: () => undefined };
  follow(request, response, () => undefined);
  request.route = { path: "/api" };
  const part = Object.create(request);
  follow(part, Object.create(response), () => undefined);
  part.route = { path: "/users/:id" };
  heard.finish();
  deepEqual(brief(finished), ["/api [GET] 200"]);
});
