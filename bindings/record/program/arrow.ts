// Writes rows as an Arrow file through apache-arrow, which whoever wants it installs: a record batch at a time, with the labels as a
// dictionary, which all of them share.

import type { Batch } from "./batch.ts";
import { putPids, putTimes } from "./int64.ts";
import type { Output } from "./output.ts";
import { needed } from "./peer.ts";
import type { MakeSink, Sink } from "./rows.ts";

/** Of a record batch: 2 MB. */
const GROUP_ROWS = 1 << 16;

const load = () => import("apache-arrow");

export async function arrow(): Promise<MakeSink> {
  const library = await needed("apache-arrow", load);
  return (output, names) => sinkOf(library, output, names);
}

function sinkOf(arrow: Awaited<ReturnType<typeof load>>, output: Output, names: readonly string[]): Sink {
  const label = new arrow.Dictionary(new arrow.Utf8(), new arrow.Int32(), 0);
  const time = new arrow.Timestamp(arrow.TimeUnit.NANOSECOND, "UTC");
  const fields = [
    new arrow.Field("Timepoint", time, false),
    new arrow.Field("Measurement", new arrow.Float64(), false),
    new arrow.Field("Label", label, false),
    new arrow.Field("PID", new arrow.Int64(), false),
  ];
  const schema = new arrow.Schema(fields);
  // All labels are known by now: rows were put in order.
  const dictionary = arrow.vectorFromArray(names, new arrow.Utf8());
  let taken: Uint8Array[] = [];
  class Taken extends arrow.AsyncByteQueue {
    override write(bytes: Uint8Array): void {
      taken.push(bytes);
    }
  }
  const writer = new arrow.RecordBatchFileWriter();
  writer.reset(new Taken(), schema);
  const times = new BigInt64Array(GROUP_ROWS);
  const values = new Float64Array(GROUP_ROWS);
  const labels = new Int32Array(GROUP_ROWS);
  const pids = new BigInt64Array(GROUP_ROWS);
  let rows = 0;

  const drained = async (): Promise<void> => {
    const pieces = taken;
    taken = [];
    for (const bytes of pieces) await output.bytes(bytes);
  };
  const group = async (): Promise<void> => {
    if (rows === 0) return;
    const length = rows;
    const children = [
      arrow.makeData({ type: time, length, data: times.subarray(0, length) }),
      arrow.makeData({ type: new arrow.Float64(), length, data: values.subarray(0, length) }),
      arrow.makeData({ type: label, length, data: labels.subarray(0, length), dictionary }),
      arrow.makeData({ type: new arrow.Int64(), length, data: pids.subarray(0, length) }),
    ];
    writer.write(new arrow.RecordBatch(schema, arrow.makeData({ type: new arrow.Struct(fields), length, children })));
    // Its columns are these: they may change once all is taken.
    await drained();
    rows = 0;
  };

  return {
    async write(batch: Batch): Promise<void> {
      if (rows + batch.rows > GROUP_ROWS) await group();
      putTimes(times, rows, batch);
      putPids(pids, rows, batch);
      values.set(batch.values.subarray(0, batch.rows), rows);
      labels.set(batch.labels.subarray(0, batch.rows), rows);
      rows += batch.rows;
    },
    async close(): Promise<void> {
      await group();
      writer.finish();
      await drained();
    },
  };
}
