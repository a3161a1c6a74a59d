// Receivers that Debian's stable release does not have, fetched from its testing one and unpacked, not installed: only where TALLYSTICK_FOREIGN names a folder for
// them, outside this tree. They need nothing but a libc.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nobody, until } from "./answering.mjs";

const FOLDER = process.env.TALLYSTICK_FOREIGN;
const WITHIN_MS = 180_000;

/** The mirror that this machine uses. */
function mirror() {
  const folder = "/etc/apt/sources.list.d";
  const files = ["/etc/apt/sources.list", ...(existsSync(folder) ? readdirSync(folder).map((file) => join(folder, file)) : [])];
  const text = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, "utf8"));
  return /https?:\/\/\S+\/debian\/?(?=\s|$)/m.exec(text.join("\n"))?.[0];
}

/** Unpacks packages of a release into a folder of its own; where that folder is there, nothing. */
function unpacked(release, ...packages) {
  const folder = join(FOLDER, release);
  const root = join(folder, "root");
  if (existsSync(root)) return root;
  for (const path of ["lists/partial", "cache/archives/partial"]) mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, "s.list"), `deb [trusted=yes] ${mirror()} ${release} main\n`);
  const options = [
    `Dir::Etc::sourcelist=${join(folder, "s.list")}`,
    "Dir::Etc::sourceparts=/dev/null",
    `Dir::State::lists=${join(folder, "lists")}`,
    `Dir::Cache=${join(folder, "cache")}`,
    "Acquire::Check-Valid-Until=false",
  ].flatMap((option) => ["-o", option]);
  const ran = (command, args) => execFileSync(command, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"], timeout: WITHIN_MS });
  ran("apt-get", [...options, "update"]);
  ran("apt-get", [...options, "download", ...packages]);
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".deb"))) ran("dpkg-deb", ["-x", file, `${root}.half`]);
  // It is there when it is whole.
  execFileSync("mv", [`${root}.half`, root]);
  return root;
}

/** A program of a release: its path, or a reason why it is not there. */
function program(release, packages, path) {
  if (FOLDER === undefined) return { missing: `TALLYSTICK_FOREIGN names no folder for ${packages[0]} of ${release}` };
  try {
    const found = join(unpacked(release, ...packages), path);
    return existsSync(found) ? { found } : { missing: `${packages[0]} of ${release} has no ${path}` };
  } catch (error) {
    return { missing: `${packages[0]} of ${release} cannot be fetched: ${String(error.message).split("\n")[0]}` };
  }
}

async function started(t, path, args, ready) {
  const folder = mkdtempSync(join(tmpdir(), "tallystick-foreign-"));
  const port = await nobody();
  const child = spawn(path, args(port, folder), { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (part) => (log += part));
  const kill = () => child.kill("SIGKILL");
  process.on("exit", kill);
  const closed = once(child, "close").then(() => process.off("exit", kill));
  t.after(async () => {
    kill();
    await closed;
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `http://127.0.0.1:${port}`;
  await until(path, async () => {
    if (child.exitCode !== null) throw new Error(`${path} ended: ${log}`);
    return fetch(`${url}${ready}`).then(
      ({ ok }) => ok,
      () => false,
    );
  });
  const json = async (to) => (await fetch(`${url}${to}`)).json();
  return { url, json, text: async (to) => (await fetch(`${url}${to}`)).text(), log: () => log };
}

/** Prometheus 3 with the receiver of remote write 2.0; undefined where it is not there, which skips the test. */
export async function prometheus3(t) {
  const { found, missing } = program("forky", ["prometheus", "promtool"], "usr/bin/prometheus");
  if (missing !== undefined) return void t.skip(missing);
  const args = (port, folder) => {
    writeFileSync(join(folder, "prometheus.yml"), "{}");
    return [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--web.enable-remote-write-receiver",
      "--enable-feature=native-histograms,exemplar-storage,created-timestamp-zero-ingestion,metadata-wal-records",
    ];
  };
  return started(t, found, args, "/-/ready");
}

/** VictoriaMetrics with the receiver of OTLP. */
export async function victoria(t) {
  const { found, missing } = program("sid", ["victoria-metrics"], "usr/bin/victoria-metrics");
  if (missing !== undefined) return void t.skip(missing);
  const args = (port, folder) => [
    `-httpListenAddr=127.0.0.1:${port}`,
    `-storageDataPath=${join(folder, "data")}`,
    "-opentelemetry.usePrometheusNaming",
    "-search.latencyOffset=0s",
  ];
  return started(t, found, args, "/health");
}
