// A real Chromium that opens an exporter's page, and says what went wrong in it.

import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";

const CHROMIUM = "/usr/bin/chromium";
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];
FLAGS.push("--disable-component-update", "--disable-sync");

/** For `skip` of a test: false where there is one. */
export const noBrowser = existsSync(CHROMIUM) ? false : `there is no ${CHROMIUM}`;

/** A tab of its own browser, until the test ends; `told` has what its console said, and `asked` where it sent requests. What runs `before` is not the page's. */
export async function opened(t, url, options = {}, before = () => undefined) {
  const profile = mkdtempSync(join(tmpdir(), "tallystick-browser-"));
  const context = await chromium.launchPersistentContext(profile, { executablePath: CHROMIUM, args: FLAGS, ...options });
  t.after(async () => {
    await context.close();
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  });
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
