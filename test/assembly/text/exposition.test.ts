// Whole expositions as text, in slices of every size, while things change.

import { become, bind, claim, define, failFrom, family, format, input, textAt, tokenOf } from "../formatted";
import { COUNTER, GAUGE, HISTOGRAM, MODE_ALL, MODE_SHARED } from "../../../assembly/layout";
import { counterAdd } from "../../../assembly/metric/counter";
import { gaugeSet, sharedSet } from "../../../assembly/metric/gauge";
import { histogramObserve } from "../../../assembly/metric/histogram";
import { familyCreate, familyRemove, registryLabels } from "../../../assembly/store/family";
import { registryFirst, walkBegin } from "../../../assembly/store/registry";
import { seriesRemove } from "../../../assembly/store/series";
import { slotForget } from "../../../assembly/store/writer";
import { OPENMETRICS, TEXT } from "../../../assembly/text/dialect";
import {
  expositionDone,
  expositionFamily,
  expositionSeries,
  expositionState,
  expositionText,
  expositionWrite,
} from "../../../assembly/text/exposition";
import { EXHAUSTED, GONE, NO_WRITER } from "../../../assembly/status";

let walk: u32 = 0;
let done: bool = false;

function first(dialect: u32, most: u32): string {
  walk = walkBegin();
  return slice(dialect, most, 0, 0, 0);
}

function next(dialect: u32, most: u32): string {
  return slice(dialect, most, expositionFamily(), expositionSeries(), expositionState());
}

function slice(dialect: u32, most: u32, familyAt: u32, series: u32, state: u32): string {
  const registry = registryFirst();
  const length = expositionWrite(registry, load<u32>(registry), walk, dialect, familyAt, series, state, most, 0, 0, 0);
  done = expositionDone();
  return length < 0 ? "status " + length.toString() : textAt(expositionText(), length);
}

/** A whole exposition, in slices of about so many bytes. */
function page(dialect: u32 = TEXT, most: u32 = 65536): string {
  let text = first(dialect, most);
  while (!done) text += next(dialect, most);
  return text;
}

function add(cell: i32, amount: f64): void {
  counterAdd(cell, tokenOf(cell), amount);
}

function observe(cell: i32, value: f64): void {
  histogramObserve(cell, tokenOf(cell), value);
}

describe("expositionWrite", () => {
  it("writes counters, gauges and histograms in both dialects", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    add(bind(jobs, 'queue="mail"'), 3);
    add(bind(jobs, 'queue="sms"'), 0.5);
    const level = bind(family(GAUGE, MODE_SHARED, "level"), "");
    sharedSet(level, tokenOf(level), -0.0);
    const size = bind(family(HISTOGRAM, 0, "size", "", [0.5, 1]), "");
    observe(size, 0.25);
    observe(size, 1);
    observe(size, 7);
    expect<string>(page(TEXT)).toBe(
      "# TYPE jobs_total counter\n" +
        'jobs_total{queue="mail"} 3\n' +
        'jobs_total{queue="sms"} 0.5\n' +
        "# TYPE level gauge\n" +
        "level -0\n" +
        "# TYPE size histogram\n" +
        'size_bucket{le="0.5"} 1\n' +
        'size_bucket{le="1"} 2\n' +
        'size_bucket{le="+Inf"} 3\n' +
        "size_sum 8.25\n" +
        "size_count 3\n",
    );
    expect<string>(page(OPENMETRICS)).toBe(
      "# TYPE jobs counter\n" +
        'jobs_total{queue="mail"} 3\n' +
        'jobs_total{queue="sms"} 0.5\n' +
        "# TYPE level gauge\n" +
        "level -0\n" +
        "# TYPE size histogram\n" +
        'size_bucket{le="0.5"} 1\n' +
        'size_bucket{le="1.0"} 2\n' +
        'size_bucket{le="+Inf"} 3\n' +
        "size_sum 8.25\n" +
        "size_count 3\n" +
        "# EOF\n",
    );
  });

  it("writes default labels before those of the series, and before `le`", () => {
    format();
    const registry = registryFirst();
    registryLabels(registry, load<u32>(registry), input('zone="a"'));
    add(bind(family(COUNTER, 0, "jobs", "queue"), 'queue="mail"'), 3);
    add(bind(family(COUNTER, 0, "plain"), ""), 1);
    bind(family(HISTOGRAM, 0, "size", "route", [1]), 'route="/"');
    bind(family(HISTOGRAM, 0, "bare", "", [1]), "");
    expect<string>(page(TEXT)).toBe(
      "# TYPE jobs_total counter\n" +
        'jobs_total{zone="a",queue="mail"} 3\n' +
        "# TYPE plain_total counter\n" +
        'plain_total{zone="a"} 1\n' +
        "# TYPE size histogram\n" +
        'size_bucket{zone="a",route="/",le="1"} 0\n' +
        'size_bucket{zone="a",route="/",le="+Inf"} 0\n' +
        'size_sum{zone="a",route="/"} 0\n' +
        'size_count{zone="a",route="/"} 0\n' +
        "# TYPE bare histogram\n" +
        'bare_bucket{zone="a",le="1"} 0\n' +
        'bare_bucket{zone="a",le="+Inf"} 0\n' +
        'bare_sum{zone="a"} 0\n' +
        'bare_count{zone="a"} 0\n',
    );
  });

  it("leaves the sum and the count out of OpenMetrics where the sum may fall", () => {
    format();
    const size = bind(family(HISTOGRAM, 0, "size", "", [-1, 1]), "");
    observe(size, -4);
    expect<string>(page(OPENMETRICS)).toBe(
      "# TYPE size histogram\n" + 'size_bucket{le="-1.0"} 1\n' + 'size_bucket{le="1.0"} 1\n' + 'size_bucket{le="+Inf"} 1\n' + "# EOF\n",
    );
    expect<bool>(page(TEXT).includes("size_sum -4\nsize_count 1\n")).toBe(true);
  });

  it("writes a line a writer for an `all` gauge", () => {
    const slot = format();
    const level = family(GAUGE, MODE_ALL, "level");
    const kinds = family(GAUGE, MODE_ALL, "kinds", "kind");
    let cell = bind(level, "");
    gaugeSet(cell, tokenOf(cell), 1);
    cell = bind(kinds, 'kind="a"');
    gaugeSet(cell, tokenOf(cell), 5);
    claim();
    cell = bind(level, "");
    gaugeSet(cell, tokenOf(cell), 2);
    become(slot);
    expect<string>(page(TEXT)).toBe(
      "# TYPE level gauge\n" +
        'level{writer="1"} 2\n' +
        'level{writer="0"} 1\n' +
        "# TYPE kinds gauge\n" +
        'kinds{kind="a",writer="0"} 5\n',
    );
  });

  it("is the same text in slices of any size", () => {
    format();
    const size = family(HISTOGRAM, 0, "size", "route", [1, 2, 5, 10]);
    const jobs = family(COUNTER, 0, "jobs", "queue");
    for (let i = 0; i < 60; i++) {
      observe(bind(size, 'route="' + "r".repeat(i) + '"'), <f64>(i % 12));
      add(bind(jobs, 'queue="' + i.toString() + '"'), <f64>i / 8);
    }
    family(GAUGE, MODE_SHARED, "empty", "kind");
    const whole = page(OPENMETRICS, 1 << 20);
    for (let most: u32 = 1; most < 9000; most = most * 2 + 1) {
      expect<bool>(page(OPENMETRICS, most) == whole).toBe(true);
    }
  });

  it("ends a slice between series, at most one past the size that was asked for", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    for (let i = 0; i < 100; i++) bind(jobs, 'queue="' + (i + 100).toString() + '"');
    const text = first(TEXT, 500);
    expect<bool>(done).toBe(false);
    expect<bool>(text.endsWith("\n")).toBe(true);
    expect<i32>(text.length).toBeGreaterThan(250);
    expect<i32>(text.length).toBeLessThan(500 + 40);
  });

  it("begins the text at an address of the residue that was asked for", () => {
    format();
    bind(family(COUNTER, 0, "jobs"), "");
    const registry = registryFirst();
    for (let residue: u32 = 0; residue < 8; residue++) {
      expositionWrite(registry, load<u32>(registry), walkBegin(), TEXT, 0, 0, 0, 100, residue, 0, 0);
      expect<usize>(expositionText() & 7).toBe(residue);
    }
  });

  it("prints nothing twice that is removed and made again during the walk, and nothing born since it began", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    for (let i = 0; i < 20; i++) add(bind(jobs, 'queue="' + i.toString() + '"'), 1);
    let text = first(TEXT, 100);
    seriesRemove(jobs, load<u32>(jobs), input('queue="0"'));
    add(bind(jobs, 'queue="0"'), 5);
    add(bind(jobs, 'queue="new"'), 5);
    bind(family(COUNTER, 0, "later"), "");
    seriesRemove(jobs, load<u32>(jobs), input('queue="19"'));
    while (!done) text += next(TEXT, 100);
    expect<i32>(text.split('queue="0"').length).toBe(2);
    expect<bool>(text.includes("new")).toBe(false);
    expect<bool>(text.includes("later")).toBe(false);
    expect<bool>(text.includes('queue="19"')).toBe(false);
    expect<bool>(text.includes('queue="18"')).toBe(true);
    expect<bool>(page(TEXT).includes('queue="new"} 5')).toBe(true);
  });

  it("goes on with the next family where the one it stood in was removed", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    for (let i = 0; i < 20; i++) bind(jobs, 'queue="' + i.toString() + '"');
    add(bind(family(COUNTER, 0, "last"), ""), 1);
    let text = first(TEXT, 100);
    familyRemove(jobs, load<u32>(jobs));
    // It takes the position that the walk stands at.
    bind(family(COUNTER, 0, "other"), "");
    while (!done) text += next(TEXT, 100);
    expect<bool>(text.endsWith("# TYPE last_total counter\nlast_total 1\n")).toBe(true);
    expect<bool>(text.includes("other")).toBe(false);
  });

  it("writes one series that is larger than a slice", () => {
    format();
    const bounds: f64[] = [];
    for (let i = 0; i < 500; i++) bounds.push(<f64>i);
    const size = family(HISTOGRAM, 0, "size", "route", bounds);
    observe(bind(size, 'route="' + "r".repeat(2000) + '"'), 3);
    observe(bind(size, 'route="b"'), 3);
    const text = page(TEXT, 1000);
    expect<bool>(text.endsWith('size_sum{route="b"} 3\nsize_count{route="b"} 1\n')).toBe(true);
    expect<i32>(text.split("\n").length).toBe(2 + 2 * 503);
  });

  it("writes an empty registry as nothing, or as EOF", () => {
    format();
    expect<string>(page(TEXT)).toBe("");
    expect<string>(page(OPENMETRICS)).toBe("# EOF\n");
  });

  it("writes metadata of a family without series", () => {
    format();
    define(GAUGE, MODE_SHARED, "level", "kind", [], "Level.");
    familyCreate(registryFirst(), load<u32>(registryFirst()), 0);
    expect<string>(page(TEXT)).toBe("# HELP level Level.\n# TYPE level gauge\n");
  });

  it("says GONE, NO_WRITER and EXHAUSTED, and works again after each", () => {
    format();
    add(bind(family(COUNTER, 0, "jobs"), ""), 1);
    const registry = registryFirst();
    const state = load<u32>(registry);
    failFrom(1);
    expect<i32>(expositionWrite(registry, state, walkBegin(), TEXT, 0, 0, 0, 1 << 20, 0, 0, 0)).toBe(EXHAUSTED);
    failFrom(0);
    expect<i32>(expositionWrite(registry, state + 4, walkBegin(), TEXT, 0, 0, 0, 100, 0, 0, 0)).toBe(GONE);
    expect<string>(page(TEXT)).toBe("# TYPE jobs_total counter\njobs_total 1\n");
    slotForget();
    expect<i32>(expositionWrite(registry, state, walkBegin(), TEXT, 0, 0, 0, 100, 0, 0, 0)).toBe(NO_WRITER);
  });
});
