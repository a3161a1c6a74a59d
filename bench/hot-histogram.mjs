// What does one observation cost, with the 11 default buckets: through a handle, and by a label object?
import { check, hotSample, loop } from "./harness.mjs";
import { sampleTotal } from "./subjects.mjs";

// client_js' own benchmark: label products of 8 and 8.
const LABEL_NAMES = ["method", "path"];
const METHODS = ["get", "put", "post", "head", "patch", "trace", "delete", "options"];
const PATHS = ["/", "/users", "/users/:id", "/orders", "/orders/:id", "/search", "/login", "/health"];
const LABELS = "{ method: methods[i & 7], path: paths[(i >> 3) & 7] }";
const NAME = "duration_seconds";

// Sixteen values over all twelve buckets, on the bounds and between them, in no order a branch predictor could use.
const VALUES = [0.3, 0.004, 7, 0.06, 1, 0.02, 0.005, 30, 0.5, 0.11, 3, 0.009, 0.2, 0.04, 0.7, 2.5];
const VALUE = "values[i & 15]";

const CASES = [
  { name: "bound", body: (calls) => calls.bound("handle", VALUE) },
  { name: "label-object", body: (calls) => calls.object(LABELS, VALUE) },
];

function entry(context, { name, calls, bind, create }, body) {
  const registry = create();
  const metric = registry.histogram(NAME, LABEL_NAMES);
  const handle = bind(metric, { method: METHODS[0], path: PATHS[0] });
  const source = body(calls.histogram);
  const observe = loop(source, ["metric", "handle", "values", "methods", "paths"]);
  let expected = 0;
  const run = (count) => {
    observe(count, metric, handle, VALUES, METHODS, PATHS);
    expected += count;
  };
  const verify = async () => {
    const exposition = await registry.expose();
    check(sampleTotal(exposition, `${NAME}_count`), expected, `${name} ${source}`);
    await registry.close();
  };
  return { subject: name, sample: hotSample(context, run), verify };
}

export async function run(context) {
  const subjects = await context.loaded();
  for (const { name, body } of CASES) {
    await context.interleave(
      name,
      "ns/op",
      subjects.map((subject) => entry(context, subject, body)),
    );
  }
}
