// What was typed behind `tallystick record`, checked.

import { realpathSync } from "node:fs";
import { basename, dirname, relative, resolve, sep } from "node:path";
import { parsed, twice, type TypedOptions } from "../../processes/parsed.ts";
import { fileOf, isRecording } from "./files.ts";
import { isBefore, millisecondsOf, type Moment, momentOf } from "./moment.ts";
import { Refusal } from "./peer.ts";
import { shown } from "./text.ts";
import { UTC, type Zone, zoneOf } from "./zone.ts";

export const USAGE = `Usage: tallystick record summary PATH... [options]
       tallystick record resample PATH... --every WIDTH [options]
       tallystick record export PATH... --format FORMAT [options]

Reads rows that tallystick/record wrote, and the CSV of QuantumLeap's telemetry module, also while files are written and
deleted. PATH is a directory, of which it reads files that end in .csv, .jsonl or .ndjson; none in folders below it, none
whose name begins with a dot, and nothing compressed. Or it is one file: CSV where it ends in .csv, else JSON lines. There may be
several of both; a file that is named twice is read once.

  CSV               the header is exactly Timepoint,Measurement,Label,PID, in this order and case, and there is no other column
  JSON lines        an object a line with the keys timepoint, measurement, label and pid, in any order and case

Timepoints are integers of nanoseconds since the epoch: 1764237600000000000 is 2025-11-27T10:00:00Z. Measurements are
numbers, and PID is an integer.

  --label PATTERN   only labels that fit: * is any text, ? one character; may be repeated
  --since TIME      only from then on: 2026-11-27, 2026-11-27T10:00:00.5Z (of --zone where it says none), nanoseconds since
  --until TIME      the epoch, or so long ago: 90s, 15m, 2h, 7d; and only before then
  --zone ZONE       of times that are typed and of those for people: UTC, which it is without this, local, Europe/Zurich or
                    +02:00. Timepoints of csv, jsonl, parquet and arrow are of no zone, times of --json of UTC
  --help

summary: rows, mean, quantiles and the greatest value of each label, and its means in time; labels with the most rows come
first. Quantiles are exact for up to 1024 rows of a label, and within 1 % else, or what is told, where values lie further apart
than 35 powers of ten. On a terminal a label that has no room beside its numbers stands above them, and is cut where it is wider
than the terminal; elsewhere none is cut, but where the variable COLUMNS says how wide a line is
  --svg FILE        writes the plots there, from the least to the most, instead of drawing them here
  --unit UNIT       of the measurements, at the axes of plots: with s they say 2.4 ms; without it there are k, M, G alone
  --json            prints all of it as JSON
  --max-labels N    1000 by default, of 1 to 10000; what has other labels is counted as (others)

resample: of each label and window of time count, rate a second, mean, least, median, p99 and most, as resample() of pandas gives
them; windows without a row are 0. A window begins at a multiple of its width since the epoch, one of whole days at a midnight of
--zone. Labels come by their names
  --every WIDTH     250ms, 1s, 1min, 2h, 7d: from 1ms to 3650d
  --format FORMAT   table, with the rates drawn below it; csv; jsonl. Timepoints are where windows begin
  --svg FILE        writes the plots of rates there instead of drawing them here
  --max-labels N    as above

export: all rows in order of time
  --format FORMAT   csv, jsonl, parquet (install hyparquet-writer) or arrow (install apache-arrow). Keys of jsonl are in lower
                    case, and its timepoints are strings of digits; the others have the columns of CSV
  --out FILE        instead of standard output; it is there once it is whole

Ends with 0, also of files that have no row yet; with 1 where there is nothing to read, no line is a row, no row fits --label,
--since and --until, or a file cannot be written; with 2 where a PATH is absent; with 64 where something was typed wrong.
`;

/** Of what was typed. */
export const EXIT_USAGE = 64;
export const FORMATS = ["csv", "jsonl", "parquet", "arrow"] as const;
export type FormatName = (typeof FORMATS)[number];

export const WINDOW_FORMATS = ["table", "csv", "jsonl"] as const;
export type WindowFormatName = (typeof WINDOW_FORMATS)[number];
const EVERY_MOST = 3650 * 86_400_000;

/** Characters of what was typed, in the middle of words about it. */
const TYPED_MOST = 80;
/** Of an axis. */
const UNIT = /^[\p{L}\p{N}%°/·^-]{0,8}$/u;
const LABELS_DEFAULT = 1000;
const LABELS_MOST = 10_000;

const COMMON = {
  label: { type: "string", multiple: true },
  since: { type: "string" },
  until: { type: "string" },
  zone: { type: "string" },
  help: { type: "boolean", default: false },
} as const;
const SUMMARY = {
  ...COMMON,
  svg: { type: "string" },
  unit: { type: "string" },
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
  readonly paths: readonly string[];
  readonly patterns: readonly string[];
  readonly since: Moment | undefined;
  readonly until: Moment | undefined;
  readonly zone: Zone;
}

export interface SummaryGiven extends Chosen {
  readonly command: "summary";
  readonly svg: string | undefined;
  readonly unit: string;
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
  const { values, positionals } = said(args, SUMMARY);
  if (values.help) return { command: "help" };
  const maxLabels = labelsMost(values["max-labels"]);
  const common = chosen(values, positionals);
  const { svg, unit = "", json } = values;
  if (svg !== undefined) checkTarget("--svg", svg, common.paths);
  if (!UNIT.test(unit)) refuse(`--unit is "${unit}", and a unit has at most 8 letters and signs, such as s, B or B/s`);
  return { command: "summary", ...common, svg, unit, json, maxLabels };
}

function labelsMost(labels = String(LABELS_DEFAULT)): number {
  if (!/^[1-9]\d{0,4}$/.test(labels) || Number(labels) > LABELS_MOST) {
    refuse(`--max-labels is "${labels}", which is none from 1 to ${LABELS_MOST}`);
  }
  return Number(labels);
}

function resampleGiven(args: string[]): ResampleGiven | HelpGiven {
  const { values, positionals } = said(args, RESAMPLE);
  if (values.help) return { command: "help" };
  const every = values.every === undefined ? undefined : millisecondsOf(values.every);
  if (every === undefined || every < 1 || every > EVERY_MOST) {
    const why = values.every === undefined ? "--every is missing" : `--every is "${values.every}"`;
    return refuse(`${why}: it is a width such as 250ms, 1s, 1min, 2h or 7d, from 1ms to 3650d`);
  }
  const format = WINDOW_FORMATS.find((one) => one === values.format);
  if (format === undefined) return refuse(`--format is "${values.format}": it is one of ${WINDOW_FORMATS.join(", ")}`);
  const maxLabels = labelsMost(values["max-labels"]);
  const common = chosen(values, positionals);
  if (values.svg !== undefined) checkTarget("--svg", values.svg, common.paths);
  return { command: "resample", ...common, every, format, svg: values.svg, maxLabels };
}

function exportGiven(args: string[]): ExportGiven | HelpGiven {
  const { values, positionals } = said(args, EXPORT);
  if (values.help) return { command: "help" };
  const format = FORMATS.find((one) => one === values.format);
  if (format === undefined) {
    const why = values.format === undefined ? "--format is missing" : `--format is "${values.format}"`;
    return refuse(`${why}: it is one of ${FORMATS.join(", ")}`);
  }
  const common = chosen(values, positionals);
  if (values.out !== undefined) checkTarget("--out", values.out, common.paths);
  return { command: "export", ...common, format, out: values.out };
}

function said<const Options extends TypedOptions>(args: readonly string[], options: Options) {
  const found = parsed(args, options, refuse, (typed) => `"${shown(typed, TYPED_MOST)}"`);
  const why = twice(found.tokens, options);
  if (why !== undefined) refuse(why);
  return found;
}

/** Where a path leads, through whatever links; what is not there is where it would be made. */
function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** Whether what is written over is what is read, or the link by which it is. */
function isSame(target: string, read: string): boolean {
  const own = fileOf(target, true);
  return own !== undefined && (own === fileOf(read) || own === fileOf(read, true));
}

function checkTarget(option: string, path: string, read: readonly string[]): void {
  if (path === "" || path.endsWith("/")) refuse(`${option} is "${path}", which names no file`);
  // It would be read as one of them the next time. A link of that name is written over, not followed.
  const name = basename(path);
  for (const one of read) {
    const between = relative(realOf(one), realOf(dirname(path)));
    if (isRecording(name) && between !== ".." && !between.startsWith(`..${sep}`)) {
      refuse(`${option} is "${path}", which is in the directory that is read`);
    }
    if (isSame(path, one)) refuse(`${option} is "${path}", which is read`);
  }
}

interface CommonValues {
  readonly label?: string[];
  readonly since?: string;
  readonly until?: string;
  readonly zone?: string;
}

function chosen(values: CommonValues, positionals: readonly string[]): Chosen {
  if (positionals.length === 0) return refuse("there is no directory and no file to read");
  if (positionals.includes("")) return refuse('a directory is ""');
  const now = Date.now();
  const zone = values.zone === undefined ? UTC : zoneOf(values.zone);
  if (zone === undefined) return refuse(`--zone is "${values.zone}", which is no time zone such as UTC, local, Europe/Zurich or +02:00`);
  const since = moment("--since", values.since, now, zone);
  const until = moment("--until", values.until, now, zone);
  if (since !== undefined && until !== undefined && !isBefore(since, until)) {
    refuse(`--since is "${values.since}", which is not before --until, "${values.until}"`);
  }
  return { paths: positionals, patterns: values.label ?? [], since, until, zone };
}

function moment(option: string, text: string | undefined, now: number, zone: Zone): Moment | undefined {
  if (text === undefined) return undefined;
  return momentOf(text, now, zone) ?? refuse(`${option} is "${text}", which is no time such as 2026-11-27T10:00:00Z, 15m or nanoseconds`);
}
