// A request of remote write as it is made: both versions take the same samples, and write them as their messages have it.

import type { Page, PageExemplar } from "./page.ts";
import type { ProtoWriter } from "./proto-writer.ts";
import type { Series } from "./series.ts";

export type Version = 1 | 2;

/** What is in a request. */
export interface Counts {
  samples: number;
  histograms: number;
  exemplars: number;
}

/** An exemplar of remote write: it has a time, in milliseconds (rule S6). */
export interface TimedExemplar {
  readonly labels: readonly string[];
  readonly value: number;
  readonly time: number;
}

export interface Batch extends Counts {
  /** Of the request, before it is compressed; about. */
  readonly length: number;
  /** Whether it may be written under its names. */
  canName(series: Series): boolean;
  /** `created`: when it began, NaN where that is not known. `STALE` for a value that ends the series. */
  sample(series: Series, value: number | typeof STALE, time: number, created: number, exemplars: readonly TimedExemplar[]): void;
  /** Without a page the series ends. */
  histogram(series: Series, page: Page | undefined, time: number, exemplars: readonly TimedExemplar[]): void;
  /** The request; it begins anew behind it. */
  finished(): Uint8Array<ArrayBuffer>;
}

export const STALE: unique symbol = Symbol("stale");

/** What both have of a histogram; `start`: the field of its beginning, 0 for none. */
export function histogramPut(out: ProtoWriter, page: Page | undefined, time: number, start: number): void {
  out.uint(1, page?.count ?? 0);
  if (page === undefined) out.stale(3);
  else {
    out.double(3, page.value);
    out.sint(4, page.schema);
    out.double(5, page.zeroThreshold);
    out.uint(6, page.zeroCount);
    for (const [side, field] of [
      [page.negative, 8],
      [page.positive, 11],
    ] as const) {
      // Spans and deltas of both messages are the same bytes.
      for (const span of side.spans) out.delimited(field, page.bytesOf(span));
      for (const delta of side.deltas) {
        if (side.isPacked) out.delimited(field + 1, page.bytesOf(delta));
        else {
          out.tag(field + 1, 0);
          out.raw(page.bytesOf(delta));
        }
      }
    }
  }
  out.int(15, time);
  if (start !== 0 && page !== undefined && page.created > 0 && page.created < time) out.int(start, page.created);
}

/** Of one that is on the page; undefined where it has no time. */
export function timedExemplar(
  { labels, value, time }: PageExemplar,
  sorted: (labels: PageExemplar["labels"]) => string[],
): TimedExemplar | undefined {
  return time === undefined ? undefined : { labels: sorted(labels), value, time: time.milliseconds };
}
