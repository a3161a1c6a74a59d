// Puts rows in the order of time, or of their labels and then of time, any number of them in bounded memory: an external merge sort.
// Rows are gathered, sorted and, where they are too many, left as one run of a temporary file; then all runs are merged. Rows of one
// moment stay in the order in which they came. A row is 32 bytes there:
//
//   0  seconds          f64
//   8  nanos | whole    i32, bit 30 for a measurement that was written as an integer
//  12  label            i32
//  16  value            f64
//  24  pid              f64

import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Batch } from "./batch.ts";

const ROW_BYTES = 32;
const WORDS = ROW_BYTES / 8;
const HALVES = ROW_BYTES / 4;
const WHOLE = 1 << 30;
/** Rows of a run: 32 MB, and as much again while it is sorted. */
export const RUN_ROWS = 1 << 20;
/** Bytes for all runs while they are merged, and the least of one. */
const MERGE_BYTES = 64 << 20;
const RUN_BUFFER_LEAST = 4096;
const DIGIT_BITS = 15;
const DIGITS = 1 << DIGIT_BITS;

class Rows {
  readonly words: Float64Array;
  readonly halves: Int32Array;
  readonly bytes: Uint8Array;

  constructor(readonly capacity: number) {
    const buffer = new ArrayBuffer(capacity * ROW_BYTES);
    this.words = new Float64Array(buffer);
    this.halves = new Int32Array(buffer);
    this.bytes = new Uint8Array(buffer);
  }

  /** Row `to` of a batch becomes row `i` of these. */
  out(i: number, batch: Batch, to: number): void {
    const packed = this.halves[i * HALVES + 2]!;
    batch.seconds[to] = this.words[i * WORDS]!;
    batch.nanos[to] = packed & (WHOLE - 1);
    batch.whole[to] = packed >>> 30;
    batch.labels[to] = this.halves[i * HALVES + 3]!;
    batch.values[to] = this.words[i * WORDS + 2]!;
    batch.pids[to] = this.words[i * WORDS + 3]!;
  }
}

/** Of labels, by their ids: which comes first. */
export type Ranks = ArrayLike<number>;

/** Where the rows of each label begin, in rows: of what is in order of labels. One section where it is not. */
interface Sections {
  readonly labels: Int32Array;
  readonly begins: Float64Array;
  readonly end: number;
}

interface Run {
  /** In which order its sections are read, and how many were begun. */
  readonly order: readonly number[];
  begun: number;
  readonly sections: Sections;
  /** Bytes of the temporary file that are not read yet, of the section that was begun. */
  at: number;
  end: number;
  readonly rows: Rows;
  next: number;
  there: number;
}

export class Order {
  rows = 0;
  readonly #rows: Rows;
  readonly #byLabel: boolean;
  #gathered = 0;
  #file: number | undefined;
  #folder: string | undefined;
  #written = 0;
  readonly #runs: Sections[] = [];

  /** With how many rows make a run, and whether labels, by their ids from 0 on, come before times. */
  constructor(runRows = RUN_ROWS, byLabel = false) {
    this.#rows = new Rows(runRows);
    this.#byLabel = byLabel;
  }

  add(batch: Batch): void {
    const { seconds, nanos, values, whole, labels, pids } = batch;
    const { words, halves, capacity } = this.#rows;
    for (let i = 0; i < batch.rows; i++) {
      if (this.#gathered === capacity) this.#leave();
      const row = this.#gathered++;
      words[row * WORDS] = seconds[i]!;
      halves[row * HALVES + 2] = nanos[i]! | (whole[i]! << 30);
      halves[row * HALVES + 3] = labels[i]!;
      words[row * WORDS + 2] = values[i]!;
      words[row * WORDS + 3] = pids[i]!;
    }
    this.rows += batch.rows;
  }

  /** All rows in order; the same batch each time. With ranks, by the label's id, labels come by these: their names are known by now. */
  *batches(ranks?: Ranks): Generator<Batch, void, undefined> {
    if (this.#file === undefined) {
      yield* this.#gatheredInOrder(ranks);
      return;
    }
    if (this.#gathered > 0) this.#leave();
    yield* this.#merged(this.#file, ranks);
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    if (this.#folder !== undefined) this.#forget();
  }

  *#gatheredInOrder(ranks: Ranks | undefined): Generator<Batch, void, undefined> {
    const batch = new Batch();
    const order = sorted(this.#rows, this.#gathered, this.#byLabel);
    const sections = this.#sections(order, 0);
    for (const section of ranked(sections, ranks)) {
      const end = sections.begins[section + 1] ?? sections.end;
      for (let i = sections.begins[section]!; i < end;) {
        for (batch.rows = 0; batch.rows < batch.capacity && i < end; i++) this.#rows.out(order[i]!, batch, batch.rows++);
        yield batch;
      }
    }
  }

  /** Of rows in this order, the first of which is row `from`. */
  #sections(order: Uint32Array, from: number): Sections {
    const labels: number[] = [];
    const begins: number[] = [];
    for (let i = 0; i < order.length && (this.#byLabel || i === 0); i++) {
      const label = this.#rows.halves[order[i]! * HALVES + 3]!;
      if (i > 0 && label === labels.at(-1)) continue;
      labels.push(label);
      begins.push(from + i);
    }
    return { labels: Int32Array.from(labels), begins: Float64Array.from(begins), end: from + order.length };
  }

  /** Leaves what is gathered as a run. */
  #leave(): void {
    try {
      this.#file ??= this.#open();
      this.#leaveIn(this.#file);
    } catch (error) {
      throw new Error(`cannot sort in ${tmpdir()}, which TMPDIR sets: ${(error as Error).message}`, { cause: error });
    }
  }

  #open(): number {
    this.#folder = mkdtempSync(join(tmpdir(), "tallystick-record-"));
    const file = openSync(join(this.#folder, "rows"), "wx+", 0o600);
    // Where a file may lose its name while it is open, nothing is left however this process ends.
    this.#forget();
    return file;
  }

  #forget(): void {
    try {
      rmSync(this.#folder!, { recursive: true, force: true });
      this.#folder = undefined;
    } catch {
      // Then close() does.
    }
  }

  #leaveIn(file: number): void {
    const order = sorted(this.#rows, this.#gathered, this.#byLabel);
    const piece = new Rows(Math.min(1 << 14, order.length));
    for (let i = 0; i < order.length;) {
      let n = 0;
      for (; n < piece.capacity && i < order.length; i++, n++) {
        const from = order[i]! * WORDS;
        for (let word = 0; word < WORDS; word++) piece.words[n * WORDS + word] = this.#rows.words[from + word]!;
      }
      for (let done = 0; done < n * ROW_BYTES;) {
        done += writeSync(file, piece.bytes, done, n * ROW_BYTES - done, this.#written + done);
      }
      this.#written += n * ROW_BYTES;
    }
    this.#runs.push(this.#sections(order, this.#written / ROW_BYTES - order.length));
    this.#gathered = 0;
  }

  *#merged(file: number, ranks: Ranks | undefined): Generator<Batch, void, undefined> {
    const bytes = Math.max(RUN_BUFFER_LEAST, Math.floor(MERGE_BYTES / this.#runs.length));
    const runs: Run[] = this.#runs.map((sections) => ({
      order: ranked(sections, ranks),
      begun: 0,
      sections,
      at: 0,
      end: 0,
      rows: new Rows(Math.max(1, Math.min(Math.floor(bytes / ROW_BYTES), this.#rows.capacity))),
      next: 0,
      there: 0,
    }));
    for (const run of runs) more(file, run);
    const heap = new Heap(runs, this.#byLabel, ranks);
    const batch = new Batch();
    while (heap.size > 0) {
      for (batch.rows = 0; batch.rows < batch.capacity && heap.size > 0;) {
        const run = runs[heap.least]!;
        run.rows.out(run.next++, batch, batch.rows++);
        if (run.next === run.there) more(file, run);
        heap.settle(run.there === 0);
      }
      yield batch;
    }
  }
}

const rankOf = (label: number, ranks: Ranks | undefined) => (ranks === undefined ? label : ranks[label]!);

/** The numbers of sections by the ranks of their labels. */
function ranked({ labels }: Sections, ranks: Ranks | undefined): number[] {
  const order = Array.from(labels, (_, i) => i);
  return ranks === undefined ? order : order.sort((a, b) => ranks[labels[a]!]! - ranks[labels[b]!]!);
}

/** Reads on in a run; nothing is there at its end. */
function more(file: number, run: Run): void {
  if (run.at === run.end && run.begun < run.order.length) {
    const section = run.order[run.begun++]!;
    const { begins, end } = run.sections;
    run.at = begins[section]! * ROW_BYTES;
    run.end = (begins[section + 1] ?? end) * ROW_BYTES;
  }
  const wanted = Math.min(run.rows.bytes.length, run.end - run.at);
  let done = 0;
  while (done < wanted) {
    const read = readSync(file, run.rows.bytes, done, wanted - done, run.at + done);
    if (read === 0) throw new Error("the temporary file has become shorter");
    done += read;
  }
  run.at += wanted;
  run.next = 0;
  run.there = wanted / ROW_BYTES;
}

/** Runs by the time of their next row, or its label and its time; of one moment the run that came first. */
class Heap {
  size: number;
  readonly #runs: readonly Run[];
  readonly #byLabel: boolean;
  readonly #ranks: Ranks | undefined;
  readonly #order: number[];

  constructor(runs: readonly Run[], byLabel: boolean, ranks: Ranks | undefined) {
    this.#runs = runs;
    this.#byLabel = byLabel;
    this.#ranks = ranks;
    this.#order = runs.map((_, i) => i);
    this.size = runs.length;
    for (let i = this.size >> 1; i >= 0; i--) this.#down(i);
  }

  get least(): number {
    return this.#order[0]!;
  }

  /** The first of them has gone on, or ended. */
  settle(ended: boolean): void {
    if (ended) this.#order[0] = this.#order[--this.size]!;
    this.#down(0);
  }

  #before(a: number, b: number): boolean {
    const [one, other] = [this.#runs[a]!, this.#runs[b]!];
    if (this.#byLabel) {
      const [label, another] = [one.rows.halves[one.next * HALVES + 3]!, other.rows.halves[other.next * HALVES + 3]!];
      if (label !== another) return rankOf(label, this.#ranks) < rankOf(another, this.#ranks);
    }
    const seconds = one.rows.words[one.next * WORDS]! - other.rows.words[other.next * WORDS]!;
    if (seconds !== 0) return seconds < 0;
    const nanos = (one.rows.halves[one.next * HALVES + 2]! & (WHOLE - 1)) - (other.rows.halves[other.next * HALVES + 2]! & (WHOLE - 1));
    return nanos === 0 ? a < b : nanos < 0;
  }

  #down(from: number): void {
    const order = this.#order;
    for (let i = from; ;) {
      let least = i;
      for (let child = 2 * i + 1; child <= 2 * i + 2; child++) {
        if (child < this.size && this.#before(order[child]!, order[least]!)) least = child;
      }
      if (least === i) return;
      [order[i], order[least]] = [order[least]!, order[i]!];
      i = least;
    }
  }
}

/** The order of rows: by digits of 15 bits, the lowest first, for no comparison is as quick. */
function sorted(rows: Rows, count: number, byLabel: boolean): Uint32Array {
  const { words, halves } = rows;
  let order = Uint32Array.from({ length: count }, (_, i) => i);
  let [low, high] = [Infinity, -Infinity];
  let inOrder = true;
  let labelMost = 0;
  for (let i = 0; i < count; i++) {
    const seconds = words[i * WORDS]!;
    if (i > 0 && inOrder) {
      const labels = byLabel ? halves[i * HALVES + 3]! - halves[(i - 1) * HALVES + 3]! : 0;
      const before = words[(i - 1) * WORDS]!;
      const nanos = (halves[i * HALVES + 2]! & (WHOLE - 1)) - (halves[(i - 1) * HALVES + 2]! & (WHOLE - 1));
      inOrder = labels > 0 || (labels === 0 && (seconds > before || (seconds === before && nanos >= 0)));
    }
    low = Math.min(low, seconds);
    high = Math.max(high, seconds);
    if (byLabel) labelMost = Math.max(labelMost, halves[i * HALVES + 3]!);
  }
  if (inOrder) return order;
  let other = new Uint32Array(count);
  const digits = new Uint16Array(count);
  const by = (digit: (row: number) => number) => {
    const counts = new Uint32Array(DIGITS + 1);
    for (let i = 0; i < count; i++) counts[(digits[i] = digit(i)) + 1]!++;
    for (let i = 0; i < DIGITS; i++) counts[i + 1]! += counts[i]!;
    for (let i = 0; i < count; i++) other[counts[digits[order[i]!]!]!++] = order[i]!;
    [order, other] = [other, order];
  };
  by((i) => halves[i * HALVES + 2]! & (DIGITS - 1));
  by((i) => (halves[i * HALVES + 2]! >>> DIGIT_BITS) & (DIGITS - 1));
  for (let scale = 1; scale <= high - low; scale *= DIGITS) by((i) => Math.floor((words[i * WORDS]! - low) / scale) % DIGITS);
  for (let scale = 1; scale <= labelMost; scale *= DIGITS) by((i) => Math.floor(halves[i * HALVES + 3]! / scale) % DIGITS);
  return order;
}
