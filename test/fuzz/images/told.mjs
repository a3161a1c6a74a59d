// Images of every kind, as exporters tell them: what is mutated. Whole ones, changes, removals, ends, baselines, default labels, the retired.

import { spooling } from "../../processes/spooling.mjs";
import { framesOf } from "../frames.mjs";

const { Exporter, Registry, Source } = spooling;
const MODES = "shared sum min max mostrecent all livesum livemin livemax livemostrecent liveall".split(" ");
const STATES = ["idle", "busy", "gone"];
const help = "Help.";
const labelNames = ["a"];
const bytesOf = (frames) => Buffer.concat([...frames].map((frame) => frame.slice()));

/** A registry with all there is, of so many series of each. */
class Member {
  constructor(number, series, options) {
    const registry = new Registry(options);
    this.registry = registry;
    this.counter = registry.counter({ name: "counted", help, labelNames, exemplars: true });
    this.histogram = registry.histogram({ name: "observed", help, labelNames, buckets: [0, 1, 100], exemplars: true });
    this.native = registry.histogram({ name: "finely", help, labelNames, native: true, buckets: [1] });
    this.summary = registry.summary({ name: "summarized", help, labelNames, quantiles: [0.5, 0.9] });
    this.info = registry.info({ name: "build", help, labelNames: ["a", "version"] });
    this.stateSet = registry.stateSet({ name: "phase", help, labelNames, states: STATES });
    this.ages = registry.gaugeHistogram({ name: "ages", help, labelNames, buckets: [1, 10] });
    this.plain = registry.counter({ name: "plain", help });
    this.gauges = MODES.map((mode) => registry.gauge({ name: `level_${mode}`, help, labelNames, mode }));
    registry.collect(() => [
      { type: "unknown", name: "told", help, labelNames, samples: [{ labels: { a: "1" }, value: 5, timestamp: 7 }] },
    ]);
    this.exporter = new Exporter(registry, {}, BigInt(number));
    for (let i = 0; i < series; i++) this.count(`${i}`, i + 0.5);
  }

  count(a, number) {
    this.counter.inc({ a }, Math.ceil(number), { trace_id: `t${a}` });
    this.histogram.observe({ a }, number, { trace_id: "h" });
    this.native.observe({ a }, number);
    this.native.observe({ a }, -number);
    this.summary.observe({ a }, number);
    this.info.set({ a, version: `${number}` });
    this.stateSet.set({ a }, STATES[Math.ceil(number) % 3]);
    this.ages.set({ a }, [number, 2]);
    this.plain.inc();
    for (const gauge of this.gauges) gauge.set({ a }, number * 1.1);
  }

  async tell(options) {
    await this.registry.expose();
    return bytesOf(this.exporter.frames({ full: false, ended: false, ...options }));
  }

  close() {
    this.exporter.close();
    this.registry.close();
  }
}

/** What a collector writes of those that died. */
async function retired(rows) {
  const registry = new Registry();
  const source = new Source(registry, 1n);
  for (const row of rows) {
    const process = source.process();
    process.apply(row);
    source.fold(process);
  }
  const row = bytesOf(source.retired());
  source.close();
  registry.close();
  return row;
}

/** Lines of rows of frames, and a row of another process: rows that stand in one line are told one after the other. */
export async function told() {
  const { now } = Date;
  // What is told has times in it, and of one seed the same is to come.
  Date.now = () => 1_800_000_000_000;
  try {
    return await made();
  } finally {
    Date.now = now;
  }
}

async function made() {
  const small = new Member(11, 1);
  const large = new Member(12, 12, { labels: { pod: "p-1", zone: 'a"\\\n' } });
  const rebased = new Member(13, 2);
  const lines = [[await small.tell({ full: true })], [await large.tell({ full: true })], [await rebased.tell({ full: true })]];
  small.count("0", 7);
  small.count("new", 3);
  lines[0].push(await small.tell({}));
  small.counter.remove({ a: "0" });
  small.histogram.reset();
  small.registry.remove("ages");
  lines[0].push(await small.tell({}));
  lines[0].push(await small.tell({ ended: true }));
  for (let i = 0; i < 6; i++) large.count(`${i}`, i * 3);
  lines[1].push(await large.tell({}));
  rebased.count("0", 4);
  lines.push([await rebased.tell({ full: true, baseline: true })]);
  rebased.count("1", 9);
  lines[3].push(await rebased.tell({}));
  lines.push([await retired([lines[0][0], lines[1][0]])]);
  const other = new Member(14, 2);
  const kept = framesOf(await other.tell({ full: true }));
  for (const member of [small, large, rebased, other]) member.close();
  return { lines: lines.map((rows) => rows.map((row) => framesOf(row))), kept };
}
