// A reporter for node:test: one line of JSON a test, for scripts/test.mjs to count and to show.

import { inspect } from "node:util";

/** What a reader needs of an error: its message and where in the project it was thrown. */
function shown(error) {
  const cause = error?.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return inspect(cause ?? error);
  const frames = (cause.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line) && !line.includes("node:"));
  const values = [];
  // A message of one's own hides what was compared.
  if (cause.code === "ERR_ASSERTION" && cause.generatedMessage === false && cause.operator !== "fail") {
    values.push(`actual:   ${inspect(cause.actual)}`, `expected: ${inspect(cause.expected)}`);
  }
  if (cause.cause !== undefined && cause.cause !== cause.message) values.push(`caused by ${inspect(cause.cause)}`);
  return [`${cause.name}: ${cause.message}`, ...values, ...frames.slice(0, 5)].join("\n");
}

export default async function* events(source) {
  /** Names of the tests around, by nesting. */
  const names = [];
  for await (const { type, data } of source) {
    if (type === "test:start") names[data.nesting] = data.name;
    if (type !== "test:pass" && type !== "test:fail") continue;
    // A suite is counted by its tests.
    if (data.details?.type === "suite" && type === "test:pass") continue;
    const name = [...names.slice(0, data.nesting), data.name].join(" > ");
    const skip = data.skip ?? data.todo;
    const failed = type === "test:fail" && data.todo === undefined;
    // A test whose subtest failed says so too: that one is the failure.
    if (failed && data.details?.error?.failureType === "subtestsFailed") continue;
    yield `${JSON.stringify({
      name,
      milliseconds: data.details?.duration_ms,
      result: failed ? "failed" : skip === undefined ? "passed" : "skipped",
      ...(skip === undefined ? {} : { reason: typeof skip === "string" ? skip : "" }),
      ...(failed ? { error: shown(data.details.error) } : {}),
    })}\n`;
  }
}
