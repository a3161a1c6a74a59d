// Default metrics in an isolate of workerd: importing does no harm, nothing is shown, and that is said once.

import { deepEqual, equal, match } from "node:assert/strict";
import { worked } from "../record/worker.mjs";
import { each } from "../runtimes/programs.mjs";

each(["workerd"], "default metrics on the edge: nothing that it does not know, and a word about it", async () => {
  await worked("../../collect-runtime/fixtures/edge.mjs", async (address) => {
    const { text, same, refused, warnings, list } = await (await fetch(address)).json();
    equal(text, "");
    equal(same, true);
    match(refused, /^TypeError: .*"prefixes"/);
    deepEqual(warnings, [
      "tallystick: Cannot collect default metrics here: this runtime tells nothing of its process; metricsList is empty",
    ]);
    deepEqual(list, []);
  });
});
