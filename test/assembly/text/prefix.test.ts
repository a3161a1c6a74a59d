// What all lines of a family have in common, and the pieces of a line.

import { bind, format, textAt } from "../formatted";
import { constant, count, defaults, exemplar, seriesAt, Wanted } from "../wanted";
import {
  BOUNDS_MAX,
  COUNTER,
  FAMILY_EXEMPLARS,
  FAMILY_OWN,
  FAMILY_UTF8_LABELS,
  FAMILY_UTF8_NAME,
  GAUGE,
  HISTOGRAM,
  INFO,
  Family,
  SUMMARY,
} from "../../../assembly/layout";
import { familyCreate } from "../../../assembly/store/family";
import { registryFirst } from "../../../assembly/store/registry";
import { counterTotal } from "../../../assembly/store/total";
import { definitionOf, OPENMETRICS, OPENMETRICS2, TEXT } from "../../../assembly/text/dialect";
import { ALLOW_UTF8, DOTS, UNDERSCORES, VALUES } from "../../../assembly/text/name";
import { boundAt, pageText, prefixAt, prefixLength, PREFIXES } from "../../../assembly/text/page";
import {
  boundsMade,
  boundTextPut,
  closing,
  closingLength,
  defaultsOf,
  exemplarPut,
  hasExemplars,
  headPut,
  labelBegun,
  labelsBytes,
  linePut,
  nameLabelPut,
  openPut,
  prefixesBegun,
  prefixMade,
  quantilesMade,
  timePut,
} from "../../../assembly/text/prefix";
import { NAMES } from "./largest";
import { pageOf } from "./sheet";

const UTF8: u32 = ALLOW_UTF8 << 4;
const SUFFIX: usize = memory.data<u64>([0x6d75735f, 0, 0]); // "_sum"

function made(type: u32, name: string, labels: string = "", flags: u32 = 0): i32 {
  const wanted = new Wanted(type, name);
  wanted.labels = labels;
  wanted.flags = flags;
  if (type == HISTOGRAM) wanted.bounds = [0.5, 1];
  if (type == SUMMARY) wanted.quantiles = [0, 0.5];
  return wanted.family();
}

/** The prefix of a family; with `_sum` where `suffixed`. */
function prefix(family: i32, wanted: u32 = TEXT, own: bool = true, suffixed: bool = false): string {
  pageOf(65536);
  prefixesBegun(family, wanted);
  prefixMade(0, family, own, SUFFIX, suffixed ? 4 : 0);
  return textAt(prefixAt(0), prefixLength(0));
}

function put(end: usize): string {
  return textAt(pageText(), end - pageText());
}

describe("prefixMade", () => {
  it("is name, suffix, and what opens the labels that follow", () => {
    format();
    expect<string>(prefix(made(COUNTER, "jobs"))).toBe("jobs_total");
    expect<string>(prefix(made(COUNTER, "tasks", "queue"))).toBe("tasks_total{");
    expect<string>(prefix(made(INFO, "build", "v"))).toBe("build_info{");
    const size = made(HISTOGRAM, "size", "route");
    expect<string>(prefix(size, TEXT, true, true)).toBe("size_sum{");
    defaults('zone="a",of="\\"b\\""');
    expect<string>(prefix(size, TEXT, true, true)).toBe('size_sum{zone="a",of="\\"b\\"",');
    expect<string>(prefix(made(GAUGE, "level"))).toBe('level{zone="a",of="\\"b\\""');
  });

  it("has the default labels but for those that one of the library's own families has itself", () => {
    format();
    const own = new Wanted(COUNTER, "own");
    own.labels = "zone\nkind";
    own.put();
    const registry = registryFirst();
    const made = familyCreate(registry, load<u32>(registry), FAMILY_OWN);
    defaults('a="\\"",zone="x",of_b="b",kind="y"');
    expect<string>(prefix(made)).toBe('own_total{a="\\"",of_b="b",');
    expect<string>(prefix(made, TEXT | (DOTS << 4))).toBe('own__total{a="\\"",of__b="b",');
    defaults('kind="y",zone="x",c="d"');
    expect<string>(prefix(made)).toBe('own_total{c="d",');
    defaults('kind="y",zone="x"');
    expect<string>(prefix(made)).toBe("own_total{");
    expect<usize>(defaultsOf(made)).toBe(0);
    defaults('c="d"');
    expect<string>(prefix(made)).toBe('own_total{c="d",');
  });

  it("leaves the name's own suffix out where another one stands in its place", () => {
    format();
    const jobs = made(COUNTER, "jobs");
    expect<string>(prefix(jobs, OPENMETRICS, false, true)).toBe("jobs_sum");
    expect<string>(prefix(jobs, OPENMETRICS, true, true)).toBe("jobs_total_sum");
    const odd = made(COUNTER, "my.jobs", "", FAMILY_UTF8_NAME);
    expect<string>(prefix(odd, OPENMETRICS | (VALUES << 4), false, true)).toBe("U__my_2e_jobs__sum");
    expect<string>(prefix(odd, OPENMETRICS | UTF8, false, true)).toBe('{"my.jobs_sum"');
  });

  it("escapes the name with its own suffix, and quotes it between the braces where that is allowed", () => {
    format();
    const jobs = made(COUNTER, 'my."jobs"', "queue", FAMILY_UTF8_NAME);
    expect<string>(prefix(jobs, TEXT | (UNDERSCORES << 4))).toBe("my__jobs__total{");
    expect<string>(prefix(jobs, TEXT | (DOTS << 4))).toBe("my_dot___jobs____total{");
    expect<string>(prefix(jobs, TEXT | (VALUES << 4))).toBe("U__my_2e__22_jobs_22___total{");
    expect<string>(prefix(jobs, TEXT | UTF8)).toBe('{"my.\\"jobs\\"_total",');
    const bare = made(GAUGE, "my.level", "", FAMILY_UTF8_NAME);
    expect<string>(prefix(bare, TEXT | UTF8)).toBe('{"my.level"');
    defaults('my_zone="a"');
    expect<string>(prefix(jobs, TEXT | UTF8)).toBe('{"my.\\"jobs\\"_total",my_zone="a",');
    expect<string>(prefix(bare, TEXT | UTF8)).toBe('{"my.level",my_zone="a"');
    expect<string>(prefix(bare, TEXT | (DOTS << 4))).toBe('my_dot_level{my__zone="a"');
  });

  it("stays in its place with the longest names and default labels, in every escaping", () => {
    let wrong = 0;
    for (let i = 0; i < NAMES.length; i++) {
      format();
      const legal = NAMES[i].charCodeAt(0) == 95 || NAMES[i] == "b";
      const family = made(COUNTER, NAMES[i], "z", legal ? 0 : FAMILY_UTF8_NAME);
      // 4,096 bytes of names that dots make twice as long.
      const labels: string[] = [];
      for (let each = 0; each < 4; each++) labels.push("_".repeat(1018) + each.toString() + '=""');
      defaults(labels.join(","));
      for (let escaping: u32 = 0; escaping < 4; escaping++) {
        pageOf(0);
        const bytes = prefixAt(1) - prefixAt(0);
        for (let index: u32 = 0; index < PREFIXES; index++) {
          const behind = prefixAt(index) + bytes - 8;
          memory.fill(behind, 0xee, 1024);
          prefixesBegun(family, OPENMETRICS | (escaping << 4));
          prefixMade(index, family, true, SUFFIX, 4);
          for (let at: usize = 0; at < 1024; at++) wrong += i32(load<u8>(behind + at) != 0xee);
          wrong += i32(prefixLength(index) < 4000);
        }
      }
    }
    expect<i32>(wrong).toBe(0);
  });
});

describe("openPut, headPut and labelBegun", () => {
  it("put prefix and labels together, and close or go on as the prefix needs", () => {
    format();
    const bare = made(COUNTER, "bare");
    count(bare, 1);
    prefix(bare);
    expect<string>(put(openPut(pageText(), 0, seriesAt(bare)))).toBe("bare_total");
    expect<string>(put(headPut(pageText(), 0, seriesAt(bare)))).toBe("bare_total ");
    expect<string>(put(labelBegun(pageText()))).toBe("{");
    expect<u32>(closing()).toBe(32);
    expect<u32>(closingLength()).toBe(1);
    const jobs = made(COUNTER, "jobs", "queue");
    const series = seriesAt(jobs, 'queue="a"');
    prefix(jobs);
    expect<string>(put(openPut(pageText(), 0, series))).toBe('jobs_total{queue="a"');
    expect<string>(put(headPut(pageText(), 0, series))).toBe('jobs_total{queue="a"} ');
    expect<string>(put(labelBegun(pageText()))).toBe(",");
    expect<u32>(closing()).toBe(0x207d);
    expect<u32>(closingLength()).toBe(2);
    expect<string>(put(linePut(pageText(), 0, series, 0.5))).toBe('jobs_total{queue="a"} 0.5\n');
  });

  it("escape the names of labels where they are not plain", () => {
    format();
    const block = 'a_b="1","my.kind"="2"';
    const jobs = made(GAUGE, "level", "a_b\nmy.kind", FAMILY_UTF8_LABELS);
    const series = seriesAt(jobs, block);
    prefix(jobs, TEXT);
    expect<string>(put(headPut(pageText(), 0, series))).toBe('level{a_b="1",my_kind="2"} ');
    expect<u32>(labelsBytes(series)).toBeGreaterThan(6 * block.length);
    prefix(jobs, TEXT | (DOTS << 4));
    expect<string>(put(headPut(pageText(), 0, series))).toBe('level{a__b="1",my_dot_kind="2"} ');
    prefix(jobs, TEXT | UTF8);
    expect<string>(put(headPut(pageText(), 0, series))).toBe("level{" + block + "} ");
    expect<u32>(labelsBytes(series)).toBe(block.length);
  });
});

describe("boundsMade and quantilesMade", () => {
  it("make a text a bound, and one for the bucket without", () => {
    format();
    const size = made(HISTOGRAM, "size", "route");
    prefix(size);
    boundsMade(changetype<Family>(size).shape);
    expect<string>(put(boundTextPut(boundTextPut(boundTextPut(pageText(), 0), 1), 2))).toBe(',le="0.5"} ,le="1"} ,le="+Inf"} ');
    expect<u8>(load<u8>(boundAt(1))).toBe(9);
    prefix(size, OPENMETRICS);
    boundsMade(changetype<Family>(size).shape);
    expect<string>(put(boundTextPut(pageText(), 1))).toBe(',le="1.0"} ');
    boundsMade(0);
    expect<string>(put(boundTextPut(pageText(), 0))).toBe(',le="+Inf"} ');
  });

  it("open the braces where the prefix has none", () => {
    format();
    const wait = made(SUMMARY, "wait");
    prefix(wait, OPENMETRICS);
    quantilesMade(definitionOf(wait));
    expect<string>(put(boundTextPut(boundTextPut(pageText(), 0), 1))).toBe('{quantile="0.0"} {quantile="0.5"} ');
    defaults('zone="a"');
    prefix(wait, TEXT);
    quantilesMade(definitionOf(wait));
    expect<string>(put(boundTextPut(pageText(), 0))).toBe(',quantile="0"} ');
  });

  it("stay in their places with the longest numbers, behind the last prefix and before the text", () => {
    format();
    const size = new Wanted(HISTOGRAM, "size");
    for (let i = 0; i < <i32>BOUNDS_MAX; i++) size.bounds.push(reinterpret<f64>(0x8010000000000001 - i));
    const family = size.family();
    prefix(family, OPENMETRICS);
    memory.fill(pageText(), 0xee, 64);
    boundsMade(changetype<Family>(family).shape);
    let wrong = 0;
    for (let i: u32 = 0; i < BOUNDS_MAX; i++) {
      const text = put(boundTextPut(pageText(), i));
      wrong += i32(text.length < 25 || !text.startsWith('{le="-2.2') || !text.endsWith('e-308"} '));
      memory.fill(pageText(), 0xee, 64);
    }
    expect<i32>(wrong).toBe(0);
    boundsMade(changetype<Family>(family).shape);
    for (let at: usize = 16; at < 64; at++) wrong += i32(load<u8>(pageText() + at) != 0xee);
    expect<i32>(wrong).toBe(0);
  });
});

describe("nameLabelPut", () => {
  it("is the family's name as a label's, without a suffix", () => {
    format();
    const phase = made(GAUGE, "my.phase", "", FAMILY_UTF8_NAME);
    prefix(phase);
    expect<string>(put(nameLabelPut(pageText(), phase))).toBe("my_phase");
    prefix(phase, TEXT | UTF8);
    expect<string>(put(nameLabelPut(pageText(), phase))).toBe('"my.phase"');
    const legal = made(GAUGE, "a_b");
    prefix(legal, TEXT | UTF8);
    expect<string>(put(nameLabelPut(pageText(), legal))).toBe("a_b");
    prefix(legal, TEXT | (DOTS << 4));
    expect<string>(put(nameLabelPut(pageText(), legal))).toBe("a__b");
  });
});

describe("timePut", () => {
  it("is milliseconds in text, to the nearest, and seconds in OpenMetrics; nothing for no time", () => {
    format();
    const jobs = made(COUNTER, "jobs");
    constant(jobs, 1, [], 1700000000.0004);
    counterTotal(seriesAt(jobs));
    prefix(jobs, TEXT);
    expect<string>(put(timePut(pageText()))).toBe(" 1700000000000");
    prefix(jobs, OPENMETRICS);
    expect<string>(put(timePut(pageText()))).toBe(" 1700000000.0004");
    prefix(jobs, OPENMETRICS2);
    expect<string>(put(timePut(pageText()))).toBe(" 1700000000.0004");
    constant(jobs, 1, [], 0);
    counterTotal(seriesAt(jobs));
    expect<string>(put(timePut(pageText()))).toBe("");
  });
});

describe("exemplarPut", () => {
  it("is labels, value and seconds, its names escaped, in OpenMetrics only", () => {
    format();
    const jobs = made(COUNTER, "jobs", "", FAMILY_EXEMPLARS);
    bind(jobs, "");
    const series = seriesAt(jobs);
    prefix(jobs, OPENMETRICS);
    expect<bool>(hasExemplars()).toBe(true);
    expect<string>(put(exemplarPut(pageText(), series, 0))).toBe("");
    exemplar(jobs, 2.5, 1700000000.25, '"my.id"="a\\"b",x_y="1"');
    expect<string>(put(exemplarPut(pageText(), series, 0))).toBe(' # {my_id="a\\"b",x_y="1"} 2.5 1700000000.25');
    prefix(jobs, OPENMETRICS2 | UTF8);
    expect<string>(put(exemplarPut(pageText(), series, 0))).toBe(' # {"my.id"="a\\"b",x_y="1"} 2.5 1700000000.25');
    prefix(jobs, OPENMETRICS | (DOTS << 4));
    expect<string>(put(exemplarPut(pageText(), series, 0))).toBe(' # {my_dot_id="a\\"b",x__y="1"} 2.5 1700000000.25');
    prefix(jobs, TEXT);
    expect<bool>(hasExemplars()).toBe(false);
    expect<string>(put(exemplarPut(pageText(), series, 0))).toBe("");
  });

  it("is none where the family has none", () => {
    format();
    const jobs = made(COUNTER, "jobs");
    prefix(jobs, OPENMETRICS);
    expect<bool>(hasExemplars()).toBe(false);
    // Its series have nothing behind their key: it must not be looked at.
    expect<string>(put(exemplarPut(pageText(), seriesAt(jobs), 0))).toBe("");
  });
});
