// The measuring itself: isolated loops, rounds that interleave all subjects, fresh processes, and the rows that leave.
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { OURS, SUBJECTS } from "./subjects.mjs";

const CHILD = fileURLToPath(new URL("child.mjs", import.meta.url));

/** One JSON value a line on standard output is all that a measuring process says to its parent. */
export const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

/** How a runtime runs a script; the runtime is told apart by its name, since a parent may start another one. */
export function invocation(runtime, script, { exposeGc = true } = {}) {
  if (runtime === "deno") return ["run", "--allow-all", ...(exposeGc ? ["--v8-flags=--expose-gc"] : []), script];
  if (runtime === "bun") return ["run", script];
  return ["--no-warnings", ...(exposeGc ? ["--expose-gc"] : []), script];
}

export function check(actual, expected, what) {
  if (actual !== expected) throw new Error(`Wrong result of ${what}: expected ${expected}, got ${actual}`);
}

let loopsCompiled = 0;

/**
 * A function that runs `body` as often as its first argument says. Every call compiles its source anew, under a text of
 * its own: functions from one source share their type feedback, and one subject's would slow another's loop.
 */
export function loop(body, parameters = []) {
  loopsCompiled += 1;
  const source = `for (let i = 0; i < count; i += 1) { ${body}; }\n//# sourceURL=loop-${loopsCompiled}.js`;
  return new Function("count", ...parameters, source);
}

/**
 * Nanoseconds per operation of `run(count)`, a sample per call, which lasts half a round's time at the least. The first one finds the
 * count, and so lets the compilers finish before anything is recorded; where it waited for a processor itself, later ones raise it.
 */
export function hotSample(context, run) {
  let count = 1_000;
  let isFound = false;
  return () => {
    for (;;) {
      const start = performance.now();
      run(count);
      const elapsed = performance.now() - start;
      if (elapsed < context.roundMilliseconds / 2) count *= 2;
      else if (isFound) return (elapsed * 1e6) / count;
      else isFound = true;
    }
  };
}

/** A sample that is the milliseconds an act takes. */
export const timed = (act) => async () => {
  const start = performance.now();
  await act();
  return performance.now() - start;
};

function quantile(sorted, fraction) {
  const position = (sorted.length - 1) * fraction;
  const below = Math.floor(position);
  return sorted[below] + (sorted[Math.ceil(position)] - sorted[below]) * (position - below);
}

export const p99 = (values) =>
  quantile(
    [...values].sort((a, b) => a - b),
    0.99,
  );

// Fewer have no median worth the name.
const LEAST_ROUNDS = 3;

const significant = (value) => Number(value.toPrecision(6));

export class Context {
  #libraries = new Map();

  constructor({ bench, runtime, quick, alone, one = false, subjects }) {
    this.bench = bench;
    this.runtime = runtime;
    this.quick = quick;
    this.alone = alone;
    // Of a run in rounds: it is asked again.
    this.one = one;
    this.subjects = SUBJECTS.filter(({ name }) => subjects.includes(name));
    this.rounds = quick ? 3 : 9;
    this.roundMilliseconds = quick ? 5 : 25;
    // What keeps a run of everything within five minutes where the machine is slow or others use it.
    this.budgetMilliseconds = quick ? 1_000 : alone ? Infinity : one ? 1_500 : 4_000;
  }

  /** The subjects that load in this runtime, each with `create`, which makes a registry of its own. */
  async loaded() {
    for (const subject of this.subjects) {
      if (this.#libraries.has(subject)) continue;
      try {
        this.#libraries.set(subject, await subject.load());
      } catch (error) {
        this.#libraries.set(subject, undefined);
        this.missing(subject.name, error);
      }
    }
    return this.subjects
      .filter((subject) => this.#libraries.get(subject) !== undefined)
      .map((subject) => ({ ...subject, create: this.#libraries.get(subject) }));
  }

  /** The one subject of a process that `start` made. */
  async subject() {
    const [subject] = this.subjects;
    return { ...subject, create: await subject.load() };
  }

  progress(text) {
    say({ progress: `${this.bench}/${text}` });
  }

  missing(subject, error) {
    say({ missing: subject, reason: `${error?.message ?? error}`.split("\n")[0] });
  }

  row(name, subject, unit, values) {
    const sorted = [...values].sort((a, b) => a - b);
    const [median, min, max] = [quantile(sorted, 0.5), sorted[0], sorted.at(-1)].map(significant);
    say({ row: { bench: `${this.bench}/${name}`, subject, runtime: this.runtime, unit, median, min, max } });
  }

  /**
   * Every entry's `sample()` once per round, in an order that rotates; a row for each entry, of its own name where it has one. The first round only warms up,
   * and past the budget no more than LEAST_ROUNDS are made. Where a `sample` throws, or a `verify` afterwards, the run fails.
   */
  async interleave(name, unit, entries, { rounds = this.rounds, warmUps = 1 } = {}) {
    const values = entries.map(() => []);
    const deadline = performance.now() + this.budgetMilliseconds;
    for (let round = -warmUps; round < rounds; round += 1) {
      if (round >= LEAST_ROUNDS && performance.now() > deadline) break;
      for (let turn = 0; turn < entries.length; turn += 1) {
        const index = (turn + round + warmUps) % entries.length;
        const { subject, sample } = entries[index];
        this.progress(`${name} ${round < 0 ? "warm-up" : `round ${round + 1}/${rounds}`} ${subject}`);
        const value = await sample(round);
        if (round >= 0) values[index].push(value);
      }
    }
    for (const [index, { subject, verify, row = name }] of entries.entries()) {
      await verify?.();
      this.row(row, subject, unit, values[index]);
    }
  }

  /**
   * A process that knows one subject only and answers commands by this file's `probe(context, question)`. For figures that
   * depend on the heap: whoever allocates beside another library's 100,000 objects pays for marking them.
   */
  start(subject, question) {
    const { bench, runtime, quick, alone, one } = this;
    const task = JSON.stringify({ bench, runtime, quick, alone, one, subjects: [subject], question });
    const child = spawn(process.execPath, [...invocation(runtime, CHILD), task], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const closed = once(child, "close");
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return {
      async ask(command) {
        child.stdin.write(`${JSON.stringify(command)}\n`);
        const { done, value } = await answers.next();
        if (done) throw new Error(`The process of ${subject} ended before it answered "${command}"`);
        return JSON.parse(value);
      },
      async close() {
        child.stdin.end();
        check((await closed)[0], 0, `${subject}'s process, its exit code`);
      },
    };
  }

  /** Standard output of a script in a process of this runtime. */
  async run(script, args, flags) {
    const { stdout } = await promisify(execFile)(process.execPath, [...invocation(this.runtime, script, flags), ...args]);
    return stdout;
  }
}

/** Whether ours is among the subjects: for the questions that only shared memory can be asked. */
export const hasOurs = (subjects) => subjects.some(({ name }) => name === OURS);
