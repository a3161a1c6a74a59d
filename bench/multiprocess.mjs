// How long does a page take of 2,857 files that the processes of Python's client left, with 576,360 samples of 3,229 keys?
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Registry } from "tallystick";
import { readMultiprocessDir } from "tallystick/processes";
import { fleet } from "../test/processes/database.mjs";
import { check, timed } from "./harness.mjs";
import { plainPage } from "./plain-reader.mjs";
import { client, CLIENT } from "./python.mjs";
import { OURS, summed } from "./subjects.mjs";

const FILES = 2_857;
/** As the client made them when PR #421 was written. */
const FILE_BYTES = 1 << 20;

/** A registry that shows a directory, and its page. */
function shown(folder, options) {
  const registry = new Registry();
  const reading = readMultiprocessDir(folder, { registry, ...options });
  return {
    page: async () => (await registry.expose()).body,
    close() {
      reading.close();
      registry.close();
    },
  };
}

export async function run(context) {
  const python = await client();
  if (python === undefined) context.missing(CLIENT, new Error("it is not installed"));
  const format = python?.format ?? "v25";
  const folder = mkdtempSync(join(tmpdir(), "tallystick-bench-"));
  try {
    fleet(folder, { files: context.quick ? 300 : FILES, format, size: FILE_BYTES });
    const atOnce = shown(folder, { sliceMs: Infinity });
    const sliced = shown(folder, {});
    let body;
    const doubles = format === "v25" ? 2 : 1;
    let plain = "";
    let theirs;
    const entries = [
      { subject: OURS, sample: timed(async () => (body = await atOnce.page())) },
      { subject: `${OURS}, in slices of 2 ms`, sample: timed(() => sliced.page()) },
      { subject: `${OURS}, its first page`, sample: timed(() => first(folder)) },
      { subject: "plain JavaScript", sample: timed(() => (plain = plainPage(folder, doubles))) },
    ];
    if (python !== undefined) {
      entries.push({ subject: CLIENT, sample: async () => ((theirs = await python.page(folder)), theirs.seconds * 1000) });
    }
    await context.interleave(`page-of-${format}`, "ms", entries);
    const ours = summed(body);
    for (const { samples, total } of [summed(Buffer.from(plain)), ...(theirs === undefined ? [] : [theirs])]) {
      check(ours.samples, samples, "the number of samples");
      check(ours.total, total, "the sum of all values");
    }
  } finally {
    await python?.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** A page of a reader that knows nothing yet. */
async function first(folder) {
  const fresh = shown(folder, { sliceMs: Infinity });
  await fresh.page();
  fresh.close();
}
