// Rows in columns, as readers fill them and whoever reads takes them: no object and no string a row.

/** So many rows go through in one piece: their columns stay in the processor's second cache. */
export const BATCH_ROWS = 4096;

export class Batch {
  /** How many rows of the columns count. */
  rows = 0;
  /** A timepoint is so many seconds since the epoch, and nanoseconds from 0 to 999,999,999: a double cannot hold both. */
  readonly seconds: Float64Array;
  readonly nanos: Int32Array;
  readonly values: Float64Array;
  /** 1 where the measurement was written as an integer, which is how it is written again. */
  readonly whole: Uint8Array;
  /** Ids of `Labels`. */
  readonly labels: Int32Array;
  readonly pids: Float64Array;

  constructor(readonly capacity = BATCH_ROWS) {
    this.seconds = new Float64Array(capacity);
    this.nanos = new Int32Array(capacity);
    this.values = new Float64Array(capacity);
    this.whole = new Uint8Array(capacity);
    this.labels = new Int32Array(capacity);
    this.pids = new Float64Array(capacity);
  }
}

/** Why a line was passed over. */
export const REASONS = [
  "the timepoint is no integer of nanoseconds since the epoch",
  "the measurement is no number",
  "the label is not quoted as it must be",
  "the process id is no integer",
  "there are not four columns",
  "it is no object of JSON with timepoint, measurement, label and pid",
  "a row is longer than the reader takes",
] as const;
export const BAD_TIMEPOINT = 0;
export const BAD_MEASUREMENT = 1;
export const BAD_LABEL = 2;
export const BAD_PID = 3;
export const BAD_COLUMNS = 4;
export const BAD_OBJECT = 5;
export const BAD_LENGTH = 6;

/** What a file's reader tells beside its rows. */
export interface Told {
  /** A line that is no row, by its number from 1. */
  bad(line: number, reason: number): void;
  /** A line that nobody ended yet. */
  unfinished(): void;
  /** An integer that no double holds exactly. */
  rounded(): void;
}

/** A reader of one kind of file. */
export interface Format {
  /** At the beginning of each file. */
  begin(): void;
  /**
   * Reads rows of these bytes into the batch until it is full or the bytes end, and returns where it stopped. With `ended`
   * there are no more bytes.
   */
  parse(bytes: Uint8Array, from: number, end: number, ended: boolean): number;
  /** Gives a row up that began at `from` and is longer than the reader takes; returns where to go on. */
  giveUp(bytes: Uint8Array, from: number, end: number): number;
  /** Why nothing of the file is read: its first line is not what it must be. */
  readonly foreign: string | undefined;
}
