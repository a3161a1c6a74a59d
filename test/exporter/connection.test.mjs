// When a connection is its client's turn, and what moves it: with fakes of sockets and responses.

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import { bundled } from "../bundled.mjs";

const contents = 'export { Connection, Outgoing } from "./bindings/exporter/connection.ts";';
const { Connection, Outgoing } = await import(await bundled("exporter-connection", contents, { platform: "node" }));

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class Socket extends EventEmitter {
  destroyed = false;
  destroy() {
    this.destroyed = true;
    this.emit("close");
  }
}

class Response extends EventEmitter {
  headersSent = false;
  destroyed = false;
  writableEnded = false;
  hasRoom = true;
  written = [];
  write(_bytes, written) {
    this.written.push(written);
    return this.hasRoom;
  }
  end() {
    this.writableEnded = true;
  }
}

/** A scrape on a connection that ends after so many milliseconds of standing still. */
function scraped(stillMs) {
  const socket = new Socket();
  const connection = new Connection(socket, stillMs);
  const response = new Response();
  const outgoing = new Outgoing(response, connection);
  connection.next({ isScrape: true, response, answer: () => {} });
  const write = () => outgoing.write(new Uint8Array(1), () => {});
  return { socket, connection, response, outgoing, write };
}

async function ends(socket) {
  for (const late = Date.now() + 10_000; !socket.destroyed; await pause(5)) assert.ok(Date.now() < late);
}

test("an answer that is still being made waits for nobody, at its begin and in its middle", async () => {
  const { socket, response, write } = scraped(20);
  await pause(100);
  response.hasRoom = false;
  write();
  response.written.shift()();
  response.emit("drain");
  await pause(100);
  assert.equal(socket.destroyed, false);
});

for (const [what, act] of [
  ["a write that is not done", ({ write }) => write()],
  ["no room for more", ({ response, write }) => ((response.hasRoom = false), write(), response.written.shift()())],
  ["an end that nobody has taken", ({ outgoing }) => outgoing.end()],
]) {
  test(`the connection ends behind ${what}`, async () => {
    const scrape = scraped(20);
    act(scrape);
    await ends(scrape.socket);
  });
}

test("each write that is done moves it, while others are not", async () => {
  const { socket, response, write } = scraped(1500);
  for (let i = 0; i < 8; i++) write();
  for (let i = 0; i < 7; i++) {
    await pause(400);
    response.written.shift()();
  }
  assert.equal(socket.destroyed, false);
  await ends(socket);
});

test("a thread that was busy for as long looks at what was taken meanwhile first", async () => {
  const { socket, response, write } = scraped(20);
  write();
  write();
  let wasEnded;
  // Done while the thread computes: heard in the event loop's turn in which the timer is over, and behind it.
  const hear = () => {
    response.written.shift()();
    setImmediate(() => (wasEnded = socket.destroyed));
  };
  setTimeout(() => setImmediate(hear), 1);
  for (const until = performance.now() + 60; performance.now() < until;);
  await ends(socket);
  assert.equal(wasEnded, false);
});

test("what was over is no longer waited for, and what waits for its turn has it", async () => {
  const { socket, connection, response, outgoing } = scraped(20);
  outgoing.end();
  const begun = [];
  const turn = (isScrape, name) => ({ isScrape, response: new Response(), answer: () => begun.push(name) });
  const other = turn(true, "second scrape");
  connection.next(other);
  connection.next(turn(false, "health"));
  assert.deepEqual(begun, []);
  response.emit("close");
  assert.deepEqual(begun, ["second scrape"]);
  await pause(100);
  assert.equal(socket.destroyed, false);
  other.response.emit("close");
  assert.deepEqual(begun, ["second scrape", "health"]);
});

test("a scrape waits for what was asked for before it, and nothing begins on a connection that is over", () => {
  const socket = new Socket();
  const connection = new Connection(socket, 1000);
  const begun = [];
  const turn = (isScrape, name) => ({ isScrape, response: new Response(), answer: () => begun.push(name) });
  const answers = [turn(false, "health"), turn(false, "health")];
  for (const each of answers) connection.next(each);
  connection.next(turn(true, "scrape"));
  assert.deepEqual(begun, ["health", "health"]);
  socket.destroy();
  for (const { response } of answers) response.emit("close");
  connection.next(turn(true, "scrape"));
  assert.deepEqual(begun, ["health", "health"]);
});
