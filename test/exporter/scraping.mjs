// Scrapes so often, one after the other, from a moment on: scraping.mjs URL SCRAPES DONE. Its input is the moment, in milliseconds; behind the last scrape the
// file DONE is there. Says how long each took, in milliseconds, and when the first began and the last had ended.

import { writeFileSync } from "node:fs";
import { Agent, get } from "node:http";
import process from "node:process";
import { text } from "node:stream/consumers";

// As Prometheus does.
const agent = new Agent({ keepAlive: true });
const [url, scrapes, done] = process.argv.slice(2);

function scrape() {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let page = "";
      response.setEncoding("utf8").on("data", (piece) => (page += piece));
      response.on("end", () => resolve({ status: response.statusCode, page }));
    }).on("error", reject);
  });
}

const first = await scrape();
console.log(`ready ${first.status}`);
const moment = Number(await text(process.stdin));
while (Date.now() < moment) await new Promise((resolve) => setTimeout(resolve, 1));
const begun = Date.now();
const took = [];
const turns = [];
for (let i = 0; i < Number(scrapes); i++) {
  const from = performance.now();
  const { status, page } = await scrape();
  took.push(performance.now() - from);
  if (status !== 200) throw new Error(`${status} ${page}`);
  turns.push(Number(/^turns_total (\S+)$/m.exec(page)?.[1] ?? 0));
}
const ended = Date.now();
writeFileSync(done, "");
console.log(JSON.stringify({ took, turns, begun, ended }));
agent.destroy();
