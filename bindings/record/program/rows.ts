// Writes rows as text: CSV as Python's csv would, and JSON lines.

import type { Batch } from "./batch.ts";
import { digitsOf } from "./moment.ts";
import type { Output } from "./output.ts";
import { plainOf } from "./summary.ts";

/** Where rows go in an export. */
export interface Sink {
  write(batch: Batch): Promise<void>;
  close(): Promise<void>;
}

/** Once all labels are known. */
export type MakeSink = (output: Output, names: readonly string[]) => Sink;

const HEADER = "Timepoint,Measurement,Label,PID\r\n";
/** Python writes floats from here on, and below the other, with an exponent. */
const LARGE = 1e16;
const SMALL = 1e-4;

/** A number as Python's repr writes it. */
export function repr(value: number, whole: boolean): string {
  if (!Number.isFinite(value)) return String(plainOf(value));
  if (whole) return Number.isSafeInteger(value) ? String(value) : String(BigInt(value));
  const size = Math.abs(value);
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  if (size >= SMALL && size < LARGE) {
    const text = String(value);
    return Number.isInteger(value) ? `${text}.0` : text;
  }
  // JavaScript writes 1e-7, Python 1e-07.
  return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
}

/** Only where it is needed, as csv.QUOTE_MINIMAL has it. */
export const quoted = (label: string) => (/[",\r\n]/.test(label) ? `"${label.replaceAll('"', '""')}"` : label);

/** Labels as they are written, each once. */
class Written {
  readonly #texts: string[] = [];

  constructor(
    readonly names: readonly string[],
    readonly write: (label: string) => string,
  ) {}

  of(id: number): string {
    return (this.#texts[id] ??= this.write(this.names[id]!));
  }
}

class CsvSink implements Sink {
  readonly #output: Output;
  readonly #labels: Written;

  constructor(output: Output, names: readonly string[]) {
    this.#output = output;
    this.#labels = new Written(names, quoted);
    void output.text(HEADER);
  }

  async write({ rows, seconds, nanos, values, whole, labels, pids }: Batch): Promise<void> {
    for (let i = 0; i < rows; i++) {
      const value = repr(values[i]!, whole[i] === 1);
      const full = this.#output.text(`${digitsOf(seconds[i]!, nanos[i]!)},${value},${this.#labels.of(labels[i]!)},${pids[i]!}\r\n`);
      if (full !== undefined) await full;
    }
  }

  close(): Promise<void> {
    return this.#output.flush();
  }
}

class JsonlSink implements Sink {
  readonly #output: Output;
  readonly #labels: Written;

  constructor(output: Output, names: readonly string[]) {
    this.#output = output;
    this.#labels = new Written(names, (label) => JSON.stringify(label));
  }

  async write({ rows, seconds, nanos, values, whole, labels, pids }: Batch): Promise<void> {
    for (let i = 0; i < rows; i++) {
      const value = values[i]!;
      const text = Number.isFinite(value) ? repr(value, whole[i] === 1) : `"${plainOf(value)}"`;
      const full = this.#output.text(
        `{"timepoint":"${digitsOf(seconds[i]!, nanos[i]!)}","measurement":${text},"label":${this.#labels.of(labels[i]!)},"pid":${pids[i]!}}\n`,
      );
      if (full !== undefined) await full;
    }
  }

  close(): Promise<void> {
    return this.#output.flush();
  }
}

export const csv: MakeSink = (output, names) => new CsvSink(output, names);
export const jsonl: MakeSink = (output, names) => new JsonlSink(output, names);
