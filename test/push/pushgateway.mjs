// A real Pushgateway, as Debian has it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { nobody, until } from "./answering.mjs";

function executable(name) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

async function started(t, flags = []) {
  const port = await nobody();
  const child = spawn("prometheus-pushgateway", [`--web.listen-address=127.0.0.1:${port}`, "--persistence.file=", ...flags], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let log = "";
  child.stderr.on("data", (part) => (log += part));
  const kill = () => child.kill("SIGKILL");
  process.on("exit", kill);
  const closed = once(child, "close").then(() => process.off("exit", kill));
  t.after(async () => {
    kill();
    await closed;
  });
  const url = `http://127.0.0.1:${port}`;
  await until("the Pushgateway", async () => {
    if (child.exitCode !== null) throw new Error(`The Pushgateway ended: ${log}`);
    return fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  });
  /** Its groups: labels, and values by name and further labels. */
  const groups = async () => {
    const { data } = await (await fetch(`${url}/api/v1/metrics`)).json();
    return data;
  };
  return { url, groups, page: async () => (await fetch(`${url}/metrics`)).text() };
}

export const realPushgateway = Object.assign(started, {
  available: executable("prometheus-pushgateway"),
  missing: "prometheus-pushgateway is not installed: apt-get install prometheus-pushgateway",
});
