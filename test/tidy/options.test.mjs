// Every option is in the documents: whoever looks for one finds it without reading types.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const document = read("docs/processes.md");
const recorder = read("docs/recorder.md");

/** The text of a section by how its heading begins. */
function section(heading, from = document) {
  const [, text] = from.split(`\n## ${heading}`);
  assert.ok(text !== undefined, `there is no section ${heading}`);
  return text.split("\n## ")[0];
}

/** Names of the fields of an interface, as it stands in its file. */
function fieldsOf(path, name) {
  const [, body] = new RegExp(`export interface ${name}(?: extends \\w+)? \\{\\n([^]*?)\\n\\}`).exec(read(path));
  const fields = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field);
  assert.ok(fields.length > 0);
  return fields;
}

const room = "bindings/processes";
for (const [heading, ...interfaces] of [
  ["`spool(options)`", ["spool-options.ts", "SpoolOptions"]],
  ["`cluster(options)`", ["cluster.ts", "ClusterOptions"]],
  [
    "`pusher(options)`",
    ["push-settings.ts", "PusherOptions"],
    ["push-entry.ts", "PushOptions"],
    ["receive.ts", "ReceiverOptions"],
    ["push-entry.ts", "ReceiveOptions"],
  ],
  ["Collectors that hand on", ["forward-settings.ts", "ForwardOptions"]],
  ["`readMultiprocessDir(dir, options)`", ["beside.ts", "MultiprocessDirOptions"]],
]) {
  test(`docs/processes.md has every option of ${heading}`, () => {
    const text = section(heading);
    for (const [file, name] of interfaces) {
      for (const field of fieldsOf(`${room}/${file}`, name)) {
        assert.match(text, new RegExp(`^\\|.*\`${field}\`.* \\|`, "m"), `${name}.${field}`);
      }
    }
  });
}

for (const [what, heading, file, name] of [
  ["recorder", "`recorder(options)`", "settings.ts", "RecorderOptions"],
  ["profiler", "Profiles", "profiler-settings.ts", "ProfilerOptions"],
]) {
  test(`docs/recorder.md has every option of \`${what}(options)\``, () => {
    const text = section(heading, recorder);
    for (const field of fieldsOf(`bindings/record/${file}`, name)) assert.match(text, new RegExp(`^\\| \`${field}\` \\|`, "m"), field);
  });
}

test("docs/recorder.md has every option and every adapter of `requests(samples)`", () => {
  const text = section("Requests", recorder);
  for (const field of [...fieldsOf("bindings/record/requests.ts", "RequestsOptions"), ...fieldsOf("bindings/requests/watch.ts", "Routing")])
    assert.match(text, new RegExp(`^\\| \`${field}\` \\|`, "m"), field);
  const adapters = read("bindings/requests/adapters.ts").matchAll(/^ {2}(\w+)(?:<[^(]*)?\(.*;$/gm);
  for (const [, adapter] of adapters) assert.match(text, new RegExp(`followed\\.${adapter}\\(`), adapter);
});

test("docs/processes.md has every option of the program", () => {
  const text = section("`npx tallystick collect`");
  const [, body] = /const OPTIONS = \{\n([^]*?)\n\} as const;/.exec(read(`${room}/cli.ts`));
  for (const [, option] of body.matchAll(/^ {2}"?([\w-]+)"?: \{/gm)) assert.match(text, new RegExp(`\`--${option}\``));
});

test("docs/processes.md has every code of a spool's errors", () => {
  const text = section("`spool(options)`");
  const [, codes] = /export type SpoolErrorCode =([^;]*);/.exec(read(`${room}/errors.ts`));
  for (const [, code] of codes.matchAll(/"([\w-]+)"/g)) assert.match(text, new RegExp(`^\\| \`${code}\` +\\| .`, "m"), code);
});

test("docs/processes.md has every number of a spool's statistics", () => {
  const text = section("`spool(options)`");
  for (const field of fieldsOf(`${room}/reader.ts`, "SpoolStatistics")) assert.match(text, new RegExp(`reader.*\`${field}\``), field);
  for (const field of fieldsOf(`${room}/writer-settings.ts`, "SpoolWriterStatistics")) {
    assert.match(text, new RegExp(`writer.*\`${field}\``), field);
  }
});

test("docs/metrics.md has every code of a MetricsError", () => {
  const [, codes] = /export type MetricsErrorCode =([^;]*);/.exec(read("bindings/errors.ts"));
  const [, told] = /Its `code` is stable, its text is for people: ([^.]*)\./.exec(read("docs/metrics.md"));
  const wanted = [...codes.matchAll(/"([\w-]+)"/g)].map(([, code]) => code);
  assert.ok(wanted.length > 5);
  assert.deepEqual(
    [...told.matchAll(/`([\w-]+)`/g)].map(([, code]) => code),
    wanted,
  );
});
