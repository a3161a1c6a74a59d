// A profiler that is asked for once more, one whose directory cannot be written to, and ends of the process that are none.

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { profiler } from "tallystick/record";
import { profilesIn } from "./profiles.mjs";
import { folder } from "./recorded.mjs";

/** Options of a profiler, and what was told of it. */
function hearing(options) {
  const told = [];
  return { told, options: { on: false, onError: (error) => told.push(error), ...options } };
}

test("profiler() once more with on true is on, and with false it stays as it is", async () => {
  const { told, options } = hearing({ dir: folder() });
  const profile = profiler(options);
  equal(profile.isOn, false);
  equal(profiler({ ...options, on: undefined }), profile);
  equal(profile.isOn, false);
  equal(profiler({ ...options, on: true }), profile);
  equal(profile.isOn, true);
  profiler(options);
  equal(profile.isOn, true);
  equal(profile.off().length, 1);
  profiler({ ...options, on: true });
  equal((await profile.close()).length, 1);
  deepEqual(told, []);
});

test("profiler() once more with other options tells which ones, once, and those of the first hold", async () => {
  const { told, options } = hearing({ dir: folder(), seconds: 30, intervalMicroseconds: 500 });
  const profile = profiler(options);
  // Whoever says nothing wants what is there.
  profiler({ dir: options.dir });
  profiler({ ...options, signals: true, heap: false, retainBytes: 256 << 20 });
  deepEqual(told, []);
  for (let i = 0; i < 2; i++) equal(profiler({ ...options, seconds: 5, heap: true, signals: false, intervalMicroseconds: 500 }), profile);
  equal(told.length, 1);
  deepEqual([told[0].name, told[0].code], ["RecorderError", "options"]);
  equal(
    told[0].message,
    'Cannot make profiler "profiler" with other heap, seconds, signals: this thread has it, and what was said first holds',
  );
  profiler({ ...options, seconds: 5, intervalMicroseconds: 1000 });
  match(told[1]?.message, /with other intervalMicroseconds: /);
  profile.on();
  await profile.close();
  deepEqual(profilesIn(options.dir, "heap"), []);
});

test("a directory that cannot be written to is told by profiler() itself, and nothing is left of the look at one that can", async () => {
  const dir = folder();
  mkdirSync(dir);
  const file = join(dir, "file");
  writeFileSync(file, "");
  for (const [place, on] of [
    [file, false],
    [file, true],
    [join(file, "below", "it"), false],
    [join(file, "below", "it"), true],
  ]) {
    const { told, options } = hearing({ dir: place, on, prefix: `on-${on}` });
    const profile = profiler(options);
    deepEqual(
      told.map(({ code, path }) => [code, path]),
      [["unwritable", place]],
    );
    match(told[0].message, /^Cannot write profiles to ".*": .*; it is tried again with each of them$/);
    profile.on();
    deepEqual(profile.off(), []);
    equal(told.length, 1);
    await profile.close();
  }
  const { told, options } = hearing({ dir: join(dir, "deep", "er"), on: true });
  const profile = profiler(options);
  deepEqual(readdirSync(options.dir), []);
  equal((await profile.close()).length, 1);
  equal(profilesIn(options.dir).length, 1);
  deepEqual(told, []);
});

test(
  "a disk that refuses what is made is told by profiler() itself",
  { skip: !existsSync("/proc/self") && "there is no /proc" },
  async () => {
    const { told, options } = hearing({ dir: "/proc/profiles", on: true });
    const profile = profiler(options);
    deepEqual(
      told.map(({ code }) => code),
      ["unwritable"],
    );
    deepEqual(profile.off(), []);
    equal(told.length, 1);
    await profile.close();
  },
);

/** What a program that is profiled does, and how many milliseconds that took: it ends by itself, or when it says so. */
function ran(dir, lines) {
  const record = JSON.stringify(new URL("../../dist/esm/record.js", import.meta.url).href);
  const program = `
    import { profiler } from ${record};
    profiler({ dir: ${JSON.stringify(dir)}, onError: (error) => console.log("told", error) });
    const from = performance.now();
    process.once("exit", () => console.log(performance.now() - from));
    ${lines}`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], { timeout: 20_000 });
  equal(status, 0, String(stderr));
  return Number(String(stdout));
}

for (const [name, lines] of Object.entries({
  "signals that the application handles": `
    let heard = 0;
    process.on("SIGHUP", () => heard++);
    for (let i = 1; i <= 20; i++) {
      process.kill(process.pid, "SIGHUP");
      while (heard < i) await new Promise((resolve) => setTimeout(resolve, 10));
    }
    process.exit();`,
  "ends of which each goes on": `
    let left = 30;
    process.on("beforeExit", () => left-- > 0 && setTimeout(() => undefined, 15));`,
})) {
  test(`of ${name} one a second writes a profile, and the end itself`, () => {
    const dir = folder();
    const milliseconds = ran(dir, lines);
    const { length } = profilesIn(dir);
    ok(length >= 2 && length <= 2 + milliseconds / 1000, `${length} in ${milliseconds} ms`);
  });
}
