// A thread that tells other processes what was counted, cut short or interrupted at any access to memory: others go on,
// pages are exact, another exporter tells all that there is, and what the interrupted one tells is right in the end.

import assert from "node:assert/strict";
import { test } from "node:test";
import { accesses } from "./accesses.mjs";
import { parsed } from "./page.mjs";
import { Death, memoryMade, Thread } from "./thread.mjs";

const HEAD_BYTES = 80;
const LAST = 2;
const TAG_SERIES = 0x80;

/** Reads numbers and what stands between them. */
class Bytes {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset);
    this.at = HEAD_BYTES;
  }

  number() {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.bytes[this.at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  double() {
    this.at += 8;
    return this.view.getFloat64(this.at - 8, true);
  }

  text(length) {
    this.at += length;
    return Buffer.from(this.bytes.subarray(this.at - length, this.at)).toString();
  }
}

/** A label block, of which `before` has the pieces of the one before, and `kept` those of the frame, by index. */
function labels(bytes, coding) {
  const pieces = [];
  for (let left = bytes.number(), index = 0; left > 0; left--, index++) {
    const kept = (coding.kept[index] ??= []);
    const k = bytes.number();
    if (k === 0) {
      const [prefix, suffix, between] = [bytes.number(), bytes.number(), bytes.number()];
      const other = coding.before[index] ?? "";
      pieces.push(other.slice(0, prefix) + bytes.text(between) + other.slice(other.length - suffix));
      kept.push(pieces[index]);
    } else {
      pieces.push(kept[k - 1]);
    }
  }
  coding.before = pieces;
  return pieces.join("");
}

/** Applies a frame of counters to what is known: families by index, each with series by position. */
function apply(families, frame) {
  const bytes = new Bytes(frame);
  const coding = { before: [], kept: [] };
  let family;
  let position = -1;
  while (bytes.at < frame.length) {
    const tag = frame[bytes.at++];
    if (tag === 0) return;
    if (tag === 1) {
      bytes.text(bytes.number());
    } else if (tag < TAG_SERIES) {
      const index = bytes.number();
      if (tag === 2) {
        bytes.text(bytes.number());
        families.set(index, new Map());
      }
      if (tag === 4) families.delete(index);
      family = families.get(index);
      position = -1;
    } else {
      position += bytes.number() + 1;
      if ((tag & 2) !== 0) {
        family.delete(position);
        continue;
      }
      let block = family.get(position)?.[0];
      if ((tag & 1) !== 0) {
        if (bytes.number() === 0) bytes.double();
        block = labels(bytes, coding);
      }
      family.set(position, [block, (tag & 96) === 0 ? bytes.number() : bytes.double()]);
    }
  }
}

/** A thread's exporter, and what its frames have told. */
class Told {
  constructor(thread) {
    this.thread = thread;
    this.families = new Map();
    const registry = thread.core.registryFirst();
    this.exporter = thread.cold(() => thread.core.exporterCreate(registry, thread.core.recordState(registry)));
    assert.ok(this.exporter > 0);
  }

  /** A whole sequence, of so many looks a slice. */
  tell(base, most = 2) {
    const { core } = this.thread;
    if (base === 0) this.families = new Map();
    assert.equal(
      this.thread.cold(() => core.exporterBegin(this.exporter, base, 0, 0, 2n, 1000)),
      0,
    );
    while (core.exporterDone(this.exporter) === 0) {
      const length = this.thread.cold(() => core.exporterWrite(this.exporter, most));
      assert.ok(length >= 0, `a slice: ${length}`);
      if (length === 0) continue;
      const from = core.exporterText();
      const frame = this.thread.bytes().slice(from, from + length);
      assert.equal((frame[12] & LAST) !== 0, core.exporterDone(this.exporter) !== 0);
      apply(this.families, frame);
      const view = new DataView(frame.buffer);
      [this.sequence, this.until] = [48, 56].map((at) => Number(view.getBigUint64(at, true)));
    }
  }

  /** What changed since. */
  tellMore() {
    this.tell(this.thread.core.exporterSequence(this.exporter));
  }

  /** What the page has of counters, as it was told. */
  samples() {
    const found = new Map();
    for (const family of this.families.values()) for (const [block, value] of family.values()) found.set(`jobs_total{${block}}`, value);
    return found;
  }
}

function sorted(samples) {
  return [...samples].sort(([one], [other]) => (one < other ? -1 : 1));
}

function page(thread) {
  return sorted([...parsed(thread.scrape())].filter(([name]) => name.startsWith("jobs_total")));
}

/** A memory with counters that two threads have counted in, and an exporter of the second that has told them. */
function scene(hook) {
  const first = memoryMade();
  const jobs = first.family("counter", { name: "jobs", labelNames: ["l"] });
  const victim = new Thread(first.memory, hook, 2).claim();
  const handles = ["a", "b", "c"].map((l) => first.bind(jobs, `l="${l}"`));
  for (const handle of handles) first.add(handle, 3);
  for (const l of ["a", "b"]) victim.add(victim.bind(jobs, `l="${l}"`), 4);
  const told = new Told(victim);
  told.tell(0);
  first.add(handles[0], 2);
  first.remove(jobs, 'l="c"');
  first.add(first.bind(jobs, 'l="d"'), 1);
  return { first, victim, jobs, told, handles };
}

const ways = {
  "what changed": (told) => told.tell(1),
  "all there is": (told) => told.tell(0),
  "to another exporter": (told) => new Told(told.thread).tell(0, 100),
};

for (const [what, way] of Object.entries(ways)) {
  test(`image: a thread dies at any access while it tells ${what}: others go on, and nothing is lost`, () => {
    const places = accesses();
    for (const n of places) {
      const { first, victim, jobs, told, handles } = scene((access) => {
        if (access === n) throw new Death();
      });
      victim.run(() => way(told));
      const expected = [
        ['jobs_total{l="a"}', 9],
        ['jobs_total{l="b"}', 7],
        ['jobs_total{l="d"}', 1],
      ];
      assert.deepEqual(page(first), expected, `access ${n}`);
      const other = new Told(first);
      other.tell(0);
      assert.deepEqual(sorted(other.samples()), expected, `access ${n}`);
      first.core.writerRevoke(victim.slot());
      first.core.writerRetire(victim.slot());
      first.add(handles[1], 1);
      first.fold(victim.slot());
      first.remove(jobs, 'l="d"');
      other.tellMore();
      assert.deepEqual(
        sorted(other.samples()),
        [
          ['jobs_total{l="a"}', 9],
          ['jobs_total{l="b"}', 8],
        ],
        `access ${n}`,
      );
      assert.deepEqual(page(first), sorted(other.samples()), `access ${n}`);
    }
    assert.ok(places.count > 100, `only ${places.count} accesses`);
  });
}

const changes = {
  // What the walk has to tell of, and what it only looks at.
  counts: (t, s) => s.handles.slice(0, 2).forEach((handle) => t.add(handle, 1)),
  "removes a series": (t, s) => t.remove(s.jobs, 'l="b"'),
  "removes one and makes it again": (t, s) => {
    t.remove(s.jobs, 'l="a"');
    t.add(t.bind(s.jobs, 'l="a"'), 5);
  },
  "resets all": (t, s) => t.reset(s.jobs),
  "makes the family anew": (t, s) => {
    t.core.familyRemove(s.jobs, t.state(s.jobs));
    s.jobs = t.family("counter", { name: "jobs", labelNames: ["l"] });
    t.add(t.bind(s.jobs, 'l="z"'), 2);
  },
  "folds a dead writer": (t, s) => {
    t.core.writerRevoke(s.third);
    t.core.writerRetire(s.third);
    t.fold(s.third);
  },
};

for (const [what, change] of Object.entries(changes)) {
  test(`image: a walk that is interrupted at any access by a thread that ${what}, and the next one tells it all`, () => {
    const places = accesses();
    for (const n of places) {
      const s = scene((access) => {
        if (access !== n) return;
        change(s.first, s);
      });
      const third = new Thread(s.first.memory, undefined, 3).claim();
      third.add(third.bind(s.jobs, 'l="a"'), 0.5);
      s.third = third.slot();
      s.victim.run(() => s.told.tell(1));
      s.told.tellMore();
      assert.deepEqual(sorted(s.told.samples()), page(s.first), `access ${n}`);
    }
    assert.ok(places.count > 100, `only ${places.count} accesses`);
  });
}

/** Whether what one has told of is all in what the other one has told, or has become more. */
function isWithin(one, other) {
  const there = other.samples();
  return [...one.samples()].every(([name, value]) => there.get(name) >= value);
}

for (const [what, way] of Object.entries({ "all there is": (told) => told.tell(0), "what changed": (told) => told.tellMore() })) {
  test(`image: a thread tells ${what}, interrupted at any access by one that counts and tells: their numbers say who saw more`, () => {
    const found = { before: 0, behind: 0, meanwhile: 0 };
    const places = accesses();
    for (const n of places) {
      const { first, victim, told, handles } = scene((access) => {
        if (access !== n) return;
        first.add(handles[1], 1);
        other.tell(0, 100);
        first.add(handles[1], 1);
      });
      const other = new Told(first);
      first.add(handles[1], 1);
      victim.run(() => way(told));
      if (n === Infinity) continue;
      assert.notEqual(told.sequence, other.sequence, `access ${n}`);
      const isBefore = other.until < told.sequence;
      const isBehind = told.until < other.sequence;
      assert.ok(!isBefore || isWithin(other, told), `access ${n}`);
      assert.ok(!isBehind || isWithin(told, other), `access ${n}`);
      found[isBefore ? "before" : isBehind ? "behind" : "meanwhile"]++;
    }
    assert.ok(found.before > 0 && found.behind > 0 && found.meanwhile > 50, JSON.stringify(found));
  });

  test(`image: a thread dies at any access while it tells ${what}: whoever tells then has a greater number, and none is used twice`, () => {
    const places = accesses();
    for (const n of places) {
      const { first, victim, told } = scene((access) => {
        if (access === n) throw new Death();
      });
      const before = told.until;
      victim.run(() => way(told));
      const other = new Told(first);
      other.tell(0);
      const third = new Told(first);
      third.tell(0);
      const numbers = [before, told.until, other.sequence, other.until, third.sequence];
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
        `access ${n}`,
      );
      assert.ok(other.sequence > told.until && third.sequence > other.until, `access ${n}`);
    }
    assert.ok(places.count > 100, `only ${places.count} accesses`);
  });
}

/** Every type of what cells hold, counted by two threads, with a reset that is to come. */
function everything(hook) {
  const first = memoryMade(1 << 23);
  const victim = new Thread(first.memory, hook, 2).claim();
  const families = {
    parts: first.family("gauge", { name: "parts", mode: "livesum" }),
    each: first.family("gauge", { name: "each", mode: "all" }),
    sizes: first.family("histogram", { name: "sizes", buckets: [1, 2, 4] }),
    waits: first.family("histogram", { name: "waits", native: true }),
    spent: first.family("summary", { name: "spent", quantiles: [0.5] }),
  };
  for (const thread of [first, victim]) {
    for (const name of ["parts", "each"]) thread.set(thread.bind(families[name], ""), 2.5);
    for (const value of [0.5, 3, 100]) {
      thread.observe(thread.bind(families.sizes, "", value), value);
      thread.nativeObserve(thread.bind(families.waits, "", value), value);
      thread.summaryObserve(thread.bind(families.spent, "", value), value);
    }
  }
  return { first, victim };
}

/** The bytes of a full sequence. */
function told(thread) {
  const { core } = thread;
  const registry = core.registryFirst();
  const exporter = thread.cold(() => core.exporterCreate(registry, core.recordState(registry)));
  thread.cold(() => core.exporterBegin(exporter, 0, 0, 0, 2n, 1000));
  const frames = [];
  while (core.exporterDone(exporter) === 0) {
    const length = thread.cold(() => core.exporterWrite(exporter, 100));
    assert.ok(length >= 0, `a slice: ${length}`);
    const frame = thread.bytes().slice(core.exporterText(), core.exporterText() + length);
    // Its numbers are others where others told before, and so is its checksum.
    frame.fill(0, 16, 24).fill(0, 32, 64);
    frames.push(Buffer.from(frame).toString("hex"));
  }
  core.exporterEnd(exporter);
  return frames;
}

test("image: a thread dies while it tells of every type: another one tells the same, and pages are what they were", () => {
  const { first: sound } = everything(undefined);
  const [frames, text] = [told(sound), sound.scrape()];
  const places = accesses();
  for (const n of places) {
    const { first, victim } = everything((access) => {
      if (access === n) throw new Death();
    });
    victim.run(told);
    assert.deepEqual(told(first), frames, `access ${n}`);
    assert.equal(first.scrape(), text, `access ${n}`);
  }
  assert.ok(places.count > 250, `only ${places.count} accesses`);
});

test("a setting of the newest value, interrupted at any access by another one: no two have one number, and the later one counts", () => {
  let n = 0;
  for (let interrupted = true; interrupted;) {
    n++;
    interrupted = false;
    const first = memoryMade();
    const latest = first.family("gauge", { name: "latest", mode: "mostrecent" });
    const mine = first.bind(latest, "");
    const set = (thread, { cell, token }, value) => assert.equal(thread.core.gaugeSetLatest(cell, token, value, 1e12), 0);
    const victim = new Thread(
      first.memory,
      (access) => {
        if (access !== n) return;
        interrupted = true;
        set(first, mine, 1);
      },
      2,
    ).claim();
    const theirs = victim.bind(latest, "");
    set(first, mine, 0);
    victim.run((thread) => set(thread, theirs, 2));
    if (!interrupted) break;
    const order = ({ cell }) => first.view(cell + 24, 8).getBigUint64(0, true);
    assert.notEqual(order(mine), order(theirs), `access ${n}`);
    const newest = order(mine) > order(theirs) ? 1 : 2;
    assert.equal(parsed(first.scrape()).get("latest"), newest, `access ${n}`);
  }
  assert.ok(n > 5, `only ${n} accesses`);
});
