// Collectors that misbehave: what each says of itself, and that the rest of the scrape is served. And the
// metrics by which the library tells what it lost.

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { Registry, registry as byDefault } from "tallystick";

const decoder = new TextDecoder();
const textOf = (registry) => decoder.decode(registry.exposeSync().body);
const scraped = async (registry) => decoder.decode((await registry.expose()).body);

function sample(text, head) {
  const line = text.split("\n").find((line) => line.startsWith(`${head} `));
  return line === undefined ? undefined : Number(line.slice(head.length + 1));
}

const failures = (text, name) => sample(text, `tallystick_collector_failures_total{collector="${name}"}`);

function age(text, name) {
  const line = text.split("\n").find((line) => line.startsWith(`tallystick_collector_age_seconds{collector="${name}",writer="`));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ") + 1));
}

/** A registry with a counter that every scrape must show, and its collectors ended after the test. */
function scene(t) {
  const registry = new Registry();
  t.after(() => registry.close());
  registry.counter({ name: "jobs", help: "Jobs." }).inc(3);
  const collect = (callback, options) => {
    const end = registry.collect(callback, options);
    t.after(end);
    return end;
  };
  return { registry, collect };
}

const never = () => new Promise(() => {});

test("collect: one that hangs from its first run has an age, and each scrape that it is late for is a failure", async (t) => {
  const { registry, collect } = scene(t);
  let runs = 0;
  collect(() => (runs++, never()), { name: "hangs" });
  const ages = [];
  for (let scrape = 1; scrape <= 3; scrape++) {
    const text = await scraped(registry);
    assert.equal(sample(text, "jobs_total"), 3);
    assert.equal(failures(text, "hangs"), scrape);
    ages.push(age(text, "hangs"));
  }
  assert.equal(runs, 1);
  // Each scrape waited for 50 ms.
  assert.ok(ages[0] >= 0.04 && ages[1] >= ages[0] + 0.04 && ages[2] >= ages[1] + 0.04, `ages ${ages}`);
});

test("collect: the age begins when a collector is registered, before any scrape asks", (t) => {
  const { registry, collect } = scene(t);
  collect(() => {}, { name: "waits" });
  const told = age(textOf(registry), "waits");
  assert.ok(told >= 0 && told < 5, `${told} s`);
  // Another one changes nothing about it.
  collect(() => {}, { name: "later" });
  assert.ok(age(textOf(registry), "waits") >= told);
});

test("collect: a late one that ends after all is young again, and fails no more", async (t) => {
  const { registry, collect } = scene(t);
  let finish;
  let runs = 0;
  collect(() => (runs++ === 0 ? new Promise((resolve) => (finish = resolve)) : undefined), { name: "slow" });
  assert.equal(failures(await scraped(registry), "slow"), 1);
  await pause(500);
  const old = age(textOf(registry), "slow");
  assert.ok(old >= 0.5, `${old} s`);
  finish();
  await pause(0);
  assert.ok(age(textOf(registry), "slow") < old);
  assert.equal(failures(await scraped(registry), "slow"), 1);
  assert.equal(runs, 2);
});

test("collect: the age of one that hangs outlasts a reset and a clear", async (t) => {
  const { registry, collect } = scene(t);
  collect(never, { name: "hangs" });
  const first = age(await scraped(registry), "hangs");
  for (const empty of ["reset", "clear"]) {
    registry[empty]();
    const now = age(await scraped(registry), "hangs");
    assert.ok(now > first && now < 60, `${now} s after ${empty}`);
  }
});

test("collect: one that was ended while it hangs delays no scrape and fails no more", async (t) => {
  const { registry, collect } = scene(t);
  const end = collect(never, { name: "hangs" });
  await scraped(registry);
  end();
  const from = performance.now();
  const texts = [];
  for (let i = 0; i < 40; i++) texts.push(await scraped(registry));
  // 40 times 50 ms, were it waited for.
  assert.ok(performance.now() - from < 1900);
  assert.equal(failures(texts.at(-1), "hangs"), 1);
});

test("collect: one that asks for more than 50 ms is in the first scrape, and is late at its own limit alone", async (t) => {
  const { registry, collect } = scene(t);
  const heard = [];
  collect(
    async () => {
      await pause(120);
      return [{ type: "gauge", name: "rows", samples: [{ value: 42 }] }];
    },
    { name: "database", timeoutSeconds: 1, onError: (error) => heard.push(error) },
  );
  const began = performance.now();
  const text = await scraped(registry);
  assert.equal(sample(text, "rows"), 42);
  assert.equal(failures(text, "database"), undefined);
  assert.ok(performance.now() - began < 900, "a scrape waits for the end of a run, not of its time");
  collect(never, { name: "hangs", timeoutSeconds: 0.2, onError: (error) => heard.push(error.message) });
  collect(never, { name: "hangs as ever", onError: (error) => heard.push(error.message) });
  const from = performance.now();
  const other = await scraped(registry);
  assert.ok(performance.now() - from >= 190);
  assert.equal(failures(other, "hangs"), 1);
  assert.equal(failures(other, "hangs as ever"), 1);
  assert.equal(failures(other, "database"), undefined);
  assert.equal(sample(other, "rows"), 42);
  assert.deepEqual(heard, [
    'Cannot wait for collector "hangs as ever": it did not finish within 50 ms (timeoutSeconds of collect)',
    'Cannot wait for collector "hangs": it did not finish within 200 ms (timeoutSeconds of collect)',
  ]);
});

test("collect: a timeout is a number of seconds above 0 and at most 60", (t) => {
  const { registry, collect } = scene(t);
  for (const timeoutSeconds of [0, -1, NaN, Infinity, 60.1]) {
    assert.throws(() => registry.collect(() => {}, { timeoutSeconds }), {
      name: "RangeError",
      message: `Cannot use ${timeoutSeconds} as timeoutSeconds of collect: it must be above 0 and at most 60`,
    });
  }
  assert.throws(() => registry.collect(() => {}, { timeoutSeconds: "1" }), {
    name: "TypeError",
    message: 'Cannot use "1" as timeoutSeconds of collect: it must be a number',
  });
  for (const timeoutSeconds of [0.0001, 1, 60, undefined, null]) collect(() => {}, { timeoutSeconds });
});

test("collect: what is ended or closed while a scrape waits for it is waited for no longer", async (t) => {
  const { registry, collect } = scene(t);
  const end = collect(never, { name: "hangs", timeoutSeconds: 60 });
  const scrape = scraped(registry);
  end();
  assert.equal(failures(await scrape, "hangs"), undefined);
  collect(never, { timeoutSeconds: 60 });
  const closing = registry.expose();
  registry.close();
  await assert.rejects(closing, (error) => error.code === "closed");
});

const thrown = { nothing: undefined, null: null, symbol: Symbol("no"), number: 7, string: "no", error: new Error("no") };

/** A promise of somebody else's making. */
const foreign = (descriptor, name = "then") => Object.create(null, { [name]: descriptor });
const refuse = () => {
  throw new Error("no");
};
const misbehaving = {
  throws_a_getter: () => foreign({ get: refuse }),
  throws_in_then: () => foreign({ value: refuse }),
  rejects_late: () => pause(5).then(() => Promise.reject(new Error("no"))),
  ...Object.fromEntries(
    Object.entries(thrown).flatMap(([what, value]) => [
      [
        `throws_${what}`,
        () => {
          throw value;
        },
      ],
      [`rejects_${what}`, () => Promise.reject(value)],
    ]),
  ),
};

for (const [name, callback] of Object.entries(misbehaving)) {
  test(`collect: one that ${name.replaceAll("_", " ")} is counted at every scrape, and the rest is served`, async (t) => {
    const { registry, collect } = scene(t);
    const level = registry.gauge({ name: "level", help: "" });
    let runs = 0;
    collect(callback, { name });
    collect(() => level.set(++runs), { name: "works" });
    for (let scrape = 1; scrape <= 2; scrape++) {
      const text = await scraped(registry);
      assert.equal(sample(text, "jobs_total"), 3);
      assert.equal(sample(text, "level"), scrape);
      assert.equal(failures(text, name), scrape);
      assert.ok(age(text, name) >= 0, "its age is not told");
      assert.equal(failures(text, "works"), undefined);
    }
  });
}

test("collect: a thenable that settles again and again ends one run and no other", async (t) => {
  const { registry, collect } = scene(t);
  let runs = 0;
  let settle;
  collect(
    () => {
      if (runs++ > 0) return never();
      return foreign({
        value(resolve, reject) {
          settle = () => (resolve(), reject(new Error("no")), resolve());
          settle();
        },
      });
    },
    { name: "settles" },
  );
  assert.equal(failures(await scraped(registry), "settles"), undefined);
  assert.equal(failures(await scraped(registry), "settles"), 1);
  // The second run hangs; the first one's promise cannot end it.
  settle();
  await scraped(registry);
  assert.equal(runs, 2);
});

const names = {
  quotes: 'say "no"',
  newlines: "two\nlines\r\n",
  backslashes: "a\\b\\",
  "lone surrogates": "\ud800x",
  "nothing in it": "",
  "what looks like a label": 'x",collector="y',
};

for (const [what, name] of Object.entries(names)) {
  test(`collect: a name with ${what} is escaped, and the rest is served`, async (t) => {
    const { registry, collect } = scene(t);
    collect(
      () => {
        throw new Error("no");
      },
      { name },
    );
    const text = await scraped(registry);
    const escaped = name.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n").replaceAll("\ud800", "\ufffd");
    assert.equal(failures(text, escaped), 1);
    assert.ok(age(text, escaped) >= 0);
    assert.equal(sample(text, "jobs_total"), 3);
  });
}

test("collect: a name of 1 MB is told under tallystick_overflow, and the rest is served", async (t) => {
  const { registry, collect } = scene(t);
  collect(never, { name: "x".repeat(1 << 20) });
  const text = await scraped(registry);
  assert.ok(text.length < 10000, `${text.length} characters`);
  assert.equal(failures(text, "tallystick_overflow"), 1);
  assert.ok(age(text, "tallystick_overflow") >= 0);
  assert.equal(sample(text, "jobs_total"), 3);
});

test("collect: metrics that a collector registers, removes or cannot register are its own affair", async (t) => {
  const { registry, collect } = scene(t);
  let runs = 0;
  collect(
    () => {
      runs++;
      registry.gauge({ name: `found_${runs}`, help: "" }).set(runs);
      registry.remove(`found_${runs - 1}`);
    },
    { name: "finds" },
  );
  collect(() => void registry.gauge({ name: "jobs", help: "another kind" }), { name: "conflicts" });
  for (let scrape = 1; scrape <= 3; scrape++) {
    const text = await scraped(registry);
    assert.equal(sample(text, `found_${scrape}`), scrape);
    assert.equal(sample(text, `found_${scrape - 1}`), undefined);
    assert.equal(sample(text, "jobs_total"), 3);
    assert.equal(failures(text, "conflicts"), scrape);
    assert.equal(failures(text, "finds"), undefined);
  }
});

test("collect: a collector may add, end and close while a scrape runs it", async (t) => {
  const { registry, collect } = scene(t);
  let added = 0;
  let ended = 0;
  const end = collect(() => {
    ended++;
    end();
    collect(() => void added++);
  });
  await scraped(registry);
  await scraped(registry);
  assert.equal(ended, 1);
  assert.ok(added >= 1);
  collect(() => registry.close());
  await assert.rejects(registry.expose(), (error) => error.code === "closed");
});

test("collect: a second scrape does not start a collector that still runs, and has what it wrote", async (t) => {
  const { registry, collect } = scene(t);
  const level = registry.gauge({ name: "level", help: "" });
  let runs = 0;
  let finish;
  const gate = new Promise((resolve) => (finish = resolve));
  collect(
    async () => {
      runs++;
      await gate;
      level.set(runs);
    },
    { name: "slow" },
  );
  const before = [scraped(registry), scraped(registry)];
  await pause(1);
  const last = scraped(registry);
  assert.equal(runs, 1);
  finish();
  assert.equal(sample(await last, "level"), 1);
  for (const text of await Promise.all(before)) assert.equal(sample(text, "jobs_total"), 3);
  assert.equal(runs, 1);
  assert.equal(sample(await scraped(registry), "level"), 2);
});

test("collect: one that scrapes by itself, sync or async, is not started by its own scrape", async (t) => {
  const { registry, collect } = scene(t);
  const inner = [];
  let runs = 0;
  collect(
    () => {
      runs++;
      inner.push(scraped(registry));
    },
    { name: "sync" },
  );
  assert.equal(sample(await scraped(registry), "jobs_total"), 3);
  assert.equal(runs, 1);
  assert.equal(sample(await inner[0], "jobs_total"), 3);
  // This one waits for a scrape that waits for it: both are late, and both are served.
  const { registry: other, collect: collectOther } = scene(t);
  let waits = 0;
  collectOther(async () => (waits++, void (await scraped(other))), { name: "async" });
  assert.equal(sample(await scraped(other), "jobs_total"), 3);
  assert.equal(waits, 1);
});

/** A worker in the default memory that does what the source says. */
async function started(t, source) {
  const text = `import { parentPort } from "node:worker_threads"; import { registry } from "tallystick"; ${source}; parentPort.on("message", () => {}); parentPort.postMessage("ready");`;
  // Beside this file, so that the package's own name is found.
  const worker = new Worker(
    new URL(
      `data:text/javascript,${encodeURIComponent(text.replaceAll('"tallystick"', JSON.stringify(import.meta.resolve("tallystick"))))}`,
    ),
  );
  t.after(() => worker.terminate());
  await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  return worker;
}

test("collect: in another thread, one that hangs from its first run is told of in the same way", async (t) => {
  const worker = await started(
    t,
    'globalThis.runs = registry.gauge({ name: "remote_runs", help: "" }); registry.collect(() => (runs.inc(), new Promise(() => {})), { name: "remote" })',
  );
  // The thread counts a moment after the scrape gave up on it.
  let text = "";
  for (let i = 0; i < 100 && !(failures(text, "remote") >= 3); i++) text = await scraped(byDefault);
  // Two of them between two scrapes of a busy machine.
  assert.ok(failures(text, "remote") >= 3, `${failures(text, "remote")} failures`);
  assert.equal(sample(text, "remote_runs"), 1);
  assert.ok(age(text, "remote") >= 0.1);
  await worker.terminate();
});

/** A worker's collector that takes so long in a scrape of this thread: what is printed, and how long it took. */
async function remote(t, name, { takes, timeoutSeconds }) {
  const gauge = `slow_${name}`;
  const worker = await started(
    t,
    `const gauge = registry.gauge({ name: "${gauge}", help: "", mode: "livesum" });
     registry.collect(async () => { await new Promise((done) => setTimeout(done, ${takes})); gauge.inc(); },
       { name: "${name}", timeoutSeconds: ${timeoutSeconds} })`,
  );
  const from = performance.now();
  const text = await scraped(byDefault);
  return { worker, text, value: sample(text, gauge), took: performance.now() - from };
}

test("collect: in another thread, one that asks for more than 50 ms is in the first scrape", async (t) => {
  const { worker, text, value, took } = await remote(t, "patient", { takes: 120, timeoutSeconds: 5 });
  assert.equal(value, 1);
  assert.equal(failures(text, "patient"), undefined);
  assert.ok(took >= 110 && took < 2000, `${took} ms`);
  await worker.terminate();
});

test("collect: in another thread, one that hangs is waited for until its own limit, and is late then", async (t) => {
  const { worker, value, took } = await remote(t, "hanging", { takes: 1e6, timeoutSeconds: 0.3 });
  assert.equal(value, 0);
  assert.ok(took >= 290 && took < 2000, `${took} ms`);
  await eventually(() => assert.ok(failures(textOf(byDefault), "hanging") >= 1));
  await worker.terminate();
});

/** Tries for 5 s. */
async function eventually(attempt) {
  for (const until = performance.now() + 5000; performance.now() < until; await pause(5)) {
    try {
      return await attempt();
    } catch {}
  }
  return attempt();
}

test("collect: a thread that let three scrapes wait in vain costs the next ones nothing, until it answers one", async (t) => {
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const worker = await started(
    t,
    `const level = registry.gauge({ name: "gated", help: "" });
     registry.collect(() => level.inc(), { name: "gated" });
     parentPort.once("message", (gate) => Atomics.wait(gate, 0, 0))`,
  );
  assert.equal(sample(await scraped(byDefault), "gated"), 1);
  worker.postMessage(gate);
  const times = [];
  for (let i = 0; i < 13; i++) {
    const from = performance.now();
    await scraped(byDefault);
    times.push(performance.now() - from);
  }
  // The message may come after a scrape or two, and a busy machine takes its time.
  const waits = times.slice(-9).filter((time) => time >= 45).length;
  assert.ok(waits <= 3, `${times.map(Math.round)} ms`);
  assert.ok(
    times.some((time) => time >= 45),
    `${times.map(Math.round)} ms`,
  );
  Atomics.store(gate, 0, 1);
  Atomics.notify(gate, 0);
  await eventually(() => assert.ok(sample(textOf(byDefault), "gated") >= 2));
  await eventually(async () => {
    const before = sample(textOf(byDefault), "gated");
    assert.equal(sample(await scraped(byDefault), "gated"), before + 1, "the scrape did not wait for it");
  });
  await worker.terminate();
});

test("collect: in a thread that is blocked before any scrape, the age tells", async (t) => {
  const worker = await started(t, 'registry.collect(() => {}, { name: "blocked" }); setTimeout(() => { for (;;); }, 0)');
  await pause(50);
  const from = performance.now();
  const text = await scraped(byDefault);
  assert.ok(performance.now() - from < 2000);
  assert.ok(age(text, "blocked") >= 0.04 && age(text, "blocked") < 60, `${age(text, "blocked")} s`);
  await worker.terminate();
});

test("collect: the age of a thread's collector goes with the thread, and stays away when its slot is used again", async (t) => {
  const source = (name) => `registry.collect(() => {}, { name: "${name}" })`;
  const first = await started(t, source("mortal"));
  assert.ok(age(await scraped(byDefault), "mortal") >= 0);
  await first.terminate();
  assert.equal(age(await scraped(byDefault), "mortal"), undefined);
  await started(t, source("heir"));
  const text = await scraped(byDefault);
  assert.ok(age(text, "heir") >= 0);
  assert.equal(age(text, "mortal"), undefined);
});

/** A worker that collects nothing of its own and scrapes a registry when it is asked; what it saw of a gauge. */
async function scraper(t, registry, gauge) {
  const worker = await started(
    t,
    `const { join } = await import("tallystick");
     let of = registry;
     registry.counter({ name: "asks" }).inc();
     parentPort.on("message", async (ticket) => {
       if (ticket.memory !== undefined) { of = join(ticket); of.collect(() => {}); parentPort.postMessage("joined"); return; }
       parentPort.postMessage(new TextDecoder().decode((await of.expose()).body));
     })`,
  );
  const heard = () => new Promise((resolve) => worker.once("message", resolve));
  const joined = heard();
  worker.postMessage(registry.ticket());
  await joined;
  return async () => {
    const seen = heard();
    worker.postMessage("scrape");
    return sample(await seen, gauge);
  };
}

/** Keeps this thread busy until another one has asked for a scrape. */
function busyUntilAsked({ core }, action) {
  const word = new Int32Array(core.memory.buffer, core.verbs.scrapeWantedAddress(), 1);
  const before = Atomics.load(word, 0);
  const asked = action();
  for (const until = performance.now() + 5000; Atomics.load(word, 0) === before && performance.now() < until;);
  assert.notEqual(Atomics.load(word, 0), before, "nobody asked");
  return asked;
}

/** A scrape waits for 50 ms, which a busy machine does not always give: one good attempt of ten is enough. */
async function attempted(attempt) {
  let told;
  for (let i = 0; i < 10; i++) {
    told = await attempt();
    if (told === undefined) return;
  }
  assert.fail(told);
}

const same = (what, actual, expected) => (actual === expected ? undefined : `${what}: ${actual}, not ${expected}`);

test("collect: another thread's scrape is not taken for this one's own, made of another registry at the same time", async (t) => {
  const { registry, collect } = scene(t);
  const { registry: other, collect: collectOther } = scene(t);
  const level = other.gauge({ name: "level" });
  let runs = 0;
  collect(() => {});
  collectOther(() => level.set(++runs));
  const scrape = await scraper(t, other, "level");
  await attempted(async () => {
    const next = runs + 1;
    const seen = busyUntilAsked(other, scrape);
    await scraped(registry);
    return same("the other thread sees", await seen, next) ?? same("runs", runs, next);
  });
});

test("collect: another thread's scrape waits for the run that this one's own began", async (t) => {
  const { registry, collect } = scene(t);
  const level = registry.gauge({ name: "level" });
  let runs = 0;
  collect(async () => {
    await pause(20);
    level.set(++runs);
  });
  const scrape = await scraper(t, registry, "level");
  await attempted(async () => {
    const next = runs + 1;
    const seen = busyUntilAsked(registry, scrape);
    await scraped(registry);
    return same("the other thread sees", await seen, next) ?? same("runs", runs, next);
  });
});

test("collect: a collector that is added while a scrape asks does not answer for those that have not run", async (t) => {
  const { registry, collect } = scene(t);
  const level = registry.gauge({ name: "level" });
  let runs = 0;
  collect(() => level.set(++runs));
  const scrape = await scraper(t, registry, "level");
  await attempted(async () => {
    const next = runs + 1;
    const seen = busyUntilAsked(registry, scrape);
    collect(() => {})();
    // The other thread looks for the answer every 2 ms.
    for (const until = performance.now() + 10; performance.now() < until;);
    return same("the other thread sees", await seen, next);
  });
});

test("collect: one that hangs costs three scrapes its timeoutSeconds, and all of them when it is back", async (t) => {
  const { registry, collect } = scene(t);
  let end;
  collect(() => new Promise((resolve) => (end = resolve)), { name: "hangs", timeoutSeconds: 0.4, onError: () => {} });
  const took = [];
  const scrape = async () => {
    const began = performance.now();
    const text = await scraped(registry);
    took.push(performance.now() - began);
    assert.match(text, /^jobs_total 3$/m);
    return text;
  };
  for (let i = 0; i < 3; i++) await scrape();
  assert.ok(Math.min(...took) > 390, `${took} ms`);
  for (let i = 0; i < 3; i++) assert.equal(failures(await scrape(), "hangs"), 4 + i);
  assert.ok(Math.max(...took.slice(3)) < 300, `${took} ms`);
  end();
  await pause(5);
  await scrape();
  assert.ok(took.at(-1) > 390, `${took} ms`);
});

test("collect: collectors that ask for scrapes of their own registry and of each other's do not wait for themselves", async (t) => {
  const mine = scene(t);
  const other = scene(t);
  const failed = [];
  const options = { timeoutSeconds: 5, onError: (error) => failed.push(error.message) };
  let runs = 0;
  const asks = (registry) => async () => {
    await registry.expose();
    runs++;
  };
  mine.collect(asks(mine.registry), options);
  mine.collect(asks(other.registry), options);
  other.collect(asks(mine.registry), options);
  const began = performance.now();
  assert.match(await scraped(mine.registry), /^jobs_total 3$/m);
  assert.ok(performance.now() - began < 2000, `${performance.now() - began} ms`);
  assert.equal(runs, 3);
  assert.deepEqual(failed, []);
});

test("collect: a scrape of this thread's own does not run its collectors twice", async (t) => {
  const { registry, collect } = scene(t);
  let runs = 0;
  collect(() => void runs++);
  // Another thread with collectors, or nobody is asked.
  await scraper(t, registry, "level");
  await attempted(async () => {
    const before = runs;
    for (let i = 0; i < 3; i++) {
      await scraped(registry);
      await pause(5);
    }
    return same("runs", runs - before, 3);
  });
});

/** Makes every turn of the cold way of a family find its cell gone, as a thread that removes series without end would. */
function contended(family, undo) {
  const bind = family.bind.bind(family);
  let turns = 0;
  family.bind = (block, observing) => {
    const cell = bind(block, observing);
    if (observing) {
      turns++;
      undo();
    }
    return cell;
  };
  return () => turns;
}

const verbs = {
  "counter.inc": ["counter", {}, (handle) => handle.inc()],
  "histogram.observe": ["histogram", { buckets: [1] }, (handle) => handle.observe(1)],
  "gauge.set": ["gauge", {}, (handle) => handle.set(1)],
  "gauge.inc": ["gauge", {}, (handle) => handle.inc()],
  "gauge.dec": ["gauge", {}, (handle) => handle.dec()],
  "gauge.set of mode sum": ["gauge", { mode: "sum" }, (handle) => handle.set(1)],
  "gauge.inc of mode livesum": ["gauge", { mode: "livesum" }, (handle) => handle.inc()],
  "gauge.set of mode mostrecent": ["gauge", { mode: "mostrecent" }, (handle) => handle.set(1)],
};

for (const [what, [kind, options, verb]] of Object.entries(verbs)) {
  test(`${what}: what finds its series removed at every turn is counted as refused`, (t) => {
    const { registry } = scene(t);
    const family = registry[kind]({ name: "work", help: "", labelNames: ["n"], ...options });
    const handle = family.labels("a");
    const refused = () => sample(textOf(registry), 'tallystick_refused_observations_total{family="work",reason="contention"}');
    verb(handle);
    assert.equal(refused(), undefined);
    const turns = contended(family, () => family.remove("a"));
    family.remove("a");
    verb(handle);
    assert.equal(turns(), 8);
    assert.equal(refused(), 1);
    verb(handle);
    assert.equal(refused(), 2);
  });
}

test("a handle to a family that was removed, or of a closed registry, is refused by nobody", (t) => {
  const { registry } = scene(t);
  const handle = registry.counter({ name: "work", help: "" }).labels();
  registry.remove("work");
  handle.inc();
  assert.doesNotMatch(textOf(registry), /tallystick_refused/);
});

test("tallystick_refused_observations_total: its HELP speaks of increments and sets, too", (t) => {
  const { registry } = scene(t);
  registry.histogram({ name: "sizes", help: "" }).observe(NaN);
  assert.match(textOf(registry), /^# HELP tallystick_refused_observations_total Increments, sets and observations /m);
});
