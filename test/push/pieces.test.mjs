// Pieces that ways out share: pauses, Retry-After, protobuf's wire format, the order of labels.

import assert from "node:assert/strict";
import { test } from "node:test";
import protobuf from "protobufjs";
import { inside } from "./internals.mjs";

const { Backoff, Lease, nextRound, retryAfterSeconds, ProtoReader, ProtoWriter, SeriesTable, sortedLabels } = inside;

test("backoff: it doubles up to its limit, a half of it is chance, and what is asked for is the least", () => {
  const pauses = (random) => {
    const backoff = new Backoff({ least: 0.1, most: 1 }, () => random);
    return Array.from({ length: 6 }, () => backoff.failed());
  };
  const near = (actual, wanted) => actual.forEach((each, i) => assert.ok(Math.abs(each - wanted[i]) < 1e-9, `${actual}`));
  near(pauses(1), [0.1, 0.2, 0.4, 0.8, 1, 1]);
  near(pauses(0), [0.05, 0.1, 0.2, 0.4, 0.5, 0.5]);
  const backoff = new Backoff({ least: 0.1, most: 1 }, () => 1);
  assert.equal(backoff.failed(7), 7);
  assert.equal(backoff.failures, 1);
  for (let i = 0; i < 100; i++) backoff.failed();
  assert.equal(backoff.failed(), 1);
  backoff.succeeded();
  assert.equal(backoff.failures, 0);
  near([backoff.failed()], [0.1]);
});

test("rounds: one that comes a little early is none before its time, those that were missed are left out, and any distance goes", () => {
  assert.equal(nextRound(5000, 4000, 1000), 5000, "it is not there yet");
  assert.equal(nextRound(5000, 4999.2, 1000), 6000, "a timer came early");
  assert.equal(nextRound(5000, 5000, 1000), 6000);
  assert.equal(nextRound(5000, 5999.5, 1000), 7000, "one that would come at once is another one's");
  assert.equal(nextRound(5000, 9300, 1000), 10_000);
  assert.equal(nextRound(5000, 4999.2, 2), 5002);
  assert.equal(nextRound(5000, 4998.5, 2), 5000);
});

test("Lease: one at a time; who never came back is given up, and has nothing to give back", (t) => {
  let at = 0;
  t.mock.method(performance, "now", () => at);
  const lease = new Lease();
  const first = lease.taken(10);
  assert.equal(lease.taken(10), undefined);
  at = 9000;
  lease.extended(10);
  at = 18_999;
  assert.equal(lease.taken(10), undefined);
  at = 19_000;
  const second = lease.taken(10);
  assert.notEqual(second, undefined);
  lease.ended(first);
  assert.equal(lease.taken(10), undefined);
  lease.ended(second);
  assert.notEqual(lease.taken(10), undefined);
});

test("retryAfterSeconds: seconds, and a date in each of its three forms; up to an hour; nothing else, in whatever zone", (t) => {
  const { TZ } = process.env;
  t.after(() => (TZ === undefined ? delete process.env.TZ : (process.env.TZ = TZ)));
  process.env.TZ = "Asia/Tokyo";
  const now = Date.UTC(2026, 10, 27, 21, 0, 0);
  for (const [header, seconds] of [
    ["7", 7],
    [" 0 ", 0],
    ["1.5", 1.5],
    ["99999999999", 3600],
    ["Fri, 27 Nov 2026 21:00:30 GMT", 30],
    ["Friday, 27-Nov-26 21:00:30 GMT", 30],
    ["Fri Nov 27 21:00:30 2026 GMT", 30],
    ["Fri Nov 27 21:00:30 2026", 30],
    ["Fri Nov  6 21:00:30 2026", 0],
    ["Fri, 27 Nov 2026 20:00:00 GMT", 0],
    ["Fri, 27 Nov 2099 21:00:00 GMT", 3600],
    ["-1", undefined],
    ["soon", undefined],
    ["Try 2099", undefined],
    ["Later 5", undefined],
    ["2026", 2026],
    ["2026-11-27", undefined],
    ["", undefined],
    [null, undefined],
    ["Infinity", undefined],
    ["NaN", undefined],
  ]) {
    assert.equal(retryAfterSeconds(header, now), seconds, String(header));
  }
});

test("protobuf: numbers and messages of every length are read by protobufjs as they were written", () => {
  const root = protobuf.parse(`syntax = "proto3"; message M {
    uint64 u = 1; int64 i = 2; sint64 s = 3; double d = 4; string t = 5; M m = 6; fixed64 f = 7; bytes b = 700; }`).root;
  const M = root.lookupType("M");
  const out = new ProtoWriter();
  for (const value of [0, 1, 127, 128, 16383, 16384, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 5, 2 ** 45, 2 ** 53 - 1]) {
    out.truncate(0);
    out.uint(1, value);
    out.int(2, -value);
    out.sint(3, -Math.min(value, 2 ** 51));
    out.double(4, value / 3);
    out.fixed64(7, BigInt(value));
    const { u, i, s, d, f } = M.toObject(M.decode(out.bytes), { longs: BigInt, defaults: true });
    const wanted = { u: BigInt(value), i: BigInt(-value), s: BigInt(-Math.min(value, 2 ** 51)), d: value / 3, f: BigInt(value) };
    assert.deepEqual({ u, i, s, d, f }, wanted);
    const own = new ProtoReader(out.bytes);
    const fields = [];
    while (own.next()) {
      if (own.field === 1) fields.push(own.varint());
      else if (own.field === 2) fields.push(own.int());
      else if (own.field === 3) fields.push(own.sint());
      else own.skip();
    }
    assert.deepEqual(fields, [value, -value || 0, -Math.min(value, 2 ** 51) || 0]);
  }
  for (const length of [0, 1, 126, 127, 128, 129, 16383, 16384, 70_000, 2_200_000]) {
    out.truncate(0);
    const outer = out.begin(6);
    const inner = out.begin(6);
    out.string(5, "ü".repeat(length >> 1));
    out.end(inner);
    out.delimited(700, new Uint8Array(length));
    out.end(outer);
    out.uint(1, 5);
    const read = M.decode(out.bytes);
    assert.deepEqual([read.m.m.t.length, read.m.b.length, Number(read.u)], [length >> 1, length, 5]);
  }
  out.truncate(0);
  out.string(5, "\ud800 😀");
  assert.equal(M.decode(out.bytes).t, "\ufffd 😀");
});

test("R3: labels are sorted by the bytes of their names, each once, and what is empty is left out", () => {
  const sorted = sortedLabels(
    [["__name__", "x"]],
    [["le", "1.0"]],
    [
      ["zone", "1"],
      ["Zone", "2"],
      ["a", ""],
      ["_b", "3"],
      ["\u{10000}", "4"],
      ["\uffff", "5"],
      ["le", "no"],
    ],
    [
      ["zone", "no"],
      ["job", "j"],
    ],
  );
  // As Go compares strings: units of UTF-16 would have the one beyond the basic plane before.
  const pairs = "Zone 2 __name__ x _b 3 job j le 1.0 zone 1 \uffff 5 \u{10000} 4";
  assert.deepEqual(sorted, pairs.split(" "));
});

test("SeriesTable: series are told apart also where their labels have one hash, end once, and leave nothing behind", () => {
  const bytes = new TextEncoder().encode("liquidcostarringzinke");
  // The first two have the same hash by FNV-1a.
  const pages = [[0, 6], [6, 16], [16, 21]].map(([labelsFrom, labelsTo]) => ({ name: "x", kind: 1, help: "", unit: "", labelsFrom, labelsTo, reader: { bytes }, labels: () => [["of", String(labelsFrom)]] })); // prettier-ignore
  const table = new SeriesTable([]);
  let family;
  /** Of those that are there in one more round: the series, and what of the others ended. */
  const round = (...there) => {
    table.round++;
    const series = there.map((i) => {
      family = table.family(pages[i]);
      return table.series(family, table.group(family, pages[i]), "", "");
    });
    return [series, [...table.ended()].map(({ labels }) => labels.at(-1))];
  };
  const [all, none] = round(0, 1, 2);
  assert.deepEqual([new Set(all).size, none, family.groups.size], [3, [], 2]);
  assert.deepEqual(round(0, 1, 2), [all, []]);
  assert.deepEqual(round(1, 2), [all.slice(1), ["0"]]);
  assert.deepEqual(round(1), [[all[1]], ["16"]]);
  assert.equal(family.groups.size, 1);
  assert.deepEqual(round(), [[], ["6"]]);
  assert.equal(family.groups.size, 0);
  assert.notEqual(table.family(pages[0]), family);
});
