// Other clients as judges: the same plan means the same on their pages, but for what is on the list, and the list is true.

import assert from "node:assert/strict";
import { test } from "node:test";
import { available, missing } from "./client-python.mjs";
import { differences } from "./compared.mjs";
import { judgedPlans, plansFrom } from "./expositions.mjs";
import { KNOWN } from "./known.mjs";
import { ours } from "./ours.mjs";
import { SEED } from "./seeded.mjs";

const PLANS = 120;
const skip = available ? false : missing;

/** Fails with what makes it again. */
function none(unknown) {
  const [first] = unknown;
  if (first !== undefined)
    assert.fail(`${unknown.length} differences, the first with DIFFERENTIAL_SEED=${first.seed}: ${JSON.stringify(first, undefined, 2)}`);
}

test(`random plans mean to prom-client, @prometheus-io/client and tallystick/prom-client what they mean to us, from seed ${SEED}`, async () => {
  const { compared, samples, unknown } = await judgedPlans(plansFrom(SEED, PLANS), { python: false });
  assert.ok(compared > PLANS * 6 && samples > PLANS * 50, `${compared} pages of ${samples} lines`);
  none(unknown);
});

test(`random plans mean to client_python what they mean to us, from seed ${SEED}`, { skip }, async () => {
  const { compared, unknown } = await judgedPlans(plansFrom(SEED, PLANS), { python: true, only: ["client_python"] });
  assert.equal(compared, PLANS * 2);
  none(unknown);
});

for (const { name, peers, dialects, witness, kind, rule } of KNOWN) {
  for (const peer of peers) {
    test(`known: ${peer}: ${name}`, { skip: peer === "client_python" && skip }, async () => {
      assert.ok(["defect", "choice"].includes(kind) && rule !== "", "Say whether a rule is broken, and which");
      const plans = [{ seed: 0, plan: { families: [witness] } }];
      const { unknown, found } = await judgedPlans(plans, { python: peer === "client_python", only: [peer] });
      none(unknown);
      assert.ok(found.has(name), "It no longer occurs: take it off the list");
      assert.deepEqual([...found.get(name)].sort(), dialects.toSorted(), "It occurs in other dialects than are listed");
    });
  }
}

test("differences sees a changed value, label, help, type and exemplar, and a line that is gone, doubled or cannot be read", () => {
  const operations = [{ verb: "inc", amount: "2", labels: ["x"], exemplar: { trace_id: "a" } }];
  const family = { kind: "counter", name: "jobs", unit: "", help: "Jobs.", labelNames: ["kind"], exemplars: true, operations };
  const { openmetrics: page } = ours({ families: [family] });
  assert.deepEqual(differences(page, page, "openmetrics"), []);
  const line = /^jobs_total\{.*\n/m.exec(page)[0];
  for (const [changed, what] of [
    [page.replace("} 2 ", "} 3 "), ["sample value"]],
    [page.replace('kind="x"', 'kind="y"'), ["sample", "sample"]],
    [page.replace("Jobs.", "Job."), ["family help"]],
    [page.replace("jobs counter", "jobs gauge"), ["family type"]],
    [page.replace('trace_id="a"', 'trace_id="b"'), ["sample exemplar"]],
    [page.replace(/ # .*/, ""), ["sample exemplar"]],
    [page.replace(line, ""), ["sample"]],
    [page.replace(line, line + line), ["unreadable"]],
    [page.replace('"x"', '"x'), ["unreadable"]],
  ]) {
    assert.notEqual(changed, page);
    assert.deepEqual(
      differences(page, changed, "openmetrics").map((difference) => difference.what),
      what,
      changed,
    );
  }
});
