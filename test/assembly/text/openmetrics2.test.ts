// Samples of OpenMetrics 2.0, type by type: one line a metric, composite values, start times and exemplars behind them.

import { become, claim, failFrom, format } from "../formatted";
import { constant, count, exemplar, observe, seriesAt, set, Wanted } from "../wanted";
import {
  BASE_QUANTILES,
  BASE_SET,
  COUNTER,
  FAMILY_CLASSIC,
  FAMILY_EXEMPLARS,
  FAMILY_UTF8_NAME,
  GAUGE,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  MODE_ALL,
  MODE_LIVE,
  MODE_MIN,
  NATIVE,
  Series,
  STATESET,
  SUMMARY,
  UNKNOWN,
  Writer,
} from "../../../assembly/layout";
import { slotAt } from "../../../assembly/store/writer";
import { OPENMETRICS2 } from "../../../assembly/text/dialect";
import { partOfShares, shown } from "../others";
import { ALLOW_UTF8 } from "../../../assembly/text/name";
import { KINDS, LABELLINGS, largest, lean, NAMES, native } from "./largest";
import { excess, textOf } from "./sheet";

function text(series: usize): string {
  return textOf(series, OPENMETRICS2);
}

describe("compositesPut of a counter", () => {
  it("has its name as the family has it, and when it began behind the value", () => {
    format();
    const jobs = new Wanted(COUNTER, "tasks");
    jobs.labels = "queue";
    const tasks = jobs.family();
    count(tasks, 0.5, 'queue="mail"');
    expect<string>(text(seriesAt(tasks, 'queue="mail"'))).toBe('tasks_total{queue="mail"} 0.5 st@1000\n');
    changetype<Series>(seriesAt(tasks, 'queue="mail"')).created = 0;
    expect<string>(text(seriesAt(tasks, 'queue="mail"'))).toBe('tasks_total{queue="mail"} 0.5\n');
  });

  it("has time, beginning and exemplar in this order, and no exemplar without a time", () => {
    format();
    const jobs = new Wanted(COUNTER, "jobs");
    jobs.flags = FAMILY_EXEMPLARS;
    const made = jobs.family();
    constant(made, 7, [], 1700000000.5);
    exemplar(made, 2, 0, 'id="a"');
    expect<string>(text(seriesAt(made))).toBe("jobs_total 7 1700000000.5 st@1000\n");
    exemplar(made, 2, 999.5, 'id="b"');
    expect<string>(text(seriesAt(made))).toBe('jobs_total 7 1700000000.5 st@1000 # {id="b"} 2 999.5\n');
  });

  it("has a quoted name where it is not of the classic data model", () => {
    format();
    const jobs = new Wanted(COUNTER, "my.jobs");
    jobs.flags = FAMILY_UTF8_NAME;
    jobs.labels = "queue";
    const made = jobs.family();
    count(made, 1, 'queue="a"');
    expect<string>(textOf(seriesAt(made, 'queue="a"'), OPENMETRICS2 | (ALLOW_UTF8 << 4))).toBe('{"my.jobs_total",queue="a"} 1 st@1000\n');
  });
});

describe("compositesPut of what has one value", () => {
  it("is a line of a gauge, an unknown, an info and each state, without a beginning", () => {
    format();
    const level = new Wanted(GAUGE, "level").family();
    set(level, -1);
    expect<string>(text(seriesAt(level))).toBe("level -1\n");
    const strange = new Wanted(UNKNOWN, "strange").family();
    constant(strange, 4, [], 2.5);
    expect<string>(text(seriesAt(strange))).toBe("strange 4 2.5\n");
    const build = new Wanted(INFO, "build");
    build.labels = "v";
    const made = build.family();
    constant(made, 1, [], 0, 'v="2"');
    expect<string>(text(seriesAt(made, 'v="2"'))).toBe('build_info{v="2"} 1\n');
    const phase = new Wanted(STATESET, "phase");
    phase.states = "a\nb";
    const states = phase.family();
    set(states, 2);
    expect<string>(text(seriesAt(states))).toBe('phase{phase="a"} 0\nphase{phase="b"} 1\n');
  });

  it("is a line a writer of mode `all`, and none where no living writer has a part", () => {
    const first = format();
    const all = new Wanted(GAUGE, "all", MODE_ALL).family();
    const live = new Wanted(GAUGE, "live", MODE_LIVE | MODE_MIN).family();
    set(all, 1);
    claim();
    set(all, 2);
    set(live, 2);
    become(first);
    expect<string>(text(seriesAt(all))).toBe('all{writer="1"} 2\nall{writer="0"} 1\n');
    expect<string>(text(seriesAt(live))).toBe("live 2\n");
    changetype<Writer>(slotAt(1)).doubted = 1;
    expect<string>(text(seriesAt(live))).toBe("");
  });

  it("is a line a writer of other processes, too", () => {
    format();
    const all = new Wanted(GAUGE, "all", MODE_ALL).family();
    set(all, 1);
    const part = partOfShares(10, [2]);
    store<u32>(part + 56, 3);
    shown(seriesAt(all), part);
    expect<string>(text(seriesAt(all))).toBe('all{writer="0000000a-3"} 2\nall{writer="0"} 1\n');
  });
});

describe("compositesPut of a histogram", () => {
  it("is one value with all buckets, then its beginning and the exemplars of all buckets", () => {
    format();
    const size = new Wanted(HISTOGRAM, "size");
    size.bounds = [0.5, 1];
    size.labels = "route";
    size.flags = FAMILY_EXEMPLARS;
    const made = size.family();
    observe(made, 0.25, 'route="/"');
    observe(made, 7, 'route="/"');
    exemplar(made, 7, 11, 'id="b"', 'route="/"');
    exemplar(made, 0.25, 10, 'id="a"', 'route="/"');
    expect<string>(text(seriesAt(made, 'route="/"'))).toBe(
      'size{route="/"} {count:2,sum:7.25,bucket:[0.5:1,1:1,+Inf:2]} st@1000 # {id="a"} 0.25 10 # {id="b"} 7 11\n',
    );
  });

  it("has a sum below zero, too, as has a gauge histogram, which has words of its own and never began", () => {
    format();
    const size = new Wanted(HISTOGRAM, "size");
    size.bounds = [-1];
    const made = size.family();
    observe(made, -2);
    expect<string>(text(seriesAt(made))).toBe("size {count:1,sum:-2,bucket:[-1:1,+Inf:1]} st@1000\n");
    const gauge = new Wanted(GAUGE_HISTOGRAM, "gauge");
    gauge.bounds = [1];
    const whole = gauge.family();
    constant(whole, -2.5, [3, 1], 12, "", BASE_SET, 77);
    expect<string>(text(seriesAt(whole))).toBe("gauge {gcount:4,gsum:-2.5,bucket:[1:3,+Inf:4]} 12\n");
  });
});

describe("compositesPut of a native histogram", () => {
  it("is schema, threshold, zero count and both sides, negative first, then classic buckets and all exemplars", () => {
    format();
    const wait = new Wanted(NATIVE, "wait");
    wait.schema = 0;
    wait.zeroThreshold = 0.001;
    wait.bounds = [1];
    wait.flags = FAMILY_CLASSIC | FAMILY_EXEMPLARS;
    const made = wait.family();
    observe(made, 0);
    observe(made, 1);
    observe(made, 1.5);
    observe(made, 2);
    observe(made, 16);
    observe(made, -4);
    expect<string>(text(seriesAt(made))).toBe(
      "wait {count:6,sum:16.5,schema:0,zero_threshold:0.001,zero_count:1,negative_spans:[2:1],negative_buckets:[1]," +
        "positive_spans:[0:2,2:1],positive_buckets:[1,2,1],bucket:[1:3,+Inf:6]} st@1000\n",
    );
    exemplar(made, 1.5, 10, 'id="a"');
    expect<bool>(text(seriesAt(made)).includes('} st@1000 # {id="a"} 1.5 10')).toBe(true);
  });

  it("leaves out sides without buckets, and classic buckets where it counts none", () => {
    format();
    const wait = new Wanted(NATIVE, "wait");
    wait.zeroThreshold = 1e-4;
    expect<string>(text(seriesAt(wait.family()))).toBe("wait {count:0,sum:0,schema:3,zero_threshold:0.0001,zero_count:0} st@1000\n");
  });

  it("is nothing without memory to add it up: a count that falls would be a reset", () => {
    format();
    const made = new Wanted(NATIVE, "wait").family();
    observe(made, 1);
    const series = seriesAt(made);
    failFrom(1);
    const none = text(series);
    failFrom(0);
    expect<string>(none).toBe("");
    expect<bool>(text(series).startsWith("wait {count:1,")).toBe(true);
  });
});

describe("compositesPut of a summary", () => {
  it("is count, sum and quantiles, in one value, below zero, too", () => {
    format();
    const wait = new Wanted(SUMMARY, "wait");
    wait.quantiles = [0.5, 1];
    const made = wait.family();
    constant(made, -6.5, [300, reinterpret<u64>(-0.25), reinterpret<u64>(4.5)], 7, "", BASE_SET | BASE_QUANTILES, 5);
    expect<string>(text(seriesAt(made))).toBe("wait {count:300,sum:-6.5,quantile:[0.5:-0.25,1:4.5]} 7 st@5\n");
    const none = new Wanted(SUMMARY, "none").family();
    observe(none, 2);
    expect<string>(text(seriesAt(none))).toBe("none {count:1,sum:2,quantile:[]} st@1000\n");
  });
});

describe("compositesBytes", () => {
  it("is never too small, for the longest names, labels, numbers, exemplars and the most buckets", () => {
    let wrong = "";
    for (let kind = 0; kind < KINDS; kind++) {
      for (let each = 0; each < NAMES.length * LABELLINGS; each++) {
        const series = largest(kind, NAMES[each % NAMES.length], each / NAMES.length);
        for (let escaping: u32 = 0; escaping < 4; escaping++) {
          if (excess(series, OPENMETRICS2 | (escaping << 4)) != 0)
            wrong += kind.toString() + "/" + each.toString() + "/" + escaping.toString() + " ";
        }
      }
    }
    expect<string>(wrong).toBe("");
  });

  it("is never too small for native histograms of any limit, at the least schema, too", () => {
    const limits: u32[] = [1, 2, 160, 1000, 4096];
    let wrong = "";
    for (let i = 0; i < limits.length; i++) {
      for (let schema = -4; schema < 9; schema += 6) {
        format();
        const made = native("wait", 'z=""', limits[i], schema);
        if (schema > -4 && excess(seriesAt(lean("lean", "", limits[i])), OPENMETRICS2) != 0) wrong += limits[i].toString() + " ";
        if (excess(seriesAt(made, 'z=""'), OPENMETRICS2) != 0) wrong += limits[i].toString() + "/" + schema.toString() + " ";
      }
    }
    expect<string>(wrong).toBe("");
  });
});
