// What was typed behind `tallystick record`, checked.

import { resolve, sep } from "node:path";
import { parseArgs } from "node:util";
import { isRecording } from "./files.ts";
import { millisecondsOf, type Moment, momentOf } from "./moment.ts";
import { Refusal } from "./peer.ts";

export const USAGE = `Usage: tallystick record summary DIR [options]
       tallystick record resample DIR --every WIDTH [options]
       tallystick record export DIR --format FORMAT [options]

Reads rows that tallystick/record wrote, and the CSV of QuantumLeap's telemetry module, also while files are written and
deleted. DIR is a directory, of which it reads files that end in .csv, .jsonl or .ndjson; none in folders below it, none
whose name begins with a dot, and nothing compressed. Or it is one file: CSV where it ends in .csv, else JSON lines.

  CSV               the header is exactly Timepoint,Measurement,Label,PID, in this order and case, and there is no other column
  JSON lines        an object a line with the keys timepoint, measurement, label and pid, in any order and case

Timepoints are integers of nanoseconds since the epoch: 1764237600000000000 is 2025-11-27T10:00:00Z. Measurements are
numbers, and PID is an integer.

  --label PATTERN   only labels that fit: * is any text, ? one character; may be repeated
  --since TIME      only from then on: 2026-11-27, 2026-11-27T10:00:00.5Z (UTC where it says no zone), nanoseconds since
  --until TIME      the epoch, or so long ago: 90s, 15m, 2h, 7d; and only before then
  --help

summary: rows, mean, quantiles and the greatest value of each label, and its means in time. Quantiles are exact for up to
1024 rows of a label, and within 1 % else
  --svg FILE        writes the plots there, from the least to the most, instead of drawing them here
  --json            prints all of it as JSON
  --max-labels N    1000 by default, of 1 to 10000; what has other labels is counted as (others)

resample: of each label and window of time count, rate a second, mean, least, median, p99 and most, as resample() of pandas gives
them; windows without a row are 0. A window begins at a multiple of its width since the epoch
  --every WIDTH     250ms, 1s, 1min, 2h, 7d: from 1ms to 3650d
  --format FORMAT   table, with the rates drawn below it; csv; jsonl. Timepoints are where windows begin
  --svg FILE        writes the plots of rates there instead of drawing them here
  --max-labels N    as above

export: all rows in order of time
  --format FORMAT   csv, jsonl, parquet (install hyparquet-writer) or arrow (install apache-arrow). Keys of jsonl are in lower
                    case, and its timepoints are strings of digits; the others have the columns of CSV
  --out FILE        instead of standard output; it is there once it is whole

Ends with 0; with 1 where there is nothing to read, no label fits or a file cannot be written; with 2 where DIR is absent;
with 64 where something was typed wrong.
`;

/** Of what was typed. */
export const EXIT_USAGE = 64;
export const FORMATS = ["csv", "jsonl", "parquet", "arrow"] as const;
export type FormatName = (typeof FORMATS)[number];

export const WINDOW_FORMATS = ["table", "csv", "jsonl"] as const;
export type WindowFormatName = (typeof WINDOW_FORMATS)[number];
const EVERY_MOST = 3650 * 86_400_000;

const LABELS_DEFAULT = 1000;
const LABELS_MOST = 10_000;

const COMMON = {
  label: { type: "string", multiple: true },
  since: { type: "string" },
  until: { type: "string" },
  help: { type: "boolean", default: false },
} as const;
const SUMMARY = {
  ...COMMON,
  svg: { type: "string" },
  json: { type: "boolean", default: false },
  "max-labels": { type: "string" },
} as const;
const RESAMPLE = {
  ...COMMON,
  every: { type: "string" },
  format: { type: "string", default: "table" },
  svg: { type: "string" },
  "max-labels": { type: "string" },
} as const;
const EXPORT = { ...COMMON, format: { type: "string" }, out: { type: "string" } } as const;

export interface Chosen {
  readonly dir: string;
  readonly patterns: readonly string[];
  readonly since: Moment | undefined;
  readonly until: Moment | undefined;
}

export interface SummaryGiven extends Chosen {
  readonly command: "summary";
  readonly svg: string | undefined;
  readonly json: boolean;
  readonly maxLabels: number;
}

export interface ResampleGiven extends Chosen {
  readonly command: "resample";
  /** Milliseconds. */
  readonly every: number;
  readonly format: WindowFormatName;
  readonly svg: string | undefined;
  readonly maxLabels: number;
}

export interface ExportGiven extends Chosen {
  readonly command: "export";
  readonly format: FormatName;
  readonly out: string | undefined;
}

export interface HelpGiven {
  readonly command: "help";
}

function refuse(why: string): never {
  throw new Refusal(why, EXIT_USAGE);
}

/** What was typed; throws a Refusal. */
export function given(args: readonly string[]): SummaryGiven | ResampleGiven | ExportGiven | HelpGiven {
  const [command, ...rest] = args;
  if (command === "--help") return { command: "help" };
  if (command === "summary") return summaryGiven(rest);
  if (command === "resample") return resampleGiven(rest);
  if (command === "export") return exportGiven(rest);
  const why = command === undefined ? "there is no command" : `unknown command "${command}"`;
  return refuse(`${why}: summary, resample or export`);
}

function summaryGiven(args: string[]): SummaryGiven | HelpGiven {
  const { values, positionals } = said(() => parseArgs({ args, options: SUMMARY, allowPositionals: true }));
  if (values.help) return { command: "help" };
  if (values.svg !== undefined) checkTarget("--svg", values.svg);
  const maxLabels = labelsMost(values["max-labels"]);
  return { command: "summary", ...chosen(values, positionals), svg: values.svg, json: values.json, maxLabels };
}

function labelsMost(labels = String(LABELS_DEFAULT)): number {
  if (!/^[1-9]\d{0,4}$/.test(labels) || Number(labels) > LABELS_MOST) {
    refuse(`--max-labels is "${labels}", which is none from 1 to ${LABELS_MOST}`);
  }
  return Number(labels);
}

function resampleGiven(args: string[]): ResampleGiven | HelpGiven {
  const { values, positionals } = said(() => parseArgs({ args, options: RESAMPLE, allowPositionals: true }));
  if (values.help) return { command: "help" };
  const every = values.every === undefined ? undefined : millisecondsOf(values.every);
  if (every === undefined || every < 1 || every > EVERY_MOST) {
    const why = values.every === undefined ? "--every is missing" : `--every is "${values.every}"`;
    return refuse(`${why}: it is a width such as 250ms, 1s, 1min, 2h or 7d, from 1ms to 3650d`);
  }
  const format = WINDOW_FORMATS.find((one) => one === values.format);
  if (format === undefined) return refuse(`--format is "${values.format}": it is one of ${WINDOW_FORMATS.join(", ")}`);
  if (values.svg !== undefined) checkTarget("--svg", values.svg);
  const maxLabels = labelsMost(values["max-labels"]);
  return { command: "resample", ...chosen(values, positionals), every, format, svg: values.svg, maxLabels };
}

function exportGiven(args: string[]): ExportGiven | HelpGiven {
  const { values, positionals } = said(() => parseArgs({ args, options: EXPORT, allowPositionals: true }));
  if (values.help) return { command: "help" };
  const format = FORMATS.find((one) => one === values.format);
  if (format === undefined) {
    const why = values.format === undefined ? "--format is missing" : `--format is "${values.format}"`;
    return refuse(`${why}: it is one of ${FORMATS.join(", ")}`);
  }
  const common = chosen(values, positionals);
  if (values.out !== undefined) {
    checkTarget("--out", values.out);
    // It would be read as one of them the next time.
    if (isRecording(values.out) && resolve(values.out).startsWith(resolve(common.dir) + sep)) {
      refuse(`--out is "${values.out}", which is in the directory that is read`);
    }
  }
  return { command: "export", ...common, format, out: values.out };
}

function said<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    return refuse((error as Error).message);
  }
}

function checkTarget(option: string, path: string): void {
  if (path === "" || path.endsWith("/")) refuse(`${option} is "${path}", which names no file`);
}

interface CommonValues {
  readonly label?: string[];
  readonly since?: string;
  readonly until?: string;
}

function chosen(values: CommonValues, positionals: readonly string[]): Chosen {
  const [dir] = positionals;
  if (positionals.length !== 1 || dir === undefined || dir === "") {
    return refuse(`one directory is wanted, and there ${positionals.length === 1 ? "is an empty one" : `are ${positionals.length}`}`);
  }
  const now = Date.now();
  return {
    dir,
    patterns: values.label ?? [],
    since: moment("--since", values.since, now),
    until: moment("--until", values.until, now),
  };
}

function moment(option: string, text: string | undefined, now: number): Moment | undefined {
  if (text === undefined) return undefined;
  return momentOf(text, now) ?? refuse(`${option} is "${text}", which is no time such as 2026-11-27T10:00:00Z, 15m or nanoseconds`);
}
