// Lines of /proc/PID/stat, parsed from bytes, against the plain way: split behind the last parenthesis.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { statLine } from "./fakes.mjs";
import { probing } from "./internals.mjs";

const { ProcessStat, PARENT, FLAGS, USER, SYSTEM, THREADS, START, RESIDENT } = probing.stat;

function plainly(line) {
  const text = line.toString("latin1");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // proc(5) counts from 1, and the state is the third.
  return { state: fields[0], at: (field) => Number(fields[field - 3]) };
}

test("ProcessStat: every field is the one of proc(5), whatever the name is", () => {
  const name = fc.uint8Array({ maxLength: 15 }).map((bytes) => Buffer.from(bytes).filter((byte) => byte !== 0 && byte !== 10));
  const number = fc.maxSafeNat();
  const told = fc.record({
    comm: name,
    user: number,
    system: number,
    threads: number,
    start: number,
    resident: number,
    parent: fc.nat(4194304),
  });
  const stat = new ProcessStat();
  fc.assert(
    fc.property(told, fc.constantFrom("R", "S", "D", "Z", "I", "T"), (values, state) => {
      const line = statLine(77, { ...values, state });
      assert.ok(stat.parse(line, line.length));
      const plain = plainly(line);
      assert.equal(String.fromCharCode(stat.state), plain.state);
      for (const field of [PARENT, FLAGS, USER, SYSTEM, THREADS, START, RESIDENT]) assert.equal(stat.fields[field], plain.at(field));
      assert.equal(stat.name(line), new TextDecoder().decode(values.comm));
    }),
    { numRuns: 500 },
  );
});

test("ProcessStat: any bytes are a line or none, and nothing is read behind their end", () => {
  const stat = new ProcessStat();
  const whole = statLine(1, {});
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(), (bytes, cut) => {
      assert.equal(typeof stat.parse(bytes, bytes.length), "boolean");
      // The last field that is read ends with a space.
      const length = cut % (whole.length + 1);
      const fields = whole.subarray(0, length).toString().split(" ");
      assert.equal(stat.parse(whole, length), fields.length > 24);
    }),
    { numRuns: 500 },
  );
});

test("ProcessStat: this process, as it is", { skip: process.platform !== "linux" && "there is no /proc" }, () => {
  const line = readFileSync("/proc/self/stat");
  const stat = new ProcessStat();
  assert.ok(stat.parse(line, line.length));
  assert.equal(stat.fields[PARENT], process.ppid);
  assert.ok(stat.fields[THREADS] > 1);
});

test("numbers of the kernel are those of this machine, and the usual ones where it does not say", () => {
  assert.deepEqual(probing.kernelOf("/nowhere"), { pageBytes: 4096, tickSeconds: 0.01 });
  const { pageBytes, tickSeconds } = probing.kernelOf("/proc");
  assert.ok([4096, 16384, 65536].includes(pageBytes));
  assert.ok(tickSeconds > 0 && tickSeconds <= 0.1);
});
