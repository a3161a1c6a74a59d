// A recorder in an isolate of workerd: no files, no threads, and its memory is not shared.

import { deepEqual, equal, ok } from "node:assert/strict";
import { each } from "../runtimes/programs.mjs";
import { worked } from "./worker.mjs";

each(["workerd"], "a recorder on the edge gives what it recorded as a Response", async () => {
  await worked("edge.mjs", async (address) => {
    const text = async (name) => (await fetch(`${address}/${name}`)).text();
    const taken = async () =>
      (await text("samples"))
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    deepEqual(JSON.parse(await text("refused")), [
      'TypeError: Cannot record into "samples": this runtime has no files; leave dir out and take what recorder.drain() gives',
      "TypeError: Cannot sample: this runtime tells nothing of its process",
    ]);
    const before = Date.now();
    equal(await text("first"), "recorded");
    const first = (await taken()).filter(({ timepoint }) => timepoint / 1e6 > before - 1000);
    deepEqual(
      first.map(({ label, pid }) => [label, pid]),
      [
        ["work", 0],
        ["/first", 0],
        ["later", 0],
      ],
    );
    ok(
      first.every(({ timepoint }) => Math.abs(timepoint / 1e6 - before) < 60_000),
      JSON.stringify(first),
    );
    ok(first[2].measurement > 0.015 && first[2].measurement < 10);
    equal(await text("grow"), "recorded");
    equal(await text("after"), "recorded");
    deepEqual((await taken()).map(({ label }) => label).toSorted(), ["/after", "/grow", "later", "later", "work", "work"]);
    const { recorded, written, dropped, waiting } = JSON.parse(await text("statistics"));
    ok(recorded >= 9 && recorded <= 10);
    deepEqual({ written, dropped, waiting }, { written: recorded, dropped: 0, waiting: 0 });
  });
});
