// What hands metrics to other systems, in every runtime that has threads: it arrives, failures are told alike, and no program is kept alive.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import SnappyJS from "snappyjs";
import { readProtobuf } from "../exposition/protobuf.mjs";
import { each, run, said, THREADED } from "../runtimes/programs.mjs";
import { answering } from "./answering.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAM = fileURLToPath(new URL("program.mjs", import.meta.url));

each(THREADED, "what is handed to other systems arrives, and a program ends", async (runtime, t) => {
  const { requests, url } = await answering(t, ({ url }, response) => {
    if (url.startsWith("/silent")) return;
    if (url.startsWith("/garbage")) return void response.socket.end("what?\r\n\r\n");
    // What was written, of remote write 2.0.
    if (url === "/write") response.setHeader("X-Prometheus-Remote-Write-Samples-Written", "1");
    response.writeHead(url.startsWith("/refused") ? 400 : 200).end("so");
  });
  const folder = await mkdtemp(join(tmpdir(), "tallystick-outlets-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const result = await run(runtime, PROGRAM, [url, folder], { cwd: ROOT, within: 30_000 });
  assert.equal(result.code, 0, said(result));
  const lines = [
    "pushed",
    "refused SendError refused 400",
    "silent SendError no-answer undefined",
    "nobody SendError no-answer undefined",
    "garbage no-answer true false",
    "written true",
    "closed 0 0 2",
    "remote write SendError refused 400",
    "refused true",
    "remote write SendError no-answer undefined",
    "away false",
    "back true 0",
    "exported true",
    "closed 0 0",
    "ends",
  ];
  assert.equal(result.stdout, `${lines.join("\n")}\n`, said(result));
  const pushed = requests.find((request) => request.url === "/gateway/metrics/job@base64/YS9i");
  assert.equal(readProtobuf(pushed.body)[0].metrics[0].value, 3);
  const { resourceMetrics } = JSON.parse(requests.find((request) => request.url === "/v1/metrics").body.toString());
  assert.equal(resourceMetrics[0].scopeMetrics[0].metrics[0].sum.dataPoints[0].asDouble, 3);
  const to = (path) => requests.filter((request) => request.url === path);
  // A round or more, the last one and the end; what waited, of a round, the last one and the end, and one more.
  assert.ok(to("/write").length >= 3);
  assert.equal(to("/back").length, 4);
  for (const { body } of [...to("/write"), ...to("/back")]) assert.ok(Buffer.from(SnappyJS.uncompress(body)).includes("jobs_total"));
});

each(["node"], "none of the entries needs anything of a runtime at its beginning", async () => {
  for (const entry of ["pushgateway", "remote-write-edge", "otlp", "otlp-edge"]) {
    assert.doesNotMatch(readFileSync(`${ROOT}dist/esm/${entry}.js`, "utf8"), /from "node:/, entry);
  }
});
