// Prometheus servers by the configurations of examples/beyond, each on a free port of loopback.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const READY_MS = 30000;
const at = (file) => fileURLToPath(new URL(`../../examples/beyond/${file}`, import.meta.url));

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

async function answer(url) {
  const { status, data, error } = await (await fetch(url)).json();
  if (status !== "success") throw new Error(`Prometheus answered to ${url}: ${error}`);
  return data;
}

/**
 * Starts one by a configuration of the example, in which `names` are replaced: hosts with ports by ports of loopback, and
 * whatever else. It scrapes every second.
 */
export async function prometheusBy(t, file, names, flags = []) {
  const folder = mkdtempSync(join(tmpdir(), "tallystick-prometheus-"));
  let text = file === undefined ? "{}" : readFileSync(at(file), "utf8");
  for (const [name, replaced] of Object.entries({ "scrape_interval: 15s": "scrape_interval: 1s", ...names })) {
    if (file !== undefined && !text.includes(name)) throw new Error(`${file} has no ${name}`);
    text = text.replaceAll(name, typeof replaced === "number" ? `127.0.0.1:${replaced}` : replaced);
  }
  writeFileSync(join(folder, "prometheus.yml"), text);
  const port = await freePort();
  const own = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", `--web.listen-address=127.0.0.1:${port}`];
  const child = spawn("prometheus", [...own, ...flags], { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  child.stderr.setEncoding("utf8").on("data", (more) => (log += more));
  const closed = once(child, "close");
  t.after(async () => {
    child.kill("SIGKILL");
    await closed;
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  for (const deadline = Date.now() + READY_MS; ; await sleep(50)) {
    if (await fetch(`${url}/-/ready`).then(({ ok }) => ok, () => false)) break; // prettier-ignore
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`Prometheus did not start: ${log}`);
  }
  return {
    port,
    /** The value of an expression that has one; NaN where there is none yet. */
    value: async (expression) => {
      const { result } = await answer(`${url}/api/v1/query?query=${encodeURIComponent(expression)}`);
      return result.length === 1 ? Number(result[0].value[1]) : NaN;
    },
  };
}
