// Images of a fleet of processes, as each would have left it in a spool: made in this process, one after the other.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { FLEET_BOUNDS, workers } from "../test/processes/database.mjs";
import { sealed } from "../test/processes/sealed.mjs";
import { spooling } from "../test/processes/spooling.mjs";

const { Exporter, Registry, SystemDisk, headBytes } = spooling;
const disk = new SystemDisk();

/** A pid that no process has: Linux gives none above 4,194,304. */
const NOBODY = 4_194_305;
const histogramOf = ([sum, ...buckets]) => {
  let count = 0;
  const cumulative = buckets.map((own, i) => ({ le: FLEET_BOUNDS[i] ?? Infinity, count: (count += own) }));
  return { sum, count, buckets: cumulative };
};

/** A registry with what one file of a fleet says. */
async function registryOf({ kind, rows }) {
  const registry = new Registry();
  const labelNames = ["handler", "method", "status"];
  if (kind === "histogram") {
    const samples = rows.map(({ labels, values }) => ({ labels, value: histogramOf(values) }));
    const family = { type: "histogram", name: "http_request_duration_seconds", help: "Help for http_request_duration_seconds" };
    registry.collect(() => [{ ...family, labelNames, samples }]);
    await registry.expose();
  } else if (kind === "counter") {
    const counter = registry.counter({ name: "http_requests", help: "Help for http_requests", labelNames });
    for (const { labels, values } of rows) counter.inc(labels, values[0]);
  } else {
    const gauge = registry.gauge({ name: "queue_depth", help: "Help for queue_depth", labelNames, mode: "max" });
    for (const { labels, values } of rows) gauge.set(labels, values[0]);
  }
  return registry;
}

/** The frames of one process with what a file of a fleet says, and its instance's digits. */
export async function imageOf(worker, number) {
  const registry = await registryOf(worker);
  const instance = (BigInt(number) << 20n) | 0x7a11n;
  const exporter = new Exporter(registry, {}, instance);
  const frames = [...exporter.frames({ full: true, ended: false })];
  exporter.close();
  registry.close();
  return { name: instance.toString(16).padStart(16, "0"), bytes: Buffer.concat(frames) };
}

/** The same image as another process would have made it: its frames say whose they are. */
export function ofAnother({ bytes }, instance) {
  const frames = [];
  for (let at = 0; at < bytes.length;) {
    const frame = Uint8Array.from(bytes.subarray(at, at + bytes.readUInt32LE(at + 8)));
    new DataView(frame.buffer).setBigUint64(24, instance, true);
    frames.push(sealed(frame));
    at += frame.length;
  }
  return { name: instance.toString(16).padStart(16, "0"), bytes: Buffer.concat(frames) };
}

/** Leaves an image in the directory of a run; `alive`: as if it were this process'. How many bytes it has. */
export function leave(run, { name, bytes }, alive) {
  const { identity } = disk;
  const head = headBytes(alive ? identity : { ...identity, pid: NOBODY }, { application: "", flushSeconds: 1, takenBytes: 0, since: 0 });
  writeFileSync(join(run, `${name}-default.image`), Buffer.concat([head, bytes]), { mode: 0o600 });
  return head.length + bytes.length;
}

/** A fleet of images of the shape of client_python's PR #421, `alive` of which live. How many bytes they have together. */
export async function fleetOfImages(run, files, alive, from = 0) {
  let bytes = 0;
  let number = from;
  for (const worker of workers(files)) {
    number++;
    bytes += leave(run, await imageOf(worker, number), number - from <= alive);
  }
  return bytes;
}
