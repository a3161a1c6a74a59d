// Samples as protobuf, byte by byte against messages that are put together by hand with the verbs of wire.ts; the numbers
// of their fields are those of io.prometheus.client in Prometheus' client model.

import { become, claim, failFrom, format } from "../formatted";
import { constant, count, defaults, exemplar, observe, seriesAt, set, Wanted } from "../wanted";
import {
  BASE_QUANTILES,
  BASE_SET,
  COUNTER,
  FAMILY_CLASSIC,
  FAMILY_EXEMPLARS,
  FAMILY_UTF8_LABELS,
  FAMILY_UTF8_NAME,
  GAUGE,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  MODE_ALL,
  MODE_LIVE,
  MODE_MAX,
  NATIVE,
  Series,
  STATESET,
  SUMMARY,
  UNKNOWN,
  Writer,
} from "../../../assembly/layout";
import { slotAt } from "../../../assembly/store/writer";
import { PROTOBUF } from "../../../assembly/text/dialect";
import { ALLOW_UTF8, DOTS, UNDERSCORES, VALUES } from "../../../assembly/text/name";
import { pageLimit, pageText } from "../../../assembly/text/page";
import { descriptionBytes, descriptionPut, messagesBegun, messagesPut } from "../../../assembly/text/protobuf";
import { bytesPut, deltasPut, doublePut, lengthEnd, messageBegin, sint64Put, uint64Put } from "../../../assembly/text/wire";
import { KINDS, LABELLINGS, largest, lean, native, NAMES, sparseWords } from "./largest";
import { partOfShares, shown } from "../others";
import { excess, pageOf, write, writtenAt } from "./sheet";

const hand: usize = heap.alloc(1 << 20);
const texts: usize = heap.alloc(1 << 16);
const numbers: usize = heap.alloc(1 << 12);
const UTF8: u32 = PROTOBUF | (ALLOW_UTF8 << 4);

// What is put together by hand.

let at: usize = hand;
const open: usize[] = [];

/** Begins from nothing. */
function begin(): void {
  at = hand;
}

function message(field: u32): void {
  at = messageBegin(at, field);
  open.push(at);
}

function close(): void {
  at = lengthEnd(open.pop(), at);
}

function text(field: u32, value: string): void {
  const length = <u32>String.UTF8.encodeUnsafe(changetype<usize>(value), value.length, texts);
  at = bytesPut(at, field, texts, length);
}

function double(field: u32, value: f64): void {
  at = doublePut(at, field, value);
}

function uint(field: u32, value: u64): void {
  at = uint64Put(at, field, value);
}

function sint(field: u32, value: i64): void {
  at = sint64Put(at, field, value);
}

function label(name: string, value: string): void {
  message(1);
  text(1, name);
  text(2, value);
  close();
}

function time(field: u32, seconds: i64, nanos: u32): void {
  message(field);
  uint(1, seconds);
  uint(2, nanos);
  close();
}

/** A message that holds a double in its first field: a gauge, an untyped. */
function valued(field: u32, value: f64): void {
  message(field);
  double(1, value);
  close();
}

function bucket(cumulative: u64, bound: f64): void {
  message(3);
  uint(1, cumulative);
  double(2, bound);
  close();
}

function span(field: u32, offset: i32, length: u32): void {
  message(field);
  sint(1, offset);
  uint(2, length);
  close();
}

function deltas(field: u32, counts: u64[]): void {
  for (let i = 0; i < counts.length; i++) store<u64>(numbers + ((<usize>i) << 3), counts[i]);
  at = deltasPut(at, field, numbers, counts.length, 8);
}

function hex(from: usize, to: usize): string {
  const bytes: string[] = [];
  for (let i = from; i < to; i++) bytes.push(load<u8>(i).toString(16).padStart(2, "0"));
  return bytes.join("");
}

function expected(): string {
  return hex(hand, at);
}

/** The metrics of a series. */
function metrics(series: usize, wanted: u32 = PROTOBUF): string {
  const to = write(series, wanted);
  return hex(writtenAt(), to);
}

/** What a message begins with. */
function description(family: i32, wanted: u32 = PROTOBUF): string {
  pageOf(1 << 16);
  messagesBegun(family, wanted);
  return hex(pageText(), descriptionPut(pageText(), family));
}

function described(name: string, type: u32): string {
  begin();
  text(1, name);
  uint(3, type);
  return expected();
}

describe("descriptionPut", () => {
  it("says name, help, type and unit, the help as it is meant", () => {
    format();
    const wait = new Wanted(COUNTER, "wait_seconds");
    wait.help = 'A "wait"\nof \\ seconds';
    wait.unit = "seconds";
    begin();
    // Rule B3.
    text(1, "wait_seconds_total");
    text(2, 'A "wait"\nof \\ seconds');
    uint(3, 0);
    text(5, "seconds");
    expect<string>(description(wait.family())).toBe(expected());
  });

  it("says the number of each type, and what goes for those that there is none of", () => {
    format();
    expect<string>(description(new Wanted(COUNTER, "a").family())).toBe(described("a_total", 0));
    expect<string>(description(new Wanted(GAUGE, "b").family())).toBe(described("b", 1));
    expect<string>(description(new Wanted(SUMMARY, "c").family())).toBe(described("c", 2));
    expect<string>(description(new Wanted(UNKNOWN, "d").family())).toBe(described("d", 3));
    expect<string>(description(new Wanted(HISTOGRAM, "e").family())).toBe(described("e", 4));
    expect<string>(description(new Wanted(NATIVE, "f").family())).toBe(described("f", 4));
    expect<string>(description(new Wanted(GAUGE_HISTOGRAM, "g").family())).toBe(described("g", 5));
    // Rule B2.
    expect<string>(description(new Wanted(INFO, "h").family())).toBe(described("h_info", 1));
    expect<string>(description(new Wanted(STATESET, "i").family())).toBe(described("i", 1));
  });

  it("says the name in every escaping, with its own suffix", () => {
    format();
    const jobs = new Wanted(COUNTER, "my.jobs");
    jobs.flags = FAMILY_UTF8_NAME;
    const made = jobs.family();
    expect<string>(description(made, PROTOBUF | (UNDERSCORES << 4))).toBe(described("my_jobs_total", 0));
    expect<string>(description(made, PROTOBUF | (DOTS << 4))).toBe(described("my_dot_jobs__total", 0));
    expect<string>(description(made, PROTOBUF | (VALUES << 4))).toBe(described("U__my_2e_jobs__total", 0));
    expect<string>(description(made, UTF8)).toBe(described("my.jobs_total", 0));
  });

  it("stays within descriptionBytes", () => {
    let wrong = 0;
    for (let i = 0; i < NAMES.length; i++) {
      format();
      const long = new Wanted(COUNTER, NAMES[i]);
      long.flags = FAMILY_UTF8_NAME;
      long.help = "h".repeat(2000);
      long.unit = "u".repeat(900);
      const made = long.family();
      for (let escaping: u32 = 0; escaping < 4; escaping++) {
        const most = descriptionBytes(made);
        pageOf(1 << 16);
        messagesBegun(made, PROTOBUF | (escaping << 4));
        store<u64>(pageText() + most + 64, 0xeeeeeeeeeeeeeeee);
        wrong += i32(descriptionPut(pageText(), made) > pageText() + most);
        wrong += i32(load<u64>(pageText() + most + 64) != 0xeeeeeeeeeeeeeeee);
      }
    }
    expect<i32>(wrong).toBe(0);
  });
});

describe("messagesPut of a counter", () => {
  it("is labels, value and the time it began", () => {
    format();
    const jobs = new Wanted(COUNTER, "jobs");
    jobs.labels = "queue";
    const made = jobs.family();
    count(made, 3, 'queue="mail",of=""');
    const series = seriesAt(made, 'queue="mail",of=""');
    changetype<Series>(series).created = 1700000000.25;
    begin();
    message(4);
    label("queue", "mail");
    label("of", "");
    message(3);
    double(1, 3);
    time(3, 1700000000, 250000000);
    close();
    close();
    expect<string>(metrics(series)).toBe(expected());
  });

  it("has its exemplar before that time, and its own time in milliseconds behind all", () => {
    format();
    const jobs = new Wanted(COUNTER, "jobs");
    jobs.flags = FAMILY_EXEMPLARS;
    const made = jobs.family();
    count(made, 2);
    exemplar(made, 2, 999.5, 'trace_id="a\\"b"');
    const series = seriesAt(made);
    changetype<Series>(series).created = 0;
    constant(made, 7, [], 12.3456);
    begin();
    message(4);
    message(3);
    // The cell counts beside what was set.
    double(1, 9);
    message(2);
    label("trace_id", 'a"b');
    double(2, 2);
    time(3, 999, 500000000);
    close();
    close();
    uint(6, 12346);
    close();
    expect<string>(metrics(series)).toBe(expected());
  });

  it("carries nanoseconds that would be a whole second, and counts them upwards before 1970", () => {
    format();
    const made = new Wanted(COUNTER, "jobs").family();
    const series = seriesAt(made);
    changetype<Series>(series).created = 999.9999999999;
    begin();
    message(4);
    message(3);
    double(1, 0);
    time(3, 1000, 0);
    close();
    close();
    expect<string>(metrics(series)).toBe(expected());
    changetype<Series>(series).created = -0.5;
    begin();
    message(4);
    message(3);
    double(1, 0);
    time(3, -1, 500000000);
    close();
    close();
    expect<string>(metrics(series)).toBe(expected());
  });
});

describe("messagesPut with labels", () => {
  it("has default labels first, all of them as they are meant", () => {
    format();
    defaults('zone="\\\\n"');
    const level = new Wanted(GAUGE, "level");
    level.flags = FAMILY_UTF8_LABELS;
    const made = level.family();
    const block = '"my.kind"="a\\nb","q\\"\\\\"="' + "x".repeat(200) + '\\""';
    set(made, 1, block);
    begin();
    message(4);
    label("zone", "\\n");
    label("my.kind", "a\nb");
    label('q"\\', "x".repeat(200) + '"');
    valued(2, 1);
    close();
    expect<string>(metrics(seriesAt(made, block), UTF8)).toBe(expected());
  });

  it("has their names in every escaping", () => {
    format();
    const level = new Wanted(GAUGE, "level");
    level.flags = FAMILY_UTF8_LABELS;
    const made = level.family();
    const block = 'a_b="1","my.kind"="2"';
    set(made, 1, block);
    const names = ["a_b", "my_kind", "a__b", "my_dot_kind", "a_b", "U__my_2e_kind", "a_b", "my.kind"];
    for (let escaping: u32 = 0; escaping < 4; escaping++) {
      begin();
      message(4);
      label(names[2 * escaping], "1");
      label(names[2 * escaping + 1], "2");
      valued(2, 1);
      close();
      expect<string>(metrics(seriesAt(made, block), PROTOBUF | (escaping << 4))).toBe(expected());
    }
  });

  it("reads values of every length with a backslash at every place", () => {
    format();
    const made = new Wanted(GAUGE, "level").family();
    let wrong = 0;
    for (let length = 1; length < 40; length++) {
      const before = "x".repeat(length % 17);
      const behind = "y".repeat(length);
      set(made, 1, 'a="' + before + "\\n" + behind + '",b="' + behind + '"');
      begin();
      message(4);
      label("a", before + "\n" + behind);
      label("b", behind);
      valued(2, 1);
      close();
      const series = seriesAt(made, 'a="' + before + "\\n" + behind + '",b="' + behind + '"');
      wrong += i32(metrics(series) != expected());
    }
    expect<i32>(wrong).toBe(0);
  });
});

describe("messagesPut of a gauge", () => {
  it("is its value, an unknown's in a field of its own, an info's is 1", () => {
    format();
    const level = new Wanted(GAUGE, "level").family();
    set(level, -0.0);
    begin();
    message(4);
    valued(2, -0.0);
    close();
    expect<string>(metrics(seriesAt(level))).toBe(expected());
    const strange = new Wanted(UNKNOWN, "strange").family();
    constant(strange, Infinity, [], 2);
    begin();
    message(4);
    valued(5, Infinity);
    uint(6, 2000);
    close();
    expect<string>(metrics(seriesAt(strange))).toBe(expected());
    const build = new Wanted(INFO, "build").family();
    constant(build, 1, [], 0, 'v="2"');
    begin();
    message(4);
    label("v", "2");
    valued(2, 1);
    close();
    expect<string>(metrics(seriesAt(build, 'v="2"'))).toBe(expected());
  });

  it("is nothing where no living writer has a part", () => {
    const first = format();
    const made = new Wanted(GAUGE, "level", MODE_LIVE | MODE_MAX).family();
    claim();
    set(made, 5);
    changetype<Writer>(slotAt(1)).doubted = 1;
    become(first);
    expect<string>(metrics(seriesAt(made))).toBe("");
  });

  it("is a metric a writer of mode `all`, as many as there is room for", () => {
    const first = format();
    const made = new Wanted(GAUGE, "level", MODE_ALL).family();
    set(made, 1, 'a="1"');
    for (let i = 0; i < 12; i++) {
      claim();
      if (i == 11) set(made, 2, 'a="1"');
    }
    become(first);
    begin();
    for (let i = 0; i < 2; i++) {
      message(4);
      label("a", "1");
      label("writer", i == 0 ? "12" : "0");
      valued(2, i == 0 ? 2 : 1);
      close();
    }
    const series = seriesAt(made, 'a="1"');
    expect<string>(metrics(series)).toBe(expected());
    // More writers came than there was room for: theirs are in the next scrape.
    pageOf(0);
    messagesBegun(made, PROTOBUF);
    expect<usize>(messagesPut(pageText(), series, made, pageLimit())).toBe(pageText());
  });

  it("is a metric a writer of other processes, too", () => {
    format();
    const made = new Wanted(GAUGE, "level", MODE_ALL).family();
    set(made, 1);
    const part = partOfShares(10, [2, 5]);
    store<u32>(part + 56, 3);
    shown(seriesAt(made), part);
    begin();
    for (let i = 0; i < 3; i++) {
      message(4);
      label("writer", i == 0 ? "0000000a-3" : i == 1 ? "0000000a-1" : "0");
      valued(2, i == 0 ? 2 : i == 1 ? 5 : 1);
      close();
    }
    expect<string>(metrics(seriesAt(made))).toBe(expected());
    expect<i32>(excess(seriesAt(made), PROTOBUF)).toBe(0);
  });

  it("is a metric a state of a state set, under a label of the family's own name", () => {
    format();
    const phase = new Wanted(STATESET, "my.phase");
    phase.flags = FAMILY_UTF8_NAME;
    phase.states = 'a\n\\"b\\"';
    const made = phase.family();
    set(made, 2);
    for (let i = 0; i < 2; i++) {
      const name = i == 0 ? "my_phase" : "my.phase";
      begin();
      message(4);
      label(name, "a");
      valued(2, 0);
      close();
      message(4);
      label(name, '"b"');
      valued(2, 1);
      close();
      expect<string>(metrics(seriesAt(made), i == 0 ? PROTOBUF : UTF8)).toBe(expected());
    }
  });
});

describe("messagesPut of a histogram", () => {
  it("is count, sum, cumulative buckets with their exemplars, and the time it began", () => {
    format();
    const size = new Wanted(HISTOGRAM, "size");
    size.bounds = [0.5, 1];
    size.flags = FAMILY_EXEMPLARS;
    const made = size.family();
    observe(made, 0.25);
    observe(made, 7);
    observe(made, 9);
    // One without a time.
    exemplar(made, 9, 0, 'id="x"');
    begin();
    message(4);
    message(7);
    uint(1, 3);
    double(2, 16.25);
    bucket(1, 0.5);
    bucket(1, 1);
    message(3);
    uint(1, 3);
    double(2, Infinity);
    message(3);
    label("id", "x");
    double(2, 9);
    close();
    close();
    time(15, 1000, 0);
    close();
    close();
    expect<string>(metrics(seriesAt(made))).toBe(expected());
  });

  it("is the same for a gauge histogram, which never began", () => {
    format();
    const size = new Wanted(GAUGE_HISTOGRAM, "size");
    size.bounds = [-1];
    const made = size.family();
    constant(made, -2.5, [3, 1], 0, "", BASE_SET, 77);
    begin();
    message(4);
    message(7);
    uint(1, 4);
    double(2, -2.5);
    bucket(3, -1);
    bucket(4, Infinity);
    close();
    close();
    expect<string>(metrics(seriesAt(made))).toBe(expected());
  });
});

describe("messagesPut of a native histogram", () => {
  it("is schema, threshold, zero count, spans and deltas of both sides, negative ones first", () => {
    format();
    const wait = new Wanted(NATIVE, "wait");
    wait.schema = 0;
    wait.zeroThreshold = 0.001;
    const made = wait.family();
    observe(made, 0);
    // Buckets 0, 1 (twice), 4; on the other side 2.
    observe(made, 1);
    observe(made, 1.5);
    observe(made, 2);
    observe(made, 16);
    observe(made, -4);
    begin();
    message(4);
    message(7);
    uint(1, 6);
    double(2, 16.5);
    sint(5, 0);
    double(6, 0.001);
    uint(7, 1);
    span(9, 2, 1);
    deltas(10, [1]);
    span(12, 0, 2);
    span(12, 2, 1);
    deltas(13, [1, 2, 1]);
    time(15, 1000, 0);
    close();
    close();
    expect<string>(metrics(seriesAt(made))).toBe(expected());
  });

  it("has a span of nothing where neither buckets nor a threshold tell that it is one", () => {
    format();
    const wait = new Wanted(NATIVE, "wait");
    wait.zeroThreshold = 0;
    wait.schema = -4;
    const made = wait.family();
    const series = seriesAt(made);
    changetype<Series>(series).created = 0;
    begin();
    message(4);
    message(7);
    uint(1, 0);
    double(2, 0);
    sint(5, -4);
    double(6, 0);
    uint(7, 0);
    span(12, 0, 0);
    close();
    close();
    expect<string>(metrics(series)).toBe(expected());
    const other = new Wanted(NATIVE, "other").family();
    const empty = seriesAt(other);
    changetype<Series>(empty).created = 0;
    begin();
    message(4);
    message(7);
    uint(1, 0);
    double(2, 0);
    sint(5, 3);
    double(6, 2.938735877055719e-39);
    uint(7, 0);
    close();
    close();
    expect<string>(metrics(empty)).toBe(expected());
  });

  it("has classic buckets, with their exemplars, and those of native ones behind", () => {
    format();
    const wait = new Wanted(NATIVE, "wait");
    wait.flags = FAMILY_EXEMPLARS | FAMILY_CLASSIC;
    wait.schema = 0;
    wait.bounds = [1];
    const made = wait.family();
    observe(made, 4);
    observe(made, 1);
    exemplar(made, 4, 10, 'id="x"');
    begin();
    message(4);
    message(7);
    uint(1, 2);
    double(2, 5);
    bucket(1, 1);
    message(3);
    uint(1, 2);
    double(2, Infinity);
    message(3);
    label("id", "x");
    double(2, 4);
    time(3, 10, 0);
    close();
    close();
    sint(5, 0);
    double(6, 2.938735877055719e-39);
    uint(7, 0);
    span(12, 0, 1);
    span(12, 1, 1);
    deltas(13, [1, 1]);
    time(15, 1000, 0);
    message(16);
    label("id", "x");
    double(2, 4);
    time(3, 10, 0);
    close();
    close();
    close();
    expect<string>(metrics(seriesAt(made))).toBe(expected());
  });

  it("is nothing without memory to add it up: a count that falls would be a reset", () => {
    format();
    const made = new Wanted(NATIVE, "wait").family();
    observe(made, 1);
    const series = seriesAt(made);
    failFrom(1);
    const none = metrics(series);
    failFrom(0);
    expect<string>(none).toBe("");
    expect<i32>(metrics(series).length).toBeGreaterThan(0);
  });
});

describe("messagesPut of a summary", () => {
  it("is count, sum, quantiles and the time it began", () => {
    format();
    const wait = new Wanted(SUMMARY, "wait");
    wait.quantiles = [0.5, 0.99];
    const made = wait.family();
    constant(made, 6.5, [300, reinterpret<u64>(0.25), reinterpret<u64>(4.5)], 0, "", BASE_SET | BASE_QUANTILES, 5);
    begin();
    message(4);
    message(4);
    uint(1, 300);
    double(2, 6.5);
    message(3);
    double(1, 0.5);
    double(2, 0.25);
    close();
    message(3);
    double(1, 0.99);
    double(2, 4.5);
    close();
    time(4, 5, 0);
    close();
    close();
    expect<string>(metrics(seriesAt(made))).toBe(expected());
  });
});

describe("messagesBytes", () => {
  it("is never too small, for the longest names, labels, numbers, exemplars and the most buckets", () => {
    let wrong = "";
    for (let kind = 0; kind < KINDS; kind++) {
      for (let each = 0; each < NAMES.length * LABELLINGS; each++) {
        const series = largest(kind, NAMES[each % NAMES.length], each / NAMES.length);
        for (let escaping: u32 = 0; escaping < 4; escaping++) {
          if (excess(series, PROTOBUF | (escaping << 4)) != 0)
            wrong += kind.toString() + "/" + each.toString() + "/" + escaping.toString() + " ";
        }
      }
    }
    expect<string>(wrong).toBe("");
  });

  it("is never too small for native histograms of any limit, at the least schema or with more than their limit in the base", () => {
    const limits: u32[] = [1, 2, 160, 1000, 4096];
    let wrong = "";
    for (let i = 0; i < limits.length; i++) {
      for (let schema = -4; schema < 9; schema += 6) {
        format();
        const made = native("wait", 'z=""', limits[i], schema);
        if (schema > -4 && excess(seriesAt(lean("lean", "", limits[i])), PROTOBUF) != 0) wrong += limits[i].toString() + " ";
        if (excess(seriesAt(made, 'z=""'), PROTOBUF) != 0) wrong += limits[i].toString() + "/" + schema.toString() + " ";
      }
    }
    for (let i = 0; i < 4; i++) {
      format();
      const wait = new Wanted(NATIVE, "wait");
      wait.schema = 8;
      wait.bucketsMax = limits[i];
      const made = wait.family();
      const entries = 2 * <i32>limits[i] + 264;
      constant(made, 1, sparseWords(-1, 8, entries - 20, 20, u64.MAX_VALUE >> 1, 100));
      const series = seriesAt(made);
      if (excess(series, PROTOBUF) != 0) wrong += limits[i].toString() + " ";
    }
    expect<string>(wrong).toBe("");
  });
});
