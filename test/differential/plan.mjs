// What all clients are told to do: families, and verbs with their labels. A plan is JSON, for one of them is not JavaScript;
// numbers are text in it, since JSON has neither NaN nor -0.

const PIECES = [
  "a",
  "b",
  ",",
  ":",
  "\\",
  '"',
  "\n",
  "\\n",
  '\\"',
  "{",
  "}",
  "=",
  " # ",
  " ",
  "é",
  "世",
  "🦀",
  "\r",
  "\t",
  "\0",
  "\u2028",
  "\ufeff",
];
const WORDS = [
  "",
  "__proto__",
  "constructor",
  "hasOwnProperty",
  "toString",
  "undefined",
  "null",
  "NaN",
  "# EOF",
  "1,b:2",
  "2,b:1",
  "a".repeat(300),
];
const LABELS = ["kind", "a", "b", "constructor", "hasOwnProperty", "toString", "valueOf", "_", "A", "length", "job"];
const NAMES = ["jobs", "constructor", "toString", "a:b", "_", "hasOwnProperty", "x".repeat(80), "valueOf", "A_b", "__proto__"];
const UNITS = ["", "", "seconds", "bytes"];
const EDGES = [
  0,
  1,
  2,
  0.1,
  0.5,
  5e-324,
  2 ** -1022,
  2 ** 53 - 1,
  2 ** 53,
  1e15,
  1e16,
  1e20,
  1e21,
  1e22,
  1e-6,
  1e-7,
  1e100,
  Number.MAX_VALUE,
];
const BOUNDS = [-1e21, -1, -0.5, 0, 1e-7, 0.005, 0.1, 0.5, 1, 10, 1e5, 1e6, 1e16, 1e21, 1e22];

/** A number as a plan has it. */
export const written = (number) => (Object.is(number, -0) ? "-0" : String(number));

export function text(random) {
  if (random.chance(0.15)) return random.from(WORDS);
  return Array.from({ length: random.below(6) }, () => random.from(PIECES)).join("");
}

function size(random) {
  if (random.chance(0.4)) return random.from(EDGES);
  return random.chance(0.5) ? random.below(1000) / 8 : Math.abs(random.double());
}

const signed = (random, number) => (random.chance(0.4) ? -number : number);

/** Labels of an exemplar, 128 characters at most together. */
function exemplar(random) {
  const names = random.some(["trace_id", "a", "constructor"]);
  const pairs = (names.length === 0 ? ["trace_id"] : names).map((name) => [name, text(random)]);
  return Array.from(pairs.flat().join("")).length > 128 ? { trace_id: "4bf92f35" } : Object.fromEntries(pairs);
}

const VERBS = {
  counter: (random) => ({ verb: "inc", amount: written(size(random)) }),
  gauge(random) {
    const verb = random.from(["set", "inc", "dec"]);
    const special = verb === "set" && random.chance(0.2);
    return { verb, amount: written(special ? random.from([NaN, Infinity, -Infinity, -0]) : signed(random, size(random))) };
  },
  histogram: (random) => ({ verb: "observe", amount: written(signed(random, size(random))) }),
  summary: (random) => ({ verb: "observe", amount: written(signed(random, size(random))) }),
  info: (random) => ({
    verb: "info",
    info: Object.fromEntries(random.some(["version", "a", "constructor"]).map((name) => [name, text(random)])),
  }),
  stateSet: (random, { states }) => ({ verb: "state", state: random.from(states) }),
};
export const KINDS = Object.keys(VERBS);

function family(random, name) {
  const drawn = random.from(KINDS);
  // States have a label of the family's name, and no label has a colon or begins with two underscores.
  const kind = drawn === "stateSet" && /:|^__/.test(name) ? "gauge" : drawn;
  // No client takes a label of a family's own name: it is what tells states apart.
  const labelNames = kind === "info" ? [] : random.some(LABELS, 0.15).filter((label) => label !== name);
  const unit = kind === "info" || kind === "stateSet" ? "" : random.from(UNITS);
  // A carriage return at the end of a help would be one before the end of its line.
  const help = text(random).replace(/\r+$/, "");
  const made = { kind, name: unit === "" ? name : `${name}_${unit}`, unit, help, labelNames };
  if (kind === "histogram") {
    const bounds = random.some(BOUNDS, 0.4);
    // client_python takes no histogram that has the one of infinity alone.
    made.buckets = (bounds.length === 0 ? [1] : bounds).map(written);
  }
  if (kind === "stateSet") made.states = random.some(["a", "b c", '"', "\n", "__proto__", "constructor"]).concat("last");
  if (kind === "counter" || kind === "histogram") made.exemplars = random.chance(0.4);
  // Few sets of values, so that series meet.
  const sets = Array.from({ length: 3 }, () => labelNames.map(() => text(random)));
  const count = kind === "info" ? 1 : random.below(10);
  made.operations = Array.from({ length: count }, () => {
    const labels = random.from(sets);
    if (labelNames.length > 0 && random.chance(0.08)) return { verb: "remove", labels };
    const operation = { ...VERBS[kind](random, made), labels };
    if (made.exemplars && random.chance(0.6)) operation.exemplar = exemplar(random);
    return operation;
  });
  return made;
}

export function planMade(random) {
  const names = random.some(NAMES, 0.4);
  return { families: names.map((name) => family(random, name)) };
}
