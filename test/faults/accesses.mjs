// At which accesses of a verb a thread dies or is suspended. A scene is made once undisturbed, and its accesses are noted by what
// they are and by the instruction that makes them; then once more for each access that is chosen.
//
// `npm run faults` has each access (TALLYSTICK_STEP=1). `npm test` has both sides of every exchange and addition that is one
// instruction, of plain stores the first that each instruction of the core makes, and of all others, which are loads and loops that
// copy, each 17th from any of the first on: a death between two stores leaves what a death right before the second one does.

/** A prime number, so that no loop of the core is met at one of its accesses alone. */
const STEP = Number(process.env.TALLYSTICK_STEP ?? 17);

let noting;

/** Who notes the accesses of the run that begins; undefined where nobody asks. */
export function noted() {
  const own = noting;
  noting = undefined;
  return own;
}

class Accesses {
  #first = new Set();
  #chosen = [];
  #made = 0;
  #skip = Math.floor(Math.random() * STEP);

  /** How many accesses the verb makes undisturbed; throws where not every chosen one was disturbed. */
  get count() {
    if (this.#chosen.length !== 0) throw new Error(`${this.#chosen.length} accesses were left out`);
    return this.#made;
  }

  told() {
    return { count: this.#made, chosen: this.#chosen };
  }

  /** An access of the undisturbed run: "exchange", "load", "store" or "value", of which instruction. */
  note(what, instruction) {
    const n = ++this.#made;
    const isFirst = what === "value" && !this.#first.has(instruction);
    if (isFirst) this.#first.add(instruction);
    if (what === "exchange" || isFirst || n % STEP === this.#skip) this.#chosen.push(n);
  }

  /** The numbers of accesses that are to be disturbed: first none, Infinity. */
  *[Symbol.iterator]() {
    noting = this;
    yield Infinity;
    noting = undefined;
    for (const n of this.#chosen) {
      const run = { made: 0, note: () => run.made++ };
      noting = run;
      yield n;
      if (run.made < n) throw new Error(`access ${n} was not made again: the scene is another one each time`);
    }
    this.#chosen = [];
  }
}

/** The accesses of the first run in it: how many there are, and those that are chosen. */
export function accessesOf(run) {
  const own = new Accesses();
  noting = own;
  run();
  return own.told();
}

/** The accesses of the next scene's first run, for a loop that makes the scene for each of them. */
export function accesses() {
  return new Accesses();
}
