// How long does a scrape of the exporter take while the main thread and four workers compute and never let go?
import { fileURLToPath } from "node:url";
import { check, hasOurs } from "./harness.mjs";
import { OURS } from "./subjects.mjs";

const PROGRAM = fileURLToPath(new URL("../test/exporter/blocking.mjs", import.meta.url));
const SCRAPES = 100;

/** Milliseconds of each scrape, of a page with a collector that cannot run, or of one without. */
async function scraped(context, collectors) {
  const scrapes = context.quick ? 20 : SCRAPES;
  const stdout = await context.run(PROGRAM, [scrapes, collectors].map(String), { exposeGc: false });
  const { from, to, begun, ended, took } = JSON.parse(stdout.split("\n")[0]);
  check(took.length, scrapes, "the number of scrapes");
  check(from <= begun && ended <= to, true, "whether all scrapes came while all threads computed");
  return took;
}

export async function run(context) {
  if (!hasOurs(context.subjects)) return;
  for (const [collectors, subject] of [
    [0, OURS],
    [1, `${OURS}, with a collector that cannot run`],
  ]) {
    context.progress(subject);
    const took = await scraped(context, collectors);
    context.row("scrape-while-all-compute", subject, "ms", took);
  }
}
