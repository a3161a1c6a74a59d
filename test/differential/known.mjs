// Where other clients' pages mean something else, by name: whose it is, why, and the rule. `defect` breaks the rule named; `choice`
// breaks none, and the rule says what leaves it open. `is` knows a difference by what was done to its family; `witness` is a family
// that shows it, so that one that is mended elsewhere is taken off this list.

import { written } from "./plan.mjs";

const PYTHON = "client_python";
const CLIENT = "prom-client";
const NEWER = "@prometheus-io/client";
const OWN = "tallystick/prom-client";
const CLASSIC = [CLIENT, NEWER];

const OPENMETRICS = "OpenMetrics 1.0";
const HISTOGRAM_SUM = `${OPENMETRICS}, Histogram: with negative buckets there must be no sum, a sum must be a counter, and _count is there if and only if _sum is`;

const suffixOf = ({ name }, family) => (name.startsWith("[") ? JSON.parse(name)[0].slice(family.name.length) : "");
const isBelow = ({ buckets }) => Number(buckets[0]) < 0;
const observed = ({ operations }) => operations.filter(({ verb }) => verb === "observe").map(({ amount }) => Number(amount));
/** A sample that they have and we have not. */
const isTheirs = ({ what, ours }) => what === "sample" && ours === undefined;
/** Exemplars of which nothing but the number differs. */
function isOtherAmount({ what, ours, theirs }) {
  if (what !== "sample exemplar" || ours === "none" || theirs === "none") return false;
  const [one, other] = [ours, theirs].map((text) => JSON.stringify(JSON.parse(text).with(1, 0)));
  return one === other;
}
const hasNegative = (family) => observed(family).some((value) => value < 0);
const family = (kind, more, operations) => ({ kind, name: "a", unit: "", help: "A.", labelNames: [], ...more, operations });
const observing = (...values) => values.map((value) => ({ verb: "observe", amount: written(value), labels: [] }));

/** As prom-client tells series apart. */
const joined = (names, labels) =>
  names
    .toSorted()
    .map((name) => `${name}:${labels[names.indexOf(name)]},`)
    .join("");

/** Sets of labels that it takes for one. */
function collides({ labelNames, operations }) {
  const sets = new Map(operations.map(({ labels }) => [JSON.stringify(labels), joined(labelNames, labels)]));
  return new Set(sets.values()).size < sets.size;
}

export const KNOWN = [
  {
    name: "a histogram with negative bounds has no sum in text",
    peers: [PYTHON],
    dialects: ["text"],
    kind: "defect",
    rule: "Text 0.0.4, Histograms and summaries: the sum of observed values is <basename>_sum; it may fall, and _count stands beside it",
    is: (found, { kind, ...own }) => kind === "histogram" && isBelow(own) && found.what === "sample" && suffixOf(found, own) === "_sum",
    witness: family("histogram", { buckets: ["-1", "1"] }, observing(3)),
  },
  {
    name: "a histogram with negative bounds, or with a negative sum, has a sum or a count in OpenMetrics",
    peers: [PYTHON, ...CLASSIC, OWN],
    dialects: ["openmetrics"],
    kind: "defect",
    rule: HISTOGRAM_SUM,
    is: (found, { kind, ...own }) =>
      kind === "histogram" && isTheirs(found) && (isBelow(own) || hasNegative(own)) && ["_sum", "_count"].includes(suffixOf(found, own)),
    witness: family("histogram", { buckets: ["1"] }, observing(-3)),
  },
  {
    name: "a summary has a negative sum in OpenMetrics",
    peers: [PYTHON, ...CLASSIC, OWN],
    dialects: ["openmetrics"],
    kind: "defect",
    rule: `${OPENMETRICS}, Summary: count and sum are counters, so they must be neither NaN nor negative`,
    is: (found, own) => own.kind === "summary" && isTheirs(found) && hasNegative(own) && suffixOf(found, own) === "_sum",
    witness: family("summary", {}, observing(-3)),
  },
  {
    name: "what is above all bounds is counted into the bucket of -1",
    peers: CLASSIC,
    dialects: ["text", "openmetrics"],
    kind: "defect",
    rule: "Text 0.0.4 and OpenMetrics 1.0, Histogram: a bucket counts what is less than or equal to its bound",
    is: (found, own) =>
      own.kind === "histogram" &&
      own.buckets.includes("-1") &&
      suffixOf(found, own) === "_bucket" &&
      found.what !== "sample" &&
      observed(own).some((value) => value > Number(own.buckets.at(-1))),
    witness: family("histogram", { buckets: ["-1", "1"] }, observing(3)),
  },
  {
    name: "an exemplar of the bucket of -1 is told of +Inf, and one of +Inf of the bucket of -1",
    peers: CLASSIC,
    dialects: ["openmetrics"],
    kind: "defect",
    rule: `${OPENMETRICS}, Exemplars: an exemplar's value lies within its bucket`,
    is: (found, own) =>
      own.kind === "histogram" &&
      own.exemplars &&
      own.buckets.includes("-1") &&
      found.what === "sample exemplar" &&
      /"le","(-1|Infinity)"/.test(found.name),
    witness: family("histogram", { buckets: ["-1", "1"], exemplars: true }, [
      { verb: "observe", amount: "-3", labels: [], exemplar: { trace_id: "a" } },
    ]),
  },
  {
    name: "a counter's exemplar has what the counter stands at",
    peers: [NEWER],
    dialects: ["openmetrics"],
    kind: "choice",
    rule: `${OPENMETRICS}, Exemplars: the value of one is that of the event, which for counters may be read either way`,
    is: (found, own) => own.kind === "counter" && own.exemplars && isOtherAmount(found),
    witness: family("counter", { exemplars: true }, [
      { verb: "inc", amount: "2", labels: [] },
      { verb: "inc", amount: "3", labels: [], exemplar: { trace_id: "a" } },
    ]),
  },
  {
    name: "a counter's exemplar of 0 has 1",
    peers: [CLIENT],
    dialects: ["openmetrics"],
    kind: "defect",
    rule: `${OPENMETRICS}, Exemplars: the value of one is that of the event`,
    is: (found, own) =>
      own.kind === "counter" &&
      own.exemplars &&
      isOtherAmount(found) &&
      JSON.parse(found.ours)[1] === 0 &&
      JSON.parse(found.theirs)[1] === 1,
    witness: family("counter", { exemplars: true }, [{ verb: "inc", amount: "0", labels: [], exemplar: { trace_id: "a" } }]),
  },
  {
    name: "names that every object has are taken",
    peers: [CLIENT],
    dialects: ["text", "openmetrics"],
    kind: "defect",
    rule: "Prometheus' data model, Metric names and labels: a name matches [a-zA-Z_:][a-zA-Z0-9_:]*, and no such name is reserved",
    is: (found, own) => found.what === "throws" && own.name in {} && found.theirs.endsWith(" has already been registered."),
    witness: family("gauge", { name: "constructor" }, [{ verb: "set", amount: "1", labels: [] }]),
  },
  {
    name: "label sets with a comma and a colon in their values are one series",
    peers: [CLIENT],
    dialects: ["text", "openmetrics"],
    kind: "defect",
    rule: "Prometheus' data model: every set of labels is a series of its own, and a value is any text",
    is: (found, own) => found.what.startsWith("sample") && collides(own),
    witness: family("gauge", { labelNames: ["a", "b"] }, [
      { verb: "set", amount: "1", labels: ["1,b:2", "3"] },
      { verb: "set", amount: "2", labels: ["1", "2,b:3"] },
    ]),
  },
];
