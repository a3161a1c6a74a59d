// A cluster of node:cluster with prom-client's AggregatorRegistry in the primary and in the workers.

import { equal, match, ok } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { each, NODES, run, said } from "../runtimes/programs.mjs";

const program = fileURLToPath(new URL("fixtures/clustered.cjs", import.meta.url));

each(NODES, "2, 4, 5, 6: one page of a cluster's processes, of which one was killed and one is busy", async (runtime) => {
  const result = await run(runtime, program, [], { within: 60_000 });
  equal(result.code, 0, said(result));
  const { before, open, after, milliseconds } = JSON.parse(result.stdout);
  for (const page of [before, after]) {
    match(page, /^jobs\{queue="mail"\} 31$/m, "5: what a killed worker counted stays");
    match(page, /^worked_total 3$/m);
    match(page, /^own_jobs 12$/m);
    match(page, /^size_count 30$/m);
    const [, p50] = /^size\{quantile="0\.5"\} (.*)$/m.exec(page);
    ok(Math.abs(p50 - 3) < 0.05, `6: ${p50}`);
    ok(!page.includes("left_out"));
    match(page, /^process_cpu_user_seconds_total \d/m);
  }
  match(before, /^depth 6$/m);
  match(after, /^depth 4$/m, "live ones are added up");
  ok(milliseconds < 4000, `2: ${milliseconds} ms with a worker that is busy for 8 s`);
  match(open, /^jobs_total\{queue="mail"\} 31$/m);
  match(open, /^traced_total 3 # \{trace_id="abc"\} 1 \d/m, "4: exemplars come along");
  ok(!open.includes("_total_total") && open.endsWith("# EOF\n"));
});

const leaving = fileURLToPath(new URL("fixtures/leaving.cjs", import.meta.url));

each(
  NODES,
  "what leaves a primary's registry takes nothing along that other processes counted, and counts nothing twice",
  async (runtime) => {
    const result = await run(runtime, leaving, [], { within: 120_000 });
    equal(result.code, 0, said(result));
    const { aloneRemoved, ...told } = JSON.parse(result.stdout);
    equal(aloneRemoved, false, "what no other process counts in leaves, as before");
    const counts = Object.entries(told).map(([what, line]) => `${what} ${line?.split(" ").at(-1)}`);
    equal(counts.join(), "before 15,removed 15,back 15,more 16,cleared 17,again 20");
  },
);
