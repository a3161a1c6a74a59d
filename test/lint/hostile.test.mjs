// Whatever comes, in whatever pieces: a defined result, within bounds.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { lint, Linter } from "tallystick/lint";

const CLI = fileURLToPath(new URL("../../dist/esm/cli.js", import.meta.url));
const encoder = new TextEncoder();
const PAGE = `# HELP a_total A "help" é🦀.\n# TYPE a_total counter\na_total{b="\\"🦀",c="d"} 1 5\na_total x\n\n# TYPE h histogram\nh_bucket{le="1"} 1\n# EOF\n`;

function pieces(bytes, cuts, options) {
  const linter = new Linter(options);
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    linter.write(bytes.subarray(from, cut));
    from = cut;
  }
  return linter.end();
}

test("a page cut anywhere is the same page", () => {
  const bytes = encoder.encode(PAGE);
  const whole = pieces(bytes, []);
  assert.ok(whole.findings.length > 3);
  for (let cut = 0; cut <= bytes.length; cut++) assert.deepEqual(pieces(bytes, [cut]), whole);
  assert.deepEqual(pieces(bytes, bytes.keys()), whole);
});

test("bytes that are used again after they were written change nothing", () => {
  const linter = new Linter({ format: "text" });
  const bytes = encoder.encode("# HELP a A.\n# TYPE a gau");
  linter.write(bytes);
  bytes.fill(0xff);
  linter.write("ge\na 1\n");
  assert.deepEqual(linter.end().findings, []);
});

for (const format of ["text", "openmetrics"]) {
  test(`${format}: any bytes give findings whose lines are there, and the same again`, () => {
    const word = fc.constantFrom("a", "a_total", "{", "}", '"', "=", ",", " ", "\n", "\\", "#", "# HELP ", "# TYPE ", "# UNIT ", "histogram", "le", "1", "NaN", "+Inf", "\0", "\ufeff", "é", "\t", "\r", "__", "# EOF", "_bucket"); // prettier-ignore
    const page = fc.oneof(fc.array(word, { maxLength: 60 }).map((words) => encoder.encode(words.join(""))), fc.uint8Array({ maxLength: 200 })); // prettier-ignore
    fc.assert(
      fc.property(page, (bytes) => {
        const found = lint(bytes, { format });
        const lines = Math.max(1, new TextDecoder().decode(bytes).split("\n").length);
        for (const { line, message, rule } of found) {
          assert.ok(line >= 1 && line <= lines, `${rule} in line ${line} of ${lines}`);
          assert.ok(message.length < 600, message);
        }
        assert.deepEqual(lint(bytes, { format }), found);
      }),
      { numRuns: 2000, seed: 7 },
    );
  });
}

test("a mistake in every line: so many are kept as were asked for, the others are counted", () => {
  const linter = new Linter({ format: "text", maxFindings: 10 });
  for (let i = 0; i < 50; i++) linter.write("?\n".repeat(1000));
  const { findings, more } = linter.end();
  assert.equal(findings.length, 10);
  assert.equal(more, 49_990);
});

test("a line of 10 MB is passed over, in pieces or whole, and the next one is read", () => {
  const line = new Uint8Array(10_000_000).fill(97);
  const rest = encoder.encode("\n# HELP a A.\n# TYPE a gauge\na 1\n");
  const whole = lint(new Uint8Array([...line, ...rest]), { format: "text" });
  const linter = new Linter({ format: "text" });
  for (let from = 0; from < line.length; from += 65_536) linter.write(line.subarray(from, from + 65_536));
  linter.write(rest);
  assert.deepEqual(linter.end().findings, whole);
  assert.deepEqual(
    whole.map(({ line: at, rule }) => `${at} ${rule}`),
    ["1 limit"],
  );
});

test("a line without an end is not kept", () => {
  const linter = new Linter({ format: "text" });
  const before = process.memoryUsage().arrayBuffers;
  const chunk = new Uint8Array(65_536).fill(97);
  for (let i = 0; i < 8000; i++) linter.write(chunk);
  const kept = process.memoryUsage().arrayBuffers - before;
  assert.ok(kept < 262_144_000, `${kept} bytes of 524,288,000 are kept`);
  assert.deepEqual(
    linter.end().findings.map(({ rule }) => rule),
    ["limit", "end"],
  );
});

/** Lines of almost 1 MiB, of a kind; `i` is their number. Each would be kept as what it has most of. */
const LARGE = {
  help: "`# HELP a${i} ${x}\\n`",
  name: "`a${x}${i} 1\\n`",
  labels: "`${i ? '' : '# TYPE h histogram\\n'}h_bucket{a=\"${x}${i}\",le=\"1\"} 1\\n`",
  "name beside them": '`a_metric_with_a_name_of_its_own_${i}{b="${x}"} 1\\n`',
};

for (const [what, line] of Object.entries(LARGE)) {
  test(`50 MB of lines with a long ${what} are read in 40 MB of heap`, async () => {
    const program = `
      import { Linter } from "tallystick/lint";
      const x = "x".repeat(900_000);
      const linter = new Linter({ format: "text" });
      const encoder = new TextEncoder();
      for (let i = 0; i < 60; i++) linter.write(encoder.encode(${line}));
      const { findings } = linter.end();
      console.log(findings.every(({ message, metric }) => message.length <= 1000 && metric.length < 100));`;
    const child = spawn(process.execPath, ["--max-old-space-size=40", "--input-type=module", "-e", program]);
    let [said, wrong] = ["", ""];
    child.stdout.on("data", (text) => (said += text));
    child.stderr.on("data", (text) => (wrong += text));
    const [code] = await once(child, "close");
    assert.equal(said, "true\n", `${code} ${wrong.slice(0, 300)}`);
  });
}

test("long words are shortened in what is said of them", () => {
  const [x, digits] = ["x".repeat(500_000), "0".repeat(500_000)];
  const page = `# HELP h H\n# TYPE h histogram\nh_bucket{aB${x}="c",le="${digits}1"} 0.5\nh_bucket{aB${x}="c",le="${digits}1"} 0.5 ${digits}1\n`;
  const found = lint(page, { format: "openmetrics" });
  assert.ok(found.length > 4);
  for (const { message } of found) assert.ok(message.length < 300, message.slice(0, 300));
});

test("names of more than 8 million characters together: it is told once, and the rest is read", () => {
  const linter = new Linter({ format: "text", disable: ["help"] });
  for (let i = 0; i < 12; i++) linter.write(`${"a".repeat(900_000)}${i} 1\n`);
  linter.write('# TYPE b gauge\nb{c_d="1",c_d="2"} 1\n');
  assert.deepEqual(
    linter.end().findings.map(({ line, rule }) => [line, rule]),
    [
      [10, "limit"],
      [14, "label"],
    ],
  );
});

test("a page in pieces of text, cut in the middle of a character of two halves, is the same page", () => {
  const page = '# HELP a A\n# TYPE a gauge\na{b="🦀"} 1\na{b="🦁"} 1\n';
  const linter = new Linter({ format: "text" });
  for (let i = 0; i < page.length; i++) linter.write(page.slice(i, i + 1));
  assert.deepEqual(linter.end().findings, []);
  // A half in front of bytes, and one at the end, is what TextEncoder makes of it.
  const halves = new Linter({ format: "text" });
  halves.write('# HELP a A\n# TYPE a gauge\na{b="\ud83e');
  halves.write(encoder.encode('"} 1\na{b="\ufffd"} 1\n'));
  halves.write("# \ud83e");
  assert.deepEqual(
    halves.end().findings.map(({ line, rule }) => [line, rule]),
    [[4, "duplicate"], [5, "end"]],
  ); // prettier-ignore
});

test("a line of 1 MiB of labels is read in no time that grows with its square", { timeout: 60_000 }, () => {
  const labels = Array.from({ length: 80_000 }, (_, i) => `l${i}="v"`).join(",");
  const page = `# HELP a A.\n# TYPE a gauge\na{${labels}} 1\n`;
  assert.deepEqual(lint(page, { format: "text" }), []);
  assert.equal(lint(`${page.slice(0, -4)},l0="w"} 1\n`.replace('"}', '"'), { format: "text" })[0].rule, "label");
  assert.equal(lint(`# HELP a A.\n# TYPE a gauge\na{b="${"\\".repeat(1_000_000)}\n`, { format: "text" })[0].rule, "syntax");
});

test("names and series beyond what is compared: it is told once, and the rest is read", () => {
  const linter = new Linter({ format: "text", disable: ["help"] });
  for (let i = 0; i < 100_100; i++) linter.write(`a${i} 1\n`);
  assert.deepEqual(
    linter.end().findings.map(({ line, rule }) => [line, rule]),
    [[100_001, "limit"]],
  );
});

test("write after end, and of what is no bytes: a TypeError; end again gives the same", () => {
  const linter = new Linter();
  assert.throws(() => linter.write(5), /^TypeError: Cannot lint 5: it must be a string or a Uint8Array$/);
  assert.throws(() => linter.write({}), /^TypeError: Cannot lint an object/);
  const result = linter.end();
  assert.equal(linter.end(), result);
  assert.throws(() => linter.write(""), /^TypeError: Cannot write to a lint that has ended$/);
});

test("40 MB of series are read within a heap of 32 MB", { timeout: 120_000 }, async () => {
  const child = spawn(process.execPath, ["--max-old-space-size=32", CLI, "lint", "-", "--format", "text"], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  child.stdin.on("error", () => {});
  const closed = once(child, "close");
  child.stdin.write("# HELP http_requests_total Requests.\n# TYPE http_requests_total counter\n");
  for (let i = 0; i < 500; i++) {
    const lines = Array.from(
      { length: 1000 },
      (_, j) => `http_requests_total{method="GET",path="/users/${i * 1000 + j}",status="200"} ${i}\n`,
    );
    if (!child.stdin.write(lines.join("")) && child.exitCode === null) await Promise.race([once(child.stdin, "drain"), closed]);
  }
  child.stdin.end('http_requests_total{status="200",path="/users/7",method="GET"} 1\n');
  const [status, signal] = await closed;
  assert.deepEqual([status, signal, said], [1, null, 'stdin:500003: http_requests_total: http_requests_total{status="200",path="/users/7",method="GET"} is there twice (duplicate)\n']); // prettier-ignore
});
