// Metadata in both dialects.

import { define, format, textAt } from "../formatted";
import { COUNTER, GAUGE, HISTOGRAM } from "../../../assembly/layout";
import { familyCreate } from "../../../assembly/store/family";
import { registryFirst } from "../../../assembly/store/registry";
import { endPut, helpText, metadataBytes, metadataPut, OPENMETRICS, TEXT, unitText } from "../../../assembly/text/dialect";

const at: usize = heap.alloc(8192);

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

  it("stays within metadataBytes", () => {
    format();
    const long = made(COUNTER, "n".repeat(1000), "\n".repeat(1000), "u".repeat(500));
    expect<usize>(metadataPut(at, long, OPENMETRICS) - at + 16).toBeLessThanOrEqual(metadataBytes(long));
    expect<usize>(metadataPut(at, long, TEXT) - at + 16).toBeLessThanOrEqual(metadataBytes(long));
  });
});

describe("endPut", () => {
  it("ends OpenMetrics with EOF, and text with nothing", () => {
    expect<string>(textAt(at, endPut(at, OPENMETRICS) - at)).toBe("# EOF\n");
    expect<usize>(endPut(at, TEXT)).toBe(at);
  });
});
