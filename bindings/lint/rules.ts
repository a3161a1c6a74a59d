// The rules that there are, each with where it comes from. A finding names one of them.

/** Text is Prometheus' format 0.0.4, OpenMetrics that of version 1.0. */
export type LintFormat = "text" | "openmetrics";
/** An error is what a reader of the format may refuse, a warning what the rules of good names are against. */
export type Severity = "error" | "warning";

const TEXT = "https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format";
const OPENMETRICS = "https://prometheus.io/docs/specs/om/open_metrics_spec/";
const PROMLINT = "https://github.com/prometheus/client_golang/tree/main/prometheus/testutil/promlint";
const BOTH = [TEXT, OPENMETRICS];

interface Ruling {
  readonly severity: Severity;
  readonly formats: readonly LintFormat[];
  readonly says: string;
  readonly sources: readonly string[];
}

const EVERY: readonly LintFormat[] = ["text", "openmetrics"];
const OPEN: readonly LintFormat[] = ["openmetrics"];

function error(says: string, sources: readonly string[] = BOTH, formats: readonly LintFormat[] = EVERY): Ruling {
  return { severity: "error", formats, says, sources };
}

function open(says: string): Ruling {
  return error(says, [OPENMETRICS], OPEN);
}

function warning(says: string, sources: readonly string[] = [PROMLINT], formats: readonly LintFormat[] = EVERY): Ruling {
  return { severity: "warning", formats, says, sources };
}

const TABLE = {
  // What a reader cannot read.
  encoding: error("it is UTF-8 without a byte order mark, and lines end by a line feed alone"),
  syntax: error("every line is metadata, a sample, or in text a comment or blank; OpenMetrics has one blank between words and no other"),
  end: error("text ends by a line feed; OpenMetrics ends by # EOF, and has nothing behind it"),
  name: error(
    "metrics match [a-zA-Z_:][a-zA-Z0-9_:]*, labels [a-zA-Z_][a-zA-Z0-9_]*; names in quotes are for who asked for escaping=allow-utf-8",
  ),
  label: error("a label is once in a sample, and none begins with __"),
  escape: error("a label's value has \\\\, \\\" and \\n; a help \\\\ and \\n; nothing else is escaped", [TEXT], ["text"]),
  "odd-escape": warning(
    'a backslash stands before \\, " and n alone, and a quote in a help behind one: readers differ',
    [OPENMETRICS],
    OPEN,
  ),
  value: error("a value is a number that a double holds, NaN, +Inf or -Inf, without hexadecimal digits and underscores"),
  timestamp: error("text has whole milliseconds; OpenMetrics seconds, for all samples of a metric or none, and they do not go back"),
  // How lines belong together.
  type: error(
    "text has counter, gauge, histogram, summary and untyped; OpenMetrics has gaugehistogram, stateset, info and unknown, too, and no untyped",
  ),
  metadata: error("HELP, TYPE and UNIT are there once, before the samples"),
  "metadata-order": warning("the order of metadata is TYPE, UNIT, HELP; told once", [OPENMETRICS], OPEN),
  grouping: error("the lines of a metric family stand together; in OpenMetrics those of each metric in it, too"),
  suffix: error("the names of samples are those of their family's type: _total of counters, _info of infos, _bucket, _sum, _count"),
  clash: error("no family has the name of a sample that another one could have"),
  duplicate: error("a series, whatever the order of its labels, is there once; a label with an empty value is none", [...BOTH, PROMLINT]),
  // What the types ask of values.
  bucket: error(
    "buckets have an le, ascend, are cumulative and whole; +Inf is there and is _count; text has _sum and _count, OpenMetrics both or neither",
  ),
  quantile: error(
    "quantiles are from 0 to 1; in text they ascend, and _sum and _count are there; in OpenMetrics nothing of a summary is negative",
  ),
  bound: warning("le and quantile are written in one way, as 1.0 and 1e+06", [OPENMETRICS], OPEN),
  "counter-value": open("a counter is neither NaN nor negative"),
  info: open("an info is 1"),
  stateset: open("a state has a label that is named as its family, and is 0 or 1"),
  unit: open("a unit is the end of the name; infos and state sets have none"),
  created: open("_created is a time in seconds since the epoch, of a series that is there"),
  exemplar: error("exemplars are OpenMetrics', of _total and _bucket, within the bucket, and of 128 characters at the most", [OPENMETRICS]),
  "reserved-prefix": warning("names do not begin with _, and metrics not with scrape_", [OPENMETRICS], OPEN),
  target: warning("target_info comes first", [OPENMETRICS], OPEN),
  // What good names are.
  help: warning("every metric has a help"),
  "counter-total": warning("a counter's name ends in _total", [PROMLINT], ["text"]),
  "total-suffix": warning("what is no counter does not end in _total"),
  "reserved-suffix": warning("_bucket is of histograms, _count and _sum are of histograms and summaries"),
  "reserved-label": warning("le is a label of histograms, quantile one of summaries"),
  "type-in-name": warning("a name does not say its type"),
  colon: warning("a colon is for names of recording rules"),
  "camel-case": warning("names of metrics and labels are snake_case"),
  "base-unit": warning("units are base units: seconds, bytes, meters, grams, joules, celsius"),
  "unit-abbreviation": warning("units are written in full"),
  // What is about the whole.
  "content-type": error("Content-Type says text/plain or application/openmetrics-text: Prometheus 3 refuses others, and none", [
    "https://prometheus.io/docs/prometheus/latest/migration/",
  ]),
  limit: error("lines have 1 MiB at the most; names and series are compared up to a limit", []),
} as const satisfies Record<string, Ruling>;

/** The name of a rule, as `disable` takes it and a finding has it: docs/testing.md lists them. */
export type RuleName = keyof typeof TABLE;

/** One rule: what it asks for, in which formats, and where that is written. */
export interface Rule extends Ruling {
  readonly name: RuleName;
}

/** All rules, in the order of the document. */
export const RULES: readonly Rule[] = Object.entries(TABLE).map(([name, ruling]) => ({ name: name as RuleName, ...ruling }));

/** @internal */
export function severityOf(name: RuleName): Severity {
  return TABLE[name].severity;
}
