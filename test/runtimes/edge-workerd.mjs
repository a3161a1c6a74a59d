// The example of the edge in a folder of its own, and the programs that it consists of: workerds that can be killed, and a
// collector in Node.

import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { folder } from "./packed.mjs";
import { pathOf } from "./programs.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const WITHIN_MS = 10000;
export const TOKEN = "a-token-of-the-tests";

/** A folder with the example, of another compatibility date and other bindings where they are given; what it imports is there. */
export async function example(date, bindings = {}) {
  const where = folder("edge");
  cpSync(join(ROOT, "examples/edge"), where, { recursive: true });
  const file = join(where, "config.capnp");
  let text = readFileSync(file, "utf8");
  if (date !== undefined) text = text.replace(/(const date :Text = )"[^"]*"/, `$1"${date}"`);
  for (const [name, value] of Object.entries(bindings))
    text = text.replace(new RegExp(`(name = "${name}", text = )"[^"]*"`), `$1"${value}"`);
  writeFileSync(file, text);
  mkdirSync(join(where, "node_modules"));
  symlinkSync(ROOT, join(where, "node_modules/tallystick"), "dir");
  await build({
    entryPoints: ["counting", "collector"].map((name) => join(where, `${name}.mjs`)),
    bundle: true,
    format: "esm",
    target: "es2022",
    conditions: ["workerd"],
    external: ["*.wasm"],
    logLevel: "warning",
    outdir: join(where, "bundled"),
  });
  cpSync(join(ROOT, "dist/esm/core.edge.wasm"), join(where, "bundled/core.edge.wasm"));
  return where;
}

/** Starts a program; `ready` says of what it wrote where it listens. */
async function started(command, args, options, ready) {
  const child = spawn(command, args, options);
  const program = { child, said: "", ended: new Promise((resolve) => child.once("exit", resolve)) };
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (more) => (program.said += more));
  program.addresses = await new Promise((resolve, reject) => {
    const failed = (why) => reject(new Error(`${command} ${why}\n${program.said}`));
    setTimeout(failed, WITHIN_MS, `did not listen within ${WITHIN_MS} ms`).unref();
    void program.ended.then((code) => failed(`ended with ${code}`));
    ready(child, resolve);
  });
  program.kill = async (signal = "SIGKILL") => {
    child.kill(signal);
    await program.ended;
  };
  return program;
}

/**
 * A workerd with the example's configuration, its state in `storage` and each socket on a port that it chooses, but for those
 * that are given. Its `addresses` go by the names of the sockets.
 */
export async function edge(t, where, { storage = "storage", collectorUrl = "http://collector.invalid/push", ports = {} } = {}) {
  mkdirSync(join(where, storage), { recursive: true });
  const given = Object.entries(ports).map(([name, port]) => `--socket-addr=${name}=127.0.0.1:${port}`);
  const args = ["serve", "config.capnp", "--control-fd=3", `--directory-path=storage=${join(where, storage)}`, ...given];
  const env = { ...process.env, TALLYSTICK_TOKEN: TOKEN, TALLYSTICK_RESETTABLE: "yes", COLLECTOR_URL: collectorUrl };
  const options = { cwd: where, stdio: ["ignore", "pipe", "pipe", "pipe"], env };
  const program = await started(pathOf("workerd"), args, options, (child, resolve) => {
    const addresses = {};
    let control = "";
    child.stdio[3].setEncoding("utf8").on("data", (more) => {
      control += more;
      for (const line of control.split("\n").filter((each) => each.endsWith("}"))) {
        const { event, socket, port } = JSON.parse(line);
        if (event === "listen") addresses[socket] = `http://127.0.0.1:${port}`;
      }
      if (Object.keys(addresses).length === 4) resolve(addresses);
    });
  });
  t.after(() => program.kill());
  return program;
}

/** The collector in Node; its one address is `collector`. */
export async function collector(t, where) {
  const options = { cwd: where, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, TALLYSTICK_TOKEN: TOKEN } };
  const program = await started(process.execPath, ["collector-node.mjs"], options, (child, resolve) => {
    child.stdout.on("data", (text) => {
      const [address] = /http:\S+/.exec(text) ?? [];
      if (address !== undefined) resolve({ collector: address });
    });
  });
  t.after(() => program.kill());
  return program;
}

/** The samples of a page, by how they are printed. */
export function samplesOf(page) {
  const lines = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}
