// What Koa's routers tell of requests that none of their routes answered.

import { deepEqual } from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { Router } from "@koa/router";
import Koa from "koa";
import { listening, sent, until } from "./asking.mjs";
import { brief, kept } from "./internals.mjs";

test("Koa: a router that has no route for the first request is there all the same: its path stands for nothing", async (t) => {
  const { requests, finished } = kept();
  const router = new Router().post("/words/:word", (context) => (context.body = "x"));
  const app = new Koa().use(requests.koa()).use(router.routes()).use(router.allowedMethods());
  const port = await listening(t, createServer(app.callback()));
  await sent(port, "GET /words/hostile");
  await until("it is told", () => finished.length === 1);
  deepEqual(brief(finished), ["unmatched [GET] 405"]);
});
