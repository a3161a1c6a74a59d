// What hands metrics to other systems, in every runtime that has threads: it arrives, failures are told alike, and no program is kept alive.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { readProtobuf } from "../exposition/protobuf.mjs";
import { each, run, said, THREADED } from "../runtimes/programs.mjs";
import { answering } from "./answering.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAM = fileURLToPath(new URL("program.mjs", import.meta.url));

each(THREADED, "what is handed to other systems arrives, and a program ends", async (runtime, t) => {
  const { requests, url } = await answering(t, ({ url }, response) => {
    if (url.startsWith("/silent")) return;
    response.writeHead(url.startsWith("/refused") ? 400 : 200).end("so");
  });
  const result = await run(runtime, PROGRAM, [url], { cwd: ROOT, within: 30_000 });
  assert.equal(result.code, 0, said(result));
  const lines = [
    "pushed",
    "refused SendError refused 400",
    "silent SendError no-answer undefined",
    "nobody SendError no-answer undefined",
    "ends",
  ];
  assert.equal(result.stdout, `${lines.join("\n")}\n`, said(result));
  const pushed = requests.find((request) => request.url === "/gateway/metrics/job@base64/YS9i");
  assert.equal(readProtobuf(pushed.body)[0].metrics[0].value, 3);
});

each(["node"], "none of the entries needs anything of a runtime at its beginning", async () => {
  for (const entry of ["pushgateway"]) {
    assert.doesNotMatch(readFileSync(`${ROOT}dist/esm/${entry}.js`, "utf8"), /from "node:/, entry);
  }
});
