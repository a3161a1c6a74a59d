// Who leaves out the parentheses of what makes a middleware is told what to write, by whatever his framework does with errors.

import { equal, match, rejects, throws } from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import express from "express";
import express4 from "express4";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";
import { listening, sent } from "./asking.mjs";
import { inside, kept } from "./internals.mjs";

const words = (name, verb = "use") =>
  `Cannot use ${name} itself, which is not called by a framework: write app.${verb}(requests(recorder).${name}())`;

for (const [name, make] of Object.entries({ "Express 4": express4, "Express 5": express })) {
  test(`${name}: app.use(requests.express) answers with the error`, async (t) => {
    const app = make();
    app.use(kept().requests.express);
    app.use((error, _request, response, _next) => response.status(500).send(error.message));
    const answer = await sent(await listening(t, createServer(app)), "GET /");
    match(answer, /^HTTP\/1.1 500 /);
    equal(answer.split("\r\n\r\n")[1], words("express"));
  });
}

test("Koa and Hono: app.use(requests.koa) and app.use(requests.hono) hand the error to whoever hears of errors", async (t) => {
  const koa = new Koa();
  const heard = [];
  koa.on("error", (error) => heard.push(error.message));
  koa.use(kept().requests.koa);
  match(await sent(await listening(t, createServer(koa.callback())), "GET /"), /^HTTP\/1.1 500 /);
  equal(heard[0], words("koa"));
  for (const { hono } of [kept().requests, inside.fetchAdapters(kept().sink, {})]) {
    const app = new Hono();
    app.use(hono);
    app.get("/", (context) => context.text("never"));
    app.onError((error, context) => context.text(error.message, 503));
    equal(await (await app.request("/")).text(), words("hono"));
  }
});

test("Fastify: app.register(requests.fastify) is not ready", async () => {
  const app = fastify();
  const plugin = kept().requests.fastify;
  throws(() => plugin(app, {}, () => undefined), { name: "TypeError", message: words("fastify", "register") });
  app.register(async (instance, options) => plugin(instance, options));
  await rejects(async () => app.ready(), { name: "TypeError", message: words("fastify", "register") });
});
