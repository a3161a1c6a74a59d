// The exporter's page in a real browser: what it shows, and that hostile metrics stay text.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { describe, test } from "node:test";
import { Registry } from "tallystick";
import { serve } from "tallystick/exporter";
import { noBrowser, opened } from "./browser.mjs";

/** Pages wait for the next one of the exporter's more than they compute. */
const TABS = 3;
const LONG = { skip: noBrowser, timeout: 120_000 };

async function served(t, build, options = {}) {
  const registry = new Registry();
  const built = build(registry);
  const exporter = await serve({ port: 0, registry, ...options });
  t.after(async () => {
    await exporter.close();
    registry.close();
  });
  return { built, registry, exporter, url: new URL("/", exporter.url).href };
}

/** What the table shows, line by line: the name, the value and the rate. */
const shown = (page) =>
  page
    .locator(".row:not([hidden])")
    .evaluateAll((rows) =>
      rows
        .toSorted((one, other) => one.ariaRowIndex - other.ariaRowIndex)
        .map((row) => [".title", ".number:nth-child(3)", ".number:nth-child(4)"].map((each) => row.querySelector(each).textContent)),
    );
const counts = (page, text) => page.getByText(text, { exact: true }).waitFor();

/** Waits until the table shows what holds; what it shows. */
async function until(page, holds, what) {
  let rows;
  for (const end = Date.now() + 30_000; Date.now() < end; await page.waitForTimeout(50)) {
    rows = await shown(page);
    if (holds(rows)) return rows;
  }
  assert.fail(`${what}: ${JSON.stringify(rows)}`);
}

describe("page", { concurrency: TABS }, () => {
  test("page: values and rates of now, series folded and found, a metric looked at; no request but its own", LONG, async (t) => {
    const { built, exporter, url } = await served(t, (registry) => {
      const jobs = registry.counter({ name: "jobs", help: "Jobs done.", labelNames: ["kind"] });
      jobs.inc({ kind: "a" }, 5);
      jobs.inc({ kind: "b" }, 7);
      const took = registry.histogram({ name: "took_seconds", help: "Took.", buckets: [0.1, 1] });
      took.observe(0.05);
      registry.gauge({ name: "depth", help: "Depth." }).set(3);
      return { jobs, took };
    });
    const { page, told, asked } = await opened(t, url);
    await counts(page, "3 metrics, 4 series");
    const rows = await until(page, (all) => all.length === 5 && all[0][2] === "0/s", "two pages");
    assert.deepEqual(
      rows.map(([name, value]) => [name, value]),
      [
        ["jobs_total", "12"],
        ['kind="a"', "5"],
        ['kind="b"', "7"],
        ["took_seconds", "1"],
        ["depth", "3"],
      ],
    );
    built.jobs.inc({ kind: "b" }, 1000);
    await until(page, (all) => all[2][1] === "1007" && /^[\d.]+( k)?\/s$/.test(all[2][2]) && all[2][2] !== "0/s", "a rate");
    // Folded, unfolded and looked at by the keyboard alone.
    await page.locator("#table").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowLeft");
    assert.equal((await shown(page)).length, 3);
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowDown");
    assert.equal(await page.locator('.row[aria-selected="true"] .title').textContent(), 'kind="a"');
    assert.equal(await page.locator("#detail h2").textContent(), "jobs_total");
    assert.equal(await page.locator("#detail canvas").count(), 1);
    const active = await page.locator("#table").getAttribute("aria-activedescendant");
    assert.equal(await page.locator(`#${active}`).getAttribute("aria-selected"), "true");
    await page.keyboard.press("Escape");
    assert.equal(await page.locator("#detail").isHidden(), true);
    await page.keyboard.press("/");
    await page.keyboard.type("took");
    assert.deepEqual((await shown(page)).map(([name]) => name), ["took_seconds"]); // prettier-ignore
    await page.locator(".row:not([hidden])").click();
    assert.equal(await page.locator("#detail canvas").count(), 2, "buckets over time, and how often");
    await page.fill("#search", "nothing is named so");
    assert.match(await page.locator("#empty").textContent(), /^Nothing is named so/);
    await page.keyboard.press("Escape");
    assert.equal((await shown(page)).length, 5);
    assert.deepEqual(told, []);
    assert.deepEqual([...new Set(asked)].sort(), [url, exporter.url].sort());
  });

  test("page: hostile names, labels and helps are text", LONG, async (t) => {
    const evil = `"><script>window.hit=1</script><img src=x onerror=window.hit=2>`;
    const { url } = await served(t, (registry) => {
      registry.gauge({ name: "a", help: `Help ${evil}`, labelNames: ["l"] }).set({ l: evil }, 1);
      registry.gauge({ name: "b.<script>window.hit=3</script>", help: "\u202eevil", utf8: true }).set(2);
      registry.histogram({ name: "c", help: evil, labelNames: ["l"], buckets: [1] }).observe({ l: evil }, 0.5);
    });
    const { page, told } = await opened(t, url);
    await counts(page, "3 metrics, 3 series");
    for (const row of await page.locator(".row:not([hidden])").all()) {
      await row.click();
      await page.locator("#detail h2").waitFor();
    }
    assert.match((await shown(page))[0][0], /^a\{l="\\"><script>window\.hit=1<\/script>/);
    assert.match(await page.locator("#detail").textContent(), /<img src=x onerror/);
    assert.equal(await page.locator("img, #table script, #detail script").count(), 0);
    assert.equal(await page.evaluate(() => window.hit), undefined);
    // What would run against all that is refused by the policy.
    const refused = await page.evaluate(() => {
      try {
        document.body.innerHTML = "<b>x</b>";
        return "written";
      } catch (error) {
        return error.name;
      }
    });
    assert.equal(refused, "TypeError");
    assert.ok(
      told.every((each) => /Trusted ?(Type|HTML)/i.test(each)),
      told.join("\n"),
    );
  });

  test("page: of 5,000 series only those in sight are elements, and all can be reached", LONG, async (t) => {
    const { url } = await served(t, (registry) => {
      const many = registry.gauge({ name: "many", help: "Many.", labelNames: ["i"] });
      for (let i = 0; i < 5000; i++) many.set({ i: String(i) }, i);
    });
    const { page, told } = await opened(t, url, { viewport: { width: 1000, height: 600 } });
    await counts(page, "1 metric, 5,000 series");
    assert.deepEqual(await shown(page), [["many", "0 … 4999", ""]]);
    await page.locator(".fold").first().click();
    assert.ok((await page.locator(".row").count()) < 60);
    await page.locator("#table").focus();
    await page.keyboard.press("End");
    await until(page, (rows) => rows.at(-1)?.[0] === 'i="4999"', "the last line");
    assert.ok((await page.locator(".row").count()) < 60);
    await page.getByRole("button", { name: "Value" }).click();
    await page.keyboard.press("Tab");
    await page.evaluate(() => (document.getElementById("body").scrollTop = 0));
    await until(page, (rows) => rows[1]?.[0] === 'i="4999"', "the largest first");
    assert.deepEqual(told, []);
  });

  test("page: what fails is said and survived; it asks nobody while it is paused", LONG, async (t) => {
    let answer = (response) => response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end("# TYPE a gauge\na 1\n");
    const own = await served(t, () => undefined);
    const html = await (await fetch(own.url)).text();
    const asked = [];
    const server = createServer((request, response) => {
      if (request.url === "/") return response.writeHead(200, { "content-type": "text/html" }).end(html);
      asked.push(request.headers.accept);
      return answer(response);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close());
    const { page } = await opened(t, `http://127.0.0.1:${server.address().port}/`);
    const state = (text) => page.locator("#state", { hasText: text }).waitFor();
    await counts(page, "1 metric, 1 series");
    assert.match(asked[0], /^application\/openmetrics-text;version=1\.0\.0/);
    answer = (response) => response.writeHead(503).end();
    await state("answered with 503: too many scrapes");
    answer = (response) => response.writeHead(200, { "content-type": "text/html" }).end("<html>not found</html>");
    await state("no metrics there: <html>not found</html>");
    answer = (response) => response.destroy();
    await state("no answer: is the program still there?");
    answer = (response) => response.writeHead(200).end("a 2\n");
    await state("live");
    await page.getByRole("button", { name: "Pause" }).click();
    await state("paused");
    await page.waitForLoadState("networkidle");
    const before = asked.length;
    await page.waitForTimeout(2500);
    assert.equal(asked.length, before);
    await page.keyboard.press("p");
    await state("live");
  });

  test("page: numbers between which doubles have no other, and the largest there are, are drawn and hold nothing up", LONG, async (t) => {
    const steps = { nanoseconds: [1764294000000000000, 1764294000000000256], one: [1, 1 + Number.EPSILON], largest: [-1.7e308, 1.7e308] };
    const { built, url } = await served(t, (registry) => Object.keys(steps).map((name) => registry.gauge({ name, help: "Help." })));
    let i = 0;
    const moved = setInterval(() => {
      i++;
      for (const [at, values] of Object.values(steps).entries()) built[at].set(values[i % 2]);
    }, 300);
    t.after(() => clearInterval(moved));
    const { page, told } = await opened(t, url);
    await counts(page, "3 metrics, 3 series");
    for (const name of Object.keys(steps)) {
      await page.locator(".row:not([hidden])", { hasText: name }).click();
      await page.locator("#detail h2", { hasText: name }).waitFor();
      await page.waitForTimeout(2500);
      assert.equal(await page.locator("#detail canvas").count(), 1);
    }
    assert.deepEqual(told, []);
  });

  test("page: of a distribution that is looked at, series that come later are in its chart", LONG, async (t) => {
    const { built, url } = await served(t, (registry) => {
      const took = registry.histogram({ name: "took", help: "Took.", labelNames: ["of"], buckets: [1, 2] });
      took.observe({ of: "a" }, 0.5);
      return took;
    });
    const { page, told } = await opened(t, url);
    await counts(page, "1 metric, 1 series");
    await page.locator(".row:not([hidden])").click();
    await page.locator("#detail h2").waitFor();
    const more = setInterval(() => {
      for (let i = 0; i < 1000; i++) built.observe({ of: "b" }, 1.5);
    }, 100);
    t.after(() => clearInterval(more));
    await counts(page, "1 metric, 2 series");
    const rates = () => page.evaluate(() => [".number:nth-child(4)", "#detail ul:last-child .number"].map((each) => document.querySelector(`.row:not([hidden]) ${each}, ${each.startsWith("#") ? each : "none"}`).textContent)); // prettier-ignore
    let both;
    for (const end = Date.now() + 30_000; Date.now() < end; await page.waitForTimeout(100)) {
      both = await rates();
      if (both[0] === both[1] && both[0].endsWith(" k/s")) break;
    }
    assert.equal(both[1], both[0]);
    assert.ok(both[0].endsWith(" k/s"), both[0]);
    assert.deepEqual(told, []);
  });

  for (const scheme of ["light", "dark"]) {
    test(`page: 400 pixels wide and ${scheme}: nothing is cut off at the side`, LONG, async (t) => {
      const { url } = await served(t, (registry) => {
        registry
          .counter({ name: "a_counter_with_a_rather_long_name_that_goes_on_and_on", help: "H.", labelNames: ["x"] })
          .inc({ x: "y".repeat(300) });
      });
      const { page } = await opened(t, url, { viewport: { width: 400, height: 700 }, colorScheme: scheme });
      await counts(page, "1 metric, 1 series");
      await page.locator(".row:not([hidden])").click();
      const [width, ink, paper] = await page.evaluate(() => {
        const { color, backgroundColor } = getComputedStyle(document.body);
        return [document.documentElement.scrollWidth, color, backgroundColor];
      });
      assert.equal(width, 400);
      const bright = (colour) => Number(/\d+/.exec(colour)[0]) > 128;
      assert.deepEqual([bright(ink), bright(paper)], scheme === "dark" ? [true, false] : [false, true]);
      const box = await page.locator(".row:not([hidden]) canvas").boundingBox();
      assert.ok(box.x + box.width <= 400);
    });
  }

  test("page: 1280 and 1000 pixels wide: a moment and what the filter says are whole", LONG, async (t) => {
    const { url } = await served(t, (registry) => {
      registry.gauge({ name: "process_start_time_seconds", help: "S." }).set(1_795_845_274);
    });
    const { page } = await opened(t, url, { viewport: { width: 1280, height: 700 } });
    await counts(page, "1 metric, 1 series");
    for (const width of [1280, 1000]) {
      await page.setViewportSize({ width, height: 700 });
      await until(page, ([row]) => row?.[1] === "2026-11-28 05:54:34", "the moment");
      const [room, wide] = await page.evaluate(() => {
        const own = document.getElementById("search");
        const { font, paddingLeft, paddingRight } = getComputedStyle(own);
        const drawn = document.createElement("canvas").getContext("2d");
        drawn.font = font;
        return [
          own.clientWidth - Number.parseFloat(paddingLeft) - Number.parseFloat(paddingRight),
          drawn.measureText(own.placeholder).width,
        ];
      });
      assert.ok(wide > 0 && wide <= room, `${wide} of ${room}`);
      const cut = await page.locator(".row:not([hidden]) .number:nth-child(3)").evaluate((cell) => cell.scrollWidth - cell.clientWidth);
      assert.equal(cut, 0, `at ${width}`);
    }
  });

  test("page: a computer that slept, and a program that was away and begins anew: no rate is taken over that time", LONG, async (t) => {
    const { built: jobs, exporter, url } = await served(t, (registry) => registry.counter({ name: "jobs", help: "Jobs done." }));
    jobs.inc(5);
    // The time of day goes on while the browser's own clock stands still.
    const { page, told } = await opened(t, url, {}, () => {
      const now = Date.now.bind(Date);
      window.slept = 0;
      Date.now = () => now() + window.slept;
    });
    await until(page, (rows) => rows[0]?.[2] === "0/s", "two pages");
    await page.locator(".row:not([hidden])").first().click();
    await page.evaluate(() => {
      window.rates = new Set();
      const seen = () => document.querySelectorAll("#table .number").forEach(({ textContent }) => window.rates.add(textContent));
      new MutationObserver(seen).observe(document.querySelector("#body"), { subtree: true, childList: true, characterData: true });
      window.slept = 8 * 3_600_000;
    });
    jobs.inc(2_000_000);
    await until(page, (rows) => rows[0]?.[1] === "2.00 M" && rows[0][2] === "0/s", "a page behind it, and one more");
    const rates = (await page.evaluate(() => [...window.rates])).filter((text) => /[1-9].*\/s$/.test(text));
    assert.deepEqual(rates, []);
    assert.equal(await page.locator("#detail h2").textContent(), "jobs_total");
    assert.equal(await page.locator("#detail canvas").count(), 1);
    const { port } = exporter;
    await exporter.close();
    await page.getByText("no answer: is the program still there?").waitFor();
    const registry = new Registry();
    registry.counter({ name: "jobs", help: "Jobs done." }).inc(3);
    const again = await serve({ port, registry });
    t.after(async () => {
      await again.close();
      registry.close();
    });
    await until(page, (rows) => rows[0]?.[1] === "3" && rows[0][2] === "0/s", "the program that began anew");
    assert.equal(await page.locator("#state").textContent(), "live");
    assert.deepEqual(
      told.filter((each) => !/ERR_CONNECTION|Failed to (load|fetch)/.test(each)),
      [],
    );
  });
});
