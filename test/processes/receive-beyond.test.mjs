// Beyond one machine, as examples/beyond has it: a Prometheus for each of two collectors, one that federates them, and one
// that takes remote write. Sums by query are what was counted, to the last one.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { judged, prometheusServer } from "../exposition/validators.mjs";
import { collector, example, TOKEN } from "../runtimes/edge-workerd.mjs";
import { prometheusBy } from "./receive-prometheus.mjs";

const PATIENCE_MS = 30000;

/** Processes that count; resolves with how much they did when each has said all of it. */
function counting(t, where, address, names, rounds) {
  const children = names.map((name) => {
    const args = ["receive-writer.mjs", `${address}/push`, TOKEN, name, String(rounds)];
    const child = spawn(process.execPath, args, { cwd: where, stdio: ["ignore", "pipe", "inherit"] });
    t.after(() => child.kill("SIGKILL"));
    const said = { counted: 0 };
    const done = new Promise((resolve, reject) => {
      child.once("exit", (code, signal) =>
        code === 0 || signal === "SIGKILL" ? resolve() : reject(new Error(`${name} ended with ${code}`)),
      );
      child.stdout.setEncoding("utf8").on("data", (text) => {
        said.counted = Number(text.trim().split("\n").at(-1));
        if (said.counted < rounds * 100) return;
        // It has pushed all of it: a death takes nothing along.
        if (name.startsWith("killed")) child.kill("SIGKILL");
        resolve();
      });
    });
    return { said, done };
  });
  return Promise.all(children.map(({ done }) => done)).then(() => children.reduce((sum, { said }) => sum + said.counted, 0));
}

async function comes(value, expected) {
  for (const deadline = Date.now() + PATIENCE_MS; ; await sleep(200)) {
    const seen = await value();
    if (seen === expected || Date.now() > deadline) return seen;
  }
}

test("two Prometheus shards over two collectors, one federating and one taking remote write: sums are exact", async (t) => {
  if (!judged(t, prometheusServer)) return;
  const where = await example();
  cpSync(fileURLToPath(new URL("receive-writer.mjs", import.meta.url)), join(where, "receive-writer.mjs"));
  const collectors = [await collector(t, where), await collector(t, where)];
  const [first, second] = collectors.map(({ addresses }) => addresses.collector);
  const central = await prometheusBy(t, undefined, {}, ["--web.enable-remote-write-receiver"]);
  const shards = [
    await prometheusBy(t, "shard.yml", { "collector-1:9464": Number(new URL(first).port) }),
    await prometheusBy(t, "remote-write.yml", { "collector-2:9464": Number(new URL(second).port), "central:9090": central.port }),
  ];
  const above = await prometheusBy(t, "federation.yml", { "shard-1:9090": shards[0].port, "shard-2:9090": shards[1].port });
  const [one, two] = await Promise.all([
    counting(t, where, first, ["leaving-1", "killed-1", "staying-1"], 20),
    counting(t, where, second, ["leaving-2", "killed-2", "staying-2", "staying-3"], 30),
  ]);
  assert.deepEqual([one, two], [6000, 12000]);
  for (const [what, prometheus, exact] of [
    ["the first shard", shards[0], one],
    ["the second shard", shards[1], two],
    ["the one that federates", above, one + two],
    ["the one that takes remote write", central, two],
  ]) {
    for (const expression of ["sum(shop_orders_total)", "sum(shop_order_seconds_count)", 'sum(shop_order_seconds_bucket{le="+Inf"})']) {
      assert.equal(await comes(() => prometheus.value(expression), exact), exact, `${expression} at ${what}`);
    }
    assert.equal(await prometheus.value('sum(shop_order_seconds_bucket{le=~"1|1.0"})'), exact / 4, what);
    assert.equal(await prometheus.value("sum(resets(shop_orders_total[5m]))"), 0, what);
  }
  for (const shard of ["1", "2"]) {
    assert.equal(await above.value(`sum(shop_orders_total{shard="${shard}"})`), shard === "1" ? one : two);
  }
  assert.equal(await central.value('count(count by (shard) (shop_orders_total{shard="2"}))'), 1);
});
