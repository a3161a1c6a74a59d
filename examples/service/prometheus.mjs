// A real Prometheus beside the service: on loopback, with a configuration and a data directory of its own that are
// removed when it stops.
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "undici";

const READY_MILLISECONDS = 30_000;
const SCRAPE_MILLISECONDS = 10_000;
const POLL_MILLISECONDS = 100;
/** It writes its data down when it is told to stop; after this it is killed. */
const STOP_MILLISECONDS = 5_000;

export class Prometheus {
  #process;
  #directory;
  #log = "";
  #exit;
  // Nothing is left behind where the command ends without waiting, such as at a second Ctrl-C.
  #abandon = () => {
    this.#process?.kill("SIGKILL");
    rmSync(this.#directory, { recursive: true, force: true });
  };
  origin;

  /** Starts one that scrapes `127.0.0.1:exporterPort` every second, and resolves when it is ready. */
  static async start(exporterPort, signal) {
    const prometheus = new Prometheus();
    try {
      await prometheus.#start(exporterPort, signal);
      return prometheus;
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
  }

  /** Waits for one more scrape, then asks. */
  async judge(signal) {
    await this.#nextScrape(Date.now(), signal);
    return {
      version: (await this.#get("/api/v1/status/buildinfo")).version,
      responses: await this.#value("sum(service_responses_total)"),
      requests: await this.#value("sum(service_requests_total)"),
      resets: await this.#value("max(resets(service_requests_total[5m]))"),
      bucketResets: await this.#value("max(resets(service_request_duration_seconds_bucket[5m]))"),
      up: await this.#value("min(min_over_time(up[5m]))"),
      scrapeCount: await this.#value("sum(count_over_time(up[5m]))"),
      slowestSeconds: await this.#value("max(max_over_time(scrape_duration_seconds[5m]))"),
    };
  }

  async stop() {
    if (this.#exit !== undefined) {
      const kill = setTimeout(() => this.#process.kill("SIGKILL"), STOP_MILLISECONDS);
      this.#process.kill("SIGTERM");
      await this.#exit;
      clearTimeout(kill);
    }
    if (this.#directory === undefined) return;
    await rm(this.#directory, { recursive: true, force: true });
    process.off("exit", this.#abandon);
  }

  async #start(exporterPort, signal) {
    this.#directory = await mkdtemp(join(tmpdir(), "tallystick-prometheus-"));
    process.on("exit", this.#abandon);
    const configuration = join(this.#directory, "prometheus.yml");
    await writeFile(configuration, configurationOf(exporterPort));
    const address = `127.0.0.1:${await freePort()}`;
    this.origin = `http://${address}`;
    await this.#spawn([
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(this.#directory, "data")}`,
      `--web.listen-address=${address}`,
      "--log.level=warn",
    ]);
    await this.#until("ready", READY_MILLISECONDS, signal, async () => {
      const { statusCode, body } = await request(`${this.origin}/-/ready`);
      await body.dump();
      return statusCode === 200;
    });
    await this.#nextScrape(0, signal);
  }

  async #spawn(parameters) {
    // In a process group of its own: Ctrl-C in a terminal goes to the command, which stops it in order.
    this.#process = spawn("prometheus", parameters, { stdio: ["ignore", "ignore", "pipe"], detached: true });
    this.#process.stderr.on("data", (text) => (this.#log = (this.#log + text).slice(-4_000)));
    const started = new Promise((resolve, reject) => {
      this.#process.once("spawn", resolve);
      this.#process.once("error", reject);
    });
    await started.catch((error) => {
      if (error.code !== "ENOENT") throw error;
      throw new Error('No program "prometheus" on the PATH: install it (Debian: apt-get install prometheus)');
    });
    this.#exit = new Promise((resolve) => this.#process.once("exit", resolve));
  }

  #nextScrape(afterMilliseconds, signal) {
    return this.#until("done with a scrape", SCRAPE_MILLISECONDS, signal, async () => {
      const { activeTargets } = await this.#get("/api/v1/targets");
      return activeTargets.some(({ health, lastScrape }) => health === "up" && Date.parse(lastScrape) > afterMilliseconds);
    });
  }

  async #until(what, milliseconds, signal, isDone) {
    const endMilliseconds = Date.now() + milliseconds;
    for (;;) {
      // Refused connections are what "not ready yet" looks like.
      if (await isDone().catch(() => false)) return;
      if (this.#process.exitCode !== null) throw new Error(`Prometheus ended by itself:\n${this.#log}`);
      if (Date.now() > endMilliseconds) {
        throw new Error(`Prometheus was not ${what} within ${milliseconds / 1_000} s:\n${this.#log}`);
      }
      await sleep(POLL_MILLISECONDS, undefined, { signal });
    }
  }

  /** NaN where the answer is empty, which equals nothing. */
  async #value(query) {
    const { result } = await this.#get(`/api/v1/query?query=${encodeURIComponent(query)}`);
    return result.length === 1 ? Number(result[0].value[1]) : NaN;
  }

  async #get(path) {
    const { body } = await request(`${this.origin}${path}`);
    const { status, data, error } = await body.json();
    if (status !== "success") throw new Error(`Prometheus refused ${path}: ${error}`);
    return data;
  }
}

// JSON is YAML.
function configurationOf(exporterPort) {
  return JSON.stringify({
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: [{ job_name: "service", static_configs: [{ targets: [`127.0.0.1:${exporterPort}`] }] }],
  });
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
