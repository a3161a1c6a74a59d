// The endpoints where others stand between them and the client: frameworks' responses, middleware, slow clients.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { Registry } from "tallystick";

const decoder = new TextDecoder();

/** A registry whose exposition has some megabytes, every sample of the same number. */
function large() {
  const registry = new Registry();
  const scrapes = registry.counter({ name: "scrapes", labelNames: ["n"] });
  const series = Array.from({ length: 40000 }, (_, n) => scrapes.labels(String(n).padStart(40, "0")));
  return { registry, count: () => series.forEach((one) => one.inc()) };
}

const numbers = (text) => [...new Set([...text.matchAll(/^scrapes_total\{.*\} (\d+)$/gm)].map(([, number]) => Number(number)))];

test("handler: an answer that a framework keeps uncopied is not written over by the next scrape", async (t) => {
  const Uncopied = function (body) {
    this.body = body;
  };
  const runtimes = globalThis.Response;
  globalThis.Response = Uncopied;
  t.after(() => (globalThis.Response = runtimes));
  const { registry, count } = large();
  const handler = registry.handler();
  const answers = [];
  for (let i = 0; i < 3; i++) {
    count();
    answers.push(await handler(new Request("http://localhost/metrics")));
  }
  assert.deepEqual(
    answers.map(({ body }) => numbers(decoder.decode(body))),
    [[1], [2], [3]],
  );
  registry.close();
});

/** A response that takes every chunk, says that it is full, and drains a turn later. */
class Slow extends EventEmitter {
  headersSent = false;
  destroyed = false;
  chunks = [];
  most = 0;
  ended = new Promise((resolve) => this.once("end", resolve));

  writeHead() {
    this.headersSent = true;
  }

  write(chunk, written) {
    this.most = Math.max(this.most, this.listenerCount("drain"));
    this.chunks.push(decoder.decode(chunk));
    setImmediate().then(() => (written(), this.emit("drain")));
    return false;
  }

  /** As the middleware `compression` does: listeners go where `off` does not reach them. */
  off() {
    return this;
  }

  end() {
    this.emit("end");
  }

  destroy() {
    this.destroyed = true;
    this.emit("close");
  }
}

test("nodeHandler: waits for a slow client with one listener, and every line arrives", async () => {
  const { registry, count } = large();
  count();
  const handler = registry.nodeHandler();
  for (let i = 0; i < 3; i++) {
    const response = new Slow();
    handler({ method: "GET", headers: {} }, response);
    await response.ended;
    assert.ok(response.chunks.length > 10);
    assert.equal(response.most, 1);
    assert.equal(response.chunks.join(""), decoder.decode(registry.exposeSync().body));
  }
  registry.close();
});

test("nodeHandler: a client that goes away ends the walk, and the next one is served", async () => {
  const { registry, count } = large();
  count();
  const handler = registry.nodeHandler();
  const gone = new Slow();
  gone.write = () => {
    gone.destroy();
    return false;
  };
  handler({ method: "GET", headers: {} }, gone);
  await gone.ended;
  const response = new Slow();
  handler({ method: "GET", headers: {} }, response);
  await response.ended;
  assert.deepEqual(numbers(response.chunks.join("")), [1]);
  registry.close();
});
