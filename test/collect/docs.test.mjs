// docs/probe.md has every option and every metric of the probe.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { FakeHost, FakeProbe } from "./fakes.mjs";
import { probing } from "./internals.mjs";

const read = (path) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const document = read("docs/probe.md");

test("docs/probe.md has every option", () => {
  const [, body] = /export interface ProbeOptions \{\n([^]*?)\n\}/.exec(read("bindings/collect/probe/settings.ts"));
  const fields = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field);
  assert.ok(fields.length > 5);
  for (const field of fields) assert.match(document, new RegExp(`^\\| \`${field}\` \\|`, "m"), field);
});

test("docs/probe.md has every metric", () => {
  const { FAMILIES, OWN_FAMILIES } = probing;
  for (const name of [...FAMILIES, ...OWN_FAMILIES]) assert.match(document, new RegExp(`\`${name}(_total)?\``), name);
});

test("docs/probe.md has every label that default labels may not have, and says which metric has the label", () => {
  const { reservedLabels, Registry } = probing;
  const [, reserved] = /`label-conflict` where a default label ([^]*?)Names such as/.exec(document);
  for (const by of ["command", "pid", "total"]) {
    for (const label of reservedLabels({ by, tree: undefined })) assert.ok(reserved.includes(`\`${label}\``), label);
  }
  // What a page has, of a host that has something of everything.
  const host = new FakeHost();
  host.process(1, { comm: "web", fds: 1, io: [1, 2], net: { tcp: ["01"], udp: ["01"] } });
  host.write("stat", "cpu  1 2 3 4 5 6 7 8\n");
  host.write("diskstats", "   8       0 sda 1 2 3 4 5 6 7 8 9 10 11\n");
  const probe = new FakeProbe(host, { by: "pid" }, new Registry()).round();
  const names = new Set();
  for (const series of Object.keys(probe.page())) {
    const row = document.split("\n").find((line) => line.startsWith("|") && line.split("|")[1].includes(`\`${series.split("{")[0]}\``));
    for (const [, label] of series.matchAll(/[{,](\w+)=/g)) {
      names.add(label);
      assert.ok(row.includes(`\`${label}\``) || row.split("|")[2].includes("of the group"), `${series}: ${row}`);
    }
  }
  assert.deepEqual([...names].toSorted(), reservedLabels({ by: "pid", tree: undefined }).toSorted());
});

test("docs/probe.md names tests that there are, for everything that scope's probe had", () => {
  const [, table] = /^## What scope's probe had\n([^]*)$/m.exec(document);
  const rows = table.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| scope"));
  assert.equal(rows.length, 10);
  for (const row of rows) {
    const proofs = row.split(" | ").at(-1);
    assert.match(proofs, /^`[\w/]+` "/, row);
    for (const [, file, names] of proofs.matchAll(/`([\w/]+)` ("[^`]*)/g)) {
      const source = read(`test/${file}.test.mjs`);
      // A name that is cut, or made of parts, ends with an ellipsis.
      for (const [, name] of names.matchAll(/"([^"]+)"/g)) assert.ok(source.includes(name.replace(/ ?…$/, "")), `${file}: ${name}`);
    }
  }
});
