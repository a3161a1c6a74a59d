// A registry is somebody of its own to other processes: what one that was closed had counted stays, whoever comes after it in the
// same memory, under the same name.

import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Registry } from "tallystick";
import { spool } from "tallystick/processes";
import { pusher, receiver } from "tallystick/push";
import { folder, Member } from "./members.mjs";

const TOKEN = "opensesame";

async function jobsOn(registry) {
  const { body } = await registry.expose({ include: ["jobs"] });
  return Number(/^jobs_total (\d+)$/m.exec(new TextDecoder().decode(body))?.[1]);
}

test("spool: two names in one registry are two sources in the library's own metrics", async (t) => {
  const dir = folder(t);
  const others = [
    await new Member(dir).join({ name: "other" }),
    await new Member(dir).join({ name: "other" }),
    await new Member(dir).join(),
  ];
  for (const member of others) await member.run(() => kept.spool.flush());
  const registry = new Registry();
  const spools = [spool({ dir, registry }), spool({ dir, registry, name: "other" })];
  const told = async () => {
    const { body } = await registry.expose();
    const lines = new TextDecoder().decode(body).split("\n");
    // Series of a page have no order: it is that of hashes, with a key of each memory's own.
    return lines.filter((line) => line.startsWith("tallystick_processes{")).toSorted();
  };
  assert.deepEqual(await told(), ['tallystick_processes{source="spool other"} 2', 'tallystick_processes{source="spool"} 1']);
  await spools[1].close();
  assert.deepEqual(await told(), ['tallystick_processes{source="spool"} 1']);
  await spools[0].close();
  assert.deepEqual(await told(), []);
  registry.close();
});

for (const thread of [false, true]) {
  test(`spool: a directory is the one it was at spool(), however it is written and wherever the process goes, thread: ${thread}`, async (t) => {
    const dir = folder(t);
    const member = new Member(dir);
    const same = await member.run(async (own) => {
      const { mkdirSync } = await import("node:fs");
      process.chdir(dir);
      kept.spool = spool({ dir: "m", thread: own, flushSeconds: 3600 });
      const all = ["./m", "m/", `${dir}/m`, "../" + dir.split("/").at(-1) + "/m"].map(
        (path) => spool({ dir: path, thread: own }) === kept.spool,
      );
      let refused = "";
      try {
        spool({ dir: "./m", registry: new Registry() });
      } catch (error) {
        refused = error.message;
      }
      mkdirSync("elsewhere");
      process.chdir("elsewhere");
      registry.counter({ name: "jobs", help: "Jobs." }).inc(3);
      await kept.spool.flush();
      return [...all, /Cannot spool two registries/.test(refused), spool({ dir: "../m", thread: own }) === kept.spool];
    }, thread);
    assert.deepEqual(same, [true, true, true, true, true, true]);
    assert.deepEqual(readdirSync(dir).sort(), ["elsewhere", "m"]);
    assert.deepEqual(readdirSync(join(dir, "elsewhere")), []);
    const other = await new Member(join(dir, "m")).join({ write: false });
    t.after(() => other.kill());
    assert.equal((await other.values()).get("jobs_total"), 3);
    await member.run(() => registry.counter({ name: "jobs", help: "Jobs." }).inc(4));
    await member.end();
    assert.equal((await other.values()).get("jobs_total"), 7);
    assert.deepEqual(readdirSync(join(dir, "elsewhere")), []);
  });
}

test("pusher: registries that come one after the other are different processes to the receiver", async () => {
  const page = new Registry();
  const receive = receiver({ registry: page, token: TOKEN });
  for (let i = 1; i <= 5; i++) {
    const registry = new Registry();
    registry.counter({ name: "jobs", help: "Jobs." }).inc(100);
    const own = pusher({
      registry,
      url: "https://collector.example/push",
      token: TOKEN,
      fetch: (url, init) => receive(new Request(url, init)),
    });
    assert.equal((await own.push({ ended: true })).outcome, "sent");
    registry.close();
    assert.equal(await jobsOn(page), 100 * i);
  }
  receive.close();
});

for (const folds of [false, true]) {
  test(`spool: registries that come one after the other, ${folds ? "folded in between" : "not folded"}`, async (t) => {
    const dir = folder(t);
    // It lives, and with it the run.
    const reader = await new Member(dir).join();
    await reader.run(() => kept.spool.flush());
    for (let i = 1; i <= 4; i++) {
      const registry = new Registry();
      const own = spool({ dir, registry });
      registry.counter({ name: "jobs", help: "Jobs." }).inc(100);
      await own.flush();
      await own.close();
      registry.close();
      if (folds) await reader.run(() => kept.spool.compact());
      assert.equal((await reader.values()).get("jobs_total"), 100 * i);
    }
  });
}
