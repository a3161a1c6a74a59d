// The clock of `tallystick top`: rates behind a computer's sleep, through which the runtime's own clock stands still.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { inside } from "./internals.mjs";

const CLI = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));

test("Steady: it goes on with the runtime's clock, leaps where the time of day does, and nothing sets it back", (t) => {
  let wall = 1_000_000;
  t.mock.method(Date, "now", () => wall);
  const clock = new inside.Steady();
  assert.equal(clock.seconds(500), 1000);
  wall += 2000;
  assert.equal(clock.seconds(2500), 1002);
  // Hours in which the runtime's own clock stood still.
  wall += 8 * 3_600_000 + 1000;
  assert.equal(clock.seconds(3500), 1003 + 8 * 3600);
  wall -= 4 * 3_600_000;
  assert.equal(clock.seconds(4500), 1004 + 8 * 3600, "somebody set the time of day back");
});

test("top: behind a sleep a rate is one of all that time", async (t) => {
  let asked = 0;
  const server = createServer((_, response) => response.end(`# TYPE c_total counter\nc_total ${28_800 * asked++}\n`));
  await once(server.listen(0, "127.0.0.1"), "listening");
  t.after(() => (server.closeAllConnections(), server.close()));
  const slept = `
    const { fetch } = globalThis, { now } = Date;
    let ms = 0;
    Date.now = () => now() + ms;
    globalThis.fetch = (...of) => { const page = fetch(...of); ms = 28800000; return page; };`;
  const preload = ["--import", `data:text/javascript,${encodeURIComponent(slept)}`];
  const args = [CLI, "top", `127.0.0.1:${server.address().port}`, "--once", "--json", "--interval", "0.1"];
  const child = spawn(process.execPath, [...preload, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const { interval, series } = JSON.parse(await text(child.stdout));
  assert.ok(Math.abs(interval - 28_800) < 60, `${interval} s`);
  assert.ok(Math.abs(series[0].rate - 1) < 0.01, `${series[0].rate} a second`);
});
