// prometheus.WriteRequest: remote write 1.0, and what Prometheus takes beside it, exemplars and native histograms (rules R3, R5, R7).

import { type Batch, histogramPut, STALE, type TimedExemplar } from "./batch.ts";
import type { Page } from "./page.ts";
import { ProtoWriter } from "./proto-writer.ts";
import type { Series } from "./series.ts";

const TIMESERIES = 1;
const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function labelsPut(out: ProtoWriter, labels: readonly string[]): void {
  for (let i = 0; i < labels.length; i += 2) {
    const begin = out.begin(1);
    out.string(1, labels[i]!);
    out.string(2, labels[i + 1]!);
    out.end(begin);
  }
}

function exemplarsPut(out: ProtoWriter, exemplars: readonly TimedExemplar[]): void {
  for (const { labels, value, time } of exemplars) {
    const begin = out.begin(3);
    labelsPut(out, labels);
    out.double(2, value);
    out.int(3, time);
    out.end(begin);
  }
}

export class Batch1 implements Batch {
  samples = 0;
  histograms = 0;
  exemplars = 0;
  readonly #out = new ProtoWriter();
  readonly #labels = new ProtoWriter();

  get length(): number {
    return this.#out.length;
  }

  /** One of 2.0 may be left where the receiver knows 1.0 alone: it is another one by now, with names that were escaped (rule R3). */
  canName({ labels }: Series): boolean {
    return labels.every((text, i) => i % 2 === 1 || (LABEL.test(text) && (text !== "__name__" || NAME.test(labels[i + 1]!))));
  }

  #begin(series: Series): number {
    const begin = this.#out.begin(TIMESERIES);
    if (series.encoded === undefined) {
      this.#labels.truncate(0);
      labelsPut(this.#labels, series.labels);
      series.encoded = this.#labels.bytes.slice();
    }
    this.#out.raw(series.encoded);
    return begin;
  }

  sample(series: Series, value: number | typeof STALE, time: number, _created: number, exemplars: readonly TimedExemplar[]): void {
    const out = this.#out;
    const begin = this.#begin(series);
    const sample = out.begin(2);
    if (value === STALE) out.stale(1);
    else out.double(1, value);
    out.int(2, time);
    out.end(sample);
    exemplarsPut(out, exemplars);
    out.end(begin);
    this.samples++;
    this.exemplars += exemplars.length;
  }

  histogram(series: Series, page: Page | undefined, time: number, exemplars: readonly TimedExemplar[]): void {
    const out = this.#out;
    const begin = this.#begin(series);
    exemplarsPut(out, exemplars);
    const histogram = out.begin(4);
    histogramPut(out, page, time, 0);
    out.end(histogram);
    out.end(begin);
    this.histograms++;
    this.exemplars += exemplars.length;
  }

  finished(): Uint8Array<ArrayBuffer> {
    const request = this.#out.bytes.slice();
    this.#out.truncate(0);
    this.samples = this.histograms = this.exemplars = 0;
    return request;
  }
}
