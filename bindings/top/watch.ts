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
import { type Bucket, type Part, PARTS_MOST, Series } from "./series.ts";
import { seen, short } from "./seen.ts";

/** Series that are kept: their history takes some kB each. What comes beyond is counted, and not shown. */
export const SERIES_MOST = 50_000;
export const FAMILIES_MOST = 20_000;
/** Buckets of all series: what came into each, page by page, takes a kB. */
export const BUCKETS_MOST = 200_000;
/** Lines that are remembered beside those of the page, of each of these one. */
const PLACES_BESIDE = 1024;
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
  /** The first page of what is known now: what was before is another story. */
  first = 0;
  /** Seconds between the last two. */
  elapsed = NaN;
  /** When each page was read, by the clock of whoever reads. */
  readonly times: Float64Array = new Float64Array(TICKS).fill(NaN);
  seriesCount = 0;
  #bucketCount = 0;
  #format: LintFormat = "text";
  #places = new Map<string, Place>();
  #order: Place[] = [];
  #reading: Reading = { strict: false, utf8: true, tell: () => undefined };

  /** When the page of a number was read; NaN where that is no longer known. */
  timeOf(tick: number): number {
    return tick < this.first || tick <= this.tick - TICKS ? NaN : this.times[tick % TICKS]!;
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
      if (there !== undefined && text.startsWith(there.head, from) && !this.#hasRoomFor(there)) {
        expected++;
        there.tick = tick;
        this.#again(there, text, from, to, order, read);
      } else if (to > from) {
        const place = this.#line(text.slice(from, Math.min(to, from + LINE_MOST)), tick, read);
        if (place !== undefined) {
          // Behind it the order goes on as it was.
          if (place.tick === tick - 1) expected = place.index + 1;
          else if (there !== undefined && there.head === place.head) expected++;
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

  /** Nobody read pages for long: those that come begin anew, for a picture has a place for each page and none for the time between. */
  absent(): void {
    this.#begin(this.#format);
  }

  /** What is known is of another format, with other names. */
  #begin(format: LintFormat): void {
    this.#format = format;
    this.first = this.tick + 1;
    this.#reading = { ...this.#reading, strict: format === "openmetrics" };
    this.#forget();
    this.families.clear();
    this.seriesCount = 0;
    this.#bucketCount = 0;
  }

  /** What there was no room for may find some now. */
  #hasRoomFor(place: Place): boolean {
    return isBeyond(place) && this.seriesCount < SERIES_MOST && this.#bucketCount < BUCKETS_MOST;
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
    if (isBeyond(place)) read.beyond++;
    this.#set(place, number, place.tick);
  }

  #set({ series, part, bucket, quantile }: Place, value: number, tick: number): void {
    if (series === undefined) return;
    if (part === "value" || part === "count") series.value = value;
    else if (part === "sum") series.sum = value;
    else if (part === "bucket") {
      bucket!.now = value;
      bucket!.tick = tick;
    } else if (part === "quantile") series.quantiles.set(quantile, value);
  }

  #line(line: string, tick: number, read: Read): Place | undefined {
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (/^[ \t]*(#|$)/.test(text)) {
      this.#metadata(text, tick);
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
      if (!isBeyond(place)) this.#places.set(head, place);
    }
    if (isBeyond(place)) read.beyond++;
    this.#set(place, value, tick);
    return place;
  }

  #metadata(text: string, tick: number): void {
    const metadata = metadataOf(text, this.#reading);
    const family = metadata === undefined ? undefined : this.#family(metadata.name);
    if (metadata === undefined || family === undefined) return;
    family.tick = tick;
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
    for (const series of family.series.values()) this.#ended(series);
    family.series.clear();
    this.#forget();
  }

  #ended({ buckets }: Series): void {
    this.seriesCount--;
    this.#bucketCount -= buckets.length;
  }

  /** undefined where there is no room for one more. */
  #family(name: string): WatchedFamily | undefined {
    let family = this.families.get(name);
    if (family === undefined && this.families.size < FAMILIES_MOST) this.families.set(name, (family = new WatchedFamily(name)));
    return family;
  }

  /** The family that a sample is of: its own name's, or the one whose type has such samples. */
  #familyOf(name: string): WatchedFamily | undefined {
    const own = this.families.get(name);
    if (own !== undefined && own.type !== "unknown") return own;
    const base = this.families.get(baseOf(name));
    const isOf = base !== undefined && suffixesOf(base.type, this.#format).includes(name.slice(base.name.length));
    return isOf ? base : (own ?? this.#family(name));
  }

  #placed(head: string, sample: Sample, tick: number): Place {
    const none = { head, series: undefined, bucket: undefined, quantile: NaN, index: 0, tick: tick - 2 };
    const family = this.#familyOf(sample.name);
    if (family === undefined) return { ...none, part: "value" };
    const suffix = sample.name.slice(family.name.length);
    const bound = sample.labels.find(({ name }) => name === "le");
    const quantile = sample.labels.find(({ name }) => name === "quantile");
    const wanted = partOf(family, suffix, bound !== undefined, quantile !== undefined);
    const own = wanted === "bucket" ? bound : wanted === "quantile" ? quantile : undefined;
    const number = own === undefined ? NaN : (numberOf(own.value) ?? NaN);
    const part = own !== undefined && Number.isNaN(number) ? NONE : wanted;
    const labels = own === undefined ? sample.labels : sample.labels.filter((label) => label !== own);
    const series = part === NONE ? undefined : this.#series(family, labels);
    const bucket = part === "bucket" ? this.#bucket(series, number) : undefined;
    const hasRoom = part === "bucket" ? bucket !== undefined : part !== "quantile" || hasRoomFor(series, number);
    // In no page so far.
    return { ...none, series: hasRoom ? series : undefined, part, bucket, quantile: number };
  }

  #bucket(series: Series | undefined, bound: number): Bucket | undefined {
    if (series === undefined) return undefined;
    const { length } = series.buckets;
    const bucket = series.bucket(bound, this.#bucketCount < BUCKETS_MOST);
    this.#bucketCount += series.buckets.length - length;
    return bucket;
  }

  #series(family: WatchedFamily, labels: readonly Label[]): Series | undefined {
    const key = JSON.stringify(labels.map(({ name, value }) => [name, value]));
    let series = family.series.get(key);
    if (series === undefined && this.seriesCount < SERIES_MOST) {
      family.series.set(key, (series = new Series(family, key, labels)));
      this.seriesCount++;
    }
    return series;
  }

  #turn(order: Place[], tick: number, seconds: number): void {
    this.#order = order;
    const there = new Set(order.map(({ series }) => series));
    let hasEnded = false;
    for (const [name, family] of this.families) {
      for (const [key, series] of family.series) {
        if (there.has(series)) {
          const ended = series.turn(tick, this.elapsed);
          this.#bucketCount -= ended;
          hasEnded ||= ended > 0;
        } else if (tick - series.tick < TICKS) series.skip(tick);
        else {
          family.series.delete(key);
          this.#ended(series);
          hasEnded = true;
        }
      }
      family.turn(tick);
      if (family.series.size === 0 && tick - family.tick >= TICKS) this.families.delete(name);
    }
    // A line of what ended is a new one when it comes again; and whoever writes lines otherwise each time has no more than two pages of them.
    if (hasEnded || this.#places.size > 2 * order.length + PLACES_BESIDE)
      this.#places = new Map(order.filter((place) => !isBeyond(place)).map((place) => [place.head, place]));
    this.tick = tick;
    this.times[tick % TICKS] = seconds;
  }
}

/** There was no room for it. */
function isBeyond({ series, part }: Place): boolean {
  return series === undefined && part !== NONE;
}

/** Room for one more quantile of a summary. */
function hasRoomFor(series: Series | undefined, quantile: number): boolean {
  return series !== undefined && (series.quantiles.size < PARTS_MOST || series.quantiles.has(quantile));
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
