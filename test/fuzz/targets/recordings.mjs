// Recordings that went wrong, as `tallystick record` reads them: rows or lines that are counted as none, within bounds, and other files'
// rows as they are.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "../../record-program/internals.mjs";
import { mutated } from "../mutate.mjs";

const { Labels, recordings: filesOf, Recording } = program;
const HEADER = "Timepoint,Measurement,Label,PID\r\n";
const SOUND = `${HEADER}1700000000000000001,0.5,sound,7\r\n`;
const encoder = new TextEncoder();
const CSV = encoder.encode(
  `${HEADER}1700000000000000000,0.5,a,7\r\n1700000000000000001,-1.5e-07,"b,""c""\n",7\r\n1700000000000000002,1e400,é🦀,4294967295\r\n99999999999999999999,nan,,-1\r\n5,inf,d,8\r\n`,
);
const JSONL = encoder.encode(
  '{"Timepoint":1700000000000000000,"Measurement":0.5,"Label":"a","PID":7}\n{"PID":7,"Label":"b\\u00e9\\n\\ud83e","Measurement":-1e-7,"Timepoint":1}\n{"Timepoint":1e20,"Measurement":null,"Label":"__proto__","PID":1.5,"More":{"a":[1,{}]}}\n[]\n',
);

export const recordings = {
  name: "recordings",
  about: "recordings as `tallystick record` reads them",
  runs: 30_000,
  short: 300,
  async open() {
    const folder = mkdtempSync(join(tmpdir(), "tallystick-fuzz-"));
    writeFileSync(join(folder, "a.csv"), SOUND);
    return {
      input(random) {
        const [name, one, other] = random.once(2) ? ["b.csv", CSV, JSONL] : ["b.jsonl", JSONL, CSV];
        return { name, body: Buffer.from(mutated(one, random, random.once(3) ? other : one)).toString("latin1") };
      },
      check({ name, body }) {
        const bytes = Buffer.from(body, "latin1");
        for (const each of ["b.csv", "b.jsonl"]) rmSync(join(folder, each), { force: true });
        writeFileSync(join(folder, name), bytes);
        const labels = new Labels({ most: 100, bytesMost: 1 << 16 });
        const recording = new Recording(filesOf(folder), labels);
        let rows = 0;
        let sound = 0;
        for (const batch of recording.batches()) {
          rows += batch.rows;
          for (let i = 0; i < batch.rows; i++) {
            assert.ok(batch.nanos[i] < 1e9, "a part of a second is a second or more");
            if (labels.names[batch.labels[i]] === "sound" && batch.values[i] === 0.5) sound++;
          }
        }
        const { badLines, unfinished, files } = recording.counted;
        assert.ok(sound >= 1, "the rows of another file are lost");
        assert.ok(files <= 2 && rows <= 1 + bytes.length && badLines + unfinished <= bytes.length + 2);
      },
      close: () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};
