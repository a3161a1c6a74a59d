// A real Prometheus that scrapes the soaked service every second, on loopback, with a configuration and a data directory of its own,
// and what it is asked at the end.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../processes/receive-prometheus.mjs";

const READY_MILLISECONDS = 30_000;
const SCRAPED_MILLISECONDS = 15_000;
const POLL_MILLISECONDS = 100;
/** What a scrape may take: all of the second until the next. */
const SCRAPE = { scrape_interval: "1s", scrape_timeout: "1s" };
const CUMULATIVE = new Set(["counter", "histogram", "summary"]);

export const isThere = () => spawnSync("prometheus", ["--version"]).status === 0;

export class Prometheus {
  #child;
  #folder;
  #log = "";
  #url;
  #began = Date.now();
  #gone = () => this.#child.kill("SIGKILL");

  static async start(target) {
    const prometheus = new Prometheus();
    await prometheus.#start(target);
    return prometheus;
  }

  async #start(target) {
    this.#folder = mkdtempSync(join(tmpdir(), "tallystick-soak-prometheus-"));
    // JSON is YAML.
    const config = { global: SCRAPE, scrape_configs: [{ job_name: "soak", static_configs: [{ targets: [new URL(target).host] }] }] };
    writeFileSync(join(this.#folder, "prometheus.yml"), JSON.stringify(config));
    const address = `127.0.0.1:${await freePort()}`;
    this.#url = `http://${address}`;
    const flags = ["--config.file=prometheus.yml", "--storage.tsdb.path=data", `--web.listen-address=${address}`, "--log.level=warn"];
    this.#child = spawn("prometheus", flags, { cwd: this.#folder, stdio: ["ignore", "ignore", "pipe"] });
    this.#child.stderr.setEncoding("utf8").on("data", (text) => (this.#log = (this.#log + text).slice(-4_000)));
    process.on("exit", this.#gone);
    await this.#until(READY_MILLISECONDS, async () => (await fetch(`${this.#url}/-/ready`)).ok);
    await this.#scraped(0);
  }

  /** `{ version, requests, resets, counters, failed, p99Milliseconds, scrapes }`, once there was one more scrape. */
  async judge() {
    await this.#scraped(Date.now());
    const range = `[${Math.ceil((Date.now() - this.#began) / 1000) + 60}s]`;
    const types = new Map(Object.entries(await this.#get("/api/v1/metadata")).map(([name, [{ type }]]) => [name, type]));
    const names = (await this.#get("/api/v1/label/__name__/values")).filter((name) => CUMULATIVE.has(typeOf(types, name)));
    const resets = [];
    // One by one: without their names series of two families may be the same.
    for (const name of names) {
      const count = await this.#value(`max(resets(${name}${range}))`);
      if (count !== 0) resets.push(`${name}: ${count}`);
    }
    return {
      version: (await this.#get("/api/v1/status/buildinfo")).version,
      requests: await this.#value("sum(soak_requests_total)"),
      counters: names.length,
      resets,
      scrapes: await this.#value(`sum(count_over_time(up${range}))`),
      failed: await this.#value(`sum(count_over_time(up${range})) - sum(sum_over_time(up${range}))`),
      p99Milliseconds: (await this.#value(`quantile_over_time(0.99, scrape_duration_seconds${range})`)) * 1000,
    };
  }

  async stop() {
    process.off("exit", this.#gone);
    const closed = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await closed;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #scraped(after) {
    return this.#until(SCRAPED_MILLISECONDS, async () => {
      const { activeTargets } = await this.#get("/api/v1/targets");
      return activeTargets.some(({ health, lastScrape }) => health === "up" && Date.parse(lastScrape) > after);
    });
  }

  async #until(milliseconds, isSo) {
    // Refused connections are what "not ready yet" looks like.
    for (const deadline = Date.now() + milliseconds; !(await isSo().catch(() => false)); await sleep(POLL_MILLISECONDS)) {
      if (this.#child.exitCode !== null || Date.now() > deadline) throw new Error(`Prometheus did not come so far: ${this.#log}`);
    }
  }

  /** NaN where the answer is empty, which equals nothing. */
  async #value(query) {
    const { result } = await this.#get(`/api/v1/query?query=${encodeURIComponent(query)}`);
    return result.length === 1 ? Number(result[0].value[1]) : NaN;
  }

  async #get(path) {
    const { status, data, error } = await (await fetch(`${this.#url}${path}`)).json();
    if (status !== "success") throw new Error(`Prometheus refused ${path}: ${error}`);
    return data;
  }
}

/** Metadata has families by the name that the dialect gives them; samples have suffixes. */
function typeOf(types, name) {
  const family = name.replace(/_(total|bucket|count|sum)$/, "");
  return types.get(name) ?? types.get(family);
}
