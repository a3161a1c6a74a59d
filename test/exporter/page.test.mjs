// The exporter's page as it is answered: its headers, its policy, who may read it, and what is there without it.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { Registry } from "tallystick";
import { serve } from "tallystick/exporter";
import { folder } from "../runtimes/packed.mjs";
import { each, run, said, THREADED } from "../runtimes/programs.mjs";

async function served(t, options) {
  const registry = new Registry();
  const told = [];
  const exporter = await serve({ port: 0, registry, onError: (error) => told.push(error), ...options });
  t.after(async () => {
    await exporter.close();
    registry.close();
    assert.deepEqual(told, []);
  });
  return (path, init) => fetch(new URL(path, exporter.url), init);
}

for (const thread of [true, false]) {
  const where = thread ? "in its own thread" : "in this thread";
  test(`page ${where}: HTML that runs what it brings along, by its hashes, and asks its own server alone`, async (t) => {
    const at = await served(t, { thread });
    const answer = await at("/");
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get("content-type"), "text/html; charset=utf-8");
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    const html = await answer.text();
    assert.equal(Number(answer.headers.get("content-length")), Buffer.byteLength(html));
    const policy = new Map(
      answer.headers
        .get("content-security-policy")
        .split("; ")
        .map((each) => [each.split(" ")[0], each.split(" ").slice(1).join(" ")]),
    );
    for (const tag of ["script", "style"]) {
      const [, text] = new RegExp(`<${tag}>([^]*?)</${tag}>`).exec(html);
      assert.ok(text.length > 1000);
      assert.equal(policy.get(`${tag}-src`), `'sha256-${createHash("sha256").update(text).digest("base64")}'`);
    }
    assert.equal(policy.get("default-src"), "'none'");
    assert.equal(policy.get("connect-src"), "'self'");
    assert.equal(policy.get("frame-ancestors"), "'none'");
    assert.equal(policy.get("require-trusted-types-for"), "'script'");
    // Of what it brings along the licence, and no address that a browser would ask.
    assert.match(html, /Permission is hereby granted, free of charge[^]*Leon Sorokin|Leon Sorokin[^]*Permission is hereby granted/);
    assert.doesNotMatch(html.replace(/<!--[^]*?-->/, ""), /(?:src|href)="(?!data:,)|url\(|@import|https?:\/\/(?!www\.w3\.org)/);
    const head = await at("/", { method: "HEAD" });
    assert.deepEqual([head.status, head.headers.get("content-length"), await head.text()], [200, answer.headers.get("content-length"), ""]);
    assert.equal((await at("/", { method: "POST" })).status, 405);
  });

  test(`page ${where}: the same may read it that may read the metrics`, async (t) => {
    const at = await served(t, { thread, auth: { user: "a", password: "b" } });
    const refused = await at("/");
    assert.deepEqual([refused.status, await refused.text()], [401, "Unauthorized\n"]);
    assert.match(refused.headers.get("www-authenticate"), /^Basic /);
    const read = await at("/", { headers: { authorization: `Basic ${btoa("a:b")}` } });
    assert.match(await read.text(), /^<!doctype html>/i);
    const bearer = await served(t, { thread, auth: { bearer: "token" } });
    assert.equal((await bearer("/")).status, 401);
    assert.equal((await bearer("/", { headers: { authorization: "Bearer token" } })).status, 200);
  });

  test(`page ${where}: a path of one's own, whatever it has in it; at / the metrics come first`, async (t) => {
    const at = await served(t, { thread, path: "/a&x" });
    const html = await (await at("/")).text();
    assert.match(html, /<html lang="en" data-metrics="a&amp;x">/);
    const root = await served(t, { thread, path: "/" });
    assert.match((await root("/")).headers.get("content-type"), /^text\/plain/);
  });

  test(`page ${where}: turned off, a line says where the metrics are, to everybody`, async (t) => {
    const at = await served(t, { thread, page: false, auth: { bearer: "token" } });
    const answer = await at("/");
    assert.deepEqual([answer.status, await answer.text()], [200, "Metrics are at /metrics\n"]);
  });
}

const LOST = `
import { serve } from "tallystick/exporter";
const told = [];
const { url } = await serve({ port: 0, thread: false, onError: (error) => told.push(error.message) });
for (let i = 0; i < 2; i++) console.log((await (await fetch(new URL("/", url))).text()).trim());
console.log(told.length, /^Cannot show the exporter's page: .*exporter-page\\.html/.test(told[0]));
`;

each(THREADED, "a page that is not there, as in a bundle, is told once, and a line stands in its place", async (runtime) => {
  const path = folder(`page-${runtime}`);
  const there = join(path, "node_modules/tallystick");
  mkdirSync(there, { recursive: true });
  for (const part of ["package.json", "dist"]) cpSync(fileURLToPath(new URL(`../../${part}`, import.meta.url)), join(there, part), { recursive: true, filter: (from) => !from.endsWith("exporter-page.html") }); // prettier-ignore
  writeFileSync(join(path, "package.json"), '{"type":"module"}');
  writeFileSync(join(path, "lost.mjs"), LOST);
  const result = await run(runtime, join(path, "lost.mjs"), [], { cwd: path, within: 30_000 });
  assert.equal(result.stdout, "Metrics are at /metrics\nMetrics are at /metrics\n1 true\n", said(result));
});

const SHOWN = `
import { serve } from "tallystick/exporter";
for (const thread of [true, false]) {
  const exporter = await serve({ port: 0, thread });
  const answer = await fetch(new URL("/", exporter.url));
  console.log(answer.status, answer.headers.get("content-type"), /<script>/.test(await answer.text()));
  await exporter.close();
}
`;

each(THREADED, "the page is there in both threads", async (runtime) => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const file = join(root, "build", `page-${runtime}.mjs`);
  writeFileSync(file, SHOWN);
  const result = await run(runtime, file, [], { cwd: root, within: 30_000 });
  assert.equal(result.stdout, "200 text/html; charset=utf-8 true\n200 text/html; charset=utf-8 true\n", said(result));
});
