// A workerd with one worker, on a loopback port that it chooses itself.

import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathOf } from "./programs.mjs";

const WITHIN_MS = 10000;

function text(value) {
  return `"${String(value).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
}

/**
 * Starts a worker and calls `body` with its address; stops it afterwards. It reaches this machine alone.
 * @param modules their names and kinds, the first one is the worker: `{ "worker.mjs": "esModule", "core.wasm": "wasm" }`
 */
export async function served(folder, modules, compatibilityDate, body) {
  const embedded = Object.entries(modules).map(([name, kind]) => `(name = ${text(name)}, ${kind} = embed ${text(name)})`);
  writeFileSync(
    join(folder, "config.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (modules = [${embedded.join(", ")}], compatibilityDate = ${text(compatibilityDate)})),
    (name = "internet", network = (allow = ["local"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`,
  );
  const child = spawn(pathOf("workerd"), ["serve", "config.capnp", "--control-fd=3"], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (more) => (said += more));
  const ended = new Promise((resolve) => child.once("exit", resolve));
  try {
    const port = await new Promise((resolve, reject) => {
      const failed = (why) => reject(new Error(`workerd ${why}\n${said}`));
      setTimeout(failed, WITHIN_MS, `did not listen within ${WITHIN_MS} ms`).unref();
      void ended.then((code) => failed(`ended with ${code}`));
      let control = "";
      child.stdio[3].setEncoding("utf8").on("data", (more) => {
        control += more;
        const told = /"event":"listen".*"port":(\d+)/.exec(control);
        if (told !== null) resolve(Number(told[1]));
      });
    });
    return await body(`http://127.0.0.1:${port}`);
  } finally {
    child.kill();
    await ended;
  }
}

/** The text of a file with one import redirected: workerd takes names of modules as they are written. */
export function redirected(file, from, to) {
  writeFileSync(file, readFileSync(file, "utf8").replaceAll(`"${from}"`, `"${to}"`));
}
