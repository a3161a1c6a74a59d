// A recorder in one thread, without a disk: what is recorded, how it is timed, what is refused, and what drains give.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { transformSync } from "esbuild";
import { Registry, registry } from "tallystick";
import { recorder, RecorderError } from "tallystick/record";

let made = 0;
const fresh = (options = {}) => recorder({ prefix: `test-${++made}`, ...options });
const text = (chunks) => new TextDecoder().decode(Buffer.concat([...chunks]));
/** Rows without their times. */
const rows = (csv) =>
  csv
    .split("\r\n")
    .slice(1, -1)
    .map((line) => line.split(",").slice(1, -1).join(","));

test("recorder.drain() gives the telemetry module's CSV, byte for byte", () => {
  const samples = fresh();
  const before = BigInt(Date.now()) * 1_000_000n;
  samples.record("plain", 0.25);
  samples.record('say "x"', 1e-5);
  samples.record("a,b", 1e16);
  samples.record("plain", -0);
  samples.label("count", { whole: true }).record(25);
  samples.label("count").record(0.5);
  samples.record("größe", NaN);
  const csv = text(samples.drain());
  const times = [...csv.matchAll(/^(\d+),/gm)].map(([, time]) => BigInt(time));
  for (const time of times) assert.ok(time >= before - 10_000_000n && time < before + 10_000_000_000n, `${time}`);
  const pid = process.pid;
  assert.equal(times.length, 7);
  assert.equal(
    csv.replaceAll(/^\d{19},/gm, "T,"),
    "Timepoint,Measurement,Label,PID\r\n" +
      `T,0.25,plain,${pid}\r\nT,-0.0,plain,${pid}\r\n` +
      `T,1e-05,"say ""x""",${pid}\r\n` +
      `T,1e+16,"a,b",${pid}\r\n` +
      `T,25,count,${pid}\r\nT,0.5,count,${pid}\r\n` +
      `T,nan,größe,${pid}\r\n`,
  );
  assert.equal(text(samples.drain()), "Timepoint,Measurement,Label,PID\r\n");
});

test("recorder.drain({ format: 'jsonl' }) gives an object a line", () => {
  const samples = fresh();
  samples.record('say "x"', 0.5);
  samples.record("infinite", Infinity);
  const lines = text(samples.drain({ format: "jsonl" }))
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    lines.map(({ measurement, label, pid, thread }) => ({ measurement, label, pid, thread })),
    [
      { measurement: 0.5, label: 'say "x"', pid: process.pid, thread: 0 },
      { measurement: null, label: "infinite", pid: process.pid, thread: 0 },
    ],
  );
});

test("recorder.drain() that is not taken to its end leaves all of it for the next one", () => {
  const samples = fresh();
  const label = samples.label("x");
  for (let i = 0; i < 20000; i++) label.record(i);
  const [first] = samples.drain();
  assert.ok(first.length > 100_000);
  assert.equal(samples.statistics.waiting, 20000);
  const left = samples.drain();
  left.next();
  const all = text(samples.drain());
  assert.deepEqual(
    rows(all).map((row) => parseFloat(row)),
    Array.from({ length: 20000 }, (_, i) => i),
  );
  assert.throws(
    () => left.next(),
    (error) => error instanceof RecorderError && error.code === "over",
  );
  assert.deepEqual(
    { ...samples.statistics },
    { recorded: 20000, written: 20000, dropped: 0, waiting: 0, refusedLabels: 0, files: 0, bytes: 0 },
  );
});

test("recorder.stream() is a Response's body; one that is cancelled leaves all for the next", async () => {
  const samples = fresh();
  const label = samples.label("x");
  for (let i = 0; i < 20000; i++) label.record(i);
  const reader = samples.stream().getReader();
  await reader.read();
  await reader.cancel();
  assert.equal(samples.statistics.waiting, 20000);
  const csv = await new Response(samples.stream()).text();
  assert.equal(rows(csv).length, 20000);
  assert.equal(samples.statistics.written, 20000);
});

test("label.time() records returns, throws, promises and rejections, and gives what the function gives", async () => {
  const samples = fresh();
  assert.equal(
    samples.time("sync", () => 5),
    5,
  );
  assert.throws(
    () =>
      samples.time("throws", () => {
        throw new RangeError("no");
      }),
    RangeError,
  );
  const promise = samples.time("async", () => wait(30, "late"));
  assert.equal(samples.statistics.recorded, 2);
  assert.equal(await promise, "late");
  await assert.rejects(
    samples.time("rejects", async () => {
      await wait(20);
      throw new TypeError("no");
    }),
    TypeError,
  );
  const lazy = new Proxy({}, { get: (_, name) => name === "then" && (() => assert.fail("a lazy query ran")) });
  assert.equal(
    samples.time("lazy", () => lazy),
    lazy,
  );
  assert.throws(() => samples.time("x", 5), { message: "Cannot time 5: it must be a function" });
  const found = Object.fromEntries(rows(text(samples.drain())).map((row) => row.split(",").toReversed()));
  assert.deepEqual(Object.keys(found), ["sync", "throws", "async", "rejects", "lazy"]);
  assert.ok(found.async > 0.025 && found.async < 5, found.async);
  assert.ok(found.rejects > 0.015 && found.rejects < 5, found.rejects);
  assert.ok(found.sync >= 0 && found.sync < 0.5);
});

test("start and stop nest, recurse and overlap: each has its own duration", async () => {
  const samples = fresh();
  const label = samples.label("overlap");
  const work = async (milliseconds) => {
    const started = label.start();
    await wait(milliseconds);
    label.stop(started);
    return milliseconds;
  };
  await Promise.all([60, 20, 40].map(work));
  const depth = (n) => label.time(() => (n === 0 ? 0 : 1 + depth(n - 1)));
  assert.equal(depth(50), 50);
  const outer = samples.start("outer");
  const inner = samples.start("inner");
  samples.stop("inner", inner);
  samples.stop("outer", outer);
  // One that is never stopped leaves nothing behind.
  label.start();
  const found = rows(text(samples.drain())).map((row) => row.split(","));
  const overlap = found.filter(([, name]) => name === "overlap").map(([seconds]) => Number(seconds));
  assert.equal(overlap.length, 54);
  for (const [i, least] of [0.02, 0.04, 0.06].entries()) assert.ok(overlap[i] >= least - 0.002 && overlap[i] < least + 5, `${overlap[i]}`);
  // Recursion: whoever began first ends last.
  for (let i = 4; i < 54; i++) assert.ok(overlap[i] >= overlap[i - 1]);
  assert.deepEqual(
    found.slice(-2).map(([, name]) => name),
    ["inner", "outer"],
  );
});

test("recorder.timed() is a decorator of class members and wraps functions", async () => {
  const samples = fresh();
  const source = `
    export const make = (samples) => class Store {
      #rows = 2;
      @samples.timed("named") get(key) { return key + this.#rows; }
      @samples.timed() async put() { return this.#rows; }
      @samples.timed() get size() { return this.#rows; }
      @samples.timed() static all() { return "all"; }
      @samples.timed() field = (x) => x * this.#rows;
      @samples.timed() throws() { throw new RangeError("no"); }
    };`;
  const { code } = transformSync(source, { loader: "ts", target: "es2022" });
  const { make } = await import(`data:text/javascript,${encodeURIComponent(code)}`);
  const Store = make(samples);
  const store = new Store();
  assert.equal(store.get("k"), "k2");
  assert.equal(await store.put(), 2);
  assert.equal(store.size, 2);
  assert.equal(Store.all(), "all");
  assert.equal(store.field(4), 8);
  assert.throws(() => store.throws(), RangeError);
  const wrapped = samples.timed("sum")(function sum(a, b) {
    return a + b;
  });
  assert.equal(wrapped(1, 2), 3);
  assert.equal(wrapped.name, "sum");
  assert.equal(wrapped.length, 2);
  assert.equal(
    samples.timed()(function own() {
      return 1;
    })(),
    1,
  );
  const names = rows(text(samples.drain())).map((row) => row.split(",")[1]);
  assert.deepEqual(names, ["named", "put", "size", "all", "field", "throws", "sum", "own"]);
  assert.throws(() => samples.timed()(5), TypeError);
  assert.throws(() => samples.timed()(Registry, { kind: "class", name: "X" }), TypeError);
  assert.throws(() => samples.timed()(undefined, { kind: "field", name: "x" })(5), TypeError);
});

test("off() and on() switch at run time, and a duration that began while it was off is none", () => {
  const samples = fresh({ on: false });
  const label = samples.label("x");
  assert.equal(samples.isOn, false);
  label.record(1);
  samples.record("never made", 1);
  const started = label.start();
  samples.on();
  assert.equal(samples.isOn, true);
  label.stop(started);
  label.record(2);
  const begun = label.start();
  samples.off();
  label.stop(begun);
  samples.on();
  label.stop(begun);
  assert.equal(samples.statistics.recorded, 2);
  const found = rows(text(samples.drain()));
  assert.equal(found[0], "2.0,x");
  assert.match(found[1], /^[\d.e-]+,x$/);
});

test("labels that are too long or too many are one, are counted, and cost no memory", () => {
  const samples = fresh({ maxLabels: 3 });
  for (const name of ["a", "b", "c", "d", "e"]) samples.record(name, 1);
  const long = "x".repeat(1 << 20);
  samples.record(long, 2);
  samples.record("ä".repeat(3000), 3);
  assert.equal(samples.label("a"), samples.label("a"));
  const { used } = registry.memoryUsage();
  for (let i = 0; i < 20000; i++) samples.record(`attack ${i}`, 4);
  assert.ok(registry.memoryUsage().used - used < 4096);
  assert.equal(samples.statistics.refusedLabels, 20004);
  const found = rows(text(samples.drain()));
  assert.deepEqual(found.slice(0, 7), [
    "1.0,a",
    "1.0,b",
    "1.0,c",
    "1.0,tallystick_overflow",
    "1.0,tallystick_overflow",
    "2.0,tallystick_overflow",
    "3.0,tallystick_overflow",
  ]);
});

test("memory is flat at its cap, and what is dropped goes by the policy and is counted", () => {
  for (const policy of ["flush", "drop-oldest", "drop-newest"]) {
    const samples = fresh({ policy, bytes: 65536, ringBytes: 65536 });
    const label = samples.label("x");
    // With the first that is dropped come the series that show it.
    for (let i = 0; i < 5000; i++) label.record(i);
    const { used } = registry.memoryUsage();
    for (let i = 5000; i < 100_000; i++) label.record(i);
    assert.equal(registry.memoryUsage().used, used);
    const { recorded, dropped, waiting } = samples.statistics;
    assert.equal(recorded, 100_000);
    assert.equal(dropped + waiting, 100_000);
    assert.ok(waiting > 2000 && waiting < 65536 / 28);
    const found = rows(text(samples.drain())).map((row) => parseFloat(row));
    assert.equal(found.length, waiting);
    const from = policy === "drop-oldest" ? 100_000 - waiting : 0;
    assert.deepEqual(
      found,
      Array.from({ length: waiting }, (_, i) => from + i),
    );
  }
});

test("recorder() is the same for the same registry and prefix, until it is closed", async () => {
  const one = recorder({ prefix: "same" });
  assert.equal(recorder({ prefix: "same" }), one);
  const other = new Registry();
  const two = recorder({ prefix: "same", registry: other });
  assert.notEqual(two, one);
  one.record("x", 1);
  assert.equal(two.statistics.recorded, 0);
  const label = one.label("x");
  await one.close();
  await one.close();
  label.record(2);
  one.record("x", 3);
  assert.equal(one.isOn, false);
  const again = recorder({ prefix: "same" });
  assert.notEqual(again, one);
  assert.equal(again.statistics.recorded, 1);
  again.record("x", 4);
  assert.deepEqual(rows(text(again.drain())), ["1.0,x", "4.0,x"]);
  assert.throws(() => recorder({ prefix: "same", registry: other, dir: 5 }), TypeError);
  await two.close();
  assert.throws(() => recorder({ prefix: "same", registry: other, policy: "drop-oldest" }), {
    code: "conflict",
    message: /Cannot make recorder "same" with other policy, bytes, ringBytes or maxLabels/,
  });
});

test("what drains gave and what was dropped is on the page of the registry", () => {
  const own = new Registry();
  const samples = recorder({ registry: own, prefix: "paged", bytes: 4096, policy: "drop-newest", dir: null, flushSeconds: null });
  for (let i = 0; i < 1000; i++) samples.record("x", i);
  assert.equal(rows(text(samples.drain())).length, samples.statistics.written);
  const { written, dropped } = samples.statistics;
  const page = new TextDecoder().decode(own.exposeSync().body);
  const lines = page.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  assert.deepEqual(lines, [
    `tallystick_recorder_samples_total{dir="",recorder="paged",outcome="written"} ${written}`,
    `tallystick_recorder_samples_total{dir="",recorder="paged",outcome="dropped"} ${dropped}`,
  ]);
  assert.ok(written > 100 && dropped > 500);
});

test("recorder() refuses what is no option or out of bounds, and says the limit", () => {
  const refused = [
    [{ direction: "x" }, /direction/],
    [{ dir: "" }, /names a directory/],
    [{ prefix: "a/b" }, /Cannot begin the names of files with "a\/b"/],
    [{ prefix: "" }, /a prefix has 1 to 100/],
    [{ policy: "drop" }, /one of flush, drop-oldest, drop-newest/],
    [{ format: "xml" }, /one of csv, jsonl/],
    [{ bytes: 100 }, /bytes 100: it must be at least 4096 and at most 2147483647/],
    [{ bytes: 8192, ringBytes: 16384 }, /ringBytes 16384: it must be at least 4096 and at most 8192/],
    [{ maxLabels: 0 }, /at least 1 and at most 65535/],
    [{ dir: "x", flushSeconds: NaN }, /flushSeconds NaN/],
    [{ dir: "x", maxFileBytes: 1000 }, /maxFileBytes 1000: it must be at least 65536/],
    [{ dir: "x", retainBytes: 1e6, maxFileBytes: 2e6 }, /maxFileBytes 2000000: .* at most 1000000/],
    [{ flushSeconds: 5 }, /with flushSeconds and without dir/],
    [{ registry: {} }, /Registry/],
    [5, /recorder/],
  ];
  for (const [options, message] of refused) assert.throws(() => recorder(options), { message }, JSON.stringify(options));
  const samples = fresh();
  assert.throws(() => samples.label(5), { name: "TypeError", message: "Cannot record a label 5: it must be a string" });
  assert.throws(() => samples.record(undefined, 1), TypeError);
  assert.throws(() => samples.drain({ format: "xml" }), RangeError);
});

test("recorder.label() and recorder.drain() refuse options that there are not, and formats in their own words", () => {
  const samples = fresh();
  samples.label("known");
  for (const name of ["new", "known"]) {
    assert.throws(() => samples.label(name, { hole: true }), { name: "TypeError", message: /"hole".*whole/ });
    assert.throws(() => samples.label(name, { whole: 1 }), { name: "TypeError", message: /whole/ });
    assert.throws(() => samples.label(name, 7), TypeError);
  }
  assert.throws(() => samples.drain({ fromat: "csv" }), { name: "TypeError", message: /"fromat".*format/ });
  assert.throws(() => samples.drain({ format: "xml" }), {
    name: "RangeError",
    message: 'Cannot drain a recorder with format "xml": it is one of csv, jsonl',
  });
  assert.throws(() => fresh({ format: "xml" }), { message: 'Cannot make a recorder with format "xml": it is one of csv, jsonl' });
});

test("recorder.record() of what is no number records what WebAssembly makes of it, and throws its TypeError for a bigint and a symbol", () => {
  const samples = fresh();
  for (const value of ["1", undefined, null, true, "x"]) samples.record("a", value);
  samples.record("", 1);
  for (const value of [1n, Symbol("x")]) {
    assert.throws(() => samples.record("a", value), TypeError);
    assert.throws(() => samples.label("a").record(value), TypeError);
  }
  const found = rows(text(samples.drain()));
  assert.deepEqual(found, ["1.0,a", "nan,a", "0.0,a", "1.0,a", "nan,a", "1.0,"]);
  assert.equal(samples.statistics.recorded, 6);
});

test("recorder() once more in a thread: other options are told once, those of the first call hold", () => {
  const told = [];
  const prefix = `test-${++made}`;
  const samples = recorder({ prefix, format: "jsonl", bytes: 65536, ringBytes: 32768.5, onError: (error) => told.push(error) });
  for (const same of [{}, { format: "jsonl" }, { format: null, bytes: undefined }, { ringBytes: 32768, signals: true, on: true }]) {
    assert.equal(recorder({ prefix, ...same, onError: () => assert.fail() }), samples);
  }
  assert.deepEqual(told, []);
  for (let i = 0; i < 2; i++) {
    assert.equal(recorder({ prefix, format: "csv", bytes: 1 << 20, policy: "drop-newest", on: false }), samples);
    assert.equal(recorder({ prefix, signals: false }), samples);
  }
  assert.deepEqual(
    told.map(({ name, code, message }) => [name, code, /with another (.*); those of the first call hold/.exec(message)[1]]),
    [
      ["RecorderError", "options", "policy, bytes, format, on"],
      ["RecorderError", "options", "signals"],
    ],
  );
  assert.throws(() => recorder({ prefix, bytes: 1 }), RangeError);
  samples.record("x", 1);
  assert.match(text(samples.drain()), /^\{"timepoint":/);
});
