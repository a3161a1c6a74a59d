// The story with threads: Node, Deno and Bun run it as it is.

import { Worker } from "node:worker_threads";
import * as tallystick from "tallystick";
import { consistent, equal, ok, sample, steps, textOf } from "./steps.mjs";

const { registry } = tallystick;
const buckets = [1, 2, 4, 8];
const words = new Int32Array(new SharedArrayBuffer(8));
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function started() {
  const worker = new Worker(new URL("./worker.mjs", import.meta.url), { workerData: { buckets, gate: words.buffer } });
  const waiting = [];
  worker.on("message", () => waiting.shift()?.());
  worker.on("error", (error) => console.log(`worker: ${error.stack}`));
  const heard = () => new Promise((resolve) => waiting.push(resolve));
  const ready = heard();
  return { worker, ready, heard, ask: (message) => (worker.postMessage(message), heard()) };
}

const threaded = {
  "threads that count into the same series give the exact sum, consistent all the while": async () => {
    const times = 200000;
    const workers = [started(), started(), started()];
    await Promise.all(workers.map(({ ready }) => ready));
    let running = 3;
    const all = workers.map(({ ask }) => ask({ task: "count", times }).then(() => running--));
    let scrapes = 0;
    while (running > 0) {
      consistent(textOf(registry), "story_sizes", buckets);
      scrapes++;
      await pause(1);
    }
    await Promise.all(all);
    const text = textOf(registry);
    equal(sample(text, 'story_jobs_total{queue="mail"}'), 3 * times, "sum over threads");
    equal(sample(text, "story_sizes_count"), 3 * times, "observations over threads");
    consistent(text, "story_sizes", buckets);
    ok(scrapes > 0, "no scrape happened meanwhile");
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
    equal(sample(textOf(registry), 'story_jobs_total{queue="mail"}'), 3 * times, "sum after their end");
  },
  "summaries, native histograms, infos and state sets of several threads are one": async () => {
    const took = registry.summary({ name: "story_took", help: "Took.", quantiles: [0, 0.5, 1] });
    const spread = registry.histogram({ name: "story_spread", help: "Spread.", native: { schema: 0 } });
    const workers = [started(), started()];
    await Promise.all(workers.map(({ ready }) => ready));
    // 1 to 8000 by two threads.
    await Promise.all(workers.map(({ ask }, i) => ask({ task: "spread", times: 4000, from: 1 + i * 4000 })));
    const { count, sum, quantiles } = took.value();
    equal(count, 8000, "count");
    equal(sum, 32004000, "sum");
    for (const [i, wanted] of [1, 4000, 8000].entries())
      ok(Math.abs(quantiles[i].value - wanted) <= wanted * 0.01, `quantile ${i}: ${quantiles[i].value} for ${wanted}`);
    const { native } = spread.value();
    equal(
      native.positive.map((bucket) => `${bucket.index}:${bucket.count}`).join(),
      "0,1,2,3,4,5,6,7".replace(/\d/g, "$&:1000"),
      "buckets",
    );
    equal(native.schema, 0, "schema");
    const text = textOf(registry);
    equal(sample(text, 'story_phase{story_phase="on"}'), 0, "on");
    equal(sample(text, 'story_phase{story_phase="away"}'), 1, "away");
    equal(text.match(/^story_build_info\{version="(1|4001)"\} 1$/gm)?.length, 1, "infos that are left");
    await Promise.all(workers.map(({ worker }) => worker.terminate()));
    equal(took.value().count, 8000, "count after their end");
    equal(spread.value().count, 8000, "native count after their end");
  },
  "a terminated thread's counts stay, also those it makes while it runs on": async () => {
    const { worker, ready, ask } = started();
    await ready;
    await ask({ task: "forever" });
    await pause(300);
    const value = () => sample(textOf(registry), 'story_jobs_total{queue="ghost"}');
    equal(sample(textOf(registry), "story_active"), 1, "active while it lives");
    await worker.terminate();
    let last = value();
    // Where the thread runs on, its steps go on being counted; each is seen between its two words.
    for (let i = 0; i < 40; i++) {
      const least = Atomics.load(words, 1);
      const now = value();
      const most = Atomics.load(words, 0);
      ok(now >= last, `the total went back from ${last} to ${now}`);
      ok(now >= least && now <= most, `${now} is not between ${least} and ${most}`);
      last = now;
      await pause(5);
    }
    equal(sample(textOf(registry), "story_active"), 0, "active after its death");
  },
  "a thread that does nothing but count sees that its series was removed": async () => {
    const jobs = registry.counter({ name: "story_jobs", help: "Jobs.", labelNames: ["queue"] });
    const { worker, ready, ask } = started();
    await ready;
    await ask({ task: "tight" });
    await pause(200);
    ok(jobs.value("busy") > 0, "it does not count");
    for (let i = 0; i < 5; i++) {
      ok(jobs.remove("busy"), `it did not begin a new series after removal ${i}`);
      // The machine may have more to do than it has cores.
      for (let waited = 0; waited < 100 && jobs.value("busy") === 0; waited++) await pause(50);
      ok(jobs.value("busy") > 0, `it counts nowhere after removal ${i}`);
    }
    await worker.terminate();
  },
  "a new thread counts on where a dead one stopped": async () => {
    const before = sample(textOf(registry), 'story_jobs_total{queue="mail"}');
    const { worker, ready, ask } = started();
    await ready;
    await ask({ task: "count", times: 1000 });
    equal(sample(textOf(registry), 'story_jobs_total{queue="mail"}'), before + 1000, "sum");
    await worker.terminate();
  },
  "a collector runs in its own thread for a scrape in another": async () => {
    const { worker, ready, ask } = started();
    await ready;
    await ask({ task: "collector" });
    await registry.expose();
    await registry.expose();
    ok(sample(textOf(registry), 'story_collected{thread="worker"}') >= 2, "it did not run for each scrape");
    ok(/^tallystick_collector_age_seconds\{collector="collector_1",writer="\d+"\} [0-4]\b/m.test(textOf(registry)), "its age is not told");
    await worker.terminate();
  },
};

let failed = 0;
async function tell(name, step) {
  try {
    await step(tallystick);
    console.log(`ok - ${name}`);
  } catch (error) {
    failed++;
    console.log(`not ok - ${name}\n  ${error.stack}`);
  }
}

for (const [name, step] of Object.entries({ ...steps, ...threaded })) await tell(name, step);
console.log(`1..${Object.keys(steps).length + Object.keys(threaded).length}`);
// A thread that is still spinning on after its end must not hold up the report.
const code = failed === 0 ? 0 : 1;
if (globalThis.Deno) globalThis.Deno.exit(code);
else process.exit(code);
