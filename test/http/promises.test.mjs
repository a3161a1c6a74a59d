// Functions of the application that are async: what they give comes too late, and what they reject with is nobody's.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { request } from "undici";
import { Registry } from "tallystick";
import { instrument } from "tallystick/http";
import { observeUndici } from "tallystick/undici";
import { listening, settled } from "../requests/asking.mjs";
import { byRequest, own } from "./counting.mjs";

const rejects = async () => {
  throw new Error("nobody hears");
};

/** All that is rejected and not handled while the test runs. */
function unhandled(t) {
  const errors = [];
  const hear = (error) => errors.push(error.message);
  process.on("unhandledRejection", hear);
  t.after(() => process.off("unhandledRejection", hear));
  return errors;
}

for (const [option, more, counted] of [
  ["labels", { labelNames: ["tenant"] }, "GET unmatched 2xx "],
  ["route", {}, "GET unmatched 2xx"],
  ["ignore", {}, "GET unmatched 2xx"],
  ["exemplars", {}, "GET unmatched 2xx"],
  ["isStream", {}, "GET unmatched 2xx"],
]) {
  test(`instrument() with an async ${option}: the request is counted, it is told once, and no rejection is left over`, async (t) => {
    const registry = own(t);
    const errors = unhandled(t);
    const told = [];
    const handler = instrument(() => new Response("x"), {
      registry,
      [option]: rejects,
      ...more,
      onError: (error) => told.push(error.message),
    });
    for (let i = 0; i < 2; i++) await handler(new Request("https://example.org/"));
    await settled();
    assert.deepEqual(byRequest(registry), { [counted]: 2 });
    assert.equal(told.length, 1);
    assert.match(told[0], /its function must give it at once, and not a promise/);
    assert.deepEqual(errors, []);
  });
}

test("observeUndici() with an async host: the request is counted, it is told once, and no rejection is left over", async (t) => {
  const registry = new Registry();
  const errors = unhandled(t);
  const told = [];
  const stop = observeUndici({ registry, host: rejects, onError: (error) => told.push(error.message) });
  t.after(() => {
    stop();
    registry.close();
  });
  const port = await listening(
    t,
    createServer((_, response) => response.end("x")),
  );
  const { body } = await request(`http://127.0.0.1:${port}/`);
  await once(body.resume(), "close");
  await settled();
  assert.deepEqual(told, [
    "Cannot count a request of undici: Cannot wait for a host: its function must give it at once, and not a promise; requests go on, and this is told once",
  ]);
  assert.deepEqual(errors, []);
});
