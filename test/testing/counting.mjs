// What runtimes.test.mjs runs in each runtime: all of tallystick/testing, once.

import { collectAndCompare, countOf, freshRegistry, lint, valueOf, withRegistry } from "tallystick/testing";

const ends = [];
const registry = freshRegistry((end) => ends.push(end));
const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["kind"] });
jobs.inc({ kind: "mail" }, 2);
await collectAndCompare(registry, '# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total{kind="mail"} 2');
const differing = await collectAndCompare(registry, "").catch((error) => error.difference.split("\n").at(-1));
const found = await lint(registry);
const inner = await withRegistry(async (own) => countOf(own));
const result = [valueOf(jobs), countOf(registry), differing, found, inner];
for (const end of ends) end();
console.log(JSON.stringify(result));
