// Profilers in one thread: what is in their files and when there are any, who is told what, and what stays in the directory.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs, { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { Session } from "node:inspector";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { inspect } from "node:util";
import { Registry } from "tallystick";
import { profiler, recorder } from "tallystick/record";
import { busyNew, cpu, heap, lasted, most, profilesIn, read, sampled } from "./profiles.mjs";
import { folder, until, withFiles } from "./recorded.mjs";

const failed = (error) => assert.fail(error);
const busyLoop = busyNew();

test("on(), off(), on(): a file for each time between", async () => {
  const dir = folder();
  const profile = profiler({ dir, on: false, onError: failed });
  assert.deepEqual([profile.isOn, existsSync(dir), profile.off(), await profile.flush()], [false, false, [], []]);
  for (let round = 1; round <= 2; round++) {
    profile.on();
    profile.on();
    assert.equal(profile.isOn, true);
    busyLoop(100);
    const paths = profile.off();
    assert.equal(profile.isOn, false);
    assert.deepEqual(profile.off(), []);
    assert.equal(paths.length, 1);
    const files = profilesIn(dir);
    assert.equal(files.length, round);
    const [{ path, prefix, pid, thread }] = files.slice(-1);
    assert.deepEqual([path, prefix, pid, thread], [paths[0], "profiler", process.pid, 0]);
    cpu(read(path));
    assert.ok(lasted(read(path)) >= 100_000);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  }
  assert.equal(statSync(dir).mode & 0o777, 0o700);
  assert.deepEqual(await profile.close(), []);
  profile.on();
  assert.deepEqual([profile.isOn, profile.off()], [false, []]);
});

test("flush() writes and goes on; the next file begins where it ended, and knows whose code is whose", async () => {
  await sampled(async () => {
    const dir = folder();
    const busyLoop = busyNew();
    const profile = profiler({ dir, onError: failed });
    assert.equal(profile.isOn, true);
    busyLoop(200);
    const [one] = await profile.flush();
    busyLoop(200);
    const [two] = await profile.close();
    const [first, second] = [one, two].map(read);
    assert.ok(second.startTime >= first.endTime);
    assert.deepEqual(
      profilesIn(dir).map(({ path }) => path),
      [one, two],
    );
    for (const each of [first, second]) assert.equal(most(cpu(each)), "busyLoop");
  });
});

test("intervalMicroseconds and heapIntervalBytes are what the inspector is told", async () => {
  const { post } = Session.prototype;
  const told = [];
  Session.prototype.post = function (method, params, heard) {
    if (Object.keys(params).length > 0) told.push([method, params]);
    post.call(this, method, params, heard);
  };
  try {
    for (const options of [{}, { intervalMicroseconds: 500, heapIntervalBytes: 4096 }]) {
      const profile = profiler({ dir: folder(), heap: true, ...options, onError: failed });
      await profile.close();
    }
  } finally {
    Session.prototype.post = post;
  }
  assert.deepEqual(told, [
    ["Profiler.setSamplingInterval", { interval: 1000 }],
    ["HeapProfiler.startSampling", { samplingInterval: 524_288 }],
    ["Profiler.setSamplingInterval", { interval: 500 }],
    ["HeapProfiler.startSampling", { samplingInterval: 4096 }],
  ]);
});

test("a profile of the heap has what is alive since it began, in each of its files", async () => {
  const dir = folder();
  const profile = profiler({ dir, cpu: false, heap: true, heapIntervalBytes: 8192, onError: failed });
  const kept = [];
  function keeper() {
    for (let i = 0; i < 60_000; i++) kept.push({ i, text: [i] });
  }
  function waster() {
    for (let i = 0; i < 2_000_000; i++) kept[0] = { i, text: [i] };
  }
  keeper();
  const [one] = await profile.flush();
  waster();
  const [two] = profile.off();
  const [first, second] = [one, two].map((path) => heap(read(path)));
  assert.equal(most(first), "keeper");
  assert.equal(most(second), "keeper");
  assert.ok(first.keeper > 60_000 * 40, `${first.keeper}`);
  assert.ok((second.waster ?? 0) < second.keeper / 2);
  profile.on();
  busyLoop(5);
  const [three] = await profile.close();
  assert.equal(heap(read(three)).keeper, undefined);
  assert.ok(kept.length > 0);
});

test("every so many seconds what there is becomes a file, with the next one behind it", async () => {
  const dir = folder();
  const profile = profiler({ dir, heap: true, seconds: 1, onError: failed });
  await until("two files", () => profilesIn(dir).length >= 2);
  await profile.close();
  const profiles = profilesIn(dir).map(({ path }) => read(path));
  assert.ok(profiles.length >= 3);
  for (const [i, each] of profiles.entries()) {
    cpu(each);
    assert.ok(i === 0 || each.startTime >= profiles[i - 1].endTime);
    assert.ok(i === profiles.length - 1 || each.endTime - each.startTime > 500_000);
  }
  assert.equal(profilesIn(dir, "heap").length, profiles.length);
  const count = readdirSync(dir).length;
  await wait(1200);
  assert.equal(readdirSync(dir).length, count);
});

test("the same options are the same profiler until it is closed; a prefix and a registry of its own are others", async () => {
  const dir = folder();
  const options = { dir, on: false, onError: failed };
  const profile = profiler(options);
  assert.equal(profiler(options), profile);
  assert.equal(inspect(profile), `Profiler { profiler in ${JSON.stringify(dir)} }`);
  const other = profiler({ ...options, prefix: "other" });
  const elsewhere = profiler({ ...options, registry: new Registry() });
  assert.ok(other !== profile && elsewhere !== profile);
  other.on();
  assert.deepEqual([profile.isOn, other.isOn, elsewhere.isOn], [false, true, false]);
  busyLoop(20);
  await other.close();
  assert.deepEqual(
    profilesIn(dir).map(({ prefix }) => prefix),
    ["other"],
  );
  await profile.close();
  const again = profiler({ dir, onError: failed });
  assert.ok(again !== profile);
  // It was switched off, and nobody said otherwise.
  assert.equal(again.isOn, false);
  await again.close();
  await elsewhere.close();
});

test("profilers and recorders of one name and directory do not know each other", async () => {
  const dir = folder();
  const profile = profiler({ dir, prefix: "same", on: false, onError: failed });
  const samples = recorder({ dir, prefix: "same", thread: false, onError: failed });
  assert.deepEqual([profile.isOn, samples.isOn], [false, true]);
  samples.off();
  profile.on();
  assert.deepEqual([profile.isOn, samples.isOn], [true, false]);
  await samples.close();
  await profile.close();
});

test("retainBytes and retainSeconds remove the oldest profiles of the prefix, whoever wrote them, and nothing else", async () => {
  const dir = folder();
  mkdirSync(dir);
  const put = (name, bytes, age) => {
    writeFileSync(join(dir, name), Buffer.alloc(bytes));
    const time = Date.now() / 1000 - age;
    utimesSync(join(dir, name), time, time);
    return name;
  };
  const old = put("profiler.1.20200101T000000000Z-000000000000.cpuprofile", 10, 5000);
  const large = put("profiler.1.2.20200101T000000000Z-000000000001.heapprofile", 900_000, 300);
  const newer = put("profiler.1.20200101T000000000Z-000000000002.cpuprofile", 900_000, 200);
  const left = put(".profiler.1.20200101T000000000Z-000000000003.cpuprofile.tmp", 10, 5000);
  const written = put(".profiler.1.20200101T000000000Z-000000000004.cpuprofile.tmp", 10, 5);
  const others = [put("profiler.1.cpuprofile", 10, 5000), put("other.1.20200101T000000000Z-000000000005.cpuprofile", 10, 5000)];
  const profile = profiler({ dir, retainBytes: 1 << 20, retainSeconds: 1000, onError: failed });
  busyLoop(20);
  const [path] = await profile.close();
  const there = readdirSync(dir);
  for (const name of [old, large, left]) assert.ok(!there.includes(name), name);
  for (const name of [newer, written, ...others]) assert.ok(there.includes(name), name);
  assert.ok(existsSync(path));
});

test("retainSeconds removes profiles that grew too old while it is off, and where one cannot be written", async () => {
  const dir = folder();
  mkdirSync(dir);
  const put = (digit, age) => {
    const path = join(dir, `profiler.1.20200101T000000000Z-00000000000${digit}.cpuprofile`);
    writeFileSync(path, "x");
    const time = Date.now() / 1000 - age;
    utimesSync(path, time, time);
  };
  put(0, 5000);
  put(1, 5);
  const told = [];
  const profile = profiler({ dir, on: false, retainSeconds: 16, onError: (error) => told.push(error) });
  await until("it is removed", () => readdirSync(dir).length === 1);
  profile.on();
  busyLoop(20);
  // A sixteenth of the time may pass before it is looked again.
  const { renameSync } = fs;
  const cramped = (from, to) => {
    if (readdirSync(dir).some((name) => name.endsWith("2.cpuprofile"))) throw new Error("full");
    renameSync(from, to);
  };
  await withFiles({ renameSync: cramped }, () => {
    put(2, 5000);
    // No event loop turns meanwhile: it is the failure itself that makes room.
    for (let round = 0; profile.off().length === 0; round++) {
      assert.ok(round < 50);
      profile.on();
      busyLoop(100);
    }
  });
  assert.equal(told.length, 1);
  await profile.close();
});

/** A session of somebody else's in this thread. */
function session() {
  const theirs = new Session();
  theirs.connect();
  return (method, params = {}) => {
    let answer;
    theirs.post(method, params, (error, result) => (answer = error ?? result));
    return answer;
  };
}

test("another session's CPU profile goes on beside ours, whoever began and whoever ends first", async () => {
  const post = session();
  for (const [begins, ends] of [
    [true, true],
    [true, false],
    [false, true],
    [false, false],
  ]) {
    const start = () => {
      post("Profiler.enable");
      post("Profiler.start");
    };
    if (begins) start();
    const profile = profiler({ dir: folder(), onError: failed });
    if (!begins) start();
    busyLoop(100);
    const theirs = ends ? post("Profiler.stop") : undefined;
    const [path] = await profile.close();
    for (const each of [read(path), (theirs ?? post("Profiler.stop")).profile]) {
      cpu(each);
      assert.ok(lasted(each) >= 100_000);
    }
  }
});

test("another session's profile of the heap is told and not touched, and ours begins when it is over", async () => {
  const post = session();
  post("HeapProfiler.startSampling", { samplingInterval: 1024 });
  const told = [];
  const profile = profiler({ dir: folder(), heap: true, seconds: 7, onError: (error) => told.push(error) });
  assert.equal(told.length, 1);
  assert.deepEqual([told[0].name, told[0].code], ["RecorderError", "busy"]);
  assert.match(told[0].message, /^Cannot begin a heap profile: another session .* it is tried again every 7 s$/);
  await assert.rejects(profile.flush(), { code: "busy" });
  assert.equal(profile.off().length, 1);
  assert.ok(post("HeapProfiler.stopSampling").profile.samples.length > 0);
  profile.on();
  assert.equal(profile.off().length, 2);
  assert.equal(told.length, 1);
  await profile.close();
});

test("a profile that another session ended is told as lost, and the next one begins", async () => {
  const post = session();
  const dir = folder();
  const told = [];
  const profile = profiler({ dir, cpu: false, heap: true, onError: (error) => told.push(error) });
  post("HeapProfiler.stopSampling");
  await assert.rejects(profile.flush(), { code: "profiler", message: /^Cannot take the heap profile .* was not started.*; it is lost$/ });
  const [path] = await profile.flush();
  heap(read(path));
  post("HeapProfiler.stopSampling");
  assert.deepEqual(profile.off(), []);
  assert.equal(told.length, 1);
  await profile.close();
});

test("a runtime that fails is told, and tried again", async () => {
  const { post } = Session.prototype;
  const dir = folder();
  const told = [];
  const refused = new Set();
  Session.prototype.post = function (method, params, heard) {
    if (refused.has(method)) heard(new Error(`no ${method}`));
    else post.call(this, method, params, heard);
  };
  try {
    refused.add("Profiler.start");
    const profile = profiler({ dir, onError: (error) => told.push(`${error.code} ${error.message}`) });
    assert.equal(told.length, 1);
    assert.match(told[0], /^profiler Cannot begin a cpu profile: no Profiler.start; it is tried again every 60 s$/);
    await assert.rejects(profile.flush(), { code: "profiler" });
    refused.clear();
    assert.deepEqual(await profile.flush(), []);
    refused.add("Profiler.stop");
    await assert.rejects(profile.flush(), {
      code: "profiler",
      message: /Cannot take the cpu profile that was under way: no Profiler.stop/,
    });
    refused.clear();
    busyLoop(100);
    const [path] = profile.off();
    cpu(read(path));
    assert.ok(lasted(read(path)) >= 100_000);
    assert.equal(told.length, 1);
    await profile.close();
  } finally {
    Session.prototype.post = post;
  }
});

test("a full disk leaves no part of a file, is told once for as long as it is full, and stops nothing", async () => {
  const dir = folder();
  const told = [];
  const profile = profiler({ dir, seconds: 1, onError: (error) => told.push(error) });
  const { writeSync } = fs;
  fs.writeSync = (descriptor, bytes, offset, length, position) => {
    if (position > 1000) throw Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
    return writeSync(descriptor, bytes, offset, Math.min(length, 400), position);
  };
  syncBuiltinESMExports();
  try {
    await assert.rejects(profile.flush(), { code: "unwritable", path: dir, message: /no space left/ });
    await wait(2500);
    assert.equal(told.length, 1, told.join("\n"));
    assert.match(told[0].message, /^Cannot write a profile to ".*": ENOSPC.*; it is lost, and the next one is tried again$/);
    assert.deepEqual(readdirSync(dir), []);
  } finally {
    fs.writeSync = writeSync;
    syncBuiltinESMExports();
  }
  busyLoop(20);
  assert.equal(profile.off().length, 1);
  await profile.close();
});

test("a directory that is taken away is made anew; what cannot be one is told", async () => {
  const dir = folder();
  const profile = profiler({ dir, onError: failed });
  await profile.flush();
  rmSync(dir, { recursive: true });
  await profile.flush();
  assert.equal(profilesIn(dir).length, 1);
  await profile.close();
  const file = join(dir, "file");
  writeFileSync(file, "");
  const told = [];
  const nowhere = profiler({ dir: file, onError: (error) => told.push(error) });
  assert.deepEqual(nowhere.off(), []);
  assert.deepEqual(
    told.map(({ code, path }) => [code, path]),
    [["unwritable", file]],
  );
  await nowhere.close();
});

test("the library's own metrics tell of profiles, too", async () => {
  const dir = folder();
  const registry = new Registry();
  const profile = profiler({ dir, registry, onError: failed });
  const [path] = await profile.close();
  const page = Buffer.from((await registry.expose()).body).toString();
  assert.match(page, new RegExp(`tallystick_recorder_files_total\\{dir="${dir}",recorder="profiler"\\} 1\n`));
  assert.match(page, new RegExp(`tallystick_recorder_written_bytes_total\\{dir="${dir}",recorder="profiler"\\} ${statSync(path).size}\n`));
});

test("profiler() refuses what is no option and what is out of bounds", () => {
  const dir = folder();
  for (const [options, message] of [
    [{}, /profiler.*dir/],
    [{ dir: "" }, /names a directory/],
    [{ dir, interval: 5 }, /interval/],
    [{ dir, cpu: false }, /cpu false and heap false/],
    [{ dir, heap: 1 }, /heap/],
    [{ dir, registry: {} }, /Registry/],
  ]) {
    assert.throws(() => profiler(options), { name: "TypeError", message });
  }
  for (const [options, message] of [
    [{ prefix: "a.b" }, /"a\.b"/],
    [{ intervalMicroseconds: 99 }, /profiler with intervalMicroseconds 99: it must be at least 100 and at most 1000000/],
    [{ intervalMicroseconds: NaN }, /NaN/],
    [{ heapIntervalBytes: 1 }, /at least 1024/],
    [{ seconds: 0.5 }, /at least 1 and at most 3600/],
    [{ seconds: 3600, intervalMicroseconds: 500 }, /seconds 3600 and intervalMicroseconds 500: a profile has at most 3600000 samples/],
    [{ retainBytes: 1 }, /at least 1048576/],
    [{ retainSeconds: 0 }, /at least 1/],
  ]) {
    assert.throws(() => profiler({ dir, ...options }), { name: "RangeError", message });
  }
  assert.equal(existsSync(dir), false);
});

/** Runs a module that may import what this file does. */
function output(lines, args = []) {
  const record = JSON.stringify(new URL("../../dist/esm/record.js", import.meta.url).href);
  const program = `import { profiler } from ${record};\n${lines}`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", ...args, "-e", program], { timeout: 20_000 });
  assert.equal(status, 0, String(stderr));
  return String(stdout);
}

test("nobody loads the inspector before there is a profiler, and no process lives by one", () => {
  const dir = folder();
  const loaded = 'console.log(process.moduleLoadList.includes("NativeModule inspector"));';
  assert.equal(output(`${loaded} profiler({ dir: ${JSON.stringify(dir)}, heap: true, seconds: 1 }); ${loaded}`), "false\ntrue\n");
  assert.equal(profilesIn(dir).length, 1);
  assert.equal(profilesIn(dir, "heap").length, 1);
});

test("--cpu-prof goes on beside a profiler, and --heap-prof keeps the heap for itself", async () => {
  await sampled(() => {
    const [dir, theirs] = [folder(), folder()];
    mkdirSync(theirs);
    const lines = `
    const profile = profiler({ dir: ${JSON.stringify(dir)}, heap: true, onError: ({ code }) => console.log(code) });
    function busy(until) { let sum = 0; while (performance.now() < until) for (let i = 0; i < 10_000; i++) sum += Math.sqrt(sum + i); return sum; }
    busy(performance.now() + 100);`;
    assert.equal(output(lines, ["--cpu-prof", "--heap-prof", `--diagnostic-dir=${theirs}`]), "busy\n");
    assert.equal(most(cpu(read(profilesIn(dir)[0].path))), "busy");
    assert.deepEqual(profilesIn(dir, "heap"), []);
    const names = readdirSync(theirs);
    assert.equal(
      most(
        cpu(
          read(
            join(
              theirs,
              names.find((name) => name.endsWith(".cpuprofile")),
            ),
          ),
        ),
      ),
      "busy",
    );
    assert.ok(
      read(
        join(
          theirs,
          names.find((name) => name.endsWith(".heapprofile")),
        ),
      ).head.children.length > 0,
    );
  });
});
