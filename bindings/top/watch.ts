// Pages of one exposition, one after the other, as series over time.
//
// Lines of the next page are mostly those of the last, in their order, with other numbers: what stands before the number is kept
// of each line and compared with the line that comes, and only a line that is another one is taken apart. So a page of 10,000
// series is read in some milliseconds, and a new series in its midst costs one line, for the search goes on behind it.

import { baseOf, type FamilyType, suffixesOf, typesOf } from "../lint/family.ts";
import { numberOf } from "../lint/numbers.ts";
import type { LintFormat } from "../lint/rules.ts";
import { type Label, metadataOf, type Reading, type Sample, sampleOf } from "../lint/scan.ts";
import { WatchedFamily } from "./family.ts";
import { TICKS } from "./history.ts";
import { type Bucket, type Part, Series } from "./series.ts";
import { seen, short } from "./seen.ts";

/** Series that are kept: their history takes some kB each. What comes beyond is counted, and not shown. */
export const SERIES_MOST = 50_000;
const FAMILIES_MOST = 20_000;
/** Characters of a line that is looked at. */
const LINE_MOST = 1 << 20;
const HELP_MOST = 500;
const LINE_SHOWN = 60;

/** Where a line's number goes. */
interface Place {
  /** What stands before the number, with the blank. */
  readonly head: string;
  readonly series: Series | undefined;
  readonly part: Part;
  readonly bucket: Bucket | undefined;
  readonly quantile: number;
  /** In the order of the page that had it last, and which page that was. */
  index: number;
  tick: number;
}

export interface PageRead {
  readonly samples: number;
  /** Lines that are none of an exposition, and the first of them. */
  readonly unread: number;
  readonly firstUnread: string;
  /** Series for which there is no room. */
  readonly beyond: number;
}

type Read = { -readonly [Field in keyof PageRead]: PageRead[Field] };

const NONE: Part = "none";

export class Watch {
  readonly families = new Map<string, WatchedFamily>();
  /** The number of the last page; -1 before the first. */
  tick = -1;
  /** Seconds between the last two. */
  elapsed = NaN;
  /** When each page was read, by the clock of whoever reads. */
  readonly times: Float64Array = new Float64Array(TICKS).fill(NaN);
  seriesCount = 0;
  #format: LintFormat = "text";
  #places = new Map<string, Place>();
  #order: Place[] = [];
  #reading: Reading = { strict: false, utf8: true, tell: () => undefined };

  /** When the page of a number was read; NaN where that is no longer known. */
  timeOf(tick: number): number {
    return tick < 0 || tick <= this.tick - TICKS ? NaN : this.times[tick % TICKS]!;
  }

  /** One page more, that was there at a moment, in seconds. */
  page(text: string, format: LintFormat, seconds: number): PageRead {
    if (format !== this.#format) this.#begin(format);
    const tick = this.tick + 1;
    this.elapsed = seconds - this.timeOf(this.tick);
    const read: Read = { samples: 0, unread: 0, firstUnread: "", beyond: 0 };
    const order: Place[] = [];
    let expected = 0;
    for (let from = 0; from < text.length;) {
      const found = text.indexOf("\n", from);
      const to = found === -1 ? text.length : found;
      const there = this.#order[expected];
      if (there !== undefined && text.startsWith(there.head, from)) {
        expected++;
        this.#again(there, text, from, to, order, read);
        there.tick = tick;
      } else if (to > from) {
        const place = this.#line(text.slice(from, Math.min(to, from + LINE_MOST)), tick, read);
        if (place !== undefined) {
          // Behind it the order goes on as it was.
          if (place.tick === tick - 1) expected = place.index + 1;
          place.index = order.length;
          place.tick = tick;
          order.push(place);
        }
      }
      from = to + 1;
    }
    this.#turn(order, tick, seconds);
    return read;
  }

  /** What is known is of another format, with other names. */
  #begin(format: LintFormat): void {
    this.#format = format;
    this.#reading = { ...this.#reading, strict: format === "openmetrics" };
    this.#forget();
    this.families.clear();
    this.seriesCount = 0;
  }

  #forget(): void {
    this.#places = new Map();
    this.#order = [];
  }

  /** A line that was there, with its number of now. */
  #again(place: Place, text: string, from: number, to: number, order: Place[], read: Read): void {
    const begin = from + place.head.length;
    const blank = text.indexOf(" ", begin);
    const number = numberOf(text.slice(begin, blank === -1 || blank > to ? to : blank).trimEnd());
    place.index = order.length;
    order.push(place);
    if (number === undefined) return unreadable(text.slice(from, to), read);
    read.samples++;
    if (place.series === undefined && place.part !== NONE) read.beyond++;
    this.#set(place, number);
  }

  #set({ series, part, bucket, quantile }: Place, value: number): void {
    if (series === undefined) return;
    if (part === "value" || part === "count") series.value = value;
    else if (part === "sum") series.sum = value;
    else if (part === "bucket") bucket!.now = value;
    else if (part === "quantile") series.quantiles.set(quantile, value);
  }

  #line(line: string, tick: number, read: Read): Place | undefined {
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (/^[ \t]*(#|$)/.test(text)) {
      this.#metadata(text);
      return undefined;
    }
    const sample = sampleOf(text, this.#reading);
    const value = sample === undefined ? undefined : numberOf(sample.value);
    if (sample === undefined || value === undefined) {
      unreadable(text, read);
      return undefined;
    }
    read.samples++;
    const head = text.slice(0, numberAt(text));
    let place = this.#places.get(head);
    if (place === undefined) {
      place = this.#placed(head, sample, tick);
      if (place.series !== undefined || place.part === NONE) this.#places.set(head, place);
    }
    if (place.series === undefined && place.part !== NONE) read.beyond++;
    this.#set(place, value);
    return place;
  }

  #metadata(text: string): void {
    const metadata = metadataOf(text, this.#reading);
    if (metadata === undefined || (this.families.size >= FAMILIES_MOST && !this.families.has(metadata.name))) return;
    const family = this.#family(metadata.name);
    const said = metadata.text.trimEnd();
    if (metadata.kind === "HELP") family.help = short(seen(metadata.text.replaceAll("\n", " ")), HELP_MOST);
    else if (metadata.kind === "UNIT" && said !== "" && family.unit !== "timestamp") family.unit = seen(said);
    else if (metadata.kind === "TYPE" && typesOf(this.#format).includes(said)) this.#typed(family, said as FamilyType);
  }

  /** One that is another type now has other series. */
  #typed(family: WatchedFamily, type: FamilyType): void {
    if (family.type === type) return;
    family.type = type;
    family.shown = seen(family.name) + (type === "counter" && this.#format === "openmetrics" ? "_total" : "");
    if (family.series.size === 0) return;
    this.seriesCount -= family.series.size;
    family.series.clear();
    this.#forget();
  }

  #family(name: string): WatchedFamily {
    let family = this.families.get(name);
    if (family === undefined) this.families.set(name, (family = new WatchedFamily(name)));
    return family;
  }

  /** The family that a sample is of: its own name's, or the one whose type has such samples. */
  #familyOf(name: string): WatchedFamily {
    const own = this.families.get(name);
    if (own !== undefined && own.type !== "unknown") return own;
    const base = this.families.get(baseOf(name));
    const isOf = base !== undefined && suffixesOf(base.type, this.#format).includes(name.slice(base.name.length));
    return isOf ? base : (own ?? this.#family(name));
  }

  #placed(head: string, sample: Sample, tick: number): Place {
    const family = this.#familyOf(sample.name);
    const suffix = sample.name.slice(family.name.length);
    const bound = sample.labels.find(({ name }) => name === "le");
    const quantile = sample.labels.find(({ name }) => name === "quantile");
    const wanted = partOf(family, suffix, bound !== undefined, quantile !== undefined);
    const own = wanted === "bucket" ? bound : wanted === "quantile" ? quantile : undefined;
    const number = own === undefined ? NaN : (numberOf(own.value) ?? NaN);
    const part = own !== undefined && Number.isNaN(number) ? NONE : wanted;
    const labels = own === undefined ? sample.labels : sample.labels.filter((label) => label !== own);
    const series = part === NONE ? undefined : this.#series(family, labels);
    const bucket = part === "bucket" ? series?.bucket(number) : undefined;
    // In no page so far.
    return { head, series, part, bucket, quantile: number, index: 0, tick: tick - 2 };
  }

  #series(family: WatchedFamily, labels: readonly Label[]): Series | undefined {
    const key = JSON.stringify(labels.map(({ name, value }) => [name, value]));
    let series = family.series.get(key);
    if (series === undefined && this.seriesCount < SERIES_MOST) {
      family.series.set(key, (series = new Series(family, labels)));
      this.seriesCount++;
    }
    return series;
  }

  #turn(order: Place[], tick: number, seconds: number): void {
    this.#order = order;
    const there = new Set(order.map(({ series }) => series));
    const gone = new Set<Series | undefined>();
    for (const family of this.families.values()) {
      for (const [key, series] of family.series) {
        if (there.has(series)) series.turn(tick, this.elapsed);
        else if (tick - series.tick < TICKS) series.skip(tick);
        else {
          family.series.delete(key);
          this.seriesCount--;
          gone.add(series);
        }
      }
      family.turn(tick);
    }
    if (gone.size > 0) this.#places = new Map([...this.#places].filter(([, { series }]) => !gone.has(series)));
    this.tick = tick;
    this.times[tick % TICKS] = seconds;
  }
}

/** Where the number of a sample's line begins, which can be read. */
function numberAt(line: string): number {
  let at = behindBlanks(line, 0);
  while (at < line.length && !" \t{".includes(line[at]!)) at++;
  at = behindBlanks(line, at);
  if (line[at] !== "{") return at;
  while (at < line.length && line[at] !== "}") at = line[at] === '"' ? closingQuote(line, at) + 1 : at + 1;
  return behindBlanks(line, at + 1);
}

function behindBlanks(line: string, from: number): number {
  let at = from;
  while (line[at] === " " || line[at] === "\t") at++;
  return at;
}

function unreadable(line: string, read: Read): void {
  if (read.unread++ === 0) read.firstUnread = short(seen(line), LINE_SHOWN);
}

/** The quote that ends what a quote begins. */
function closingQuote(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    if (text[at] === "\\") at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

function partOf({ type }: WatchedFamily, suffix: string, hasBound: boolean, hasQuantile: boolean): Part {
  if (suffix === "_created") return NONE;
  if (type === "summary" && hasQuantile && suffix === "") return "quantile";
  if (type !== "histogram" && type !== "gaugehistogram" && type !== "summary") return "value";
  if (suffix === "_bucket" && hasBound) return "bucket";
  if (suffix === "_count" || suffix === "_gcount") return "count";
  return suffix === "_sum" || suffix === "_gsum" ? "sum" : NONE;
}
