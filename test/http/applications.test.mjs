// Applications of Express and Koa: nothing about them changes by being followed, whenever that is and wherever they are mounted.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import express from "express";
import express4 from "express4";
import Koa from "koa";
import { instrument } from "tallystick/http";
import { recorder, requests } from "tallystick/record";
import { listening, sent, settled, until } from "../requests/asking.mjs";
import { byRequest, own, sum } from "./counting.mjs";

for (const [name, make] of Object.entries({ "Express 4": express4, "Express 5": express })) {
  test(`${name}: what is set behind instrument() holds`, async (t) => {
    const answers = [];
    for (const isFollowed of [false, true]) {
      const app = isFollowed ? instrument(make(), { registry: own(t) }) : make();
      app.enable("strict routing").enable("case sensitive routing").set("query parser", "simple");
      app.get("/Users", (request, response) => response.json(request.query));
      const port = await listening(t, createServer(app));
      const found = [];
      for (const path of ["/Users?a[b]=1", "/users", "/Users/"]) {
        const text = await sent(port, `GET ${path}`);
        found.push(text.slice(9, 12), text.split("\r\n\r\n")[1]);
      }
      answers.push(found);
    }
    assert.equal(answers[0][1], '{"a[b]":"1"}');
    assert.deepEqual(answers[1], answers[0]);
  });

  test(`${name}: an application that has routes already, and one that has none`, async (t) => {
    const registry = own(t);
    const app = make();
    app.get("/early/:id", (_, response) => response.send("x"));
    assert.equal(instrument(app, { registry }), app);
    app.get("/late/:id", (_, response) => response.send("x"));
    const port = await listening(t, createServer(app));
    await sent(port, "GET /early/1", "GET /late/1");
    const empty = await listening(t, createServer(instrument(make(), { registry })));
    await sent(empty, "POST /none");
    await until("all are counted", () => sum(byRequest(registry)) === 3);
    assert.deepEqual(byRequest(registry), { "GET /early/:id 2xx": 1, "GET /late/:id 2xx": 1, "POST unmatched 4xx": 1 });
  });

  test(`${name}: of an application that is mounted, its mount is a part of the route, and the whole path is what is ignored`, async (t) => {
    const registry = own(t);
    const app = make();
    const mounted = instrument(make(), { registry, ignore: ["/metrics", "/t/acme/health"] });
    const router = instrument(make.Router(), { registry, ignore: ["/metrics", "/t/acme/health"] });
    for (const each of [mounted, router]) each.get(["/metrics", "/health", "/users/:id"], (_, response) => response.send("x"));
    app.use("/t/:tenant", mounted);
    app.use("/r/:router", router);
    const port = await listening(t, createServer(app));
    const paths = [
      "/t/acme/metrics",
      "/t/acme/health",
      "/t/acme/health?x=1",
      "/t/acme/users/1",
      "/t/other/users/2",
      "/r/one/users/3",
      "/metrics",
    ];
    for (const path of paths) await sent(port, `GET ${path}`);
    await until("all are counted", () => sum(byRequest(registry)) === 4);
    await settled();
    const route = "/metrics|/health|/users/:id";
    assert.deepEqual(byRequest(registry), { [`GET /t/:tenant${route} 2xx`]: 3, [`GET /r/:router${route} 2xx`]: 1 });
  });
}

for (const [name, make] of Object.entries({ "Express 4": express4, "Express 5": express })) {
  for (const isFirst of [true, false]) {
    test(`${name}: a recorder ${isFirst ? "in front of" : "behind"} instrument(): both know the mounts`, async (t) => {
      const registry = own(t);
      const samples = recorder({ on: true });
      t.after(() => samples.close());
      const app = make();
      const others = createServer(app);
      if (isFirst) app.use(requests(samples).express());
      instrument(app, { registry });
      if (!isFirst) app.use(requests(samples).express());
      const users = make.Router({ mergeParams: true });
      users.get("/users/:id", (request, response) => response.json([request.baseUrl, request.route.path, request.params.tenant]));
      users.get("/fails", () => {
        throw new Error("of a handler");
      });
      app.use("/t/:tenant", users);
      app.use((error, request, response, _next) => response.status(503).json([request.baseUrl, error.message]));
      const port = await listening(t, others);
      assert.ok((await sent(port, "GET /t/acme/users/7")).endsWith('["/t/acme","/users/:id","acme"]'));
      assert.ok((await sent(port, "GET /t/acme/fails")).endsWith('["","of a handler"]'));
      await until("both are counted", () => sum(byRequest(registry)) === 2);
      await settled();
      assert.deepEqual(byRequest(registry), { "GET /t/:tenant/users/:id 2xx": 1, "GET /t/:tenant/fails 5xx": 1 });
      const rows = Buffer.concat([...samples.drain({ format: "jsonl" })])
        .toString()
        .trim()
        .split("\n");
      assert.deepEqual(rows.map((row) => JSON.parse(row).label).toSorted(), ["/t/:tenant/fails [GET]", "/t/:tenant/users/:id [GET]"]);
    });
  }
}

test("Koa: of an application that is mounted the whole path is what is ignored", async (t) => {
  const registry = own(t);
  const mounted = instrument(new Koa(), { registry, ignore: ["/metrics", "/api/health"], route: () => "/api" });
  mounted.use((context) => (context.body = context.path));
  const [followed, answers] = mounted.middleware;
  const app = new Koa().use(async (context) => {
    context.path = context.path.slice("/api".length);
    await followed(context, () => answers(context));
  });
  const port = await listening(t, createServer(app.callback()));
  for (const path of ["/api/metrics", "/api/health", "/api/other"])
    assert.match(await sent(port, `GET ${path}`), /\/(metrics|health|other)$/);
  await until("both are counted", () => sum(byRequest(registry)) === 2);
  await settled();
  assert.deepEqual(byRequest(registry), { "GET /api 2xx": 2 });
});
