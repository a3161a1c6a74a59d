// A real Chromium that opens an exporter's page, and says what went wrong in it.

import { existsSync } from "node:fs";
import { after } from "node:test";
import { chromium } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
FLAGS.push("--disable-component-update", "--disable-sync");

/** For `skip` of a test: false where there is one. */
export const noBrowser = existsSync(CHROMIUM) ? false : `there is no ${CHROMIUM}`;

let browser;
after(async () => (await browser)?.close());

/** A tab of a profile of its own, until the test ends; `told` has what its console said, and `asked` where it sent requests. What runs `before` is not the page's. */
export async function opened(t, url, options = {}, before = () => undefined) {
  const context = await (await (browser ??= chromium.launch({ executablePath: CHROMIUM, args: FLAGS }))).newContext(options);
  t.after(() => context.close());
  const page = await context.newPage();
  await page.addInitScript(before);
  const told = [];
  const asked = [];
  page.on("console", (message) => told.push(message.text()));
  page.on("pageerror", (error) => told.push(String(error)));
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(url);
  return { page, told, asked };
}
