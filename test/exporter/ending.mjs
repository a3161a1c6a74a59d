// How long an exporter takes to close, in milliseconds, with connections that do one thing or another; as JSON. With a key and a certificate
// in files also over TLS.

import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import process from "node:process";
import { Registry } from "tallystick";
import { serve } from "tallystick/exporter";

const [key, cert] = process.argv.slice(2).map((path) => readFileSync(path, "utf8"));
const waited = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A page, asked for by a connection that is kept. */
function page(url, agent) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent }, (answer) => {
      let text = "";
      answer.setEncoding("utf8").on("data", (piece) => (text += piece));
      answer.on("end", () => resolve(text));
    });
    asked.on("error", reject);
    asked.end();
  });
}

async function closed(exporter) {
  const from = performance.now();
  await exporter.close();
  return Math.round(performance.now() - from);
}

const took = {};
for (const thread of [true, false]) {
  const where = thread ? "thread" : "here";
  const registry = new Registry();
  registry.counter({ name: "jobs", help: "Jobs." }).inc();
  registry.collect(() => waited(600), { timeoutSeconds: 0.6 });
  const scraped = await serve({ registry, port: 0, thread });
  const agent = new Agent({ keepAlive: true });
  const asked = page(scraped.url, agent);
  await waited(200);
  took[`${where}: a scrape under way`] = await closed(scraped);
  took[`${where}: is its page whole`] = /^jobs_total 1$/m.test(await asked);
  agent.destroy();
  for (const options of [{}, ...(cert === undefined ? [] : [{ tls: { key, cert }, requestSeconds: 60 }])]) {
    const silent = await serve({ registry: new Registry(), port: 0, thread, ...options });
    const socket = connect(silent.port, "127.0.0.1");
    socket.on("error", () => {});
    await new Promise((resolve) => socket.once("connect", resolve));
    await waited(200);
    took[`${where}: a connection that says nothing${options.tls === undefined ? "" : " over TLS"}`] = await closed(silent);
    socket.destroy();
  }
}
console.log(JSON.stringify(took));
process.exit();
