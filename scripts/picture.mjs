// Takes the picture of the exporter's page that is in the README: a shop's metrics after a minute that passes in some seconds.
//
//   node scripts/picture.mjs [--dark] [--width N] [--height N] [--choose NAME] [--filter TEXT] [--series N] [FILE]

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { Registry } from "tallystick";
import { serve } from "tallystick/exporter";

const OWN = fileURLToPath(new URL("../docs/pictures/exporter.png", import.meta.url));
const options = {
  dark: { type: "boolean", default: false },
  width: { type: "string", default: "1360" },
  height: { type: "string", default: "760" },
  choose: { type: "string", default: "http_request_duration_seconds" },
  filter: { type: "string", default: "" },
  series: { type: "string", default: "0" },
  seconds: { type: "string", default: "75" },
};
const { values, positionals } = parseArgs({ options, allowPositionals: true });
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
FLAGS.push("--disable-component-update", "--disable-sync");

/** The same numbers in each run. */
let seed = 20;
function random() {
  seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
  return seed / 2 ** 31;
}
/** Around 1, seldom much more. */
const skewed = () => Math.exp((random() + random() + random() - 1.5) * 1.6);

const registry = new Registry();
const requests = registry.counter({ name: "http_requests", help: "Requests answered.", labelNames: ["method", "route", "status"] });
const duration = registry.histogram({
  name: "http_request_duration_seconds",
  help: "How long requests took, from their first byte to the last of the answer.",
  labelNames: ["method", "route"],
  unit: "seconds",
  buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
});
const inFlight = registry.gauge({ name: "http_requests_in_flight", help: "Requests that wait for their answer." });
const sent = registry.counter({ name: "http_response_size_bytes", help: "Bytes of answers.", unit: "bytes" });
const depth = registry.gauge({ name: "queue_depth", help: "Jobs that wait.", labelNames: ["queue"] });
const jobs = registry.counter({ name: "jobs", help: "Jobs done, by how they ended.", labelNames: ["queue", "result"] });
const orders = registry.counter({ name: "orders", help: "Orders taken." });
const cache = registry.gauge({ name: "cache_hit_ratio", help: "Share of lookups that the cache answered.", unit: "ratio" });
const memory = registry.gauge({ name: "cache_size_bytes", help: "Memory that the cache has.", unit: "bytes" });
const queries = registry.summary({
  name: "db_query_seconds",
  help: "How long queries took.",
  quantiles: [0.5, 0.9, 0.99],
  unit: "seconds",
});
const mode = registry.stateSet({ name: "shop_mode", help: "Whether the shop sells.", states: ["open", "maintenance"] });
registry
  .info({ name: "shop_build", help: "What is running.", labelNames: ["version", "commit"] })
  .set({ version: "4.11.0", commit: "9f1c2e7" });
mode.set("open");
for (let i = 0; i < Number(values.series); i++) {
  registry.gauge({ name: `many_${i % 20}`, help: "One of many.", labelNames: ["i"] }).set({ i: String(i) }, i);
}

const ROUTES = [
  ["GET", "/products", 55, 0.012],
  ["GET", "/products/:id", 90, 0.02],
  ["POST", "/basket", 14, 0.045],
  ["POST", "/orders", 4, 0.16],
];
let waiting = 30;

/** What happens in a second. */
function second(at) {
  const wave = 1 + 0.45 * Math.sin(at / 11) + (at % 34 > 26 ? 0.7 : 0);
  for (const [method, route, often, seconds] of ROUTES) {
    const count = Math.round(often * wave * (0.8 + 0.4 * random()));
    for (let i = 0; i < count; i++) duration.observe({ method, route }, seconds * skewed() * (at % 34 > 26 ? 2.4 : 1));
    const failed = Math.floor(count * 0.02 * random());
    requests.inc({ method, route, status: "200" }, count - failed);
    requests.inc({ method, route, status: "500" }, failed);
    sent.inc(count * 4200 * skewed());
  }
  orders.inc(Math.round(3 * wave));
  inFlight.set(Math.round(6 * wave * skewed()));
  waiting = Math.max(0, waiting + Math.round((random() - 0.48) * 9));
  depth.set({ queue: "mail" }, waiting);
  depth.set({ queue: "thumbnails" }, Math.round(12 * wave));
  depth.set({ queue: "invoices" }, Math.round(3 * random()));
  for (const queue of ["mail", "thumbnails", "invoices"]) jobs.inc({ queue, result: "done" }, Math.round(9 * wave * random()));
  jobs.inc({ queue: "mail", result: "failed" }, Number(random() > 0.8));
  cache.set(0.9 + 0.06 * Math.sin(at / 7));
  memory.set(2 ** 28 + 2 ** 22 * at + 2 ** 24 * random());
  for (let i = 0; i < 20; i++) queries.observe(0.003 * skewed());
}

if (!existsSync("/usr/bin/chromium")) {
  console.error("There is no /usr/bin/chromium to take a picture with");
  process.exit(1);
}
const profile = mkdtempSync(join(tmpdir(), "tallystick-picture-"));
const exporter = await serve({ registry, port: 0 });
const context = await chromium.launchPersistentContext(profile, {
  executablePath: "/usr/bin/chromium",
  args: FLAGS,
  viewport: { width: Number(values.width), height: Number(values.height) },
  colorScheme: values.dark ? "dark" : "light",
});
try {
  const page = await context.newPage();
  page.on("console", (message) => console.error(message.text()));
  page.on("pageerror", (error) => console.error(String(error)));
  await page.clock.install({ time: new Date("2026-01-05T10:00:00Z") });
  await page.clock.pauseAt(new Date("2026-01-05T10:00:01Z"));
  second(0);
  const answered = () => page.waitForResponse((response) => response.url() === exporter.url);
  /** Turns of the page's own event loop, which its clock does not stop. */
  const turned = () =>
    page.evaluate(async () => {
      for (let i = 0; i < 20; i++) {
        await new Promise((resolve) => {
          const { port1, port2 } = new MessageChannel();
          port1.addEventListener("message", resolve, { once: true });
          port1.start();
          port2.postMessage(0);
        });
      }
    });
  let next = answered();
  await page.goto(new URL("/", exporter.url).href);
  await page.evaluate(() => (document.getElementById("title").textContent = "shop.example:9464"));
  await (await next).finished();
  await turned();
  for (let at = 1; at < Number(values.seconds); at++) {
    second(at);
    next = answered();
    await page.clock.runFor(1000);
    await (await next).finished();
    await turned();
  }
  await page.clock.runFor(50);
  await turned();
  await page.keyboard.press("p");
  await page.clock.runFor(50);
  if (values.filter !== "") await page.fill("#search", values.filter);
  if (values.choose !== "") await page.locator(".row:not([hidden])", { hasText: values.choose }).first().click();
  await page.clock.runFor(300);
  await page.mouse.move(0, 0);
  await page.screenshot({ path: positionals[0] ?? OWN });
} finally {
  await context.close();
  await exporter.close();
  rmSync(profile, { recursive: true, force: true });
}
