// Metadata in all dialects and escapings, and what a format says.

import { define, format, textAt } from "../formatted";
import { Wanted } from "../wanted";
import {
  COUNTER,
  FAMILY_UTF8_LABELS,
  FAMILY_UTF8_NAME,
  GAUGE,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  NATIVE,
  STATESET,
  SUMMARY,
  UNKNOWN,
} from "../../../assembly/layout";
import { familyCreate } from "../../../assembly/store/family";
import { registryFirst } from "../../../assembly/store/registry";
import {
  definitionOf,
  dialectOf,
  endPut,
  escapingOf,
  FORMAT_CREATED,
  fullNamePut,
  helpText,
  isQuoted,
  labelsArePlain,
  metadataBytes,
  metadataPut,
  OPENMETRICS,
  OPENMETRICS2,
  ownSuffixLength,
  PROTOBUF,
  stateCount,
  statesText,
  TEXT,
  unitText,
} from "../../../assembly/text/dialect";
import { ALLOW_UTF8, DOTS, UNDERSCORES, VALUES } from "../../../assembly/text/name";
import { NAMES } from "./largest";

const at: usize = heap.alloc(65536);
const SUM: usize = memory.data<u64>([0x6d75735f, 0, 0]); // "_sum"
const UTF8: u32 = ALLOW_UTF8 << 4;

function named(type: u32, name: string): usize {
  const wanted = new Wanted(type, name);
  wanted.flags = FAMILY_UTF8_NAME;
  return wanted.family();
}

function made(type: u32, name: string, help: string = "", unit: string = ""): usize {
  define(type, 0, name, "", type == HISTOGRAM ? [1.0] : [], help, unit);
  return familyCreate(registryFirst(), load<u32>(registryFirst()), 0);
}

function metadata(family: usize, dialect: u32): string {
  return textAt(at, metadataPut(at, family, dialect) - at);
}

describe("metadataPut", () => {
  it("writes HELP and TYPE in text, a counter under its sample's name", () => {
    format();
    expect<string>(metadata(made(COUNTER, "jobs", "Jobs done."), TEXT)).toBe("# HELP jobs_total Jobs done.\n# TYPE jobs_total counter\n");
    expect<string>(metadata(made(GAUGE, "level", "Level."), TEXT)).toBe("# HELP level Level.\n# TYPE level gauge\n");
    expect<string>(metadata(made(HISTOGRAM, "size", "Size."), TEXT)).toBe("# HELP size Size.\n# TYPE size histogram\n");
  });

  it("writes TYPE, UNIT and HELP in OpenMetrics, a counter under its family's name", () => {
    format();
    expect<string>(metadata(made(COUNTER, "jobs", "Jobs done."), OPENMETRICS)).toBe("# TYPE jobs counter\n# HELP jobs Jobs done.\n");
    expect<string>(metadata(made(HISTOGRAM, "wait_seconds", "Wait.", "seconds"), OPENMETRICS)).toBe(
      "# TYPE wait_seconds histogram\n# UNIT wait_seconds seconds\n# HELP wait_seconds Wait.\n",
    );
    expect<string>(metadata(made(GAUGE, "wait_bytes", "", "bytes"), OPENMETRICS)).toBe(
      "# TYPE wait_bytes gauge\n# UNIT wait_bytes bytes\n",
    );
  });

  it("leaves HELP out where there is none, and UNIT in text", () => {
    format();
    const wait = made(GAUGE, "wait_seconds", "", "seconds");
    expect<string>(metadata(wait, TEXT)).toBe("# TYPE wait_seconds gauge\n");
    expect<string>(textAt(unitText(wait), 7)).toBe("seconds");
  });

  it("escapes help, with quotes in OpenMetrics only", () => {
    format();
    const jobs = made(GAUGE, "level", 'A "level"\nof \\ things');
    expect<string>(textAt(helpText(jobs), 21)).toBe('A "level"\nof \\ things');
    expect<string>(metadata(jobs, TEXT)).toBe('# HELP level A "level"\\nof \\\\ things\n# TYPE level gauge\n');
    expect<string>(metadata(jobs, OPENMETRICS)).toBe('# TYPE level gauge\n# HELP level A \\"level\\"\\nof \\\\ things\n');
  });

  it("has a name for each type: text says gauge, untyped and histogram for those it has not", () => {
    format();
    const types: u32[] = [COUNTER, GAUGE, HISTOGRAM, SUMMARY, NATIVE, INFO, STATESET, UNKNOWN, GAUGE_HISTOGRAM];
    const text = ["counter", "gauge", "histogram", "summary", "histogram", "gauge", "gauge", "untyped", "histogram"];
    const openmetrics = ["counter", "gauge", "histogram", "summary", "histogram", "info", "stateset", "unknown", "gaugehistogram"];
    for (let i = 0; i < types.length; i++) {
      const name = "m" + i.toString();
      const suffix = types[i] == COUNTER ? "_total" : types[i] == INFO ? "_info" : "";
      const family = made(types[i], name);
      expect<string>(metadata(family, TEXT)).toBe("# TYPE " + name + suffix + " " + text[i] + "\n");
      expect<string>(metadata(family, OPENMETRICS)).toBe("# TYPE " + name + " " + openmetrics[i] + "\n");
      // Rule Q1.
      expect<string>(metadata(family, OPENMETRICS2)).toBe("# TYPE " + name + suffix + " " + openmetrics[i] + "\n");
    }
  });

  it("has the name in each escaping, the same in each line, and quoted where that is allowed", () => {
    format();
    const wanted = new Wanted(GAUGE, 'my."level"_bytes');
    wanted.flags = FAMILY_UTF8_NAME;
    wanted.help = "Level.";
    wanted.unit = "bytes";
    const level = wanted.family();
    const names = ["my__level__bytes", "my_dot___level____bytes", "U__my_2e__22_level_22___bytes", '"my.\\"level\\"_bytes"'];
    for (let escaping = UNDERSCORES; escaping <= ALLOW_UTF8; escaping++) {
      const name = names[escaping];
      expect<string>(metadata(level, TEXT | (escaping << 4))).toBe("# HELP " + name + " Level.\n# TYPE " + name + " gauge\n");
      expect<string>(metadata(level, OPENMETRICS | (escaping << 4))).toBe(
        "# TYPE " + name + " gauge\n# UNIT " + name + " bytes\n# HELP " + name + " Level.\n",
      );
    }
  });

  it("leaves the last bytes of the escaped whole out of a counter's and an info's name in OpenMetrics 1.0", () => {
    format();
    const jobs = named(COUNTER, "my.jobs");
    const build = named(INFO, "my.build");
    expect<string>(metadata(jobs, TEXT | (DOTS << 4))).toBe("# TYPE my_dot_jobs__total counter\n");
    expect<string>(metadata(jobs, OPENMETRICS | (UNDERSCORES << 4))).toBe("# TYPE my_jobs counter\n");
    // With `_total` behind it, it is the sample's name: one underscore of the two is left.
    expect<string>(metadata(jobs, OPENMETRICS | (DOTS << 4))).toBe("# TYPE my_dot_jobs_ counter\n");
    expect<string>(metadata(jobs, OPENMETRICS | (VALUES << 4))).toBe("# TYPE U__my_2e_jobs_ counter\n");
    expect<string>(metadata(jobs, OPENMETRICS | UTF8)).toBe('# TYPE "my.jobs" counter\n');
    expect<string>(metadata(jobs, OPENMETRICS2 | UTF8)).toBe('# TYPE "my.jobs_total" counter\n');
    expect<string>(metadata(build, OPENMETRICS | (DOTS << 4))).toBe("# TYPE my_dot_build_ info\n");
    expect<string>(metadata(build, OPENMETRICS | UTF8)).toBe('# TYPE "my.build" info\n');
    expect<string>(metadata(build, TEXT | UTF8)).toBe('# TYPE "my.build_info" gauge\n');
    // Legal names, too, have their underscores doubled by dots, and by nothing else.
    const plain = made(COUNTER, "a_b");
    expect<string>(metadata(plain, TEXT | (DOTS << 4))).toBe("# TYPE a__b__total counter\n");
    expect<string>(metadata(plain, TEXT | (VALUES << 4))).toBe("# TYPE a_b_total counter\n");
    expect<string>(metadata(plain, TEXT | UTF8)).toBe("# TYPE a_b_total counter\n");
  });

  it("stays within metadataBytes", () => {
    let wrong = 0;
    for (let i = 0; i < NAMES.length; i++) {
      format();
      const wanted = new Wanted(COUNTER, NAMES[i]);
      wanted.flags = FAMILY_UTF8_NAME;
      wanted.help = '"\n'.repeat(500);
      wanted.unit = "u".repeat(500);
      const long = wanted.family();
      for (let dialect = TEXT; dialect <= OPENMETRICS2; dialect++) {
        for (let escaping = UNDERSCORES; escaping <= ALLOW_UTF8; escaping++) {
          const most = metadataBytes(long);
          memory.fill(at + most + 64, 0xee, 64);
          wrong += i32(metadataPut(at, long, dialect | (escaping << 4)) > at + most);
          for (let behind: usize = 64; behind < 128; behind++) wrong += i32(load<u8>(at + most + behind) != 0xee);
        }
      }
    }
    expect<i32>(wrong).toBe(0);
  });
});

describe("fullNamePut", () => {
  it("escapes the name's own suffix with it and leaves a sample's alone", () => {
    format();
    const jobs = named(COUNTER, "my.jobs");
    expect<u32>(ownSuffixLength(jobs)).toBe(6);
    const dots = TEXT | (DOTS << 4);
    expect<string>(textAt(at, fullNamePut(at, jobs, dots, true, SUM, 4) - at)).toBe("my_dot_jobs__total_sum");
    expect<string>(textAt(at, fullNamePut(at, jobs, dots, false, SUM, 4) - at)).toBe("my_dot_jobs__sum");
    expect<string>(textAt(at, fullNamePut(at, jobs, UTF8, true, SUM, 4) - at)).toBe("my.jobs_total_sum");
    expect<string>(textAt(at, fullNamePut(at, jobs, UTF8, false, SUM, 4) - at)).toBe("my.jobs_sum");
    const level = named(GAUGE, "my.level");
    expect<u32>(ownSuffixLength(level)).toBe(0);
    expect<string>(textAt(at, fullNamePut(at, level, dots, false, SUM, 4) - at)).toBe("my_dot_level_sum");
  });
});

describe("isQuoted and labelsArePlain", () => {
  it("depend on the family's names and on the escaping", () => {
    format();
    const odd = named(GAUGE, "my.level");
    const plain = made(GAUGE, "level");
    const wanted = new Wanted(GAUGE, "labelled");
    wanted.flags = FAMILY_UTF8_LABELS;
    const labelled = wanted.family();
    for (let escaping = UNDERSCORES; escaping <= ALLOW_UTF8; escaping++) {
      const format = OPENMETRICS | (escaping << 4);
      expect<bool>(isQuoted(odd, format)).toBe(escaping == ALLOW_UTF8);
      expect<bool>(isQuoted(plain, format)).toBe(false);
      expect<bool>(labelsArePlain(labelled, format)).toBe(escaping == ALLOW_UTF8);
      expect<bool>(labelsArePlain(plain, format)).toBe(escaping != DOTS);
    }
  });
});

describe("dialectOf and escapingOf", () => {
  it("take a format apart", () => {
    expect<u32>(dialectOf(PROTOBUF | (VALUES << 4))).toBe(PROTOBUF);
    expect<u32>(escapingOf(PROTOBUF | (VALUES << 4))).toBe(VALUES);
    expect<u32>(dialectOf(OPENMETRICS | FORMAT_CREATED)).toBe(OPENMETRICS);
    expect<u32>(escapingOf(OPENMETRICS | FORMAT_CREATED)).toBe(UNDERSCORES);
  });
});

describe("the texts of a definition", () => {
  it("stand behind bounds and quantiles", () => {
    format();
    const wanted = new Wanted(STATESET, "phase");
    wanted.states = "on\noff";
    wanted.help = "Phase.";
    wanted.labels = "job";
    const phase = wanted.family();
    expect<string>(textAt(helpText(phase), 6)).toBe("Phase.");
    expect<string>(textAt(statesText(phase), 6)).toBe("on\noff");
    expect<u32>(stateCount(phase)).toBe(2);
    const summary = new Wanted(SUMMARY, "wait_seconds");
    summary.quantiles = [0.5, 0.9];
    summary.unit = "seconds";
    const wait = summary.family();
    expect<string>(textAt(unitText(wait), 7)).toBe("seconds");
    expect<u32>(definitionOf(wait).quantileCount).toBe(2);
  });
});

describe("endPut", () => {
  it("ends OpenMetrics with EOF, and text and protobuf with nothing", () => {
    expect<string>(textAt(at, endPut(at, OPENMETRICS | UTF8) - at)).toBe("# EOF\n");
    expect<string>(textAt(at, endPut(at, OPENMETRICS2) - at)).toBe("# EOF\n");
    expect<usize>(endPut(at, TEXT)).toBe(at);
    expect<usize>(endPut(at, PROTOBUF)).toBe(at);
  });
});
