// Whole expositions as text, in slices of every size, while things change.

import { become, bind, claim, define, failFrom, family, format, input, textAt, tokenOf } from "../formatted";
import { constant, count, exemplar, observe, seriesAt, set, Wanted } from "../wanted";
import {
  BASE_SET,
  COUNTER,
  Family,
  FAMILY_CLASSIC,
  FAMILY_CONSTANT,
  FAMILY_EXEMPLARS,
  FAMILY_UTF8_NAME,
  GAUGE,
  HISTOGRAM,
  INFO,
  MODE_ALL,
  MODE_SHARED,
  MODE_SUM,
  NATIVE,
  REMOVED,
  Series,
  STATESET,
  SUMMARY,
} from "../../../assembly/layout";
import { counterAdd } from "../../../assembly/metric/counter";
import { gaugeSet, sharedSet } from "../../../assembly/metric/gauge";
import { familyCreate, familyPosition, familyRemove, registryLabels } from "../../../assembly/store/family";
import { registryFirst, walkBegin } from "../../../assembly/store/registry";
import { seriesRemove } from "../../../assembly/store/series";
import { clockSet, inputAddress, ownWriter, slotForget } from "../../../assembly/store/writer";
import { OPENMETRICS, OPENMETRICS2, PROTOBUF, TEXT } from "../../../assembly/text/dialect";
import {
  expositionDone,
  expositionFamily,
  expositionPart,
  expositionSeries,
  expositionState,
  expositionText,
  expositionWrite,
} from "../../../assembly/text/exposition";
import { ALLOW_UTF8, DOTS, VALUES } from "../../../assembly/text/name";
import { messagesBytes } from "../../../assembly/text/protobuf";
import { varintPut } from "../../../assembly/text/wire";
import { EXHAUSTED, GONE, NO_WRITER } from "../../../assembly/status";

/** Filters, and what `expositionPart` says, as the bindings know them. */
const ALL: u32 = 0;
const ONLY: u32 = 1;
const BUT: u32 = 2;
const WHOLE: u32 = 0;
const PART: u32 = 1;
const LAST_PART: u32 = 2;

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
  done = length < 0 || expositionDone();
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

/** A whole exposition of the families that a filter lets through. */
function filtered(mode: u32, families: i32[], dialect: u32 = TEXT): string {
  const registry = registryFirst();
  const number = walkBegin();
  let text = "";
  let familyAt: u32 = 0;
  let seriesAt: u32 = 0;
  let state: u32 = 0;
  do {
    // Before each slice, as the binding does it.
    const list = inputAddress(((<u32>families.length) << 2) + 8);
    for (let i = 0; i < families.length; i++) store<u32>(list + ((<usize>i) << 2), familyPosition(families[i]));
    const length = expositionWrite(registry, load<u32>(registry), number, dialect, familyAt, seriesAt, state, 60, 0, mode, families.length);
    if (length < 0) return "status " + length.toString();
    text += textAt(expositionText(), length);
    familyAt = expositionFamily();
    seriesAt = expositionSeries();
    state = expositionState();
  } while (!expositionDone());
  return text;
}

const body: usize = heap.alloc(1 << 20);
const parts: usize = heap.alloc(1 << 20);

/** What stands in the body, as hexadecimal digits. */
function hex(from: usize, to: usize): string {
  const bytes: string[] = [];
  for (let i = from; i < to; i++) bytes.push(load<u8>(i).toString(16).padStart(2, "0"));
  return bytes.join("");
}

/** How many slices of the last body were parts of a message. */
let partCount: i32 = 0;

/** Puts a body of protobuf together as the bindings do, in slices of about so many bytes; where it ends. */
function messages(most: u32, wanted: u32 = PROTOBUF): usize {
  const registry = registryFirst();
  const number = walkBegin();
  let to = body;
  let kept: usize = 0;
  let familyAt: u32 = 0;
  let seriesFrom: u32 = 0;
  let state: u32 = 0;
  partCount = 0;
  do {
    const length = expositionWrite(registry, load<u32>(registry), number, wanted, familyAt, seriesFrom, state, most, 0, ALL, 0);
    if (length < 0) return 0;
    const part = expositionPart();
    if (part != WHOLE) {
      memory.copy(parts + kept, expositionText(), length);
      kept += length;
      partCount++;
    }
    if (part == LAST_PART || (part == WHOLE && kept != 0)) {
      to = varintPut(to, kept);
      memory.copy(to, parts, kept);
      to += kept;
      kept = 0;
    }
    if (part == WHOLE) {
      memory.copy(to, expositionText(), length);
      to += length;
    }
    familyAt = expositionFamily();
    seriesFrom = expositionSeries();
    state = expositionState();
  } while (!expositionDone());
  return to;
}

/** How many messages a body is, or -1 where it does not end with one. */
function messageCount(to: usize): i32 {
  let from = body;
  let messages = 0;
  while (from < to) {
    let length: u32 = 0;
    let shift: u32 = 0;
    for (; (load<u8>(from) & 128) != 0; shift += 7) length |= (<u32>(load<u8>(from++) & 127)) << shift;
    length |= (<u32>load<u8>(from++)) << shift;
    from += length;
    messages++;
  }
  return from == to ? messages : -1;
}

/** One family of each type, each with some series. */
function everything(): void {
  const exemplars = new Wanted(COUNTER, "told");
  exemplars.flags = FAMILY_EXEMPLARS;
  exemplars.labels = "k";
  const told = exemplars.family();
  const wanted = new Wanted(NATIVE, "wait");
  wanted.flags = FAMILY_CLASSIC;
  wanted.bounds = [1, 2];
  wanted.labels = "k";
  const wait = wanted.family();
  const last = new Wanted(SUMMARY, "last");
  last.quantiles = [0.5];
  last.labels = "k";
  const summary = last.family();
  const build = new Wanted(INFO, "build");
  build.labels = "k";
  const info = build.family();
  const set52 = new Wanted(STATESET, "phase");
  set52.states = "a\nb\nc";
  set52.labels = "k";
  const phase = set52.family();
  const all = family(GAUGE, MODE_ALL, "all", "k");
  const jobs = family(COUNTER, 0, "jobs", "k");
  const size = family(HISTOGRAM, 0, "size", "k", [1, 2]);
  family(GAUGE, 0, "empty", "k");
  for (let i = 0; i < 20; i++) {
    const block = 'k="' + "x".repeat(i * 3) + '"';
    count(told, i, block);
    if (i % 3 == 0) exemplar(told, i, 10, 'id="a"', block);
    observe(wait, i + 0.5, block);
    observe(summary, 5, block);
    constant(info, 1, [], 0, block);
    set(phase, 2, block);
    set(all, i, block);
    count(jobs, i, block);
    observe(size, <f64>(i % 4), block);
  }
}

describe("expositionWrite", () => {
  it("writes counters, gauges and histograms in both dialects", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    add(bind(jobs, 'queue="mail"'), 3);
    add(bind(jobs, 'queue="sms"'), 0.5);
    const level = bind(family(GAUGE, MODE_SHARED, "level"), "");
    sharedSet(level, tokenOf(level), -0.0);
    const size = family(HISTOGRAM, 0, "size", "", [0.5, 1]);
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
    const size = family(HISTOGRAM, 0, "size", "", [-1, 1]);
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
      observe(size, <f64>(i % 12), 'route="' + "r".repeat(i) + '"');
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
    observe(size, 3, 'route="' + "r".repeat(2000) + '"');
    observe(size, 3, 'route="b"');
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

describe("expositionWrite with a filter", () => {
  it("writes only the families at the positions in the input, or all but those", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "k");
    const level = family(GAUGE, MODE_SHARED, "level");
    const last = family(COUNTER, 0, "last");
    for (let i = 0; i < 9; i++) count(jobs, i, 'k="' + i.toString() + '"');
    set(level, 2);
    count(last, 3);
    const text = "# TYPE level gauge\nlevel 2\n";
    const tail = "# TYPE last_total counter\nlast_total 3\n";
    expect<string>(filtered(ONLY, [level])).toBe(text);
    expect<string>(filtered(ONLY, [last, level])).toBe(text + tail);
    expect<string>(filtered(ONLY, [])).toBe("");
    expect<string>(filtered(ONLY, [], OPENMETRICS)).toBe("# EOF\n");
    expect<string>(filtered(BUT, [jobs])).toBe(text + tail);
    expect<string>(filtered(BUT, [jobs, last])).toBe(text);
    expect<string>(filtered(BUT, [])).toBe(page());
    expect<string>(filtered(ALL, [jobs])).toBe(page());
    expect<i32>(filtered(ONLY, [jobs]).split("\n").length).toBe(11);
  });
});

describe("expositionWrite in every format", () => {
  it("escapes names, doubles underscores, quotes", () => {
    format();
    const wanted = new Wanted(COUNTER, "my.jobs");
    wanted.flags = FAMILY_UTF8_NAME;
    wanted.labels = "a_b";
    const jobs = wanted.family();
    count(jobs, 1, 'a_b="1"');
    expect<string>(page(TEXT)).toBe('# TYPE my_jobs_total counter\nmy_jobs_total{a_b="1"} 1\n');
    expect<string>(page(TEXT | (DOTS << 4))).toBe('# TYPE my_dot_jobs__total counter\nmy_dot_jobs__total{a__b="1"} 1\n');
    expect<string>(page(OPENMETRICS | (VALUES << 4))).toBe('# TYPE U__my_2e_jobs_ counter\nU__my_2e_jobs__total{a_b="1"} 1\n# EOF\n');
    expect<string>(page(OPENMETRICS | (ALLOW_UTF8 << 4))).toBe('# TYPE "my.jobs" counter\n{"my.jobs_total",a_b="1"} 1\n# EOF\n');
    expect<string>(page(OPENMETRICS2 | (ALLOW_UTF8 << 4))).toBe(
      '# TYPE "my.jobs_total" counter\n{"my.jobs_total",a_b="1"} 1 st@1000\n# EOF\n',
    );
  });

  it("is the same text in slices of any size, with all types there are", () => {
    format();
    everything();
    for (let dialect = TEXT; dialect <= OPENMETRICS2; dialect++) {
      const whole = page(dialect, 1 << 18);
      let different = 0;
      for (let most: u32 = 1; most < 20000; most = most * 2 + 1) different += i32(page(dialect, most) != whole);
      expect<i32>(different).toBe(0);
      expect<i32>(whole.length).toBeGreaterThan(10000);
    }
  });

  it("prints a state set whose states take hundreds of kilobytes if each had a line's room for every byte", () => {
    format();
    const wanted = new Wanted(STATESET, "phase");
    const states: string[] = [];
    for (let i = 0; i < 52; i++) states.push(i.toString() + "s".repeat(100));
    wanted.states = states.join("\n");
    const phase = wanted.family();
    bind(phase, "");
    for (let dialect = TEXT; dialect <= OPENMETRICS2; dialect++) {
      expect<i32>(page(dialect).split("\n").length).toBeGreaterThan(53);
    }
    expect<i32>(messageCount(messages(1000))).toBe(1);
  });
});

describe("expositionPart", () => {
  it("is WHOLE for text, and for messages that end in the slice that they began in", () => {
    format();
    count(family(COUNTER, 0, "jobs"), 3);
    page(OPENMETRICS2);
    expect<u32>(expositionPart()).toBe(WHOLE);
    const to = messages(1 << 16);
    expect<i32>(partCount).toBe(0);
    expect<u32>(expositionPart()).toBe(WHOLE);
    // The length; the name, 0 for a counter; a metric with a value and the time it began.
    expect<string>(hex(body, to)).toBe(
      "220a0a6a6f62735f746f74616c" + "1800" + "22121a10" + "090000000000000840" + "1a05" + "08e807" + "1000",
    );
  });

  it("leaves the parts of a message without a length, and their sum is the message at any size of slices", () => {
    format();
    everything();
    const to = messages(1 << 18);
    const length = to - body;
    expect<i32>(partCount).toBe(0);
    // One a family; the one without series has none.
    expect<i32>(messageCount(to)).toBe(8);
    const whole = heap.alloc(length);
    memory.copy(whole, body, length);
    let different = 0;
    let inParts = 0;
    for (let most: u32 = 1; most < 20000; most = most + 1 + (most >> 3)) {
      const end = messages(most);
      different += i32(end - body != length || memory.compare(whole, body, length) != 0);
      inParts += i32(partCount > 8);
    }
    expect<i32>(different).toBe(0);
    expect<i32>(inParts).toBeGreaterThan(10);
  });

  it("is PART up to the slice that the message ends in, then LAST_PART, then WHOLE", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "k");
    for (let i = 0; i < 40; i++) count(jobs, i, 'k="' + i.toString() + '"');
    count(family(COUNTER, 0, "last"), 1);
    first(PROTOBUF, 600);
    expect<u32>(expositionPart()).toBe(PART);
    // Its name and not its length.
    expect<u8>(load<u8>(expositionText())).toBe(10);
    let slices = 1;
    for (; expositionPart() == PART; slices++) next(PROTOBUF, 600);
    // 40 metrics of about 35 bytes; a slice ends where the next one might not fit.
    expect<i32>(slices).toBeGreaterThan(2);
    expect<u32>(expositionPart()).toBe(LAST_PART);
    expect<bool>(done).toBe(false);
    next(PROTOBUF, 600);
    expect<u32>(expositionPart()).toBe(WHOLE);
    expect<bool>(done).toBe(true);
    expect<u32>(load<u8>(expositionText(), 1)).toBe(10);
  });

  it("begins a message that will hardly fit in a slice of its own", () => {
    format();
    count(family(COUNTER, 0, "small"), 1);
    const jobs = family(COUNTER, 0, "jobs", "k");
    for (let i = 0; i < 40; i++) count(jobs, i, 'k="' + i.toString() + '"');
    first(PROTOBUF, 4000);
    expect<u32>(expositionPart()).toBe(WHOLE);
    expect<u32>(expositionFamily()).toBe(1);
    expect<u32>(expositionSeries()).toBe(0);
    next(PROTOBUF, 4000);
    expect<u32>(expositionPart()).toBe(WHOLE);
    expect<bool>(done).toBe(true);
  });

  it("begins one again in a slice of its own whose series are larger than they were taken to be", () => {
    format();
    count(family(COUNTER, 0, "small"), 1);
    const wanted = new Wanted(COUNTER, "jobs");
    wanted.labels = "k";
    const jobs = wanted.family();
    // 96 bytes each are guessed, and these have 300.
    for (let i = 0; i < 9; i++) count(jobs, i, 'k="' + i.toString() + "x".repeat(300) + '"');
    const whole = messages(1 << 18) - body;
    expect<i32>(messageCount(body + whole)).toBe(2);
    const kept = heap.alloc(whole);
    memory.copy(kept, body, whole);
    first(PROTOBUF, 2000);
    expect<u32>(expositionPart()).toBe(WHOLE);
    expect<u32>(expositionFamily()).toBe(1);
    expect<u32>(expositionSeries()).toBe(0);
    next(PROTOBUF, 2000);
    expect<u32>(expositionPart()).toBe(PART);
    expect<usize>(messages(2000) - body).toBe(whole);
    expect<i32>(memory.compare(kept, body, whole)).toBe(0);
  });

  it("goes on with the next family where the one whose message it stood in was removed", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "k");
    for (let i = 0; i < 40; i++) count(jobs, i, 'k="' + i.toString() + '"');
    count(family(COUNTER, 0, "last"), 1);
    first(PROTOBUF, 600);
    expect<u32>(expositionPart()).toBe(PART);
    familyRemove(jobs, load<u32>(jobs));
    // It takes the position that the walk stands at.
    count(family(COUNTER, 0, "other"), 1);
    next(PROTOBUF, 600);
    expect<u32>(expositionPart()).toBe(WHOLE);
    expect<bool>(done).toBe(true);
    // 10, 10, "last_total": no part of the other one.
    expect<string>(textAt(expositionText() + 3, 10)).toBe("last_total");
  });

  it("is the last part where all series that were left are gone", () => {
    format();
    const jobs = family(COUNTER, 0, "jobs", "k");
    for (let i = 0; i < 40; i++) count(jobs, i, 'k="' + i.toString() + '"');
    first(PROTOBUF, 600);
    expect<u32>(expositionPart()).toBe(PART);
    for (let i = 0; i < 40; i++) seriesRemove(jobs, load<u32>(jobs), input('k="' + i.toString() + '"'));
    expect<string>(next(PROTOBUF, 600)).toBe("");
    expect<u32>(expositionPart()).toBe(LAST_PART);
    expect<string>(next(PROTOBUF, 600)).toBe("");
    expect<u32>(expositionPart()).toBe(WHOLE);
    expect<bool>(done).toBe(true);
  });

  it("has no message of a family without series, and of one whose series have nothing to say", () => {
    format();
    family(COUNTER, 0, "empty", "k");
    const gone = family(COUNTER, 0, "gone", "k");
    count(gone, 1, 'k="1"');
    seriesRemove(gone, load<u32>(gone), input('k="1"'));
    const silent = family(GAUGE, MODE_ALL, "silent");
    bind(silent, "");
    expect<usize>(messages(1000)).toBe(body);
    count(family(COUNTER, 0, "last"), 1);
    expect<i32>(messageCount(messages(1000))).toBe(1);
    expect<i32>(messageCount(messages(60))).toBe(1);
  });

  it("has a series that is larger than a slice in a part of its own", () => {
    format();
    const bounds: f64[] = [];
    for (let i = 0; i < 500; i++) bounds.push(<f64>i);
    const size = family(HISTOGRAM, 0, "size", "k", bounds);
    for (let i = 0; i < 3; i++) observe(size, i, 'k="' + i.toString() + '"');
    const whole = messages(1 << 18) - body;
    expect<i32>(partCount).toBe(0);
    format();
    const again = family(HISTOGRAM, 0, "size", "k", bounds);
    for (let i = 0; i < 3; i++) observe(again, i, 'k="' + i.toString() + '"');
    expect<usize>(messages(1000) - body).toBe(whole);
    expect<i32>(partCount).toBe(4);
    expect<u32>(messagesBytes(seriesAt(again, 'k="0"'), again)).toBeGreaterThan(1000);
  });

  it("is EXHAUSTED without memory for a part, and goes on from there afterwards", () => {
    format();
    const bounds: f64[] = [];
    for (let i = 0; i < 500; i++) bounds.push(<f64>i);
    const size = family(HISTOGRAM, 0, "size", "k", bounds);
    for (let i = 0; i < 3; i++) observe(size, i, 'k="' + i.toString() + '"');
    first(PROTOBUF, 1000);
    expect<u32>(expositionPart()).toBe(PART);
    failFrom(1);
    const status = next(PROTOBUF, 1000);
    failFrom(0);
    expect<string>(status).toBe("status " + EXHAUSTED.toString());
    next(PROTOBUF, 1000);
    expect<u32>(expositionPart()).toBe(PART);
    expect<u32>(expositionSeries()).toBe(2);
  });
});

describe("expositionWrite and series that end", () => {
  it("ends those that were idle for too long, and prints them no more", () => {
    format();
    const wanted = new Wanted(COUNTER, "jobs");
    wanted.labels = "k";
    wanted.expireSeconds = 20;
    const jobs = wanted.family();
    count(jobs, 1, 'k="idle"');
    count(jobs, 1, 'k="busy"');
    const both = '# TYPE jobs_total counter\njobs_total{k="idle"} 1\njobs_total{k="busy"} 1\n';
    expect<string>(page()).toBe(both);
    clockSet(1015);
    expect<string>(page()).toBe(both);
    count(jobs, 1, 'k="busy"');
    clockSet(1020);
    expect<bool>(page().includes("idle")).toBe(true);
    // 21 s after the first look, and a second after the busy one's last.
    clockSet(1021);
    expect<string>(page()).toBe('# TYPE jobs_total counter\njobs_total{k="busy"} 2\n');
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(1);
    clockSet(1041.5);
    expect<string>(page(OPENMETRICS)).toBe("# TYPE jobs counter\n# EOF\n");
    expect<u32>(changetype<Family>(jobs).seriesCount).toBe(0);
    // What is counted again begins anew.
    count(jobs, 5, 'k="idle"');
    expect<string>(page()).toBe('# TYPE jobs_total counter\njobs_total{k="idle"} 5\n');
  });

  it("does not print one that is removed while it is written", () => {
    format();
    const level = family(GAUGE, MODE_SUM, "level", "k");
    const kinds = ['k="a"', 'k="b"', 'k="c"'];
    for (let i = 0; i < 3; i++) set(level, i, kinds[i]);
    const series = seriesAt(level, kinds[1]);
    for (let dialect = TEXT; dialect <= PROTOBUF; dialect++) {
      const state = load<u64>(series);
      // Its value goes by way of this writer's scratch, which lies over the state of the series now: while it is read
      // it is removed, as it would be by another thread.
      const scratch = ownWriter().scratch;
      store<f64>(bind(level, kinds[1]) + 16, reinterpret<f64>((state & ~3) | REMOVED));
      for (let i = 0; i < 3; i += 2) store<f64>(bind(level, kinds[i]) + 16, reinterpret<f64>(state));
      ownWriter().scratch = <u32>series;
      const text = page(dialect);
      ownWriter().scratch = scratch;
      expect<u32>(load<u32>(series) & 3).not.toBe(REMOVED);
      store<u64>(series, state);
      expect<bool>(text.includes("b")).toBe(false);
      expect<bool>(text.includes("a")).toBe(true);
      expect<bool>(text.includes("c")).toBe(true);
    }
  });

  it("has no head of constants that nobody who is there has set, and ends those of who is no more, in every dialect", () => {
    for (let dialect = TEXT; dialect <= PROTOBUF; dialect++) {
      format();
      const wanted = new Wanted(GAUGE, "level", MODE_SHARED);
      wanted.labels = "k";
      wanted.flags = FAMILY_CONSTANT;
      const level = wanted.family();
      const state = load<u32>(level);
      // Just made: whoever made it is about to set it.
      expect<bool>(page(dialect).includes("level")).toBe(false);
      expect<u32>(load<u32>(level)).toBe(state);
      const own = (<u64>ownWriter().identity) << 32;
      constant(level, 1, [], 0, 'k="own"', BASE_SET, 0, own | 1);
      constant(level, 1, [], 0, 'k="gone"', BASE_SET, 0, ((<u64>0x7fffffff) << 32) | 1);
      const text = page(dialect);
      expect<bool>(text.includes("own")).toBe(true);
      expect<bool>(text.includes("gone")).toBe(false);
      constant(level, 1, [], 0, 'k="gone"', BASE_SET, 0, ((<u64>0x7fffffff) << 32) | 1);
      seriesRemove(level, state, input('k="own"'));
      expect<bool>(page(dialect).includes("level")).toBe(false);
      expect<bool>(load<u32>(level) == state).toBe(false);
    }
  });

  it("tells the epoch from no time, in every dialect", () => {
    format();
    const jobs = new Wanted(COUNTER, "jobs").family();
    constant(jobs, 1, [], -0.0, "", BASE_SET, -0.0);
    expect<string>(page()).toBe("# TYPE jobs_total counter\njobs_total 1 0\n");
    expect<string>(page(OPENMETRICS)).toBe("# TYPE jobs counter\njobs_total 1 0\n# EOF\n");
    expect<string>(page(OPENMETRICS2)).toBe("# TYPE jobs_total counter\njobs_total 1 0 st@0\n# EOF\n");
    // A counter of 1 with a start of 0 s and 0 ns, and a time of 0 ms.
    expect<string>(hex(body, messages(65536)).slice(-38)).toBe("1a0f09000000000000f03f1a04080010003000");
    changetype<Series>(seriesAt(jobs)).created = 0;
    constant(jobs, 1);
    changetype<Series>(seriesAt(jobs)).created = 0;
    expect<string>(page(OPENMETRICS2)).toBe("# TYPE jobs_total counter\njobs_total 1\n# EOF\n");
  });
});
