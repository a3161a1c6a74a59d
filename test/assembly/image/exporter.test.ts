// Exporters: sequences of what changed, whatever comes and goes meanwhile.

import {
  bind,
  claim,
  failFrom,
  family,
  familyDefined,
  format,
  input,
  native,
  random,
  randomBelow,
  randomFrom,
  remove,
  summary,
  textAt,
  tokenOf,
  used,
} from "../formatted";
import { constant, count, exemplar, observe, set, Wanted } from "../wanted";
import { frameText, readingBegun } from "./reading";
import {
  BASE_SET,
  COUNTER,
  FAMILY_CONSTANT,
  FAMILY_EXEMPLARS,
  FAMILY_OWN,
  GAUGE,
  GAUGE_HISTOGRAM,
  HISTOGRAM,
  INFO,
  MODE_ALL,
  MODE_LIVE,
  MODE_SHARED,
  MODE_SUM,
  Registry,
} from "../../../assembly/layout";
import { EXHAUSTED, GONE, LIMIT, NO_WRITER, OK, REFUSED } from "../../../assembly/status";
import {
  exporterBegin,
  exporterCreate,
  exporterDone,
  exporterEnd,
  exporterSequence,
  exporterText,
  exporterWrite,
} from "../../../assembly/image/exporter";
import { FRAME_BASED, FRAME_ENDED, FRAME_FULL, FRAME_HEAD, FRAME_LAST } from "../../../assembly/image/format";
import {
  frameBase,
  frameFlags,
  frameGeneration,
  frameInstance,
  framePart,
  frameSeconds,
  frameSequence,
  frameUntil,
} from "../../../assembly/image/frame";
import { momentNext } from "../../../assembly/image/moments";
import { bytesFree, bytesReserved } from "../../../assembly/memory/arena";
import { familyEmpty, familyRemove } from "../../../assembly/store/family";
import { registryFirst, registryRemove } from "../../../assembly/store/registry";
import { writerRevoke } from "../../../assembly/store/adopt";
import { clockSet, inputAddress, ownWriter, slotForget } from "../../../assembly/store/writer";

let exporter: i32 = 0;

function start(): void {
  format();
  exporter = exporterCreate(registryFirst(), load<u32>(registryFirst()));
  readingBegun();
}

/** Goes on to the end of a sequence that was begun; what its frames say, each in brackets where there are several. */
function frames(most: u32): string {
  const texts: string[] = [];
  let part: u32 = -1;
  while (!exporterDone(exporter)) {
    const length = exporterWrite(exporter, most);
    if (length < 0) return "!" + length.toString();
    if (length == 0) continue;
    const frame = exporterText();
    if (part == -1) part = framePart(frame);
    if (framePart(frame) != part++) return "!part";
    if (((frameFlags(frame) & FRAME_LAST) != 0) != exporterDone(exporter)) return "!last";
    texts.push(frameText(frame, length));
  }
  return texts.join("|");
}

/** A sequence of what changed after a base. */
function since(base: f64, most: u32 = 1000, flags: u32 = 0): string {
  return exporterBegin(exporter, base, flags, 0, 2, 1000) == OK ? frames(most) : "!begun";
}

/** What changed after the last sequence. */
function next(most: u32 = 1000): string {
  return since(exporterSequence(exporter), most);
}

/** Without what slices of one look leave: those that say nothing but that the sequence is over. */
function joined(text: string): string {
  return text.split("|").join(" ").trim();
}

/** The labels and values that were told, by position. */
const mirror: Map<i32, string> = new Map();
const names: Map<i32, string> = new Map();

/** Applies what frames of one family say. */
function applied(text: string): void {
  const words = text.split(" ");
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word == "" || word.startsWith(">") || word.startsWith("+") || word.startsWith("head")) continue;
    const position = <i32>parseInt(word);
    if (word.endsWith("-")) {
      mirror.delete(position);
      names.delete(position);
      continue;
    }
    if (word.includes("{")) names.set(position, word.substring(word.indexOf("{"), word.indexOf("}")));
    mirror.set(position, word.substring(word.lastIndexOf("=")));
  }
}

function mirrored(): string {
  let text = "";
  for (let position = 0; position < 64; position++) {
    if (mirror.has(position)) text += position.toString() + names.get(position) + mirror.get(position) + " ";
  }
  return text;
}

/** The same as an exporter tells it that knows nothing. */
function fresh(): string {
  const kept = exporter;
  exporter = exporterCreate(registryFirst(), load<u32>(registryFirst()));
  const words = since(0).split(" ");
  exporterEnd(exporter);
  exporter = kept;
  let text = "";
  for (let i = 2; i < words.length; i++) {
    const word = words[i];
    const name = word.substring(word.indexOf("{"), word.indexOf("}"));
    text += (<i32>parseInt(word)).toString() + name + word.substring(word.lastIndexOf("=")) + " ";
  }
  return text;
}

describe("exporterWrite", () => {
  it("tells all at first, then what changed alone", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs", "queue");
    count(jobs, 1, 'queue="a"');
    count(jobs, 2, 'queue="b"');
    const level = family(GAUGE, MODE_SHARED, "level");
    set(level, -1.5);
    expect<string>(since(0)).toBe('head:0 +0:jobs 0{queue="a"}@1000.0=1.0 1{queue="b"}@1000.0=2.0 +1:level 0{}@1000.0=-1.5');
    expect<f64>(exporterSequence(exporter)).toBe(1);
    expect<string>(next()).toBe("");
    expect<f64>(exporterSequence(exporter)).toBe(1);
    count(jobs, 5, 'queue="b"');
    expect<string>(next()).toBe(">0 1=7.0");
    expect<f64>(exporterSequence(exporter)).toBe(3);
    expect<string>(next()).toBe("");
    set(level, -1.5);
    expect<string>(next()).toBe("");
    set(level, 2);
    count(jobs, 1, 'queue="c"');
    expect<string>(next()).toBe('>0 2{queue="c"}@1000.0=1.0 >1 0=2.0');
    family(COUNTER, 0, "more");
    expect<string>(next()).toBe("+2:more");
    expect<string>(next()).toBe("");
  });

  it("says in each frame what it is", () => {
    start();
    count(family(COUNTER, 0, "jobs"), 1);
    input("abc");
    expect<i32>(exporterBegin(exporter, 0, 0, 3, 88, 1234.5)).toBe(OK);
    expect<i32>(exporterWrite(exporter, 0)).toBeGreaterThan(0);
    const frame = exporterText();
    expect<usize>(frame & 7).toBe(0);
    expect<u32>(frameFlags(frame)).toBe(FRAME_FULL);
    expect<u64>(frameGeneration(frame)).toBe(1);
    expect<u64>(frameUntil(frame)).toBe(1);
    expect<u64>(frameInstance(frame)).toBe(88);
    expect<f64>(frameSeconds(frame)).toBe(1234.5);
    expect<u64>(frameSequence(frame)).toBe(1);
    expect<u64>(frameBase(frame)).toBe(0);
    expect<string>(textAt(frame + FRAME_HEAD + 2, 3)).toBe("abc");
    while (!exporterDone(exporter)) exporterWrite(exporter, 9);
    // What begins meanwhile is told with the frame.
    input("abc");
    exporterBegin(exporter, 0, FRAME_ENDED | FRAME_BASED, 3, 88, 1234.5);
    momentNext(registryFirst());
    exporterWrite(exporter, 100);
    expect<u64>(frameGeneration(exporterText())).toBe(1);
    expect<u64>(frameSequence(exporterText())).toBe(2);
    expect<u64>(frameUntil(exporterText())).toBe(3);
    expect<u32>(frameFlags(exporterText())).toBe(FRAME_FULL | FRAME_LAST | FRAME_ENDED | FRAME_BASED);
    expect<bool>(exporterDone(exporter)).toBe(true);
    expect<i32>(exporterWrite(exporter, 100)).toBe(0);
  });

  it("ends a process with a frame, whether anything changed or not", () => {
    start();
    count(family(COUNTER, 0, "jobs"), 1);
    since(0);
    expect<i32>(exporterBegin(exporter, 1, FRAME_ENDED, 0, 2, 1000)).toBe(OK);
    expect<i32>(exporterWrite(exporter, 1)).toBe(0);
    expect<i32>(exporterWrite(exporter, 1)).toBe(FRAME_HEAD);
    expect<u32>(frameFlags(exporterText())).toBe(FRAME_LAST | FRAME_ENDED);
    expect<u64>(frameBase(exporterText())).toBe(1);
    expect<u64>(frameSequence(exporterText())).toBe(2);
    expect<string>(frameText(exporterText(), FRAME_HEAD)).toBe("");
  });

  it("tells once more what a base does not know, described where it does not know that", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs", "q");
    count(jobs, 1, 'q="a"');
    count(jobs, 1, 'q="b"');
    since(0);
    count(jobs, 1, 'q="a"');
    expect<string>(since(1)).toBe(">0 0=2.0");
    count(jobs, 1, 'q="c"');
    expect<string>(since(1)).toBe('>0 0=2.0 2{q="c"}@1000.0=1.0');
    const level = family(GAUGE, MODE_SHARED, "level");
    set(level, 3);
    expect<string>(since(3)).toBe("+1:level 0{}@1000.0=3.0");
    remove(jobs, 'q="b"');
    expect<string>(since(4)).toBe(">0 1-");
    expect<string>(since(5)).toBe("");
    expect<string>(since(1)).toBe('>0 0=2.0 1- 2{q="c"}@1000.0=1.0 +1:level 0{}@1000.0=3.0');
    expect<string>(since(2)).toBe('>0 1- 2{q="c"}@1000.0=1.0 +1:level 0{}@1000.0=3.0');
    expect<string>(since(3)).toBe(">0 1- +1:level 0{}@1000.0=3.0");
    expect<string>(since(4)).toBe(">0 1-");
    expect<string>(next()).toBe("");
    expect<i32>(exporterBegin(exporter, 99, 0, 0, 2, 1000)).toBe(REFUSED);
  });

  it("describes what takes another one's place, and ends what leaves it", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs", "q");
    count(jobs, 1, 'q="a"');
    count(jobs, 1, 'q="b"');
    since(0);
    remove(jobs, 'q="a"');
    count(jobs, 4, 'q="x"');
    expect<string>(next()).toBe('>0 0{q="x"}@1000.0=4.0');
    // The same labels are another series, too.
    remove(jobs, 'q="x"');
    clockSet(1001.5);
    count(jobs, 1, 'q="x"');
    expect<string>(next()).toBe('>0 0{q="x"}@1001.5=1.0');
    remove(jobs, 'q="x"');
    expect<string>(next()).toBe(">0 0-");
    expect<string>(next()).toBe("");
    familyRemove(jobs, load<u32>(jobs));
    expect<string>(next()).toBe("-0");
    expect<string>(next()).toBe("");
    const other = family(COUNTER, 0, "other");
    count(other, 1);
    expect<string>(next()).toBe("+0:other 0{}@1001.5=1.0");
    familyRemove(other, load<u32>(other));
    count(family(COUNTER, 0, "third"), 2);
    expect<string>(next()).toBe("+0:third 0{}@1001.5=2.0");
  });

  it("describes anew what was reset", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs");
    count(jobs, 5);
    since(0);
    clockSet(1002);
    familyEmpty(jobs, load<u32>(jobs), true);
    expect<string>(next()).toBe(">0 0{}@1002.0=0.0");
    familyEmpty(jobs, load<u32>(jobs), false);
    expect<string>(next()).toBe(">0 0-");
  });

  it("goes on where a slice ended, whatever its size", () => {
    for (let most: u32 = 1; most < 9; most++) {
      start();
      const jobs = family(COUNTER, 0, "jobs", "q");
      for (let i = 0; i < 5; i++) count(jobs, i, 'q="' + i.toString() + '"');
      set(family(GAUGE, MODE_SHARED, "level"), 4);
      family(COUNTER, 0, "none");
      const text = joined(since(0, most));
      expect<string>(text.split(" >0").join("")).toBe(
        'head:0 +0:jobs 0{q="0"}@1000.0=0.0 1{q="1"}@1000.0=1.0 2{q="2"}@1000.0=2.0 3{q="3"}@1000.0=3.0 4{q="4"}@1000.0=4.0' +
          (text.includes("+1:level >1") ? " +1:level >1 0{}@1000.0=4.0 +2:none" : " +1:level 0{}@1000.0=4.0 +2:none"),
      );
      count(jobs, 1, 'q="3"');
      expect<string>(joined(next(most))).toBe(">0 3=4.0");
      expect<string>(joined(next(most))).toBe("");
    }
  });

  it("leaves what is made during its walk for the next one, and does not trip over what is removed", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs", "q");
    for (let i = 0; i < 4; i++) count(jobs, i, 'q="' + i.toString() + '"');
    const level = family(GAUGE, MODE_SHARED, "level");
    set(level, 4);
    exporterBegin(exporter, 0, 0, 0, 2, 1000);
    const length = exporterWrite(exporter, 3);
    expect<string>(frameText(exporterText(), length)).toBe('head:0 +0:jobs 0{q="0"}@1000.0=0.0 1{q="1"}@1000.0=1.0');
    remove(jobs, 'q="0"');
    remove(jobs, 'q="2"');
    count(jobs, 7, 'q="new"');
    count(jobs, 8, 'q="0"');
    familyRemove(level, load<u32>(level));
    count(family(COUNTER, 0, "late"), 1);
    expect<string>(joined(frames(2))).toBe('>0 3{q="3"}@1000.0=3.0');
    expect<string>(next()).toBe('>0 0{q="0"}@1000.0=8.0 2{q="new"}@1000.0=7.0 +1:late 0{}@1000.0=1.0');
  });

  it("begins a family anew whose place another one took between two slices", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs", "q");
    for (let i = 0; i < 4; i++) count(jobs, i, 'q="' + i.toString() + '"');
    exporterBegin(exporter, 0, 0, 0, 2, 1000);
    exporterWrite(exporter, 3);
    familyRemove(jobs, load<u32>(jobs));
    count(family(COUNTER, 0, "other"), 3);
    expect<string>(frames(10)).toBe("-0");
    expect<string>(next()).toBe("+0:other 0{}@1000.0=3.0");
  });

  it("gives a number to a sequence that was given up half way, and none may build upon it", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs", "q");
    for (let i = 0; i < 4; i++) count(jobs, i, 'q="' + i.toString() + '"');
    since(0);
    count(jobs, 1, 'q="0"');
    count(jobs, 1, 'q="3"');
    exporterBegin(exporter, 1, 0, 0, 2, 1000);
    exporterWrite(exporter, 2);
    expect<f64>(exporterSequence(exporter)).toBe(2);
    expect<i32>(exporterBegin(exporter, 2, 0, 0, 2, 1000)).toBe(REFUSED);
    expect<string>(since(1)).toBe(">0 0=1.0 3=4.0");
    expect<f64>(exporterSequence(exporter)).toBe(3);
    expect<string>(next()).toBe("");
    // Of one of which no frame was written nobody hears.
    count(jobs, 1, 'q="3"');
    exporterBegin(exporter, 3, 0, 0, 2, 1000);
    exporterWrite(exporter, 1);
    expect<f64>(exporterSequence(exporter)).toBe(3);
    expect<string>(next()).toBe(">0 3=5.0");
    expect<f64>(exporterSequence(exporter)).toBe(6);
  });

  it("takes numbers of the registry, so that each exporter's are its own", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs");
    count(jobs, 1);
    since(0);
    const one = exporter;
    exporter = exporterCreate(registryFirst(), load<u32>(registryFirst()));
    expect<f64>(exporterSequence(exporter)).toBe(0);
    since(0);
    expect<f64>(exporterSequence(exporter)).toBe(2);
    expect<u64>(frameGeneration(exporterText())).toBe(2);
    count(jobs, 1);
    expect<string>(since(2)).toBe(">0 0=2.0");
    expect<f64>(exporterSequence(exporter)).toBe(3);
    const other = exporter;
    exporter = one;
    expect<i32>(exporterBegin(exporter, 2, 0, 0, 2, 1000)).toBe(REFUSED, "another exporter's");
    expect<string>(since(1)).toBe(">0 0=2.0");
    expect<f64>(exporterSequence(exporter)).toBe(4);
    expect<u64>(frameGeneration(exporterText())).toBe(1);
    exporterEnd(other);
  });

  it("builds upon nothing from before its last whole image, nor upon what is none", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs");
    count(jobs, 1);
    since(0);
    count(jobs, 1);
    since(1);
    since(0);
    expect<f64>(exporterSequence(exporter)).toBe(3);
    for (let base: f64 = 1; base < 3; base++) expect<i32>(exporterBegin(exporter, base, 0, 0, 2, 1000)).toBe(REFUSED);
    const none: f64[] = [NaN, -1, Infinity, 9007199254740992];
    for (let i = 0; i < none.length; i++) expect<i32>(exporterBegin(exporter, none[i], 0, 0, 2, 1000)).toBe(REFUSED);
    expect<i32>(exporterBegin(exporter, 3, 0, 0, 2, 1000)).toBe(OK);
  });

  it("wants a whole image where its turns are used up, and counts on beyond 32 bits", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs");
    const registry = changetype<Registry>(registryFirst());
    count(jobs, 1);
    registry.moments = 0xfffffff0;
    since(0);
    count(jobs, 1);
    registry.moments = 0x1ffffffee;
    expect<string>(next()).toBe(">0 0=2.0");
    expect<f64>(exporterSequence(exporter)).toBe(<f64>(<u64>0x1ffffffef));
    count(jobs, 1);
    expect<string>(next()).toBe("!begun");
    since(0);
    expect<u64>(frameSequence(exporterText())).toBe(0x1fffffff1);
    count(jobs, 1);
    expect<string>(next()).toBe(">0 0=4.0");
  });

  it("is GONE with its registry", () => {
    start();
    registryRemove(registryFirst(), load<u32>(registryFirst()));
    expect<i32>(exporterBegin(exporter, 0, 0, 0, 2, 1000)).toBe(GONE);
  });

  it("sees every type change, and who lives", () => {
    start();
    const each = family(GAUGE, MODE_ALL | MODE_LIVE, "each");
    const sum = family(GAUGE, MODE_SUM | MODE_LIVE, "sum");
    const sizes = family(HISTOGRAM, 0, "sizes", "", [1, 2]);
    const wait = native("wait", "", 3, 40);
    const spent = summary("spent");
    set(each, 1);
    set(sum, 1);
    observe(sizes, 1);
    observe(wait, 1);
    observe(spent, 1);
    const first = ownWriter().index;
    since(0);
    observe(sizes, 0.5);
    expect<string>(next()).toBe(">2 0=1.5");
    observe(wait, 3);
    expect<string>(next()).toBe(">3 0=4.0");
    observe(spent, 3);
    expect<string>(next()).toBe(">4 0=4.0");
    set(sum, 1);
    expect<string>(next()).toBe(">1 0=1.0");
    claim();
    exporter = exporterCreate(registryFirst(), load<u32>(registryFirst()));
    set(sum, 5);
    since(0);
    expect<string>(next()).toBe("");
    writerRevoke(first);
    const text = next();
    expect<bool>(text.includes(">1 0=5.0")).toBe(true);
    expect<bool>(text.includes(">0 0=?")).toBe(true);
    expect<string>(next()).toBe("");
  });

  it("tells of infos, gauge histograms and constants once they are set", () => {
    start();
    const info = new Wanted(INFO, "build").family();
    constant(info, 1, [], 0, 'v="1"');
    const whole = new Wanted(GAUGE_HISTOGRAM, "queues");
    whole.bounds = [1];
    const queues = whole.family();
    constant(queues, 3, [1, 2]);
    const given = new Wanted(COUNTER, "given");
    given.flags = FAMILY_CONSTANT;
    const told = given.family();
    constant(told, 8, [], 0, "", BASE_SET, 17.5, 1);
    expect<string>(since(0)).toBe('head:0 +0:build 0{v="1"}@1000.0=1.0 +1:queues 0{}@1000.0=3.0 +2:given 0{}@17.5=8.0');
    constant(told, 8, [], 0, "", BASE_SET, 17.5, 2);
    constant(queues, 4, [1, 3]);
    expect<string>(next()).toBe(">1 0=4.0 >2 0=8.0");
    // Of a setter that is no more: it ends.
    constant(told, 9, [], 0, "", BASE_SET, 17.5, ((<u64>9999) << 32) | 1);
    expect<string>(next()).toBe("-2");
  });

  it("ends series that are idle, as a scrape does", () => {
    start();
    const wanted = new Wanted(COUNTER, "jobs");
    wanted.labels = "q";
    wanted.expireSeconds = 60;
    const jobs = wanted.family();
    count(jobs, 1, 'q="idle"');
    count(jobs, 1, 'q="used"');
    since(0);
    for (let now: f64 = 1000; now < 1200; now += 10) {
      clockSet(now);
      count(jobs, 1, 'q="used"');
    }
    expect<string>(next()).toBe(">0 0- 1=21.0");
  });

  it("takes exemplars along", () => {
    start();
    const wanted = new Wanted(COUNTER, "jobs");
    wanted.flags = FAMILY_EXEMPLARS;
    const jobs = wanted.family();
    count(jobs, 1);
    expect<string>(since(0)).toBe("head:0 +0:jobs 0{}@1000.0=1.0");
    exemplar(jobs, 1, 5, 'trace="a"');
    expect<string>(next()).toBe(">0 0=1.0!1");
    exemplar(jobs, 1, 6, 'trace="b"');
    expect<string>(next()).toBe(">0 0=1.0!1");
    expect<string>(next()).toBe("");
  });

  it("leaves the library's own families out", () => {
    start();
    new Wanted(COUNTER, "own").put();
    const own = familyDefined(FAMILY_OWN);
    count(own, 1);
    expect<string>(since(0)).toBe("head:0");
    count(own, 1);
    expect<string>(next()).toBe("");
  });

  it("writes frames of about a slice, and larger ones for what is larger", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs", "q");
    const long = "v".repeat(8000);
    for (let i = 0; i < 60; i++) count(jobs, i, 'q="' + i.toString() + long + i.toString() + '"');
    exporterBegin(exporter, 0, 0, 0, 2, 1000);
    let parts = 0;
    while (!exporterDone(exporter)) {
      const length = exporterWrite(exporter, 1000);
      expect<bool>(length < (1 << 17) + 20000).toBe(true);
      expect<bool>(frameText(exporterText(), length).startsWith("!")).toBe(false);
      parts++;
    }
    expect<bool>(parts > 3).toBe(true);
  });

  it("keeps 180 series of an API within 3,300 bytes", () => {
    start();
    const requests = family(COUNTER, 0, "http_requests", "method\nhandler\nstatus");
    randomFrom(3);
    const methods = ["GET", "POST", "PUT", "DELETE"];
    const statuses = ["200", "201", "404", "500"];
    for (let i = 0; i < 180; i++) {
      const number = (1000 + ((i * 71) % 175)).toString().substring(1);
      clockSet(1000 + <f64>i / 100);
      const block =
        'method="' + methods[randomBelow(4)] + '",handler="/api/v0/resource/' + number + '/",status="' + statuses[randomBelow(4)] + '"';
      count(requests, <f64>randomBelow(9999), block);
    }
    exporterBegin(exporter, 0, 0, 0, 2, 1002);
    const length = exporterWrite(exporter, 1000);
    expect<bool>(exporterDone(exporter)).toBe(true);
    expect<i32>(length).toBeLessThan(3300);
    expect<bool>(frameText(exporterText(), length).startsWith("!")).toBe(false);
  });

  it("says the same as a fresh exporter, after anything", () => {
    start();
    randomFrom(21);
    const jobs = family(COUNTER, 0, "jobs", "q");
    since(0, 7);
    let acknowledged: f64 = 1;
    for (let round = 0; round < 150; round++) {
      for (let i = randomBelow(6); i > 0; i--) {
        const block = 'q="' + randomBelow(30).toString() + '"';
        if (random() < 0.3) {
          remove(jobs, block);
        } else {
          const cell = bind(jobs, block);
          used(jobs, cell, tokenOf(cell), 1);
        }
      }
      const text = joined(since(acknowledged, 1 + randomBelow(40)));
      if (text.startsWith("!")) abort(text);
      applied(text);
      if (random() < 0.6) acknowledged = exporterSequence(exporter);
      // Between two slices nothing happened here, so all that there is was told.
      expect<string>(mirrored()).toBe(fresh());
    }
  });

  it("says the same as a fresh exporter in the end, whatever happens between its slices", () => {
    start();
    randomFrom(22);
    mirror.clear();
    names.clear();
    const jobs = family(COUNTER, 0, "jobs", "q");
    applied(joined(since(0)));
    for (let round = 0; round < 60; round++) {
      exporterBegin(exporter, exporterSequence(exporter), 0, 0, 2, 1000);
      while (!exporterDone(exporter)) {
        for (let i = randomBelow(4); i > 0; i--) {
          const block = 'q="' + randomBelow(20).toString() + '"';
          if (random() < 0.4) remove(jobs, block);
          else count(jobs, 1, block);
        }
        const length = exporterWrite(exporter, 1 + randomBelow(6));
        if (length > 0) applied(frameText(exporterText(), length));
      }
      // Of what happened behind the walk the next sequence tells.
      applied(joined(next(3)));
      expect<string>(mirrored()).toBe(fresh());
    }
  });
});

describe("exporterCreate", () => {
  it("is GONE without the registry, NO_WRITER without a slot, EXHAUSTED without memory", () => {
    start();
    const registry = registryFirst();
    expect<i32>(exporterCreate(registry, load<u32>(registry) + 4)).toBe(GONE);
    failFrom(1);
    expect<i32>(exporterCreate(registry, load<u32>(registry))).toBe(EXHAUSTED);
    failFrom(0);
    expect<i32>(exporterBegin(exporter, 0, 0, 65537, 2, 1000)).toBe(LIMIT);
    exporterBegin(exporter, 0, 0, 0, 2, 1000);
    slotForget();
    expect<i32>(exporterCreate(registry, load<u32>(registry))).toBe(NO_WRITER);
    expect<i32>(exporterWrite(exporter, 1)).toBe(NO_WRITER);
    expect<i32>(exporterBegin(exporter, 0, 0, 0, 2, 1000)).toBe(NO_WRITER);
    claim();
    registryRemove(registry, load<u32>(registry));
    expect<i32>(exporterWrite(exporter, 1)).toBe(GONE);
  });

  it("takes little that stays where its thread dies: what labels are coded in is its writer's", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs", "q");
    for (let i = 0; i < 8; i++) count(jobs, i, 'q="' + i.toString() + '"');
    exporterBegin(exporter, 0, 0, 0, 2, 1000);
    while (!exporterDone(exporter)) exporterWrite(exporter, 100);
    const used = bytesReserved() - bytesFree();
    // As a thread that dies has it, and the next one of its slot another one.
    exporter = exporterCreate(registryFirst(), load<u32>(registryFirst()));
    exporterBegin(exporter, 0, 0, 0, 2, 1000);
    while (!exporterDone(exporter)) exporterWrite(exporter, 100);
    expect<u32>(bytesReserved() - bytesFree() - used).toBeLessThan(1100);
  });

  it("goes on where there was no memory, and tells nothing twice", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs", "q");
    for (let i = 0; i < 20; i++) count(jobs, i, 'q="' + i.toString() + '"');
    const wait = native("wait", "", 3, 40);
    observe(wait, 3);
    const wanted = since(0);
    for (let n = 1; n < 12; n++) {
      const other = exporterCreate(registryFirst(), load<u32>(registryFirst()));
      const kept = exporter;
      exporter = other;
      readingBegun();
      failFrom(n);
      // What it keeps of the process has no bytes.
      expect<i32>(exporterBegin(exporter, 0, 0, 0, 2, 1000)).toBe(OK);
      let text = "";
      let parts = 0;
      for (let i = 0; i < 40 && !exporterDone(exporter); i++) {
        const length = exporterWrite(exporter, 1000);
        failFrom(0);
        if (length <= 0) continue;
        text += (parts++ == 0 ? "" : " ") + frameText(exporterText(), length);
      }
      expect<string>(text.split(" >0").join("").split(" >1").join("")).toBe(wanted);
      exporterEnd(other);
      exporter = kept;
    }
  });
});

describe("exporterEnd", () => {
  it("gives back all that it took", () => {
    start();
    const jobs = family(COUNTER, 0, "jobs", "q");
    for (let i = 0; i < 300; i++) count(jobs, i, 'q="' + i.toString() + '"');
    let used: u32 = 0;
    for (let round = 0; round < 4; round++) {
      const length = input("the head");
      exporterBegin(exporter, 0, 0, length, 2, 1000);
      while (!exporterDone(exporter)) exporterWrite(exporter, 100);
      exporterEnd(exporter);
      const now = bytesReserved() - bytesFree();
      if (round > 0) expect<u32>(now).toBe(used);
      used = now;
      exporter = exporterCreate(registryFirst(), load<u32>(registryFirst()));
    }
    expect<bool>(inputAddress(8) != 0).toBe(true);
  });
});
