// npm run soak: the service under load, with deaths, for as long as is asked. Ends with a report, and with 1 where something is wrong.

import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { installRuntimes, runtimes } from "../../scripts/runtimes.mjs";
import { holds, judged, plotted, printed } from "./report.mjs";
import { soak } from "./soak.mjs";

const RUNTIMES = ["node", "node-current", "deno", "bun"];
const USAGE = `npm run soak -- [--minutes N] [--runtime ${RUNTIMES.join("|")}] [--seed N] [--json FILE] [--svg FILE]

  --minutes  how long, 10 without it; slopes are judged from 5 on
  --seed     of what is left to chance; what it was is said
  --json     all figures, with one for each second
  --svg      memory, scrapes, series and stalls over time
`;

function options() {
  const told = {
    minutes: { type: "string", default: "10" },
    runtime: { type: "string", default: "node" },
    seed: { type: "string" },
    json: { type: "string" },
    svg: { type: "string" },
    help: { type: "boolean", default: false },
  };
  try {
    const { values } = parseArgs({ options: told });
    const minutes = Number(values.minutes);
    const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
    if (!(minutes > 0)) throw new Error(`--minutes is ${values.minutes}, and must be above 0`);
    if (!Number.isSafeInteger(seed)) throw new Error(`--seed is ${values.seed}, and must be a whole number`);
    if (!RUNTIMES.includes(values.runtime)) throw new Error(`--runtime is ${values.runtime}, and must be one of ${RUNTIMES.join(", ")}`);
    return { ...values, seconds: minutes * 60, seed };
  } catch (error) {
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    process.exit(64);
  }
}

const { help, runtime, seconds, seed, json, svg } = options();
if (help) {
  process.stdout.write(USAGE);
  process.exit(0);
}
installRuntimes();
if (runtimes()[runtime] === undefined) {
  process.stderr.write(`${runtime} is not installed in test/runtimes\n`);
  process.exit(1);
}
const began = performance.now();
const progress = (text) => process.stderr.write(`${Math.round((performance.now() - began) / 1000)} s: ${text}\n`);
progress(`${runtime} for ${seconds} s, seed ${seed}`);
const result = await soak({ runtime, seconds, seed, progress });
process.stdout.write(`${printed(result)}\n`);
if (json !== undefined) writeFileSync(json, `${JSON.stringify({ ...result, judged: judged(result) }, null, 2)}\n`);
if (svg !== undefined) writeFileSync(svg, plotted(result));
process.exit(holds(result) ? 0 : 1);
