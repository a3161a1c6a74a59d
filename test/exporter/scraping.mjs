// Scrapes so often, one after the other, from a moment on: scraping.mjs URL SCRAPES MILLISECONDS. Says how long each took, in milliseconds, and when the
// first began and the last had ended.

import { Agent, get } from "node:http";
import process from "node:process";

// As Prometheus does.
const agent = new Agent({ keepAlive: true });
const [url, scrapes, begins] = process.argv.slice(2);

function scrape() {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (piece) => (text += piece));
      response.on("end", () => resolve({ status: response.statusCode, text }));
    }).on("error", reject);
  });
}

const first = await scrape();
console.log(`ready ${first.status}`);
while (Date.now() < Number(begins)) await new Promise((resolve) => setTimeout(resolve, 1));
const begun = Date.now();
const took = [];
const turns = [];
for (let i = 0; i < Number(scrapes); i++) {
  const from = performance.now();
  const { status, text } = await scrape();
  took.push(performance.now() - from);
  if (status !== 200) throw new Error(`${status} ${text}`);
  turns.push(Number(/^turns_total (\S+)$/m.exec(text)?.[1] ?? 0));
}
console.log(JSON.stringify({ took, turns, begun, ended: Date.now() }));
agent.destroy();
