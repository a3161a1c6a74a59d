// Programs from the command line, whose text Node is told the kind of: the library's own threads are files, and begin all the same.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runtimes } from "../../scripts/runtimes.mjs";
import { NODES } from "./programs.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PROGRAM = `
  import { registry } from "tallystick";
  import { serve } from "tallystick/exporter";
  import { probe } from "tallystick/probe";
  import { spool } from "tallystick/processes";
  import { recorder } from "tallystick/record";
  registry.counter({ name: "jobs", help: "Jobs." }).inc(3);
  const failed = (error) => console.error(error.message);
  const exporter = await serve({ port: 0, onError: failed });
  const spooled = spool({ dir: process.env.DIR + "/spool", onError: failed });
  const samples = recorder({ dir: process.env.DIR + "/samples", onError: failed });
  samples.record("jobs", 1);
  await samples.flush();
  const probed = process.platform === "linux" ? probe({ onError: failed }) : undefined;
  const page = await (await fetch(exporter.url)).text();
  console.log(/^jobs_total (.*)$/m.exec(page)[1]);
  for (const each of [probed, samples, spooled, exporter]) await each?.close();
`;

for (const name of NODES) {
  const binary = runtimes()[name];
  test(
    `${name}: threads of a program that is the text of --input-type=module`,
    { skip: binary === undefined && `${name} is absent` },
    (t) => {
      const dir = mkdtempSync(join(tmpdir(), "tallystick-command-line-"));
      t.after(() => rmSync(dir, { recursive: true, force: true }));
      const { status, stdout, stderr } = spawnSync(binary, ["--input-type=module", "-e", PROGRAM], {
        cwd: ROOT,
        encoding: "utf8",
        env: { ...process.env, DIR: dir },
      });
      assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "3\n", stderr: "" });
    },
  );
}
