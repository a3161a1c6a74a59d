// `cluster()` itself, over the real core: in Node, Deno and Bun, and with workers that are killed while they count.

import assert from "node:assert/strict";
import { execFile, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Registry } from "tallystick";
import { cluster } from "tallystick/processes";
import { runtimes } from "../../scripts/runtimes.mjs";
import { beside } from "./beside.mjs";

const test = beside("cluster-runtimes", 4);

const COUNTING = fileURLToPath(new URL("cluster-counting.mjs", import.meta.url));
const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const { workerd: _workerd, ...all } = runtimes();
const argumentsOf = { deno: ["run", "--allow-all"] };

for (const [name, path] of Object.entries(all)) {
  for (const how of ["fork", "cluster"]) {
    test(
      `cluster: adds up what ${how === "fork" ? "forked children" : "the workers of a cluster"} of ${name} counted, alive and dead`,
      {
        skip: path === undefined && `${name} is not installed`,
      },
      async () => {
        const args = [...(argumentsOf[name] ?? []), COUNTING, "primary", how];
        const { stdout } = await promisify(execFile)(path, args, { cwd: ROOT, timeout: 60_000 });
        assert.deepEqual(JSON.parse(stdout), {
          alive: ['jobs_total{kind="all"} 1118', "busy 111", 'tallystick_processes{source="cluster"} 3'],
          dead: ['jobs_total{kind="all"} 1118', "busy 0", 'tallystick_processes{source="cluster"} 0'],
        });
      },
    );
  }
}

const value = (page, sample) => Number(new RegExp(`^${sample} (.*)`, "m").exec(page)?.[1] ?? 0);
const sum = (page, sample) =>
  [...page.matchAll(new RegExp(`^${sample}\\{.*\\} (.*)`, "gm"))].reduce((all, [, each]) => all + Number(each), 0);

function collecting(t, options) {
  const registry = new Registry();
  const shared = cluster({ registry, role: "primary", ...options });
  t.after(() => shared.close());
  return { registry, shared, page: async () => new TextDecoder().decode((await registry.expose()).body) };
}

function word(child, wanted) {
  return new Promise((resolve) => {
    const hear = (message) => {
      if (message[wanted] === undefined) return;
      child.off("message", hear);
      resolve(message[wanted]);
    };
    child.on("message", hear);
  });
}

async function started(t, shared, options) {
  const child = fork(COUNTING, ["worker"], options);
  t.after(() => child.kill("SIGKILL"));
  shared.add(child);
  await word(child, "ready");
  return child;
}

for (const serialization of ["json", "advanced"]) {
  test(`cluster: histograms of killed workers stay whole and no total goes back; channels are ${serialization}`, async (t) => {
    const { shared, page } = collecting(t);
    const known = new Map();
    const killed = new Map();
    const begin = async () => {
      const child = await started(t, shared, { serialization });
      child.send({ faster: true });
      known.set(child, []);
      child.on("message", ({ faster }) => faster !== undefined && known.get(child).push([performance.now(), faster]));
      return child;
    };
    const alive = await Promise.all([begin(), begin(), begin()]);
    let last = 0;
    let next = performance.now() + 700;
    const until = performance.now() + 4000;
    while (performance.now() < until) {
      const text = await page();
      const total = sum(text, "jobs_total");
      assert.ok(total >= last, `The total went back from ${last} to ${total}`);
      last = total;
      assert.equal(value(text, "seconds_count"), value(text, 'seconds_bucket\\{le="\\+Inf"\\}'));
      await sleep(Math.random() * 40);
      if (performance.now() < next) continue;
      next += Math.random() * 700;
      const [dead] = alive.splice(Math.floor(Math.random() * alive.length), 1);
      dead.kill("SIGKILL");
      killed.set(dead, performance.now());
      await once(dead, "exit");
      alive.push(await begin());
    }
    for (const child of alive) {
      child.kill("SIGKILL");
      killed.set(child, performance.now());
      await once(child, "exit");
    }
    await sleep(30);
    const total = sum(await page(), "jobs_total");
    assert.ok(total >= last);
    let least = 0;
    // A report that was under way at the kill comes after it, and is too young to count.
    for (const [child, reports] of known) {
      least += reports.findLast(([at]) => at < killed.get(child) - 1300)?.[1] ?? 0;
    }
    assert.ok(total >= least, `${total} is less than the ${least} that were said`);
    assert.equal(shared.statistics.refused, 0);
    assert.equal(shared.statistics.workers, 0);
  });
}

test("cluster: gauges go by their mode, and leave with close()", async (t) => {
  const { shared, page } = collecting(t);
  const [one, two] = await Promise.all([started(t, shared), started(t, shared)]);
  for (const [child, count] of [
    [one, 3],
    [two, 8],
  ]) {
    const counted = word(child, "counted");
    child.send({ count });
    await counted;
  }
  let text;
  let late;
  do {
    late = shared.statistics.lateTotal;
    text = await page();
  } while (shared.statistics.lateTotal !== late);
  assert.equal(value(text, "busy"), 11);
  assert.equal(value(text, "most"), 8);
  two.kill("SIGKILL");
  await once(two, "exit");
  await sleep(30);
  const after = await page();
  assert.equal(value(after, "busy"), 3);
  assert.equal(value(after, "most"), 8);
  assert.equal(value(after, 'tallystick_processes\\{source="cluster"\\}'), 1);
  shared.close();
  assert.doesNotMatch(await page(), /^(jobs|busy|most)/m);
});

test("cluster: registries of one process have names", async (t) => {
  const { shared, page } = collecting(t, { name: "other" });
  const child = await started(t, shared);
  const counted = word(child, "counted");
  child.send({ count: 1 });
  await counted;
  await page();
  assert.equal(shared.statistics.workers, 0, "It has none of that name");
});

test("cluster: refuses options that there are not, and a worker without a parent", () => {
  const registry = new Registry();
  assert.throws(() => cluster({ registry, serialization: "json" }), /^TypeError: Cannot use option "serialization" of cluster/);
  assert.throws(
    () => cluster({ registry, role: "master" }),
    /^TypeError: Cannot use "master" as role of cluster: it must be "primary", "worker" or "both"$/,
  );
  if (!process.connected) {
    assert.throws(
      () => cluster({ registry, role: "worker" }),
      /^TypeError: Cannot use role worker of cluster: this process has no channel to a parent$/,
    );
  }
});
