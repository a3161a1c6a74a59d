// Where a source of other processes' values hands them to.

/** The ten modes of Python's gauges. */
export type ProcessGaugeMode =
  "all" | "liveall" | "min" | "livemin" | "max" | "livemax" | "sum" | "livesum" | "mostrecent" | "livemostrecent";

export interface SinkDefinition {
  readonly kind: "counter" | "gauge" | "histogram" | "summary" | "unknown";
  /** Without a counter's `_total`. */
  readonly name: string;
  readonly help: string;
  /** Those of the series that was met first; a block may have others. */
  readonly labelNames: readonly string[];
  /** Of a gauge. What it asks for is done already: each block has one value. */
  readonly mode?: ProcessGaugeMode;
  /** Of a histogram, ascending and finite. */
  readonly buckets?: readonly number[];
}

export interface Sink {
  /**
   * A family for these, the same one for the same definition; undefined where it is refused, for another definition is there. It is
   * asked for again then, so say why once.
   */
  family(definition: SinkDefinition): number | undefined;
  /**
   * What the source stands at in one series; of a histogram and a summary `value` is the sum. Buckets are not cumulative, the last
   * one is +Inf; they and `count`, a summary's, are whole and not negative. They are the caller's again afterwards.
   */
  set(family: number, block: string, value: number, buckets?: ArrayLike<number>, count?: number): void;
  /** All that was not set since the last publish is gone. */
  publish(): void;
}
