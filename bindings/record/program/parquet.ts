// Writes rows as Parquet through hyparquet-writer, which whoever wants it installs: a row group at a time, so that memory is bounded.

import type { Batch } from "./batch.ts";
import { putPids, putTimes } from "./int64.ts";
import type { Output } from "./output.ts";
import { needed } from "./peer.ts";
import type { MakeSink, Sink } from "./rows.ts";

/** Of a row group: 4 MB of columns. */
const GROUP_ROWS = 1 << 17;
/** And bytes of its labels, each row's counted: so much they take where no dictionary pays. */
const GROUP_LABEL_BYTES = 64 << 20;

const load = () => import("hyparquet-writer");

export async function parquet(): Promise<MakeSink> {
  const library = await needed("hyparquet-writer", load);
  return (output, names) => sinkOf(library, output, names);
}

function sinkOf({ ByteWriter, ParquetWriter }: Awaited<ReturnType<typeof load>>, output: Output, names: readonly string[]): Sink {
  const bytes = new ByteWriter();
  const taken = async (): Promise<void> => {
    await output.bytes(bytes.getBytes());
    bytes.index = 0;
  };
  const writer = new ParquetWriter({
    writer: Object.assign(bytes, { flush: taken, finish: taken }),
    schema: [
      { name: "root", num_children: 4 },
      {
        name: "Timepoint",
        type: "INT64",
        repetition_type: "REQUIRED",
        logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "NANOS" },
      },
      { name: "Measurement", type: "DOUBLE", repetition_type: "REQUIRED" },
      { name: "Label", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
      { name: "PID", type: "INT64", repetition_type: "REQUIRED" },
    ],
    createdBy: "tallystick",
  });
  const times = new BigInt64Array(GROUP_ROWS);
  const values = new Float64Array(GROUP_ROWS);
  const pids = new BigInt64Array(GROUP_ROWS);
  const encoder = new TextEncoder();
  /** One array a label, so that equal ones are the same. */
  const encoded: Uint8Array[] = [];
  let labels: Uint8Array[] = [];
  let labelBytes = 0;

  const group = async (): Promise<void> => {
    const rows = labels.length;
    if (rows === 0) return;
    const columnData = [
      { name: "Timepoint", data: times.subarray(0, rows) },
      { name: "Measurement", data: values.subarray(0, rows) },
      { name: "Label", data: labels },
      { name: "PID", data: pids.subarray(0, rows) },
    ];
    await writer.write({ columnData, rowGroupSize: rows });
    labels = [];
    labelBytes = 0;
  };

  return {
    async write(batch: Batch): Promise<void> {
      if (labels.length + batch.rows > GROUP_ROWS || labelBytes > GROUP_LABEL_BYTES) await group();
      const at = labels.length;
      putTimes(times, at, batch);
      putPids(pids, at, batch);
      values.set(batch.values.subarray(0, batch.rows), at);
      for (let i = 0; i < batch.rows; i++) {
        const id = batch.labels[i]!;
        const label = (encoded[id] ??= encoder.encode(names[id]!));
        labels.push(label);
        labelBytes += label.length;
      }
    },
    async close(): Promise<void> {
      await group();
      await writer.finish();
    },
  };
}
