// tallystick record summary|resample|export PATH...: what recorders left, counted and drawn, in windows of time, or as one file in order
// of time.

import { basename, resolve } from "node:path";
import process from "node:process";
import { arrow } from "./arrow.ts";
import type { Batch } from "./batch.ts";
import { drawingOf } from "./drawing.ts";
import { type Counted, ENDINGS, fileOf, Recording, recordings } from "./files.ts";
import { type Chosen, EXIT_USAGE, type ExportGiven, given, type ResampleGiven, type SummaryGiven, USAGE } from "./given.ts";
import { HEADER } from "./header.ts";
import { fits, Labels, OTHERS, PASSED_MOST } from "./labels.ts";
import { dateOf, keepWithin, stretchOf } from "./moment.ts";
import { Order, type Ranks, RUN_ROWS } from "./order.ts";
import { Enough, Output } from "./output.ts";
import { parquet } from "./parquet.ts";
import { EXIT_FAILED, Refusal } from "./peer.ts";
import { Progress } from "./progress.ts";
import { Rates } from "./rates.ts";
import { csv, jsonl, type MakeSink } from "./rows.ts";
import { EXACT_MOST } from "./sketch.ts";
import { OTHERS_NAME, Summary } from "./summary.ts";
import { type Captioned, captioned, type Legend, svgOf } from "./svg.ts";
import { tableOf } from "./table.ts";
import { shown } from "./text.ts";
import { type MakeWindowSink, windowCsv, windowJsonl, windowTable } from "./window-rows.ts";
import { Windows } from "./windows.ts";
import type { Zone } from "./zone.ts";

/** Of a directory that is absent or cannot be read. */
const EXIT_ABSENT = 2;
const COLUMNS_DEFAULT = 80;
/** Of pictures. */
const COLUMNS_MOST = 240;
/** Of lines that nobody said a width of: a recorder's label has 4096 bytes at most, and others may have 1 MB. */
const LINE_MOST = 4200;
/** Characters of what is told of one thing, and of one label in it. */
const WORDS_MOST = 400;
const LABEL_MOST = 40;
/** Bytes of labels in memory: of 1 MB sixteen. */
const SUMMARY_LABEL_BYTES = 16 << 20;
/** An export needs all of them. */
const EXPORT_LABELS_MOST = 1_000_000;
const EXPORT_LABEL_BYTES = 128 << 20;
/** A day of seconds of a hundred labels has fewer; more are a mistake, such as one row of the year 1970. */
const WINDOWS_MOST = 10_000_000;

/** Runs the command and returns the status to end with. */
export async function record(args: readonly string[]): Promise<number> {
  try {
    const typed = given(args);
    if (typed.command === "help") await printed([USAGE.trimEnd()]);
    else if (typed.command === "summary") await summarised(typed);
    else if (typed.command === "resample") await resampled(typed);
    else await exported(typed);
    return 0;
  } catch (error) {
    if (error instanceof Enough) return 0;
    const code = error instanceof Refusal ? error.code : EXIT_FAILED;
    tell((error as Error).message, code === EXIT_USAGE ? "; see tallystick record --help" : "");
    return code;
  }
}

/** A line on standard error. What it is about may come from anybody, and is cut; not so what stands `behind` it. */
function tell(words: string, behind = ""): void {
  process.stderr.write(`tallystick: ${shown(words, WORDS_MOST)}${behind}\n`);
}

async function printed(lines: readonly string[]): Promise<void> {
  const output = new Output();
  for (const line of lines) await output.text(`${line}\n`);
  await output.close();
}

/** Reads all rows that were chosen. */
function read(chosen: Chosen, from: Picked, take: (batch: Batch) => void): Counted {
  const paths = found(chosen.paths);
  const where = quoted(chosen.paths);
  const recording = new Recording(paths, from.labels);
  const progress = new Progress(recording.bytesThere(), "MB");
  const { since, until, zone } = chosen;
  let kept = 0;
  let [first, last] = [Infinity, -Infinity];
  try {
    for (const batch of recording.batches()) {
      if (since !== undefined || until !== undefined) {
        // Of rows that are not kept it is told when they are, where none is.
        for (let i = 0; kept === 0 && i < batch.rows; i++) {
          first = Math.min(first, batch.seconds[i]!);
          last = Math.max(last, batch.seconds[i]!);
        }
        keepWithin(batch, since, until);
      }
      kept += batch.rows;
      take(batch);
      progress.tell(recording.counted.bytes, recording.counted.rows);
    }
  } finally {
    progress.done();
  }
  told(recording.counted);
  const { rows, foreign, compressed, unreadable } = recording.counted;
  if (rows === 0 && foreign + compressed + unreadable >= paths.length) {
    throw new Refusal(`there is no file in ${where} that can be read`, EXIT_FAILED);
  }
  checkIdle(from);
  if (rows === 0 && from.labels.unwanted === 0 && recording.counted.badLines > 0) {
    throw new Refusal(`no line in ${where} is a row`, EXIT_FAILED);
  }
  if (rows > 0 && kept === 0) {
    const reach = `${dateOf(first * 1000, zone)} to ${dateOf(last * 1000, zone)} ${zone.name}`;
    throw new Refusal(`no row is from the time that --since and --until choose: they are from ${reach}`, EXIT_FAILED);
  }
  return recording.counted;
}

const quoted = (paths: readonly string[]) => paths.map((path) => `"${path}"`).join(", ");

/** The files to read, each once, by whatever ways and names it was given. */
function found(given: readonly string[]): string[] {
  const paths = new Map<string, string>();
  for (const path of given) {
    try {
      for (const file of recordings(path)) paths.set(fileOf(file) ?? file, file);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const why = code === "ENOENT" ? `there is no directory "${path}"` : `cannot read "${path}": ${message}`;
      throw new Refusal(why, EXIT_ABSENT);
    }
  }
  if (paths.size === 0)
    throw new Refusal(`there is no file in ${quoted(given)} that ends in ${ENDINGS.join(", ")}; folders are not searched`, EXIT_FAILED);
  return [...paths.values()];
}

const several = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** What was passed over, and why. */
function told(counted: Counted): void {
  const { badLines, unfinished, gone, compressed, foreign, unreadable, rounded, otherUnit } = counted;
  if (otherUnit !== undefined) tell(`timepoints are nanoseconds since the epoch, and ${otherUnit}`);
  if (badLines > 0) tell(`passed over ${several(badLines, "bad line")}, the first: ${counted.firstBad}`);
  if (foreign > 0) tell(`passed over ${several(foreign, "file")} without the header ${HEADER}, the first: ${counted.firstForeign}`);
  if (compressed > 0) {
    tell(`passed over ${several(compressed, "compressed file")}, which gunzip must unpack first, the first: ${counted.firstCompressed}`);
  }
  if (unreadable > 0) tell(`could not read ${several(unreadable, "file")}, the first: ${counted.firstUnreadable}`);
  if (unfinished > 0) tell(`passed over ${several(unfinished, "last line")} without an end: still written, or cut off`);
  if (gone > 0) tell(`${several(gone, "file")} went away meanwhile`);
  if (rounded > 0) tell(`${several(rounded, "integer")} beyond 2^53 became the nearest double`);
}

interface Picked {
  readonly labels: Labels;
  /** Patterns that fitted no label yet. */
  readonly idle: Set<string>;
}

function picked({ patterns }: Chosen, most: number, bytesMost: number): Picked {
  const idle = new Set(patterns);
  const wanted = (label: string) => {
    const fitting = patterns.filter((pattern) => fits(pattern, label));
    for (const pattern of fitting) idle.delete(pattern);
    return fitting.length > 0;
  };
  return { labels: new Labels({ most, bytesMost }, patterns.length === 0 ? undefined : wanted), idle };
}

/** A pattern that fits none of the labels is mistyped: told, and refused where no other one fits. */
function checkIdle({ labels, idle }: Picked): void {
  const { names, passed, unwanted } = labels;
  const there = names.length + unwanted;
  if (idle.size === 0 || there === 0) return;
  const listed = (all: Iterable<string>) => [...all].map((one) => `"${shown(one, LABEL_MOST)}"`).join(", ");
  const some = passed.length > 0 ? passed : names.slice(0, PASSED_MOST);
  const words = `no label fits ${listed(idle)}: there are ${listed(some)}${there > some.length ? " and more" : ""}`;
  if (names.length === 0) throw new Refusal(words, EXIT_FAILED);
  tell(words);
}

async function summarised(typed: SummaryGiven): Promise<void> {
  const from = picked(typed, typed.maxLabels, SUMMARY_LABEL_BYTES);
  const { labels } = from;
  const summary = new Summary(labels.names);
  const counted = read(typed, from, (batch) => summary.add(batch));
  tellOthers(summary.others?.rows ?? 0, labels);
  const all = summary.statistics();
  const { unit, zone } = typed;
  const { reach } = summary.axis;
  const legend = { line: "mean", band: "least to most", unit, reach, zone };
  if (typed.svg !== undefined) await svg(typed.svg, typed.paths, captioned(all), summary.axis, legend);
  if (typed.json) {
    const { files, rows, badLines, unfinished } = counted;
    await printed([JSON.stringify({ files, rows, badLines, unfinished, binSeconds: summary.axis.width / 1e9, labels: summary.plain() })]);
    return;
  }
  if (all.length === 0) {
    tell("there are no rows");
    return;
  }
  const { columns, most } = room();
  await printed(tableOf(all, most));
  const coarse = all.filter((one) => !one.sketch.exact);
  if (coarse.length > 0) {
    const worst = Math.max(...coarse.map((one) => one.sketch.error));
    const which = coarse.length === all.length ? "" : ` of labels with more than ${EXACT_MOST} rows`;
    await printed(["", `Quantiles${which} are within ${Number((100 * worst).toPrecision(2))} %${which === "" ? "" : ", others exact"}`]);
  }
  if (typed.svg === undefined)
    await printed(["", ...drawingOf(all, summary.axis, { columns, most, what: "Means in time", unit, reach, zone })]);
}

function tellOthers(rows: number, { names }: Labels): void {
  if (rows > 0) tell(`${several(rows, "row")} of labels beyond the first ${names.length} are counted as (others)`);
}

async function svg(path: string, read: readonly string[], all: readonly Captioned[], axis: Summary["axis"], legend: Legend): Promise<void> {
  const more = read.length > 1 ? ` and ${read.length - 1} more` : "";
  const title = basename(resolve(read[0]!)) + more;
  await written(path, async (output) => {
    for (const piece of svgOf(all, axis, title, legend)) await output.text(piece);
  });
}

const WINDOW_SINKS: Record<ResampleGiven["format"], MakeWindowSink> = { table: windowTable, csv: windowCsv, jsonl: windowJsonl };

async function resampled(typed: ResampleGiven): Promise<void> {
  const from = picked(typed, typed.maxLabels, SUMMARY_LABEL_BYTES);
  const { names } = from.labels;
  const { zone } = typed;
  const windows = new Windows(typed.every, zone);
  const order = new Order(RUN_ROWS, true);
  try {
    let others = 0;
    read(typed, from, (batch) => {
      // They come last: no label has this id.
      for (let i = batch.rows - 1; i >= 0; i--) {
        if (batch.labels[i] !== OTHERS) continue;
        batch.labels[i] = typed.maxLabels;
        others++;
      }
      windows.reach(batch);
      order.add(batch);
    });
    tellOthers(others, from.labels);
    checkWindows(windows, names, zone);
    const { columns, most } = room();
    const rates = new Rates((label) => names[label] ?? OTHERS_NAME);
    const output = new Output();
    const sink = WINDOW_SINKS[typed.format](output, { width: typed.every, zone, nameOf: (label) => names[label], most });
    for (const window of windows.of(inOrder(order, "million rows in windows", ranksOf(names, typed.maxLabels)))) {
      const full = sink.write(window);
      if (full !== undefined) await full;
      rates.add(window);
    }
    await output.close();
    if (rates.coarse > 0) {
      tell(`quantiles of ${several(rates.coarse, "window")} of many rows are within ${Number((100 * rates.error).toPrecision(2))} %`);
    }
    if (order.rows === 0) tell("there are no rows");
    const what = `Rows a second in windows of ${stretchOf(typed.every)}`;
    if (typed.svg !== undefined) {
      const legend = { line: what.toLowerCase(), band: "least to most of several windows", unit: "", reach: rates.reach, zone };
      await svg(typed.svg, typed.paths, rates.captioned(), rates.axis, legend);
    } else if (typed.format === "table" && rates.isCourse) {
      await printed(["", ...drawingOf(rates.captioned(), rates.axis, { columns, most, what, unit: "", reach: rates.reach, zone })]);
    }
  } finally {
    order.close();
  }
}

/** Nobody reads a window for each second since 1970. */
function checkWindows(windows: Windows, names: readonly string[], zone: Zone): void {
  const { count, widest } = windows;
  if (count <= WINDOWS_MOST || widest === undefined) return;
  const label = shown(names[widest.label] ?? OTHERS_NAME, LABEL_MOST);
  const reach = `label "${label}" reaches from ${dateOf(widest.from, zone)} to ${dateOf(widest.to, zone)}`;
  throw new Refusal(
    `there are ${count} windows, and ${WINDOWS_MOST} are the most: ${reach}; choose a longer --every, or --since and --until`,
    EXIT_FAILED,
  );
}

/** Ids go to labels as they come; they are shown by their names, and what was too many last. */
function ranksOf(names: readonly string[], others: number): Ranks {
  const ranks = new Int32Array(others + 1).fill(others);
  const ids = names.map((_, id) => id).sort((a, b) => (names[a]! < names[b]! ? -1 : 1));
  for (const [rank, id] of ids.entries()) ranks[id] = rank;
  return ranks;
}

/** Rows in their order, with progress. */
function* inOrder(order: Order, unit: string, ranks?: Ranks): Generator<Batch, void, undefined> {
  const progress = new Progress(order.rows, unit);
  let rows = 0;
  try {
    for (const batch of order.batches(ranks)) {
      yield batch;
      progress.tell((rows += batch.rows), rows);
    }
  } finally {
    progress.done();
  }
}

/**
 * Of a terminal how wide it is, elsewhere what COLUMNS says: of pictures, and the most of lines with labels. Where neither says
 * it the reader is a program or a file, which has room for any label.
 */
function room(): { readonly columns: number; readonly most: number } {
  const said = process.env["COLUMNS"] ?? "";
  const there = process.stdout.columns ?? (/^[1-9]\d{0,3}$/.test(said) ? Number(said) : undefined);
  return { columns: Math.min(there ?? COLUMNS_DEFAULT, COLUMNS_MOST), most: there ?? LINE_MOST };
}

/** A file that is there as a whole or not at all. */
async function written(path: string | undefined, write: (output: Output) => Promise<void>): Promise<void> {
  const output = new Output(path);
  try {
    await write(output);
    await output.close();
  } catch (error) {
    output.abandon();
    throw error;
  }
}

const SINKS: Record<ExportGiven["format"], () => MakeSink | Promise<MakeSink>> = { csv: () => csv, jsonl: () => jsonl, parquet, arrow };

async function exported(typed: ExportGiven): Promise<void> {
  if (typed.out === undefined && process.stdout.isTTY && (typed.format === "parquet" || typed.format === "arrow")) {
    throw new Refusal(`${typed.format} is nothing for a terminal: give --out FILE`, EXIT_USAGE);
  }
  // Before anything is read: a package may be absent.
  const make = await SINKS[typed.format]();
  const from = picked(typed, EXPORT_LABELS_MOST, EXPORT_LABEL_BYTES);
  const order = new Order();
  try {
    read(typed, from, (batch) => {
      if (batch.labels.subarray(0, batch.rows).includes(OTHERS)) {
        const most = `${EXPORT_LABELS_MOST} labels or ${EXPORT_LABEL_BYTES >> 20} MB of them`;
        throw new Refusal(`there are more than ${most}: choose some with --label`, EXIT_FAILED);
      }
      order.add(batch);
    });
    await written(typed.out, async (output) => {
      const sink = make(output, from.labels.names);
      for (const batch of inOrder(order, "million rows written")) await sink.write(batch);
      await sink.close();
    });
  } finally {
    order.close();
  }
}
