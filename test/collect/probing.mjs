// A program that probes its own tree, closes the probe and ends by itself, in whatever runtime it is run: see runtimes.test.mjs.

import process from "node:process";
import { setTimeout } from "node:timers";
import { Registry } from "tallystick";
import { probe } from "tallystick/probe";

const registry = new Registry();
const told = [];
const page = () => new TextDecoder().decode(registry.exposeSync().body);
// With the budget that it has by default it would wait for seconds after its first round.
const options = { registry, periodSeconds: 0.2, budgetPercent: 50 };
const probed = probe({ ...options, tree: process.pid, by: "total", onError: (error) => told.push(error.message) });
const until = Date.now() + 15_000;
while (!/tallystick_probe_rounds_total ([3-9]|\d\d)/.test(page()) && told.length === 0 && Date.now() < until) {
  await new Promise((done) => setTimeout(done, 20));
}
const lines = page()
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));
await probed.close();
// Where a thread that was terminated runs on, it shows nothing any more.
await new Promise((done) => setTimeout(done, 500));
console.log(JSON.stringify({ lines, told, left: page() }));
// The next one ends with the process.
probe({ ...options, onError: () => {} });
