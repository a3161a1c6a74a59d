// The long forms of the comparisons: npm run differential [-- NAME ...]. A seed is printed; DIFFERENTIAL_SEED draws it again. Ends
// with 1 where anything differs that is on no list.

import { floats } from "../proofs/floats.mjs";
import { bounds, TABLE_STEPS } from "./bounds.mjs";
import { helped } from "../typed.mjs";
import * as python from "./client-python.mjs";
import { NAMES } from "./distributions.mjs";
import { judgedPlans, plansFrom } from "./expositions.mjs";
import { KNOWN } from "./known.mjs";
import { ACCURACIES, judged } from "./quantiles.mjs";
import * as back from "./read-back.mjs";
import { SEED, Seeded } from "./seeded.mjs";
import { judgedThreads } from "./threads.mjs";

const PLANS = 5000;
const PLANS_AT_ONCE = 250;
const ROUNDS = 10;
const count = (number) => number.toLocaleString("en");
const bar = (name) => (done) => process.stderr.write(`\r${name} ${(done * 100).toFixed(0).padStart(3)} %`);
helped(`
npm run differential -- [NAME ...]

  NAME  client_python, prom-client, floats, read-back, bounds, quantiles, threads; all without one
  DIFFERENTIAL_SEED=N before it draws all of it again; a line says which it was
`);
const wanted = process.argv.slice(2);
const rows = [];
/** What a row's failures are, the first ones, for whoever looks for the reason. */
const reasons = [];

/** Plans in pieces, for pages of all of them would not fit. */
async function expositions(only, asked, progress) {
  const known = new Map();
  const unknown = [];
  let pages = 0;
  let lines = 0;
  for (let from = 0; from < PLANS; from += PLANS_AT_ONCE) {
    const found = await judgedPlans(plansFrom(SEED + from, PLANS_AT_ONCE), { python: asked, only });
    for (const [name, times] of found.known) known.set(name, (known.get(name) ?? 0) + times);
    unknown.push(...found.unknown);
    pages += found.compared;
    lines += found.samples;
    progress((from + PLANS_AT_ONCE) / PLANS);
  }
  const listed = [...known].map(([name, times]) => `${count(times)} × ${name}`).join("; ");
  return {
    figure: `${count(pages)} pages, ${count(lines)} lines: ${unknown.length} unknown differences (known: ${listed})`,
    failures: unknown,
  };
}

const JAVASCRIPT = ["prom-client", "@prometheus-io/client", "tallystick/prom-client"];
const COMPARISONS = {
  client_python: {
    missing: python.available ? undefined : python.missing,
    run: (progress) => expositions(["client_python"], true, progress),
  },
  "prom-client": { run: (progress) => expositions(JAVASCRIPT, false, progress) },
  floats: {
    run(progress) {
      const random = new Seeded(SEED);
      const { printed, different, longer, broken } = floats(10e6, progress, () => random.next());
      const figure = `${count(printed)} doubles: ${different} other than String(n), ${longer} longer, ${broken} do not read back`;
      return { figure, failures: different + broken === 0 ? [] : [figure] };
    },
  },
  "read-back": {
    missing: back.available ? undefined : back.missing,
    run() {
      const random = new Seeded(SEED);
      const { read, wrong } = back.readBack(2e6, () => random.next());
      return { figure: `${count(read)} numbers read by Python and here: ${wrong} other ones`, failures: wrong === 0 ? [] : [wrong] };
    },
  },
  bounds: {
    run(progress) {
      const { values, wrong, tables } = bounds(1, progress);
      const steps = [...tables.values()].flatMap((each) => [...each]);
      const most = Math.max(...steps.map((step) => (step > 0 ? step : 1 - step)));
      const figure = `${count(values)} doubles at and beside all bounds: ${wrong.length} in a wrong bucket, ${tables.size} of 256 bounds by Prometheus' table, ${most} doubles off at the most`;
      return { figure, failures: most > TABLE_STEPS ? [...wrong, most] : wrong };
    },
  },
  quantiles: {
    run(progress) {
      const random = new Seeded(SEED);
      const failures = [];
      let done = 0;
      for (let round = 0; round < ROUNDS; round++)
        for (const accuracy of ACCURACIES)
          for (const name of NAMES) {
            failures.push(...judged(name, accuracy, 2000 * (1 + (round % 5)), random).map((fault) => `${name}, ${accuracy}: ${fault}`));
            progress(++done / (ROUNDS * ACCURACIES.length * NAMES.length));
          }
      return { figure: `${count(done)} sets of samples, each in one thread and over processes: ${failures.length} faults`, failures };
    },
  },
  threads: {
    async run(progress) {
      const random = new Seeded(SEED);
      const failures = [];
      for (const [i, name] of NAMES.entries()) {
        failures.push(...(await judgedThreads([name], ACCURACIES[i % ACCURACIES.length], 20_000, random)));
        progress((i + 1) / NAMES.length);
      }
      return {
        figure: `${NAMES.length} sets of samples over 3 threads, one killed, one in its place: ${failures.length} faults`,
        failures,
      };
    },
  },
};

const unknown = wanted.filter((name) => !Object.hasOwn(COMPARISONS, name));
if (unknown.length > 0) {
  console.error(`There is no ${unknown.join(", ")}: ${Object.keys(COMPARISONS).join(", ")}`);
  process.exit(64);
}
console.log(`DIFFERENTIAL_SEED=${SEED}, ${KNOWN.length} differences of others are known`);
for (const [name, { missing, run }] of Object.entries(COMPARISONS)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  if (missing !== undefined) {
    rows.push({ name, result: "skipped", figure: missing });
    continue;
  }
  const from = performance.now();
  const { figure, failures } = await run(bar(name.padEnd(14)));
  rows.push({ name, result: failures.length === 0 ? "ok" : "FAILED", figure, seconds: Math.round((performance.now() - from) / 1000) });
  reasons.push(...failures.slice(0, 5).map((failure) => `${name}: ${JSON.stringify(failure)}`));
}
process.stderr.write("\r");
for (const { name, result, seconds, figure } of rows)
  console.log(`  ${name.padEnd(14)} ${result.padEnd(8)} ${String(seconds ?? "").padStart(4)} s  ${figure}`);
for (const reason of reasons) console.log(reason);
process.exit(rows.every(({ result }) => result !== "FAILED") ? 0 : 1);
