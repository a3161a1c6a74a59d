// What does one increment cost: without labels, through a handle, by position, by a label object, and as a plain array add?
import { check, hotSample, loop } from "./harness.mjs";
import { PLATFORM, sampleTotal } from "./subjects.mjs";

// client_js' own benchmark: label products of 8, 8 and 3.
const LABEL_NAMES = ["method", "path", "status"];
const METHODS = ["get", "put", "post", "head", "patch", "trace", "delete", "options"];
const PATHS = ["/", "/users", "/users/:id", "/orders", "/orders/:id", "/search", "/login", "/health"];
const STATUSES = ["200", "404", "500"];
const VALUES = "methods[i & 7], paths[(i >> 3) & 7], statuses[(i >> 6) % 3]";
const LABELS = "{ method: methods[i & 7], path: paths[(i >> 3) & 7], status: statuses[(i >> 6) % 3] }";

const NAME = "requests_total";
const HANDLES = 64;

const labelsAt = (i) => ({ method: METHODS[i & 7], path: PATHS[(i >> 3) & 7], status: STATUSES[(i >> 6) % 3] });

/** Each case: its name, whether the counter has labels, and the body of its loop or undefined where a library has none. */
const CASES = [
  { name: "unlabelled", body: (calls) => calls.unlabelled() },
  // One counter in a loop waits for its own last store.
  { name: "unlabelled-of-four", body: (calls) => [0, 1, 2, 3].map((i) => calls.unlabelled(`metrics[${i}]`)).join("; ") },
  { name: "bound", labelled: true, body: (calls) => calls.bound("handle"), platform: "array[index] += 1" },
  {
    name: `bound-${HANDLES}-handles`,
    labelled: true,
    body: (calls) => calls.bound(`handles[i & ${HANDLES - 1}]`),
    platform: `array[i & ${HANDLES - 1}] += 1`,
  },
  { name: "positional", labelled: true, body: (calls) => calls.positional?.(VALUES) },
  { name: "label-object", labelled: true, body: (calls) => calls.object(LABELS) },
];

function platformEntry(context, body) {
  const array = new Float64Array(HANDLES);
  const increment = loop(body, ["array", "index"]);
  let expected = 0;
  const run = (count) => {
    increment(count, array, 0);
    expected += count;
  };
  const verify = () => {
    const total = array.reduce((sum, value) => sum + value, 0);
    check(total, expected, PLATFORM);
  };
  return { subject: PLATFORM, sample: hotSample(context, run), verify };
}

function entry(context, { name, bind, create }, labelled, body) {
  const registry = create();
  const metrics = ["", "_b", "_c", "_d"].map((end) =>
    registry.counter(NAME.replace("_total", `${end}_total`), labelled ? LABEL_NAMES : []),
  );
  const [metric] = metrics;
  const handles = labelled ? Array.from({ length: HANDLES }, (_, i) => bind(metric, labelsAt(i))) : [];
  const increment = loop(body, ["metric", "metrics", "handle", "handles", "methods", "paths", "statuses"]);
  let expected = 0;
  const run = (count) => {
    increment(count, metric, metrics, handles[0], handles, METHODS, PATHS, STATUSES);
    expected += count;
  };
  const verify = async () => {
    check(sampleTotal(await registry.expose(), NAME), expected, `${name} ${body}`);
    await registry.close();
  };
  return { subject: name, sample: hotSample(context, run), verify };
}

export async function run(context) {
  const subjects = await context.loaded();
  for (const { name, labelled, body, platform } of CASES) {
    const entries = [];
    for (const subject of subjects) {
      const source = body(subject.calls.counter);
      if (source !== undefined) entries.push(entry(context, subject, labelled, source));
    }
    if (platform !== undefined) entries.push(platformEntry(context, platform));
    await context.interleave(name, "ns/op", entries);
  }
}
