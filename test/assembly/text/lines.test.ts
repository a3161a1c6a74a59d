// Samples as lines of text and of OpenMetrics 1.0, type by type, and the bytes that they may take.

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
  MODE_SUM,
  NATIVE,
  STATESET,
  SUMMARY,
  UNKNOWN,
  Writer,
} from "../../../assembly/layout";
import { slotAt } from "../../../assembly/store/writer";
import { FORMAT_CREATED, OPENMETRICS, TEXT } from "../../../assembly/text/dialect";
import { counterLineBytes, linesBegun } from "../../../assembly/text/lines";
import { ALLOW_UTF8, DOTS, UNDERSCORES, VALUES } from "../../../assembly/text/name";
import { partOfShares, shown } from "../others";
import { excess, pageOf, textOf } from "./sheet";
import { KINDS, LABELLINGS, largest, NAMES } from "./largest";

const UTF8: u32 = ALLOW_UTF8 << 4;
const CREATED: u32 = OPENMETRICS | FORMAT_CREATED;

function doubles(values: f64[]): u64[] {
  const words: u64[] = [];
  for (let i = 0; i < values.length; i++) words.push(reinterpret<u64>(values[i]));
  return words;
}

describe("linesPut of a counter", () => {
  it("is one line, with the beginning behind it where that is asked for", () => {
    format();
    const jobs = new Wanted(COUNTER, "jobs");
    jobs.labels = "queue";
    const made = jobs.family();
    count(made, 3, 'queue="mail"');
    const series = seriesAt(made, 'queue="mail"');
    expect<string>(textOf(series, TEXT)).toBe('jobs_total{queue="mail"} 3\n');
    expect<string>(textOf(series, TEXT | FORMAT_CREATED)).toBe('jobs_total{queue="mail"} 3\n');
    expect<string>(textOf(series, OPENMETRICS)).toBe('jobs_total{queue="mail"} 3\n');
    // Rule O8: the name without its suffix.
    expect<string>(textOf(series, CREATED)).toBe('jobs_total{queue="mail"} 3\njobs_created{queue="mail"} 1000\n');
  });

  it("has its beginning under the escaped and the quoted name, too", () => {
    format();
    const jobs = new Wanted(COUNTER, "my.jobs");
    jobs.flags = FAMILY_UTF8_NAME;
    const series = seriesAt(jobs.family());
    expect<string>(textOf(series, CREATED | (UNDERSCORES << 4))).toBe("my_jobs_total 0\nmy_jobs_created 1000\n");
    // Rule E2 doubles the underscore of the whole name, and the metadata has it without its last six bytes.
    expect<string>(textOf(series, CREATED | (DOTS << 4))).toBe("my_dot_jobs__total 0\nmy_dot_jobs__created 1000\n");
    expect<string>(textOf(series, CREATED | (VALUES << 4))).toBe("U__my_2e_jobs__total 0\nU__my_2e_jobs__created 1000\n");
    expect<string>(textOf(series, CREATED | UTF8)).toBe('{"my.jobs_total"} 0\n{"my.jobs_created"} 1000\n');
  });

  it("has the time of a constant: milliseconds in text, seconds in OpenMetrics", () => {
    format();
    const made = new Wanted(COUNTER, "jobs").family();
    constant(made, 7, [], 1700000000.1234);
    expect<string>(textOf(seriesAt(made), TEXT)).toBe("jobs_total 7 1700000000123\n");
    expect<string>(textOf(seriesAt(made), OPENMETRICS)).toBe("jobs_total 7 1700000000.1234\n");
  });

  it("has the time of a constant at its beginning, too: all lines of a metric or none (rule O18)", () => {
    format();
    const made = new Wanted(COUNTER, "jobs").family();
    constant(made, 7, [], 2000, "", BASE_SET, 5);
    expect<string>(textOf(seriesAt(made), CREATED)).toBe("jobs_total 7 2000\njobs_created 5 2000\n");
    const size = new Wanted(HISTOGRAM, "size");
    size.bounds = [1];
    const sizes = size.family();
    constant(sizes, 0.5, [1, 0], 2000, "", BASE_SET, 5);
    expect<string>(textOf(seriesAt(sizes), CREATED)).toBe(
      'size_bucket{le="1.0"} 1 2000\nsize_bucket{le="+Inf"} 1 2000\nsize_sum 0.5 2000\nsize_count 1 2000\nsize_created 5 2000\n',
    );
    const wait = new Wanted(SUMMARY, "wait").family();
    constant(wait, 3, [1], 2000, "", BASE_SET | BASE_QUANTILES, 5);
    expect<string>(textOf(seriesAt(wait), CREATED)).toBe("wait_sum 3 2000\nwait_count 1 2000\nwait_created 5 2000\n");
  });

  it("has its exemplar in OpenMetrics only, between value and beginning", () => {
    format();
    const jobs = new Wanted(COUNTER, "jobs");
    jobs.flags = FAMILY_EXEMPLARS;
    const made = jobs.family();
    count(made, 2);
    exemplar(made, 2, 999.5, 'trace_id="a"');
    expect<string>(textOf(seriesAt(made), TEXT)).toBe("jobs_total 2\n");
    expect<string>(textOf(seriesAt(made), CREATED)).toBe('jobs_total 2 # {trace_id="a"} 2 999.5\njobs_created 1000\n');
    exemplar(made, 1, 1001, "");
    expect<string>(textOf(seriesAt(made), OPENMETRICS)).toBe("jobs_total 2 # {} 1 1001\n");
  });
});

describe("linesPut of a gauge", () => {
  it("is one line, of an unknown too, with a time where it has one", () => {
    format();
    const level = new Wanted(GAUGE, "level").family();
    set(level, -2.5);
    expect<string>(textOf(seriesAt(level), CREATED)).toBe("level -2.5\n");
    const made = new Wanted(UNKNOWN, "strange").family();
    constant(made, NaN, [], 12.5);
    expect<string>(textOf(seriesAt(made), TEXT)).toBe("strange NaN 12500\n");
    expect<string>(textOf(seriesAt(made), OPENMETRICS)).toBe("strange NaN 12.5\n");
  });

  it("is no line where no living writer has a part", () => {
    const first = format();
    const made = new Wanted(GAUGE, "level", MODE_LIVE | MODE_MAX).family();
    const sum = new Wanted(GAUGE, "parts", MODE_LIVE | MODE_SUM).family();
    claim();
    set(made, 5);
    set(sum, 5);
    changetype<Writer>(slotAt(1)).doubted = 1;
    become(first);
    expect<string>(textOf(seriesAt(made), TEXT)).toBe("");
    expect<string>(textOf(seriesAt(sum), TEXT)).toBe("parts 0\n");
  });

  it("is a line a writer of mode `all`, in braces of its own where the family has no labels", () => {
    const first = format();
    const made = new Wanted(GAUGE, "level", MODE_ALL).family();
    set(made, 1);
    claim();
    set(made, 2);
    become(first);
    expect<string>(textOf(seriesAt(made), OPENMETRICS)).toBe('level{writer="1"} 2\nlevel{writer="0"} 1\n');
    defaults('zone="a"');
    expect<string>(textOf(seriesAt(made), OPENMETRICS)).toBe('level{zone="a",writer="1"} 2\nlevel{zone="a",writer="0"} 1\n');
  });
});

describe("linesPut of what other processes have of a gauge of mode `all`", () => {
  it("is a line a writer of theirs, named by its process and its slot there", () => {
    format();
    const made = new Wanted(GAUGE, "level", MODE_ALL).family();
    set(made, 1);
    shown(seriesAt(made), partOfShares(10, [2, -4]), 64);
    shown(seriesAt(made), partOfShares(0xfedcba98, [NaN]), 128);
    const lines = 'level{writer="fedcba98-0"} NaN\nlevel{writer="0000000a-0"} 2\nlevel{writer="0000000a-1"} -4\nlevel{writer="0"} 1\n';
    expect<string>(textOf(seriesAt(made), TEXT)).toBe(lines);
    expect<string>(textOf(seriesAt(made), OPENMETRICS)).toBe(lines);
    expect<i32>(excess(seriesAt(made), OPENMETRICS)).toBe(0);
  });

  it("is theirs alone where this process has none, behind the labels of the series", () => {
    format();
    const level = new Wanted(GAUGE, "level", MODE_ALL | MODE_LIVE);
    level.labels = "zone";
    const made = level.family();
    const series = seriesAt(made, 'zone="a"');
    shown(series, partOfShares(10, [0, 0, 0, 7]), 64);
    expect<bool>(textOf(series, TEXT).endsWith('level{zone="a",writer="0000000a-3"} 7\n')).toBe(true);
  });

  it("stays within what it was said to take, however many there are and however long", () => {
    format();
    const made = new Wanted(GAUGE, "level", MODE_ALL).family();
    const values: f64[] = [];
    for (let i = 0; i < 2000; i++) values.push(-1.7976931348623157e308);
    const part = partOfShares(0xffffffff, values);
    for (let i = 0; i < 2000; i++) store<u32>(part + 56 + ((<usize>i) << 4), 65535);
    shown(seriesAt(made), part, 64);
    shown(seriesAt(made), part, 128);
    for (let dialect = 0; dialect < 2; dialect++) expect<i32>(excess(seriesAt(made), dialect == 0 ? TEXT : OPENMETRICS)).toBe(0);
    expect<i32>(textOf(seriesAt(made), TEXT).split("\n").length).toBe(4001);
  });
});

describe("linesPut of a histogram", () => {
  it("is cumulative buckets, sum, count, and its beginning", () => {
    format();
    const size = new Wanted(HISTOGRAM, "size");
    size.bounds = [0.5, 1];
    size.labels = "route";
    const made = size.family();
    observe(made, 0.25, 'route="/"');
    observe(made, 1, 'route="/"');
    observe(made, 7, 'route="/"');
    const series = seriesAt(made, 'route="/"');
    expect<string>(textOf(series, TEXT)).toBe(
      'size_bucket{route="/",le="0.5"} 1\nsize_bucket{route="/",le="1"} 2\nsize_bucket{route="/",le="+Inf"} 3\n' +
        'size_sum{route="/"} 8.25\nsize_count{route="/"} 3\n',
    );
    expect<string>(textOf(series, CREATED)).toBe(
      'size_bucket{route="/",le="0.5"} 1\nsize_bucket{route="/",le="1.0"} 2\nsize_bucket{route="/",le="+Inf"} 3\n' +
        'size_sum{route="/"} 8.25\nsize_count{route="/"} 3\nsize_created{route="/"} 1000\n',
    );
  });

  it("has the exemplar of each bucket behind its line, and none in text", () => {
    format();
    const size = new Wanted(HISTOGRAM, "size");
    size.bounds = [1, 2];
    size.flags = FAMILY_EXEMPLARS;
    const made = size.family();
    observe(made, 0.5);
    observe(made, 9);
    exemplar(made, 0.5, 10, 'id="a"');
    exemplar(made, 9, 0, 'id="b",of="\\"x\\""');
    expect<string>(textOf(seriesAt(made), OPENMETRICS)).toBe(
      'size_bucket{le="1.0"} 1 # {id="a"} 0.5 10\nsize_bucket{le="2.0"} 1\nsize_bucket{le="+Inf"} 2 # {id="b",of="\\"x\\""} 9\n' +
        "size_sum 9.5\nsize_count 2\n",
    );
    expect<string>(textOf(seriesAt(made), TEXT)).toBe(
      'size_bucket{le="1"} 1\nsize_bucket{le="2"} 1\nsize_bucket{le="+Inf"} 2\nsize_sum 9.5\nsize_count 2\n',
    );
  });

  it("has neither sum nor count in OpenMetrics where the sum may fall, be it by bounds or by values", () => {
    format();
    const size = new Wanted(HISTOGRAM, "size");
    size.bounds = [-1];
    const made = size.family();
    expect<string>(textOf(seriesAt(made), CREATED)).toBe('size_bucket{le="-1.0"} 0\nsize_bucket{le="+Inf"} 0\n');
    const other = new Wanted(HISTOGRAM, "wait");
    other.bounds = [1];
    const waits = other.family();
    observe(waits, -1);
    expect<string>(textOf(seriesAt(waits), CREATED)).toBe('wait_bucket{le="1.0"} 1\nwait_bucket{le="+Inf"} 1\n');
    expect<string>(textOf(seriesAt(waits), TEXT)).toBe('wait_bucket{le="1"} 1\nwait_bucket{le="+Inf"} 1\nwait_sum -1\nwait_count 1\n');
  });
});

describe("linesPut of a gauge histogram", () => {
  it("has words of its own in OpenMetrics, a histogram's in text, and a time on every line", () => {
    format();
    const size = new Wanted(GAUGE_HISTOGRAM, "size");
    size.bounds = [1];
    const made = size.family();
    constant(made, 2.5, [3, 1], 12);
    expect<string>(textOf(seriesAt(made), CREATED)).toBe(
      'size_bucket{le="1.0"} 3 12\nsize_bucket{le="+Inf"} 4 12\nsize_gsum 2.5 12\nsize_gcount 4 12\n',
    );
    expect<string>(textOf(seriesAt(made), TEXT)).toBe(
      'size_bucket{le="1"} 3 12000\nsize_bucket{le="+Inf"} 4 12000\nsize_sum 2.5 12000\nsize_count 4 12000\n',
    );
  });

  it("may have a sum below zero only where a bound is, and never one that is no number", () => {
    format();
    const above = new Wanted(GAUGE_HISTOGRAM, "above");
    above.bounds = [1];
    const positive = above.family();
    constant(positive, -2, [1, 0]);
    expect<string>(textOf(seriesAt(positive), OPENMETRICS)).toBe('above_bucket{le="1.0"} 1\nabove_bucket{le="+Inf"} 1\n');
    const below = new Wanted(GAUGE_HISTOGRAM, "below");
    below.bounds = [-1];
    const negative = below.family();
    constant(negative, -2, [1, 0]);
    expect<string>(textOf(seriesAt(negative), OPENMETRICS)).toBe(
      'below_bucket{le="-1.0"} 1\nbelow_bucket{le="+Inf"} 1\nbelow_gsum -2\nbelow_gcount 1\n',
    );
    constant(negative, NaN, [1, 0]);
    expect<string>(textOf(seriesAt(negative), OPENMETRICS)).toBe('below_bucket{le="-1.0"} 1\nbelow_bucket{le="+Inf"} 1\n');
  });
});

describe("linesPut of a native histogram", () => {
  it("is the one bucket without a bound, without exemplars, where it has no classic ones", () => {
    format();
    const wait = new Wanted(NATIVE, "wait");
    wait.flags = FAMILY_EXEMPLARS;
    const made = wait.family();
    observe(made, 1.5);
    observe(made, 0);
    exemplar(made, 1.5, 10, 'id="a"');
    expect<string>(textOf(seriesAt(made), CREATED)).toBe('wait_bucket{le="+Inf"} 2\nwait_sum 1.5\nwait_count 2\nwait_created 1000\n');
    expect<string>(textOf(seriesAt(made), TEXT)).toBe('wait_bucket{le="+Inf"} 2\nwait_sum 1.5\nwait_count 2\n');
  });

  it("is its classic buckets, with their exemplars, where it has some", () => {
    format();
    const wait = new Wanted(NATIVE, "wait");
    wait.flags = FAMILY_EXEMPLARS | FAMILY_CLASSIC;
    wait.bounds = [1];
    const made = wait.family();
    observe(made, 1.5);
    observe(made, 0.5);
    exemplar(made, 0.5, 10, 'id="a"');
    expect<string>(textOf(seriesAt(made), OPENMETRICS)).toBe(
      'wait_bucket{le="1.0"} 1 # {id="a"} 0.5 10\nwait_bucket{le="+Inf"} 2\nwait_sum 2\nwait_count 2\n',
    );
  });

  it("has neither sum nor count in OpenMetrics once a value was below zero", () => {
    format();
    const made = new Wanted(NATIVE, "wait").family();
    observe(made, -1);
    observe(made, 9);
    expect<string>(textOf(seriesAt(made), CREATED)).toBe('wait_bucket{le="+Inf"} 2\n');
    expect<string>(textOf(seriesAt(made), TEXT)).toBe('wait_bucket{le="+Inf"} 2\nwait_sum 8\nwait_count 2\n');
  });

  it("is nothing without memory to add it up: a count that falls would be a reset", () => {
    format();
    const made = new Wanted(NATIVE, "wait").family();
    observe(made, 1);
    const series = seriesAt(made);
    failFrom(1);
    const none = textOf(series, TEXT);
    failFrom(0);
    expect<string>(none).toBe("");
    expect<string>(textOf(series, TEXT)).toBe('wait_bucket{le="+Inf"} 1\nwait_sum 1\nwait_count 1\n');
  });
});

describe("linesPut of a summary", () => {
  it("is quantiles, sum, count, and its beginning", () => {
    format();
    const wait = new Wanted(SUMMARY, "wait");
    wait.quantiles = [0, 1];
    const made = wait.family();
    expect<string>(textOf(seriesAt(made), TEXT)).toBe('wait{quantile="0"} NaN\nwait{quantile="1"} NaN\nwait_sum 0\nwait_count 0\n');
    constant(made, 6.5, [3, reinterpret<u64>(0.25), reinterpret<u64>(4.5)], 0, "", BASE_SET | BASE_QUANTILES);
    expect<string>(textOf(seriesAt(made), TEXT)).toBe('wait{quantile="0"} 0.25\nwait{quantile="1"} 4.5\nwait_sum 6.5\nwait_count 3\n');
    expect<string>(textOf(seriesAt(made), CREATED)).toBe(
      'wait{quantile="0.0"} 0.25\nwait{quantile="1.0"} 4.5\nwait_sum 6.5\nwait_count 3\nwait_created 1000\n',
    );
  });

  it("has neither quantiles nor a sum below zero in OpenMetrics", () => {
    format();
    const wait = new Wanted(SUMMARY, "wait");
    wait.quantiles = [0.5, 0.75, 0.99];
    const made = wait.family();
    const words: u64[] = [4];
    constant(made, -1, words.concat(doubles([-2, NaN, 1])), 5, "", BASE_SET | BASE_QUANTILES);
    expect<string>(textOf(seriesAt(made), OPENMETRICS)).toBe('wait{quantile="0.75"} NaN 5\nwait{quantile="0.99"} 1 5\nwait_count 4 5\n');
    expect<string>(textOf(seriesAt(made), TEXT)).toBe(
      'wait{quantile="0.5"} -2 5000\nwait{quantile="0.75"} NaN 5000\nwait{quantile="0.99"} 1 5000\nwait_sum -1 5000\nwait_count 4 5000\n',
    );
  });

  it("has no quantiles but NaN without memory to add its windows up, and not those of another one", () => {
    format();
    const one = new Wanted(SUMMARY, "one");
    one.quantiles = [0.5];
    const first = one.family();
    observe(first, 100);
    const two = new Wanted(SUMMARY, "two");
    two.quantiles = [0.5];
    // Its sketch takes more room.
    two.accuracy = 0.001;
    const second = two.family();
    observe(second, 7);
    const other = seriesAt(second);
    expect<bool>(textOf(seriesAt(first), TEXT).includes("NaN")).toBe(false);
    failFrom(1);
    const text = textOf(other, TEXT);
    failFrom(0);
    expect<string>(text).toBe('two{quantile="0.5"} NaN\ntwo_sum 7\ntwo_count 1\n');
  });
});

describe("linesPut of an info", () => {
  it("is 1, whatever it was set to", () => {
    format();
    const build = new Wanted(INFO, "build");
    build.labels = "version";
    const made = build.family();
    constant(made, 1, [], 0, 'version="2"');
    expect<string>(textOf(seriesAt(made, 'version="2"'), TEXT)).toBe('build_info{version="2"} 1\n');
    expect<string>(textOf(seriesAt(made, 'version="2"'), CREATED)).toBe('build_info{version="2"} 1\n');
  });

  it("has its own time, and not that of what was read before", () => {
    format();
    const build = new Wanted(INFO, "build");
    build.labels = "version";
    const made = build.family();
    constant(made, 1, [], 1000, 'version="2"');
    constant(made, 1, [], 0, 'version="3"');
    expect<string>(textOf(seriesAt(made, 'version="2"'), TEXT)).toBe('build_info{version="2"} 1 1000000\n');
    expect<string>(textOf(seriesAt(made, 'version="3"'), TEXT)).toBe('build_info{version="3"} 1\n');
    expect<string>(textOf(seriesAt(made, 'version="2"'), OPENMETRICS)).toBe('build_info{version="2"} 1 1000\n');
  });
});

describe("linesPut of a state set", () => {
  it("is a line a state, 1 where its bit is set, under a label of its own name", () => {
    format();
    const phase = new Wanted(STATESET, "phase");
    phase.states = 'a\n\\"b\\"\nc';
    phase.labels = "job";
    const made = phase.family();
    set(made, 6, 'job="x"');
    expect<string>(textOf(seriesAt(made, 'job="x"'), OPENMETRICS)).toBe(
      'phase{job="x",phase="a"} 0\nphase{job="x",phase="\\"b\\""} 1\nphase{job="x",phase="c"} 1\n',
    );
    const bare = new Wanted(STATESET, "bare");
    bare.states = "on";
    expect<string>(textOf(seriesAt(bare.family()), TEXT)).toBe('bare{bare="on"} 1\n');
  });

  it("is in its first state before it was ever set, and in none where it was set to none", () => {
    format();
    const phase = new Wanted(STATESET, "phase");
    phase.states = "a\nb";
    const made = phase.family();
    const series = seriesAt(made);
    expect<string>(textOf(series, TEXT)).toBe('phase{phase="a"} 1\nphase{phase="b"} 0\n');
    set(made, 2.0 ** 52);
    expect<string>(textOf(series, TEXT)).toBe('phase{phase="a"} 0\nphase{phase="b"} 0\n');
    set(made, 2.0 ** 51);
    expect<string>(textOf(series, TEXT)).toBe('phase{phase="a"} 0\nphase{phase="b"} 0\n');
  });

  it("has its name as a label in every escaping", () => {
    format();
    const phase = new Wanted(STATESET, "my.phase");
    phase.flags = FAMILY_UTF8_NAME;
    phase.states = "a";
    const series = seriesAt(phase.family());
    expect<string>(textOf(series, TEXT | (UNDERSCORES << 4))).toBe('my_phase{my_phase="a"} 1\n');
    expect<string>(textOf(series, TEXT | (DOTS << 4))).toBe('my_dot_phase{my_dot_phase="a"} 1\n');
    expect<string>(textOf(series, TEXT | (VALUES << 4))).toBe('U__my_2e_phase{U__my_2e_phase="a"} 1\n');
    expect<string>(textOf(series, TEXT | UTF8)).toBe('{"my.phase","my.phase"="a"} 1\n');
  });
});

describe("counterLineBytes", () => {
  it("is 0 where counters may not be written in a row: with exemplars, beginnings, labels to escape", () => {
    format();
    const plain = new Wanted(COUNTER, "jobs").family();
    pageOf(0);
    linesBegun(plain, TEXT);
    expect<u32>(counterLineBytes()).toBeGreaterThan(0);
    linesBegun(plain, OPENMETRICS);
    expect<u32>(counterLineBytes()).toBeGreaterThan(0);
    linesBegun(plain, CREATED);
    expect<u32>(counterLineBytes()).toBe(0);
    // Dots double the underscores of legal names, too.
    linesBegun(plain, TEXT | (DOTS << 4));
    expect<u32>(counterLineBytes()).toBe(0);
    const wanted = new Wanted(COUNTER, "told");
    wanted.flags = FAMILY_EXEMPLARS | FAMILY_UTF8_LABELS;
    const told = wanted.family();
    linesBegun(told, TEXT);
    expect<u32>(counterLineBytes()).toBe(0);
    linesBegun(told, TEXT | UTF8);
    expect<u32>(counterLineBytes()).toBeGreaterThan(0);
    linesBegun(told, OPENMETRICS | UTF8);
    expect<u32>(counterLineBytes()).toBe(0);
  });
});

describe("linesBytes", () => {
  it("is never too small, for the longest names, labels, numbers, exemplars and the most lines", () => {
    let wrong = "";
    for (let kind = 0; kind < KINDS; kind++) {
      for (let each = 0; each < NAMES.length * LABELLINGS; each++) {
        const series = largest(kind, NAMES[each % NAMES.length], each / NAMES.length);
        for (let escaping: u32 = 0; escaping < 4; escaping++) {
          const text = excess(series, TEXT | (escaping << 4));
          const openmetrics = excess(series, CREATED | (escaping << 4));
          if (text + openmetrics != 0) wrong += kind.toString() + "/" + each.toString() + "/" + escaping.toString() + " ";
        }
      }
    }
    expect<string>(wrong).toBe("");
  });
});
