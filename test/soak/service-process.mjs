// The soaked service seen from who soaks it: a process in the runtime that was asked for, and words over HTTP.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { Pool } from "undici";

const SERVICE = fileURLToPath(new URL("service.mjs", import.meta.url));
const CONNECTIONS = 16;
/** Shorter than any server's, so that no connection ends under a request that is on its way. */
const KEPT = { keepAliveTimeout: 1_000, keepAliveMaxTimeout: 1_000 };

export class Service {
  #child;
  #closed;
  #pool;
  #scraper;
  metrics;

  static async start({ binary, flags, dir, threads }) {
    const service = new Service();
    const child = spawn(binary, [...flags, SERVICE, dir, String(threads)], { stdio: ["pipe", "pipe", "inherit"] });
    service.#child = child;
    service.#closed = once(child, "close");
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const { value, done } = await lines.next();
    if (done) throw new Error("The service ended before it listened");
    const { port, metrics } = JSON.parse(value);
    service.metrics = metrics;
    service.#pool = new Pool(`http://127.0.0.1:${port}`, { ...KEPT, connections: CONNECTIONS });
    service.#scraper = new Pool(new URL(metrics).origin, { ...KEPT, connections: 1 });
    return service;
  }

  get pid() {
    return this.#child.pid;
  }

  /** Its answer, with the status in it. */
  async ask(path, about = {}) {
    const { statusCode, body } = await this.#pool.request({ path, method: "POST", body: JSON.stringify(about) });
    return { status: statusCode, ...(await body.json()) };
  }

  async page() {
    const { statusCode, body } = await this.#scraper.request({ path: new URL(this.metrics).pathname, method: "GET" });
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`The page has status ${statusCode}`);
    return text;
  }

  async stop() {
    await Promise.all([this.#pool.destroy(), this.#scraper.destroy()]);
    this.#child.kill("SIGKILL");
    await this.#closed;
  }
}
