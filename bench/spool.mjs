// How long does a page take of the images that 2,857 processes left, with the content of as many files of Python's client?
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fleet, workers } from "../test/processes/database.mjs";
import { spooling } from "../test/processes/spooling.mjs";
import { check, timed } from "./harness.mjs";
import { fleetOfImages, imageOf, leave, ofAnother } from "./images.mjs";
import { plainPage } from "./plain-reader.mjs";
import { client, CLIENT } from "./python.mjs";
import { OURS, summed } from "./subjects.mjs";

const { Exporter, Registry, Source, spool } = spooling;
const FILES = 2_857;
const ALIVE = 50;
const GONE = 100_000;
/** As many as die between two scrapes of an application that starts one for each request. */
const AT_ONCE = 2_000;
/** As the client made them when PR #421 was written. */
const FILE_BYTES = 1 << 20;
const BLOCK = 512;

function folderBytes(folder) {
  let bytes = 0;
  for (const name of readdirSync(folder)) bytes += statSync(join(folder, name)).blocks * BLOCK;
  return bytes;
}

/** A collector of a spool that knows nothing yet. */
function collector(dir) {
  const registry = new Registry();
  const spooled = spool({ dir, registry, write: false, askSeconds: 0 });
  return {
    spooled,
    page: async () => (await registry.expose()).body,
    async close() {
      await spooled.close();
      registry.close();
    },
  };
}

export async function run(context) {
  const files = context.quick ? 300 : FILES;
  const python = await client();
  if (python === undefined) context.missing(CLIENT, new Error("it is not installed"));
  const format = python?.format ?? "v25";
  const folder = mkdtempSync(join(tmpdir(), "tallystick-bench-"));
  const theirs = join(folder, "python");
  const dir = join(folder, "spool");
  const images = join(dir, "run-000001");
  for (const path of [theirs, dir, images]) mkdirSync(path, { mode: 0o700 });
  try {
    fleet(theirs, { files, format, size: FILE_BYTES });
    await fleetOfImages(images, files, ALIVE);
    const steadyDir = join(folder, "steady");
    cpSync(dir, steadyDir, { recursive: true });
    const steady = collector(steadyDir);
    await steady.page();
    await steady.spooled.compact();
    let body = await steady.page();
    let plain = "";
    let answer;
    const first = async () => {
      const fresh = collector(dir);
      const start = performance.now();
      body = await fresh.page();
      const elapsed = performance.now() - start;
      await fresh.close();
      return elapsed;
    };
    const entries = [
      { subject: `${OURS}, its first page`, sample: first },
      { subject: `${OURS}, ${ALIVE} alive and the rest folded`, sample: timed(() => steady.page()) },
      { subject: "plain JavaScript, of Python's files", sample: timed(() => (plain = plainPage(theirs, format === "v25" ? 2 : 1))) },
    ];
    if (python !== undefined) {
      entries.push({ subject: CLIENT, sample: async () => ((answer = await python.page(theirs)), answer.seconds * 1000) });
    }
    await context.interleave("page-of-images", "ms", entries);
    const ours = summed(body);
    const steadily = summed(await steady.page());
    for (const { samples, total } of [summed(Buffer.from(plain)), ...(answer === undefined ? [] : [answer]), steadily]) {
      check(ours.samples, samples, "the number of samples");
      check(ours.total, total, "the sum of all values");
    }
    context.row("bytes-on-disk", `${OURS}, images`, "MB", [folderBytes(images) / 1e6]);
    context.row("bytes-on-disk", `${OURS}, ${ALIVE} alive and the rest folded`, "MB", [folderBytes(join(steadyDir, "run-000001")) / 1e6]);
    context.row("bytes-on-disk", CLIENT, "MB", [folderBytes(theirs) / 1e6]);
    await steady.close();
    await churn(context, join(folder, "churn"));
    await flushes(context);
  } finally {
    await python?.close();
    rmSync(folder, { recursive: true, force: true });
    spawnSync("sync");
  }
}

/** Pages beside so many living processes, before others came and went and after. */
async function churn(context, dir) {
  const gone = context.quick ? 3_000 : GONE;
  const run = join(dir, "run-000001");
  mkdirSync(run, { recursive: true, mode: 0o700 });
  const images = [];
  for (const worker of workers(300)) images.push(await imageOf(worker, images.length + 1));
  // All have been there before: what comes later adds no series.
  for (const [i, image] of images.entries()) leave(run, image, i < ALIVE);
  const all = collector(dir);
  await all.page();
  await all.spooled.compact();
  const pages = async (subject) => {
    const times = [];
    for (let i = 0; i < 101; i++) times.push(await timed(all.page)());
    context.row("page-beside-50-alive", subject, "ms", times);
  };
  await pages(`${OURS}, none gone`);
  let number = 1n << 40n;
  for (let i = 0; i < gone;) {
    for (let j = 0; j < AT_ONCE && i < gone; i++, j++) leave(run, ofAnother(images[i % images.length], number++), false);
    context.progress(`come and gone ${i}`);
    await all.page();
    await all.spooled.compact();
  }
  await pages(`${OURS}, ${gone.toLocaleString("en")} gone`);
  check(all.spooled.statistics.reader.refused, 0, "what was refused");
  check(readdirSync(run).filter((name) => name.endsWith(".image")).length, ALIVE + 1, "the number of files");
  await all.close();
}

/** What it takes to say what changed, and to take it in: 10,000 series of which 1 % did. */
async function flushes(context) {
  const registry = new Registry();
  const other = new Registry();
  const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["queue"] });
  const handles = Array.from({ length: 10_000 }, (_, i) => jobs.labels({ queue: `queue-${i}` }));
  for (const handle of handles) handle.inc();
  const exporter = new Exporter(registry);
  const source = new Source(other, 1n);
  const process = source.process();
  for (const frame of exporter.frames({ full: true, ended: false })) process.apply(frame);
  let turn = 0;
  let frames = [];
  const flush = () => {
    for (let i = 0; i < 100; i++) handles[(turn * 101 + i * 97) % handles.length].inc();
    turn++;
    const start = performance.now();
    const written = [...exporter.frames({ full: false, ended: false })];
    const elapsed = performance.now() - start;
    frames.push(...written);
    return elapsed;
  };
  const entries = [
    { subject: `${OURS}, flush`, sample: flush },
    {
      subject: `${OURS}, taking it in`,
      sample: () => {
        const start = performance.now();
        for (const frame of frames) process.apply(frame);
        source.publish();
        // Where the order of a round lets two meet, they are taken in together.
        const elapsed = (performance.now() - start) / Math.max(frames.length, 1);
        frames = [];
        return elapsed;
      },
      verify: () => {
        flush();
        for (const frame of frames) process.apply(frame);
        source.publish();
      },
    },
  ];
  await context.interleave("10,000-series-1-percent-changed", "ms", entries, { rounds: context.quick ? 5 : 101, warmUps: 20 });
  check(other.counter({ name: "jobs", help: "Jobs.", labelNames: ["queue"] }).value({ queue: "queue-0" }), handles[0].value(), "a series");
}
