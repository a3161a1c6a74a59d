// What users of Python's multiprocess mode and of mpmetrics have, and what they miss there, over real processes: a spool in
// which each leaves its image. Every test is a row of what those two can do, or a limitation of theirs.

import assert from "node:assert/strict";
import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Registry } from "tallystick";
import { readMultiprocessDir, spool } from "tallystick/processes";
import { beside } from "./beside.mjs";
import { folder, Member } from "./members.mjs";

const test = beside("together", 3);

/** A directory, and processes that joined it. */
async function application(t, count, options) {
  const dir = folder(t);
  const members = await Promise.all(Array.from({ length: count }, () => new Member(dir).join(options)));
  return { dir, members };
}

const flushed = (members) => Promise.all(members.map((member) => member.run(() => kept.spool.flush())));

test("one page of all processes: four count 100,000 each, any of them serves 400,000", async (t) => {
  const { members } = await application(t, 4);
  await Promise.all(
    members.map((member) =>
      member.run(() => {
        const jobs = registry.counter({ name: "jobs", help: "Jobs." });
        const sizes = registry.histogram({ name: "sizes", help: "Sizes.", buckets: [1, 2] });
        for (let i = 0; i < 100_000; i++) jobs.inc();
        for (let i = 0; i < 1000; i++) sizes.observe(0.1);
      }),
    ),
  );
  for (const member of members) {
    const values = await member.values();
    assert.equal(values.get("jobs_total"), 400_000);
    assert.equal(values.get("sizes_count"), 4000);
    assert.equal(values.get('sizes_bucket{le="1"}'), 4000);
    assert.ok(Math.abs(values.get("sizes_sum") - 400) < 1e-9);
  }
});

test("threads of a process are folded: its image is of all of them", async (t) => {
  const { members } = await application(t, 2);
  const [one, other] = members;
  await one.run(async () => {
    const { Worker } = await import("node:worker_threads");
    const code = `import("tallystick").then(({ registry }) => { registry.counter({ name: "jobs", help: "Jobs." }).inc(5); process.exit(); })`;
    const ends = Array.from({ length: 3 }, () => new Worker(code, { eval: true })).map(
      (worker) => new Promise((end) => worker.once("exit", end)),
    );
    registry.counter({ name: "jobs", help: "Jobs." }).inc(1);
    await Promise.all(ends);
  });
  assert.equal((await other.values()).get("jobs_total"), 16);
});

test("nothing grows with the processes that ever lived: files, bytes, what is kept of them", async (t) => {
  const { dir, members } = await application(t, 1);
  const [collector] = members;
  const sizes = [];
  let folds = 0;
  for (let round = 0; round < 4; round++) {
    const others = await Promise.all(Array.from({ length: 8 }, () => new Member(dir).join()));
    await Promise.all(
      others.map((member) => member.run(() => registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["a"] }).inc({ a: "1" }, 2))),
    );
    await Promise.all(
      others.map((member, i) => (i % 2 === 0 ? member.end() : member.run(() => kept.spool.flush()).then(() => member.kill()))),
    );
    assert.equal((await collector.values()).get('jobs_total{a="1"}'), 16 * (round + 1));
    // Now, or meanwhile by itself.
    await collector.run(() => kept.spool.compact());
    const before = folds;
    folds = await collector.run(() => kept.spool.statistics.reader.compactions);
    assert.ok(folds > before, `${folds} folds`);
    assert.equal((await collector.values()).get('jobs_total{a="1"}'), 16 * (round + 1));
    sizes.push({
      files: readdirSync(join(dir, "run-000001")).length,
      kept: await collector.run(() => kept.spool.statistics.reader.files),
      used: await collector.run(() => registry.memoryUsage().used),
    });
  }
  assert.equal(sizes[3].files, sizes[0].files, JSON.stringify(sizes));
  assert.equal(sizes[3].kept, sizes[0].kept, JSON.stringify(sizes));
  assert.ok(sizes[3].used < sizes[1].used + 4096, JSON.stringify(sizes));
});

test("the ten modes of gauges, while their processes live and when one is dead", async (t) => {
  const { members } = await application(t, 3);
  const [collector, one, other] = members;
  const modes = ["all", "min", "max", "sum", "mostrecent", "liveall", "livemin", "livemax", "livesum", "livemostrecent"];
  const set = async (member, value) =>
    member.run(
      (all, own) => {
        for (const mode of all) registry.gauge({ name: `g_${mode}`, help: "A gauge.", mode }).set(own);
      },
      modes,
      value,
    );
  await set(one, 3);
  await flushed([one]);
  await set(other, 7);
  const told = async () => {
    const values = await collector.values();
    return Object.fromEntries(
      modes.map((mode) => [
        mode,
        [...values]
          .filter(([name]) => new RegExp(`^g_${mode}(\\{|$)`).test(name))
          .map(([, value]) => value)
          .sort(),
      ]),
    );
  };
  const living = { all: [3, 7], min: [3], max: [7], sum: [10], mostrecent: [7] };
  const live = (values) => Object.fromEntries(Object.entries(values).map(([mode, value]) => [`live${mode}`, value]));
  assert.deepEqual(await told(), { ...living, ...live(living) });
  // Written and killed: what Python's client shows of it for ever is gone with the next page, without a call of any hook.
  await flushed([other]);
  await other.kill();
  const left = { all: [3], min: [3], max: [3], sum: [3], mostrecent: [3] };
  assert.deepEqual(await told(), { ...living, ...live(left) });
  await collector.run(() => kept.spool.compact());
  assert.deepEqual(await told(), { ...living, ...live(left) });
  await one.end();
  const none = Object.fromEntries(Object.keys(living).map((mode) => [mode, []]));
  assert.deepEqual(await told(), { ...living, ...live(none) });
});

test("an exemplar of one process is on the page that another one serves", async (t) => {
  const { members } = await application(t, 2);
  await members[0].run(() => {
    const seconds = registry.histogram({ name: "seconds", help: "Seconds.", buckets: [1], exemplars: true });
    seconds.observe(0.5, { trace_id: "abc" });
    registry.counter({ name: "jobs", help: "Jobs.", exemplars: true }).inc(1, { trace_id: "def" });
  });
  await flushed(members);
  const page = await members[1].page("openmetrics");
  assert.match(page, /seconds_bucket\{le="1\.0"\} 1 # \{trace_id="abc"\} 0\.5/);
  assert.match(page, /jobs_total 1 # \{trace_id="def"\} 1/);
});

test("registries are told apart: two names, two disjoint pages", async (t) => {
  const { members } = await application(t, 2);
  for (const member of members) {
    await member.run(() => {
      kept.other = new Registry();
      let refused = "";
      try {
        spool({ dir, registry: kept.other });
      } catch (error) {
        refused = error.message;
      }
      if (!/two registries.*give one of them another name/.test(refused)) throw new Error(`It says "${refused}"`);
      kept.second = spool({ dir, registry: kept.other, name: "other" });
      kept.other.counter({ name: "theirs", help: "Of the other one." }).inc(2);
      registry.counter({ name: "ours", help: "Of the first one." }).inc(3);
    });
  }
  const page = await members[0].page();
  assert.match(page, /ours_total 6/);
  assert.doesNotMatch(page, /theirs/);
  const second = await members[1].run(async () => new TextDecoder().decode((await kept.other.expose()).body));
  assert.match(second, /theirs_total 4/);
  assert.doesNotMatch(second, /ours/);
});

test("start timestamps are there, of the process that began first", async (t) => {
  const { members } = await application(t, 2);
  const begun = await members[0].run(() => {
    registry.counter({ name: "jobs", help: "Jobs." }).inc();
    return Date.now() / 1000;
  });
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await members[1].run(() => registry.counter({ name: "jobs", help: "Jobs." }).inc());
  await flushed(members);
  const text = await members[1].run(async () => {
    const { body } = await registry.expose({ accept: "application/openmetrics-text; version=1.0.0", created: true });
    return new TextDecoder().decode(body);
  });
  const created = Number(/jobs_created (\S+)/.exec(text)?.[1]);
  assert.ok(Math.abs(created - begun) < 1, `created ${created}, begun ${begun}`);
});

test("what one process removes is gone from a page that is asked of another one", async (t) => {
  const { members } = await application(t, 2);
  await members[0].run(() => {
    const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["tenant"] });
    jobs.inc({ tenant: "a" });
    jobs.inc({ tenant: "b" });
  });
  assert.match(await members[1].page(), /tenant="a"[^]*tenant="b"/);
  await members[0].run(() => registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["tenant"] }).remove({ tenant: "a" }));
  const page = await members[1].page();
  assert.doesNotMatch(page, /tenant="a"/);
  assert.match(page, /jobs_total\{tenant="b"\} 1/);
});

test("infos, state sets, callbacks, native histograms and summaries are summed over processes", async (t) => {
  const { members } = await application(t, 3);
  for (const [i, member] of members.slice(0, 2).entries()) {
    await member.run((number) => {
      registry.info({ name: "build", help: "The build.", labelNames: ["version"] }).set({ version: `1.${number}` });
      registry.stateSet({ name: "phase", help: "The phase.", states: ["starting", "serving"] }).set(number === 0 ? "starting" : "serving");
      registry.collect(() => registry.gauge({ name: "sockets", help: "Sockets.", mode: "livesum" }).set(5 + number));
      const size = registry.histogram({ name: "size", help: "Sizes.", native: true });
      const wait = registry.summary({ name: "wait", help: "Waits.", quantiles: [0.5, 1] });
      for (let j = 1; j <= 100; j++) {
        size.observe(j);
        wait.observe(j + 100 * number);
      }
    }, i);
    await member.run(async () => void (await registry.expose()));
  }
  await flushed(members);
  const values = await members[2].values();
  assert.equal(values.get('build_info{version="1.0"}'), 1);
  assert.equal(values.get('build_info{version="1.1"}'), 1);
  assert.equal(values.get('phase{phase="starting"}'), 1);
  assert.equal(values.get('phase{phase="serving"}'), 1);
  assert.equal(values.get("sockets"), 11);
  assert.equal(values.get("size_count"), 200);
  assert.equal(values.get("size_sum"), 10_100);
  assert.equal(values.get("wait_count"), 200);
  assert.equal(values.get("wait_sum"), 20_100);
  assert.ok(Math.abs(values.get('wait{quantile="0.5"}') - 100) < 2, String(values.get('wait{quantile="0.5"}')));
  assert.ok(Math.abs(values.get('wait{quantile="1"}') - 200) < 4);
});

test("a spool is joined at run time, after all metrics were made and counted", async (t) => {
  const dir = folder(t);
  const late = new Member(dir);
  await late.run(() => registry.counter({ name: "jobs", help: "Jobs." }).inc(7));
  await late.join();
  const other = await new Member(dir).join();
  await flushed([late]);
  assert.equal((await other.values()).get("jobs_total"), 7);
});

test("a run of the application begins at 0: nothing of the last one is served, unless it is asked for", async (t) => {
  const dir = folder(t);
  const count = async (amount, options) => {
    const member = await new Member(dir).join(options);
    await member.run((own) => registry.counter({ name: "jobs", help: "Jobs." }).inc(own), amount);
    return member;
  };
  for (const end of ["end", "kill"]) {
    const first = await count(5);
    await flushed([first]);
    await first[end]();
    const second = await count(1);
    assert.equal((await second.values()).get("jobs_total"), 1, `after ${end}`);
    await second.end();
  }
  const kept = await count(2, { keepTotals: true });
  const before = (await kept.values()).get("jobs_total");
  assert.ok(before >= 3, `${before} with what the last run counted`);
  await kept.end();
  const after = await count(4, { keepTotals: true });
  assert.equal((await after.values()).get("jobs_total"), before + 4);
});

test("default labels of processes stand behind each series, where the collector has none of that name", async (t) => {
  const { members } = await application(t, 3);
  for (const [i, member] of members.slice(0, 2).entries()) {
    await member.run((number) => {
      registry.setDefaultLabels({ instance: number });
      registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["a"] }).inc({ a: "x" }, number + 1);
      registry.counter({ name: "plain", help: "Without labels." }).inc();
    }, i);
  }
  await flushed(members);
  const values = await members[2].values();
  assert.equal(values.get('jobs_total{a="x",instance="0"}'), 1);
  assert.equal(values.get('jobs_total{a="x",instance="1"}'), 2);
  assert.equal(values.get('plain_total{instance="1"}'), 1);
});

test("metrics that processes have otherwise are refused and counted; the rest is served", async (t) => {
  const { members } = await application(t, 2, {});
  await members[0].run(() => {
    registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["a"] }).inc({ a: "1" });
    registry.gauge({ name: "level", help: "Worded so." }).set(1);
  });
  await members[1].run(() => {
    console.warn = () => {};
    registry.gauge({ name: "jobs", help: "No counter here." }).set(3);
    registry.gauge({ name: "level", help: "Worded otherwise." }).set(2);
  });
  const values = await members[1].values();
  assert.equal(values.get("level"), 3);
  assert.equal(values.get("jobs"), 3);
  const refused = await members[1].run(
    async () => /tallystick_refused_images_total\{[^}]*\} (\d+)/.exec(new TextDecoder().decode((await registry.expose()).body))?.[1],
  );
  assert.equal(refused, "1");
});

test(
  "a process that is killed at any moment breaks no page, and costs what it counted since its last flush",
  { timeout: 120_000 },
  async (t) => {
    const { dir, members } = await application(t, 1);
    const [collector] = members;
    let least = 0;
    let last = 0;
    for (let i = 0; i < 20; i++) {
      const victim = new Member(dir);
      const joined = victim
        .join({ flushSeconds: 0.01 })
        .then(() =>
          victim.run(async () => {
            const jobs = registry.counter({ name: "jobs", help: "Jobs." });
            for (let j = 0; j < 5; j++) {
              jobs.inc();
              await kept.spool.flush();
            }
          }),
        )
        .then(
          () => 5,
          () => 0,
        );
      await new Promise((resolve) => setTimeout(resolve, 20 + ((i * 37) % 260)));
      const done = await Promise.race([joined, Promise.resolve(-1)]);
      await victim.kill();
      if (done === 5) least += 5;
      const total = (await collector.values()).get("jobs_total") ?? 0;
      assert.ok(total >= last && total >= least && total <= 5 * (i + 1), `round ${i}: ${total} after ${last}, at least ${least}`);
      last = total;
    }
    assert.ok(existsSync(join(dir, "run-000001")));
  },
);

test("a module that all threads of a process load may join the spool: one of them writes and reads for all", async (t) => {
  const { members } = await application(t, 1);
  const [other] = members;
  const dir = await other.run(() => dir);
  const pool = new Member(dir);
  await pool.run(async () => {
    const { Worker } = await import("node:worker_threads");
    const code = `
      const { parentPort } = require("node:worker_threads");
      Promise.all([import("tallystick"), import("tallystick/processes")]).then(([{ registry }, { spool, cluster, readMultiprocessDir }]) => {
        const own = spool({ dir: ${JSON.stringify(dir)} });
        if (spool({ dir: ${JSON.stringify(dir)} }) !== own) throw new Error("another one");
        cluster();
        readMultiprocessDir(${JSON.stringify(dir)}, { onError: () => {} });
        registry.counter({ name: "jobs", help: "Jobs." }).inc(5);
        parentPort.postMessage("counted");
        parentPort.on("message", () => process.exit());
      });`;
    kept.spool = spool({ dir });
    kept.workers = Array.from({ length: 3 }, () => new Worker(code, { eval: true }));
    await Promise.all(kept.workers.map((worker) => new Promise((told, failed) => worker.once("message", told).once("error", failed))));
  });
  const jobs = async () => [(await other.values()).get("jobs_total"), (await pool.values()).get("jobs_total")];
  await other.run(() => registry.counter({ name: "jobs", help: "Jobs." }).inc(1));
  await flushed([pool, other]);
  assert.deepEqual(await jobs(), [16, 16]);
  // The threads end, and the process does not.
  await pool.run(() =>
    Promise.all(kept.workers.map((worker) => (worker.postMessage("end"), new Promise((end) => worker.once("exit", end))))),
  );
  await pool.run(() => registry.counter({ name: "jobs", help: "Jobs." }).inc(10));
  await flushed([pool]);
  assert.deepEqual(await jobs(), [26, 26]);
});

test("the thread that wrote for all ends: another one writes on", { timeout: 30_000 }, async (t) => {
  const { members } = await application(t, 1);
  const [other] = members;
  const dir = await other.run(() => dir);
  const pool = new Member(dir);
  await pool.run(async () => {
    const { Worker } = await import("node:worker_threads");
    const code = `
      const { parentPort } = require("node:worker_threads");
      Promise.all([import("tallystick"), import("tallystick/processes")]).then(async ([{ registry }, { spool }]) => {
        const own = spool({ dir: ${JSON.stringify(dir)} });
        registry.counter({ name: "jobs", help: "Jobs." }).inc(5);
        await own.flush();
        parentPort.postMessage("flushed");
        parentPort.on("message", () => process.exit());
      });`;
    kept.first = new Worker(code, { eval: true });
    await new Promise((told, failed) => kept.first.once("message", told).once("error", failed));
    kept.spool = spool({ dir });
  });
  assert.equal((await other.values()).get("jobs_total"), 5);
  await pool.run(() => (kept.first.postMessage("end"), new Promise((end) => kept.first.once("exit", end))));
  await pool.run(() => registry.counter({ name: "jobs", help: "Jobs." }).inc(10));
  for (let i = 0; i < 100 && (await other.values()).get("jobs_total") !== 15; i++) await new Promise((resolve) => setTimeout(resolve, 100));
  assert.equal((await other.values()).get("jobs_total"), 15);
});

test("the first page of a run has nothing of the last one, however early it is asked for", async (t) => {
  const dir = folder(t);
  for (let amount = 1; amount <= 3; amount++) {
    const member = new Member(dir);
    const page = await member.run(async (own) => {
      spool({ dir });
      registry.counter({ name: "jobs", help: "Jobs." }).inc(own);
      return new TextDecoder().decode((await registry.expose()).body);
    }, amount);
    assert.match(page, new RegExp(`^jobs_total ${amount}$`, "m"));
    await member.end();
  }
});

test("a series is the same whoever is scraped: gauges that nobody set, and those of each writer", async (t) => {
  const { members } = await application(t, 2);
  const [counting, serving] = members;
  await counting.run(async () => {
    for (const mode of ["shared", "sum", "livesum", "max", "mostrecent", "livemax", "all", "liveall"]) {
      registry.gauge({ name: `unset_${mode}`, help: "U.", mode });
      registry.gauge({ name: `labelled_${mode}`, help: "L.", mode, labelNames: ["a"], labelSets: [{ a: "x" }] });
      registry.gauge({ name: `set_${mode}`, help: "S.", mode }).set(3);
    }
    await kept.spool.flush();
  });
  const pages = [await counting.values(), await serving.values()];
  assert.deepEqual(new Map([...pages[1]].sort()), new Map([...pages[0]].sort()));
  for (const mode of ["shared", "sum", "livesum", "max", "mostrecent"]) {
    assert.equal(pages[1].get(`unset_${mode}`), 0, mode);
    assert.equal(pages[1].get(`labelled_${mode}{a="x"}`), 0, mode);
  }
  const writers = [...pages[1].keys()].filter((series) => /^set_(?:live)?all\{writer="[0-9a-f]{8}-0"\}$/.test(series));
  assert.equal(writers.length, 2);
});

test("what cannot be used is told once, however often it is scraped", async (t) => {
  const dir = folder(t);
  const file = join(dir, "file");
  writeFileSync(file, "");
  const registry = new Registry();
  const heard = [];
  const hears = (error) => heard.push(error.message);
  const own = spool({ dir: file, registry, onError: hears });
  const python = readMultiprocessDir(join(dir, "absent"), { registry, onError: hears });
  for (let i = 0; i < 5; i++) await registry.expose();
  assert.equal(heard.length, 2, heard.join("\n"));
  python.close();
  await own.close();
});

for (const [what, make, word] of [
  ["no options", () => spool(), /options of spool/],
  ["no directory", (registry) => spool({ registry }), /Cannot use undefined as dir of spool: it must be a string that names a directory/],
  ["an empty directory", (registry) => spool({ registry, dir: "" }), /Cannot use "" as dir of spool/],
  ["no registry", () => spool({ dir: "x", registry: {} }), /as registry of spool: it must be a Registry/],
  ["nothing to do", (registry) => spool({ registry, dir: "x", write: false, collect: false }), /neither write nor collect/],
  ["folded before dead", (registry) => spool({ registry, dir: "x", deadAfterSeconds: 100, foldAfterSeconds: 5 }), /foldAfterSeconds/],
  [
    "no directory of Python's",
    (registry) => readMultiprocessDir(undefined, { registry }),
    /Cannot use undefined as dir of readMultiprocessDir/,
  ],
]) {
  test(`refused at once, and nothing is left: ${what}`, async () => {
    const before = process.listenerCount("exit");
    const registry = new Registry();
    assert.throws(() => make(registry), word);
    assert.equal(process.listenerCount("exit"), before);
    assert.equal(new TextDecoder().decode((await registry.expose()).body), "");
  });
}
