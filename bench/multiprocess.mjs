// How long does a page take of 2,857 files that the processes of Python's client left, with 576,360 samples of 3,229 keys?
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { fleet } from "../test/processes/database.mjs";
import { reader } from "../test/processes/collected.mjs";
import { check } from "./harness.mjs";
import { plainPage } from "./plain-reader.mjs";
import { OURS } from "./subjects.mjs";

const FILES = 2_857;
/** As the client made them when PR #421 was written. */
const FILE_BYTES = 1 << 20;
const PYTHON = "/usr/bin/python3";
const CLIENT = "python3-prometheus-client";

/** A process of Python's client that answers with a page; undefined where there is none. */
async function client() {
  const child = spawn(PYTHON, [fileURLToPath(new URL("multiprocess.py", import.meta.url))], { stdio: ["pipe", "pipe", "ignore"] });
  child.on("error", () => undefined);
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { done, value } = await answers.next();
  if (done) return undefined;
  return {
    format: JSON.parse(value).mostrecent ? "v25" : "v16",
    async page(folder) {
      child.stdin.write(`${JSON.stringify(folder)}\n`);
      return JSON.parse((await answers.next()).value);
    },
    async close() {
      child.stdin.end();
      await once(child, "close");
    },
  };
}

/** A sink that makes a page, so that all rows end with one. */
class Page {
  #families = [];
  #lines = [];
  text = "";

  family(definition) {
    return this.#families.push({ ...definition, les: [...(definition.buckets ?? []), "+Inf"] }) - 1;
  }

  set(index, block, value, buckets, count) {
    const { kind, name, les } = this.#families[index];
    if (buckets === undefined) {
      this.#lines.push(`${kind === "counter" ? `${name}_total` : kind === "summary" ? `${name}_sum` : name}{${block}} ${value}`);
      if (kind === "summary") this.#lines.push(`${name}_count{${block}} ${count}`);
      return;
    }
    let sum = 0;
    for (let i = 0; i < buckets.length; i++) this.#lines.push(`${name}_bucket{${block},le="${les[i]}"} ${(sum += buckets[i])}`);
    this.#lines.push(`${name}_sum{${block}} ${value}`, `${name}_count{${block}} ${sum}`);
  }

  publish() {
    this.text = `${this.#lines.join("\n")}\n`;
    this.#lines = [];
  }
}

/** Samples of a page and the sum of their values: what all rows must agree about. */
function summed(text) {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return { samples: lines.length, total: lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0) };
}

export async function run(context) {
  const python = await client();
  if (python === undefined) context.missing(CLIENT, new Error("it is not installed"));
  const format = python?.format ?? "v25";
  const folder = mkdtempSync(join(tmpdir(), "tallystick-bench-"));
  try {
    fleet(folder, { files: context.quick ? 300 : FILES, format, size: FILE_BYTES });
    const timed = (page) => async () => {
      const start = performance.now();
      await page();
      return performance.now() - start;
    };
    const sink = new Page();
    const { reading } = reader(folder, { sink });
    const sliced = reader(folder, { sink: new Page(), sliceMs: 2 }).reading;
    const doubles = format === "v25" ? 2 : 1;
    let plain = "";
    let theirs;
    const entries = [
      { subject: OURS, sample: timed(() => reading.refresh()) },
      { subject: `${OURS}, in slices of 2 ms`, sample: timed(() => sliced.refresh()) },
      { subject: `${OURS}, its first page`, sample: timed(() => first(folder)) },
      { subject: "plain JavaScript", sample: timed(() => (plain = plainPage(folder, doubles))) },
    ];
    if (python !== undefined) {
      entries.push({ subject: CLIENT, sample: async () => ((theirs = await python.page(folder)), theirs.seconds * 1000) });
    }
    await context.interleave(`page-of-${format}`, "ms", entries);
    const ours = summed(sink.text);
    for (const { samples, total } of [summed(plain), ...(theirs === undefined ? [] : [theirs])]) {
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
  const { reading } = reader(folder, { sink: new Page() });
  await reading.refresh();
  reading.close();
}
