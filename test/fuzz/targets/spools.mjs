// Files of a spool that went wrong, with checksums that are right: each is read or refused by itself, and what others of the directory
// counted is shown.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spooling } from "../../processes/spooling.mjs";
import { framed, framesOf } from "../frames.mjs";
import { mutated } from "../mutate.mjs";

const { Exporter, Registry, Source, SpoolReader, SpoolWriter } = spooling;
const RUN = "run-000001";
const SOUND = "0000000000000001-default.image";
const WRONG = "0000000000000002-default.image";
const FRAME_BYTES_LEAST = 80;
const NAMES = [WRONG, WRONG, WRONG, WRONG, "retired-1-default.image", "retired-999999-default.image", "0000000000000003-default.image", "wanted", "id-0123456789abcdef", "x.image", `${"f".repeat(16)}-default.image`]; // prettier-ignore

export const spools = {
  name: "spools",
  about: "files of a spool with right checksums",
  runs: 5000,
  short: 40,
  async open() {
    const dir = mkdtempSync(join(tmpdir(), "tallystick-fuzz-"));
    const path = (name) => join(dir, RUN, name);
    const writers = [1n, 2n].map((instance) => {
      const registry = new Registry({ labels: { of: `${instance}` } });
      registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["a"] }).inc({ a: "1" }, 5);
      registry.histogram({ name: "sizes", help: "Sizes.", labelNames: ["a"], buckets: [1, 2] }).observe({ a: "1" }, 5);
      return { registry, writer: new SpoolWriter(new Exporter(registry, {}, instance), { dir, flushSeconds: 0, signals: false }) };
    });
    for (const { writer } of writers) await writer.flush();
    const whole = new Map(readdirSync(join(dir, RUN)).map((name) => [name, readFileSync(path(name))]));
    const image = whole.get(WRONG);
    const from = image.indexOf("TLYI");
    const head = new Uint8Array(image.subarray(0, from));
    const frames = framesOf(new Uint8Array(image.subarray(from)));
    let names = 0n;
    return {
      input(random) {
        const rows = frames.map((frame) => (random.once(3) ? frame : framed(mutated(frame, random, frame, FRAME_BYTES_LEAST))));
        let bytes = new Uint8Array(Buffer.concat([random.once(6) ? mutated(head, random) : head, ...rows]));
        if (random.once(3)) bytes = mutated(bytes, random);
        return { name: random.of(NAMES), body: Buffer.from(bytes).toString("latin1") };
      },
      async check({ name, body }) {
        for (const each of readdirSync(join(dir, RUN))) if (!whole.has(each)) rmSync(path(each), { recursive: true });
        for (const [each, bytes] of whole) writeFileSync(path(each), bytes);
        writeFileSync(path(name), Buffer.from(body, "latin1"));
        const registry = new Registry();
        const told = [];
        const options = { dir, askSeconds: 0, compactSeconds: 0, onError: (error) => told.push(error) };
        const reader = new SpoolReader(() => new Source(registry, ++names), options);
        try {
          await reader.refresh();
          await reader.refresh();
          const text = new TextDecoder().decode(registry.exposeSync({ dialect: "text" }).body);
          assert.ok(text.includes('jobs_total{a="1",of="1"} 5\n'), `what ${SOUND} says is not shown: ${told.join(" ")}`);
          for (const error of told) assert.ok(error.name === "SpoolError" || error.name === "MetricsError", error.stack);
        } finally {
          await reader.close();
          registry.close();
        }
      },
      async close() {
        for (const { writer, registry } of writers) {
          await writer.close();
          registry.close();
        }
        rmSync(dir, { recursive: true, force: true });
      },
    };
  },
};
