// An exporter whose registry is replaced under load: every page is wholly of one registry, and nobody waits or fails. Scrapes of one turn of
// the event loop share one page, which is begun behind the last of them.

import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { Registry } from "tallystick";
import { serve } from "tallystick/exporter";

const SERIES = 2500;
const SWAPS = Number(process.env.SWAPS ?? 60);
const SCRAPERS = 4;

/** All of its values are its number, and the page is longer than what is written at once. */
function generation(number) {
  const registry = new Registry();
  const all = registry.gauge({ name: "generation", help: "Of which generation it is.", labelNames: ["i"] });
  for (let i = 0; i < SERIES; i++) all.set({ i: `${i} ${"x".repeat(60)}` }, number);
  return registry;
}

for (const thread of [true, false]) {
  const where = thread ? "in its own thread" : "in this thread";
  test(
    `replace ${where}: under load every page is wholly old or wholly new, and no old one comes behind a new one`,
    { timeout: 240_000 },
    async () => {
      let current = generation(0);
      const exporter = await serve({ registry: current, port: 0, thread });
      let isOver = false;
      let pages = 0;
      const seen = new Set();
      const scraper = async () => {
        let last = 0;
        while (!isOver) {
          const answer = await fetch(exporter.url);
          assert.equal(answer.status, 200);
          const values = (await answer.text()).split("\n").filter((line) => line.startsWith("generation{")).map((line) => Number(line.slice(line.lastIndexOf(" ") + 1))); // prettier-ignore
          assert.equal(values.length, SERIES);
          assert.deepEqual([...new Set(values)], [values[0]]);
          assert.ok(values[0] >= last, `${values[0]} behind ${last}`);
          last = values[0];
          seen.add(last);
          pages++;
        }
      };
      const scrapers = Array.from({ length: SCRAPERS }, scraper);
      const failed = Promise.all(scrapers).then(() => new Promise(() => {}));
      try {
        for (let number = 1; number <= SWAPS; number++) {
          const next = generation(number);
          await Promise.race([failed, exporter.replace(next)]);
          // Nothing of it is written any more, so it may go.
          current.close();
          current = next;
          const asked = pages;
          while (pages < asked + 2) await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 1))]);
        }
      } finally {
        isOver = true;
        await Promise.allSettled(scrapers);
        await exporter.close();
        current.close();
      }
      assert.ok(seen.size > SWAPS / 2, `pages of ${seen.size} generations were seen`);
      assert.ok(seen.has(SWAPS));
    },
  );

  test(`replace ${where}: what is closed cannot serve another, and what cannot be served leaves the old one`, async (t) => {
    const [one, other] = [generation(1), new Registry()];
    t.after(() => one.close());
    const exporter = await serve({ registry: one, port: 0, thread });
    other.close();
    await assert.rejects(exporter.replace(other));
    assert.match(await (await fetch(exporter.url)).text(), /^generation\{/m);
    await exporter.close();
    await assert.rejects(exporter.replace(one), { name: "ExporterError", code: "thread" });
  });
}

/** A connection that is kept, and asks again and again. */
function connected(port) {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => resolve({ socket, ask }));
    socket.on("error", reject);
    let said = "";
    let heard;
    socket.setEncoding("utf8").on("data", (piece) => {
      said += piece;
      const found = /^collections_total (\d+)$/m.exec(said);
      if (found === null || !said.endsWith("\r\n0\r\n\r\n")) return;
      said = "";
      heard(Number(found[1]));
    });
    function ask() {
      socket.write("GET /metrics?name[]=collections HTTP/1.1\r\nHost: x\r\n\r\n");
      return new Promise((resolve) => (heard = resolve));
    }
  });
}

test("scrapes that come in one turn of the event loop have one page; while others are under way pages are 4 ms apart; a scrape is older than its page", async (t) => {
  const registry = new Registry();
  t.after(() => registry.close());
  const collections = registry.counter({ name: "collections", help: "How often the collector ran." });
  const begun = [];
  registry.collect(() => {
    begun.push(performance.now());
    collections.inc();
  });
  // A page that does not fit into the buffers of a connection.
  const many = registry.gauge({ name: "many", help: "Many.", labelNames: ["i"] });
  for (let i = 0; i < 150_000; i++) many.set({ i: `${i} ${"x".repeat(60)}` }, i);
  const exporter = await serve({ registry, port: 0, thread: false, maxScrapes: 64 });
  t.after(() => exporter.close());
  const clients = await Promise.all(Array.from({ length: 40 }, () => connected(exporter.port)));
  t.after(() => clients.forEach(({ socket }) => socket.destroy()));
  await Promise.all(clients.map(({ ask }) => ask()));
  // This thread does nothing else until all of them are there.
  const counts = await Promise.all(clients.map(({ ask }) => ask()));
  assert.ok(new Set(counts).size <= 2, `${new Set(counts).size} pages for 40 scrapes`);
  // A client that does not read: its scrape stays under way.
  const slow = connect(exporter.port, "127.0.0.1");
  slow.on("error", () => {});
  t.after(() => slow.destroy());
  slow.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
  await new Promise((resolve) => slow.once("readable", resolve));
  const from = begun.length;
  for (let i = 0; i < 20; i++) {
    const asked = performance.now();
    await clients[0].ask();
    assert.ok(begun.at(-1) >= asked, "it was begun before it was asked for");
  }
  // A timer may come by a millisecond too early, and a collector is called some time behind the page's beginning: each for itself may be late.
  const pages = begun.length - from;
  const span = begun.at(-1) - begun[from - 1];
  assert.ok(pages >= 20 && span > 2.5 * pages, `${pages} pages in ${span} ms`);
});
