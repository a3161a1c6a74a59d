// Bodies of pushes that went wrong, packed or not, with headers of strangers: each is answered with a status that the wire knows, within a
// bound of bytes, and what another process told is shown as before.

import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { Registry } from "tallystick";
import { receiver } from "tallystick/push";
import { spooling } from "../../processes/spooling.mjs";
import { framed } from "../frames.mjs";
import { told } from "../images/told.mjs";
import { inside } from "../internals.mjs";
import { mutated } from "../mutate.mjs";

const TOKEN = "opensesame";
const URL = "https://collector.example/push";
const ONE = "application/x-tallystick-image";
const ROW = "application/x-tallystick-images";
const STATUSES = [200, 400, 401, 403, 405, 408, 409, 410, 413, 415, 429, 503, 508];
const BODY_BYTES_MOST = 1 << 20;
/** After so many a receiver is made anew. */
const RECEIVER_RUNS = 300;
const FRAME_BYTES_LEAST = 80;
const latin = (bytes) => Buffer.from(bytes).toString("latin1");
const HEADERS = {
  "tallystick-instance": ["", "zz", "f".repeat(16), "0".repeat(16), "0123456789abcdef"],
  "tallystick-share": ["full", "changes", "nothing", "half", "full, full"],
  "tallystick-silent": ["0", "1e5", "-1", "9".repeat(15), "9".repeat(16)],
  "tallystick-state": ["0000000000000001-7", "x", "ffffffffffffffff-9999999999999999", "0000000000000001--1"],
  "content-type": [ONE, ROW, "text/plain", `${ONE}; charset=utf-8`, ""],
  "content-encoding": ["gzip", "identity", "br", "gzip, gzip", ""],
  "content-length": ["0", "-1", "1e9", "999999999999"],
  authorization: [
    "",
    "Bearer",
    "Bearer  opensesame",
    "bearer opensesame",
    "Basic opensesame",
    "Bearer opensesame2",
    `Bearer ${"x".repeat(9000)}`,
  ],
};

/** Bytes that unpack to a thousand times as many. */
const bomb = gzipSync(new Uint8Array(1 << 26));

/** The keeper's image, told once; its series have a label of their own. */
function keeperTold() {
  const registry = new spooling.Registry({ labels: { keeper: "1" } });
  registry.counter({ name: "counted", help: "Help.", labelNames: ["a"] }).inc({ a: "1" }, 7);
  registry.histogram({ name: "observed", help: "Help.", labelNames: ["a"], buckets: [0, 1, 100] }).observe({ a: "1" }, 5);
  const exporter = new spooling.Exporter(registry, {}, 99n);
  const body = Buffer.concat([...exporter.frames({ full: true, ended: false })].map((frame) => frame.slice()));
  exporter.close();
  registry.close();
  return body;
}

function asked({ headers, body }) {
  const bytes = Buffer.from(body, "latin1");
  const all = { authorization: `Bearer ${TOKEN}`, "content-type": ONE, "tallystick-share": "full", ...headers };
  const known = new Map(Object.entries(all));
  return { method: "POST", url: URL, headers: { get: (name) => known.get(name) ?? null }, body: new Blob([bytes]).stream() };
}

export const bodies = {
  name: "bodies",
  about: "bodies and headers of pushes",
  runs: 30_000,
  short: 300,
  async open() {
    const { lines } = await told();
    const keeper = keeperTold();
    const whole = lines.map((line) => line[0]);
    let done = 0;
    let registry;
    let handler;
    let lost;
    const shown = async () => {
      await handler.settled();
      const page = new TextDecoder().decode((await registry.expose({ dialect: "text" })).body);
      return page.split("\n").filter((line) => line.includes('keeper="1"'));
    };
    const renewed = async () => {
      registry?.close();
      registry = new Registry();
      handler = receiver({ registry, token: TOKEN, maxBytes: BODY_BYTES_MOST, timeoutSeconds: 5, onError: () => {} });
      const { status } = await handler(asked({ headers: { "tallystick-instance": "63".padStart(16, "0") }, body: latin(keeper) }));
      assert.equal(status, 200);
      lost = await shown();
      assert.ok(lost.length > 3);
    };
    return {
      input(random) {
        const frames = random.of(whole).slice();
        const instance = new DataView(frames[0].buffer, frames[0].byteOffset).getBigUint64(24, true).toString(16).padStart(16, "0");
        const headers = { "tallystick-instance": instance };
        if (!random.once(6)) frames[frames.length - 1] = framed(mutated(frames.at(-1), random, random.of(whole)[0], FRAME_BYTES_LEAST));
        let bytes = new Uint8Array(Buffer.concat(frames));
        if (random.once(5)) {
          headers["content-type"] = ROW;
          const push = { instance, share: "full", silentSeconds: undefined, ageSeconds: 0, via: [], state: undefined, body: bytes };
          bytes = inside.wire.rowOf([push, { ...push, instance: "00000000000000ab" }]);
          if (random.once(2)) bytes = mutated(bytes, random);
        }
        if (random.once(6)) bytes = mutated(bytes, random);
        if (random.once(4)) {
          headers["content-encoding"] = "gzip";
          bytes = random.once(20) ? bomb : gzipSync(bytes);
          if (random.once(2)) bytes = mutated(bytes, random);
        }
        for (const name of Object.keys(HEADERS)) if (random.once(25)) headers[name] = random.of(HEADERS[name]);
        return { headers, body: latin(bytes) };
      },
      async check(input) {
        if (done++ % RECEIVER_RUNS === 0) await renewed();
        const response = await handler(asked(input));
        const text = await response.text();
        assert.ok(STATUSES.includes(response.status), `${response.status} ${text}`);
        assert.ok(text.length < 10_000, `an answer of ${text.length} characters`);
        if (done % 10 === 0) assert.deepEqual(await shown(), lost, "what another process told is shown otherwise");
      },
      close: () => registry?.close(),
    };
  },
};
