// Files of Python's multiprocess client that went wrong: they are read or skipped, others of the directory are read all the same.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { read } from "../../processes/collected.mjs";
import { dumped, file, FORMATS, record } from "../../processes/database.mjs";
import { mutated } from "../mutate.mjs";

const NAMES = [
  "counter_7.db",
  "histogram_7.db",
  "gauge_all_7.db",
  "gauge_livesum_7.db",
  "gauge_mostrecent_7.db",
  "summary_7.db",
  "odd_7.db",
];
const SAMPLES = ["jobs_total", "size_bucket", "size_sum", "size_count", "a", "__proto__", "constructor"];
/** One that is sound, beside it. */
const SOUND = "counter_8.db";

export const python = {
  name: "python",
  about: "files of Python's multiprocess client",
  runs: 10_000,
  short: 80,
  async open() {
    const folder = mkdtempSync(join(tmpdir(), "tallystick-fuzz-"));
    const formats = Object.values(FORMATS);
    const family = (name) => name.replace(/_(bucket|sum|count|total)$/, "");
    const recorded = (name, labels, value, { help, doubles }) =>
      record(dumped([family(name), name, labels, ...(help ? ["Help."] : [])]), value, doubles, 1.7e9);
    const sound = file([recorded("sound_total", {}, 5, FORMATS.v25)]);
    return {
      input(random) {
        const format = random.of(formats);
        const one = (_, i) => {
          const labels = random.of([{}, { a: `${i}` }, { a: "1", le: "1.0" }, { le: "x" }, { __proto__: "1" }]);
          return recorded(random.of(SAMPLES), labels, random.of([1, 2.5, NaN, Infinity, -1, 5e-324]), format);
        };
        const bytes = new Uint8Array(file(Array.from({ length: 1 + random.below(6) }, one), random.once(3) ? 65536 : 0));
        return { name: random.of(NAMES), body: Buffer.from(mutated(bytes, random)).toString("latin1") };
      },
      async check({ name, body }) {
        for (const each of NAMES) rmSync(join(folder, each), { force: true });
        writeFileSync(join(folder, SOUND), sound);
        writeFileSync(join(folder, name), Buffer.from(body, "latin1"));
        const { samples, statistics } = await read(folder);
        assert.equal([...samples].find(([sample]) => sample.includes("sound_total"))?.[1], 5, [...samples.keys()].join(" "));
        assert.ok(statistics.files >= 1 && statistics.files <= 2);
      },
      close: () => rmSync(folder, { recursive: true, force: true }),
    };
  },
};
