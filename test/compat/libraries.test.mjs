// Libraries that are written for prom-client and for @prometheus-io/client, unchanged, in a project of a user where an npm override has
// put ours in the place of both; and types, as that project compiles.

import { equal, match, ok } from "node:assert/strict";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { each, NODES, run, said } from "../runtimes/programs.mjs";
import { compiled } from "../runtimes/types.mjs";
import { overridden } from "./overridden.mjs";

const app = overridden();
const ROOT = fileURLToPath(new URL("../../package.json", import.meta.url));
for (const file of ["libraries.mjs", "users.ts"]) cpSync(fileURLToPath(new URL(`fixtures/${file}`, import.meta.url)), join(app, file));

each(NODES, "express-prom-bundle 8 and fastify-metrics 14 count and serve by ours", async (runtime) => {
  const result = await run(runtime, join(app, "libraries.mjs"), [ROOT]);
  equal(result.code, 0, said(result));
  const { page, clustered, summary, fastify, type, isOurs } = JSON.parse(result.stdout);
  equal(isOurs, true);
  for (const text of [page, clustered]) {
    match(text, /^http_request_duration_seconds_count\{status_code="200",method="GET",path="\/shop\/#val",zone="north"\} 3$/m);
    match(text, /^http_request_duration_seconds_bucket\{le="10",status_code="200",/m);
    match(text, /^orders\{kind="book"\} 1$/m);
    match(text, /^up 1$/m);
    match(text, /^nodejs_version_info\{/m);
  }
  match(summary, /^http_request_duration_seconds\{quantile="0\.5",status_code="200"\} 0\.\d/m);
  match(summary, /^http_request_duration_seconds_count\{status_code="200"\} 1$/m);
  ok(!summary.includes("orders"));
  match(fastify, /^http_request_duration_seconds_count\{method="GET",route="\/shop\/:id",status_code="200"\} 2$/m);
  match(fastify, /^http_request_summary_seconds_count\{method="GET",route="\/shop\/:id",status_code="200"\} 2$/m);
  match(fastify, /^process_cpu_user_seconds_total \d/m);
  equal(type, "text/plain; version=0.0.4; charset=utf-8");
});

const NODE = { lib: ["es2022"], types: ["node"], exactOptionalPropertyTypes: false };
const CONSUMERS = {
  "an ES module": ["module", { module: "nodenext", moduleResolution: "nodenext", ...NODE }],
  CommonJS: ["commonjs", { module: "node16", moduleResolution: "node16", ...NODE }],
  "a bundler": ["module", { module: "esnext", moduleResolution: "bundler", ...NODE }],
};
for (const [what, [kind, options]] of Object.entries(CONSUMERS)) {
  test(`programs of both libraries' users compile unchanged as ${what}`, () => {
    equal(compiled(app, `compiled-${kind}-${options.moduleResolution}`, kind, ["users.ts"], options), "");
  });
}
