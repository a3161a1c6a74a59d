// What does one observation cost, in a summary against the rivals' and in a native histogram against a classic one?
import { check, hotSample, loop } from "./harness.mjs";
import { OURS, sampleTotal } from "./subjects.mjs";

const LABEL_NAMES = ["method"];
// Two thousand values over six decades, in no order that a branch predictor could use.
const VALUES = Array.from({ length: 2048 }, (_, i) => 10 ** ((((i * 2654435761) >>> 0) / 2 ** 32) * 6 - 4));
const VALUE = "values[i & 2047]";

function entry(context, { name, create }, type, row) {
  const registry = create();
  const metric = registry[type]("observed", LABEL_NAMES);
  const handle = metric.labels("get");
  const observe = loop(`handle.observe(${VALUE})`, ["handle", "values"]);
  let expected = 0;
  const run = (count) => {
    observe(count, handle, VALUES);
    expected += count;
  };
  const verify = async () => {
    check(sampleTotal(await registry.expose(), "observed_count"), expected, `${name} ${type}`);
    await registry.close();
  };
  return { subject: name, sample: hotSample(context, run), verify, row };
}

export async function run(context) {
  const subjects = (await context.loaded()).filter(({ create }) => create().summary !== undefined);
  await context.interleave(
    "summary-bound",
    "ns/op",
    subjects.map((subject) => entry(context, subject, "summary", "summary-bound")),
  );
  const ours = subjects.filter(({ name }) => name === OURS);
  await context.interleave(
    "native-bound",
    "ns/op",
    ours.flatMap((subject) => [
      entry(context, subject, "native", "native-bound"),
      entry(context, subject, "nativeClassic", "native-with-classic-bound"),
      entry(context, subject, "histogram", "classic-bound"),
    ]),
  );
}
