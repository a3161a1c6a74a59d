// While two threads observe at full speed, does every scrape show a histogram whose count, sum and buckets agree, and how many scrapes a second are there?
import { Worker, isMainThread, workerData } from "node:worker_threads";
import { check, hasOurs, loop } from "./harness.mjs";
import { OURS } from "./subjects.mjs";

const THREADS = 2;
const NAME = "torn";

// The whole proof takes 8 seconds; a run of everything has 2 for it.
const SECONDS = { alone: 8, amongOthers: 2, quick: 1 };

// One integer value for each bucket, the last beyond all bounds: then the sum is Σ bucket · value, exactly.
const VALUES = [1, 3, 7, 12, 20, 31, 44, 65, 80, 97, 122, 1_009];
const BUCKETS = VALUES.slice(0, -1);
const OBSERVED = 1_024;
const OBSERVATIONS_BETWEEN_LOOKS = 8_192;

const definition = { name: NAME, help: "Measured by the benchmark", buckets: BUCKETS };

/** Where in `control` what is: the threads that observe, the order to stop, then each thread's observations in thousands. */
const STARTED = 0;
const STOP = 1;
const LOOKS = 2;

async function work({ control, index }) {
  const { registry } = await import("tallystick");
  const handle = registry.histogram(definition).labels();
  // All buckets in an order without a period that a look at the cells could fall into step with.
  let state = 2_463_534_242 + index;
  const values = Array.from({ length: OBSERVED }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return VALUES[Math.floor((state / 2 ** 32) * VALUES.length)];
  });
  const observe = loop(`handle.observe(values[i & ${OBSERVED - 1}])`, ["handle", "values"]);
  Atomics.add(control, STARTED, 1);
  while (Atomics.load(control, STOP) === 0) {
    observe(OBSERVATIONS_BETWEEN_LOOKS, handle, values);
    Atomics.add(control, LOOKS + index, 1);
  }
  Atomics.sub(control, STARTED, 1);
}

const decoder = new TextDecoder();

/** The cumulative buckets, the sum and the count of the one histogram. */
function parse(body) {
  const record = { buckets: [], sum: NaN, count: NaN };
  for (const line of decoder.decode(body).split("\n")) {
    if (!line.startsWith(NAME)) continue;
    const value = Number(line.slice(line.lastIndexOf(" ") + 1));
    if (line.startsWith("_bucket", NAME.length)) record.buckets.push(value);
    else if (line.startsWith("_sum", NAME.length)) record.sum = value;
    else if (line.startsWith("_count", NAME.length)) record.count = value;
  }
  return record;
}

function consistent({ buckets, sum, count }, lastCount) {
  let expected = 0;
  let below = 0;
  for (let i = 0; i < VALUES.length; i += 1) {
    if (!(buckets[i] >= below)) return false;
    expected += (buckets[i] - below) * VALUES[i];
    below = buckets[i];
  }
  return buckets.length === VALUES.length && below === count && sum === expected && count >= lastCount;
}

export async function run(context) {
  if (!hasOurs(await context.loaded())) return;
  const seconds = context.quick ? SECONDS.quick : context.alone ? SECONDS.alone : SECONDS.amongOthers;
  const { registry } = await import("tallystick");
  registry.histogram(definition);
  const control = new Int32Array(new SharedArrayBuffer(4 * (LOOKS + THREADS)));
  const failures = [];
  for (let index = 0; index < THREADS; index += 1) {
    const task = { consistency: true, control, index };
    new Worker(new URL(import.meta.url), { workerData: task }).on("error", (error) => failures.push(error));
  }
  const failed = () => {
    if (failures.length > 0) throw failures[0];
  };
  const until = async (started) => {
    while (Atomics.load(control, STARTED) !== started) {
      failed();
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  await until(THREADS);

  let inconsistent = 0;
  let first;
  let lastCount = 0;
  const rates = [];
  for (let second = 0; second < seconds; second += 1) {
    context.progress(`scrapes second ${second + 1}/${seconds}, ${inconsistent} inconsistent`);
    // The event loop turns once a second only, so that the progress is written and a thread's error is seen.
    await new Promise((resolve) => setTimeout(resolve, 0));
    failed();
    let scrapes = 0;
    const start = performance.now();
    let elapsed = 0;
    while (elapsed < 1_000) {
      const record = parse(registry.exposeSync().body);
      if (!consistent(record, lastCount)) {
        inconsistent += 1;
        first ??= record;
      }
      lastCount = record.count;
      scrapes += 1;
      elapsed = performance.now() - start;
    }
    rates.push((scrapes * 1_000) / elapsed);
  }

  Atomics.store(control, STOP, 1);
  await until(0);
  let looks = 0;
  for (let index = 0; index < THREADS; index += 1) looks += control[LOOKS + index];
  const end = parse(registry.exposeSync().body);
  check(end.count, looks * OBSERVATIONS_BETWEEN_LOOKS, "the observations of all threads");
  check(consistent(end, lastCount), true, "the last scrape's consistency");
  context.row("scrapes", OURS, "scrapes/s", rates);
  context.row("observations-meanwhile", OURS, "million/s", [end.count / seconds / 1e6]);
  context.row("inconsistent", OURS, "scrapes", [inconsistent]);
  if (inconsistent > 0) throw new Error(`${inconsistent} scrapes were inconsistent, the first: ${JSON.stringify(first)}`);
}

if (!isMainThread && workerData?.consistency) await work(workerData);
