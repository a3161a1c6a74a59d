// Runs the verbs of a world under faults. A world is made anew for each run; what must hold is told by runs without a fault: each
// series, or count, is what it was before the verb or what it is behind it, and with another verb in its middle what it is
// behind both in one order or in the other. Then others go on, to the last digit, and the death is proven.

import { internals } from "../../internals.mjs";
import { Death } from "../thread.mjs";
import { difference, texts } from "./page.mjs";

const { status } = internals;
/** Where allocations are counted down to the one that fails: Header.failAfter. */
const FAIL_AFTER = 64 + 88;
/** Statuses by which a verb may say that something was missing. */
const REFUSALS = [status.EXHAUSTED, 0];
const isChange = (what) => what === "value" || what === "exchange";
const name = (world, verb) => `${world.name}: ${verb}`;

const thirds = new WeakMap();
/** The world as the third thread has it, for verbs that are the victim's else. */
function asThird(w) {
  if (!thirds.has(w)) thirds.set(w, { ...w, theirs: w.thirds, victim: w.third });
  return thirds.get(w);
}

/** What is on a page beside what may be there. */
function wrongOf(found, may, passed) {
  const wrong = [];
  for (const key of new Set([found, ...may].flatMap((page) => [...page.keys()]))) {
    if (!passed(key) && !may.some((page) => page.get(key) === found.get(key))) {
      wrong.push(`${key} is ${found.get(key)}, not one of ${[...new Set(may.map((page) => page.get(key)))].join(" | ")}`);
    }
  }
  return wrong;
}

export class Driver {
  /** @param world `made`, `look`, `goOn`, `MORE`, `buried`, `verbs`, `intruders` */
  constructor(world, note = () => {}) {
    this.world = world;
    this.note = note;
    this.references = new Map();
  }

  get verbs() {
    return Object.keys(this.world.verbs);
  }

  #look(w) {
    return this.world.look(w);
  }

  /** A page with what a verb shows where it was cut short: a series that nobody has counted in. */
  #between(page, verb) {
    return new Map([...page, ...(this.world.verbs[verb].between ?? [])]);
  }

  #run(verb, t, w) {
    return this.world.verbs[verb].run(t, w);
  }

  /** Runs a verb without a fault: what was, what is, how many accesses and changes it made, and which exports it called. */
  reference(verb) {
    const there = this.references.get(verb);
    if (there !== undefined) return there;
    let accesses = 0;
    let changes = 0;
    const w = this.world.made((n, _t, what) => {
      accesses = n;
      if (isChange(what)) changes++;
    });
    this.world.verbs[verb].before?.(w);
    const before = texts(this.#look(w));
    let result;
    w.victim.run((t) => (result = this.#run(verb, t, w)));
    const after = texts(this.#look(w));
    const made = { before, after, result, accesses, changes, called: w.victim.called };
    this.references.set(verb, made);
    return made;
  }

  /** An entry calls its export, which says nothing is wrong, and changes nothing where it only tells. */
  sound(verb) {
    const { called, result, changes, before, after } = this.reference(verb);
    if (!called.has(verb.split(" ")[0])) throw new Error(`${verb} calls ${[...called]}`);
    if (typeof result === "number" && result < 0) throw new Error(`${verb} says ${result}`);
    const wrong = changes === 0 ? wrongOf(after, [before], () => false) : [];
    if (wrong.length > 0) throw new Error(`${verb} only tells: ${wrong}`);
    return true;
  }

  /** What a page is behind several of [verb or intruder, thread], one after the other. */
  #behind(key, steps) {
    const there = this.references.get(key);
    if (there !== undefined) return there;
    const w = this.world.made(
      () => {},
      () => {},
    );
    steps(w);
    const page = texts(this.#look(w));
    this.references.set(key, page);
    return page;
  }

  /** Counts on in every series: what is seen is what was, and that. Where a verb was cut short, its end may come with it. */
  #exact(w, t, context, may = []) {
    const before = this.#look(w);
    this.world.goOn(w, t);
    const after = this.#look(w);
    const wanted = this.world.MORE;
    const found = difference(before, after);
    for (const line of new Set([...found.keys(), ...wanted.keys()])) {
      if (found.get(line) === wanted.get(line)) continue;
      const now = lineOf(after, line);
      if (may.some((page) => now === (lineOf(page, line) ?? 0) + (wanted.get(line) ?? 0))) continue;
      throw new Error(`${context}: ${line} is ${found.get(line)} more, not ${wanted.get(line)}, and ${now} now`);
    }
  }

  #among(w, may, context, passed = () => false) {
    const wrong = wrongOf(texts(this.#look(w)), may, passed);
    if (wrong.length > 0) throw new Error(`${context}: ${wrong.join("; ")}`);
  }

  #buried(w, dead, context) {
    let seen = texts(this.#look(w));
    const same = (what) => this.#among(w, [seen], `${context}, ${what}`, this.world.isMortal);
    const exact = (what, t) => {
      this.#exact(w, t, `${context}, ${what} goes on`);
      seen = texts(this.#look(w));
    };
    this.world.buried(w, dead, same, exact);
  }

  /** The victim dies at its change of that number; false where it made fewer. */
  death(verb, at) {
    const context = `${name(this.world, verb)}, death at change ${at}`;
    this.note(context);
    const { before, after } = this.reference(verb);
    const { world } = this;
    let changes = 0;
    const w = world.made((_n, _t, what) => {
      if (isChange(what) && ++changes === at) throw new Death();
    });
    world.verbs[verb].before?.(w);
    const finished = w.victim.run((t) => this.#run(verb, t, w));
    if (finished) return false;
    this.#among(w, [before, this.#between(before, verb), after], context);
    const pages = [before, after].map(numbers);
    this.#exact(w, w.first, `${context}, the survivor goes on`, pages);
    world.others?.(w, context);
    this.#buried(w, [w.victim], context);
    return true;
  }

  /** The victim is suspended at that access, another thread runs a whole verb, then it goes on. */
  suspension(verb, intruder, at) {
    const context = `${name(this.world, verb)}, suspended at access ${at}, while another one ${intruder}`;
    this.note(context);
    const { world } = this;
    const its = (w) => world.intruders[intruder](w, w.third);
    const before = (w) => world.verbs[verb].before?.(w);
    const whole = (w) => w.victim.run((t) => this.#run(verb, t, w));
    const may = [
      this.#behind(`${verb};${intruder}`, (w) => (before(w), whole(w), its(w))),
      this.#behind(`${intruder};${verb}`, (w) => (before(w), its(w), whole(w))),
    ];
    let interrupted = false;
    const w = world.made(
      (n) => {
        if (n !== at) return;
        interrupted = true;
        its(w);
      },
      () => {},
    );
    before(w);
    whole(w);
    if (!interrupted) return false;
    this.#among(w, may, context);
    for (const t of [w.first, w.victim, w.third]) this.#exact(w, t, `${context}, then goes on`);
    world.others?.(w, context);
    return true;
  }

  /** The victim is suspended at an access of one verb, another thread dies at a change of another, then the victim goes on. */
  twice(verb, at, dying, change) {
    const context = `${name(this.world, verb)}, suspended at access ${at}, while another one dies at change ${change} of ${dying}`;
    this.note(context);
    const { world } = this;
    const whole = (w) => w.victim.run((t) => this.#run(verb, t, w));
    const theirs = (w) => w.third.run((t) => this.#run(dying, t, asThird(w)));
    const prepared = (w) => {
      world.verbs[verb].before?.(w);
      world.verbs[dying].before?.(asThird(w));
    };
    const key = `${verb}&${dying}`;
    const may = [
      this.#behind(`${key} alone`, (w) => (prepared(w), whole(w))),
      this.#behind(`${key} behind`, (w) => (prepared(w), whole(w), theirs(w))),
      this.#behind(`${key} before`, (w) => (prepared(w), theirs(w), whole(w))),
    ];
    let died = false;
    let changes = 0;
    const w = world.made(
      (n) => {
        if (n === at) died = !theirs(w);
      },
      (_n, _t, what) => {
        if (isChange(what) && ++changes === change) throw new Death();
      },
    );
    prepared(w);
    whole(w);
    if (!died) return false;
    this.#among(w, [...may, this.#between(may[0], dying)], context);
    const pages = may.map(numbers);
    for (const t of [w.first, w.victim]) this.#exact(w, t, `${context}, then goes on`, pages);
    world.others?.(w, context);
    this.#buried(w, [w.third, w.victim], context);
    return true;
  }

  /** The n-th allocation of the verb fails, and all behind it; false where it made fewer. */
  exhaustion(verb, n) {
    const context = `${name(this.world, verb)}, allocation ${n} fails`;
    this.note(context);
    const { before, after, result: sound } = this.reference(verb);
    const { world } = this;
    const w = world.made(() => {});
    world.verbs[verb].before?.(w);
    const left = new Int32Array(w.first.memory.buffer, FAIL_AFTER, 1);
    left[0] = n;
    let result;
    try {
      result = this.#run(verb, w.victim, w);
    } catch (error) {
      // What a verb that has no room for its input says.
      if (!/no room|claim: -1/.test(error.message)) throw new Error(context, { cause: error });
      result = status.EXHAUSTED;
    }
    const failed = left[0] === 1 || n === 1;
    left[0] = 0;
    if (!failed) return false;
    if (result !== sound && typeof result === "number" && !REFUSALS.includes(result) && !(result > 0 && sound > 0)) {
      throw new Error(`${context}: it says ${result}`);
    }
    this.#among(w, [before, this.#between(before, verb), after], context);
    if (result !== sound && REFUSALS.includes(result)) {
      this.#run(verb, w.victim, w);
      this.#among(w, [after], `${context}, and again with memory`);
    }
    for (const t of [w.first, w.victim]) this.#exact(w, t, `${context}, then goes on`);
    world.others?.(w, context);
    return true;
  }
}

/** A page of texts by its lines' numbers. */
function numbers(page) {
  return new Map(
    [...page].map(([key, text]) => [
      key,
      text.split("; ").map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]),
    ]),
  );
}

/** The number of a line, by what `difference` calls it. */
function lineOf(page, line) {
  for (const [key, lines] of page) {
    for (const [own, value] of lines) if (`${key} ${own}` === line) return value;
  }
  return undefined;
}
