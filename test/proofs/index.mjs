// The long forms of the proofs: npm run proofs [-- --seed N].

import { churn } from "./churn.mjs";
import { floats } from "./floats.mjs";
import { foldedExactly, folds } from "./folds.mjs";
import { samples } from "./samples.mjs";
import { crowd } from "../record/crowd.mjs";
import { folder } from "../record/recorded.mjs";
import { random } from "../faults/table/random.mjs";
import { numbered, typed } from "../typed.mjs";

const USAGE = `
npm run proofs -- [--seed N]

  --seed  of the floats, and of what is folded; what it was is said
`;
const { seed: text } = typed(USAGE, { seed: { type: "string", default: `${Math.floor(Math.random() * 1e9)}` } });
const seed = numbered(USAGE, "seed", text);
process.stderr.write(`seed ${seed}\n`);
const bar = (name) => (done) => process.stderr.write(`\r${name} ${(done * 100).toFixed(0).padStart(3)} %`);
const rows = [];
const row = (name, figure, wanted, holds) => rows.push({ proof: name, figure, wanted, holds });

const printed = floats(10e6, bar("floats"), random(seed));
row(
  "floats printed like String(n)",
  `${printed.printed.toLocaleString("en")}: ${printed.different} different, ${printed.longer} longer, ${printed.broken} do not read back`,
  "0, 0, 0",
  printed.different + printed.longer + printed.broken === 0,
);
const folded = folds(1e6, bar("folds "), random(seed));
row(
  "totals over folds and adoptions",
  `${folded.totals.toLocaleString("en")} totals, ${folded.left.toLocaleString("en")} threads left, ${folded.folded.toLocaleString("en")} cells folded: ${folded.lower} lower`,
  "0 lower",
  folded.lower === 0,
);
const wrong = foldedExactly(20000, random(seed));
row("folded totals against exact arithmetic", `20,000 totals: ${wrong} off`, "0", wrong === 0);
const churned = churn(10e6, bar("churn "));
const [first, last] = churned.used;
const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;
row(
  "memory in use after series that came and went",
  `${churned.series.toLocaleString("en")} series, ${churned.mostAlive.toLocaleString("en")} alive at most: ` +
    `${churned.used.map(megabytes).join(", then ")} (RSS ${churned.rss.map(megabytes).join(", then ")}), ${churned.wrong} wrong`,
  "at most twice, 0 wrong",
  last <= first * 2 && churned.wrong === 0 && churned.mostAlive <= 10000,
);
for (const [policy, name] of ["flush", "oldest", "newest"].entries()) {
  process.stderr.write(`\rsamples: ${name.padEnd(10)}`);
  const { recorded, rows, dropped, drains, wrong, off, unexplained } = await samples(5e6, policy, true);
  row(
    `samples of threads at full speed, one killed: ${name}`,
    `${recorded.toLocaleString("en")} recorded, ${rows.toLocaleString("en")} rows in ${drains} drains, ` +
      `${dropped.toLocaleString("en")} dropped: ${wrong} torn or out of order, ${off + unexplained} not counted`,
    "0, 0",
    wrong + off + unexplained === 0,
  );
}
const show = bar("crowd ");
const crowded = await crowd(folder(), 4, 2.5e6, 1e6, (rows) => show(rows / 1e7));
row(
  "recorders of 4 threads in each of 2 processes, one killed, while files are taken away",
  `${crowded.recorded.toLocaleString("en")} recorded, ${crowded.rows.toLocaleString("en")} rows in ${crowded.files} files ` +
    `(${crowded.rowsOfTheKilled.toLocaleString("en")} rows of the killed), ${crowded.dropped.toLocaleString("en")} dropped: ` +
    `${crowded.wrong} torn or out of order, ${crowded.off} not counted`,
  "0, 0",
  crowded.wrong + crowded.off + crowded.said.length + crowded.code === 0,
);
process.stderr.write("\r");
console.table(rows);
console.error(`seed ${seed}`);
process.exit(rows.every(({ holds }) => holds) ? 0 : 1);
