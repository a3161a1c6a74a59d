// A process that counts with fakes and does what its parent says: a worker of a cluster or a forked child.

import { openSync, writeSync } from "node:fs";
import process from "node:process";
import { FakeWriter } from "./cluster-fakes.mjs";

const { CLUSTER_BUILT, CLUSTER_MODE = "", CLUSTER_FOLDER } = process.env;
const modes = CLUSTER_MODE.split(",");

if (modes.includes("without")) {
  process.on("message", ({ quit }) => quit === undefined || process.disconnect());
  process.send({ ready: true });
} else {
  const { ClusterWorker, clusterRuntime } = await import(CLUSTER_BUILT);
  const { host } = clusterRuntime();
  const writer = new FakeWriter();
  const worker = new ClusterWorker(writer, process, host);
  let counted = 0;
  // What is written there outlives a SIGKILL.
  const file = CLUSTER_FOLDER === undefined ? undefined : openSync(`${CLUSTER_FOLDER}/${process.pid}`, "w");
  const inc = (amount) => {
    counted += amount;
    if (file !== undefined) writeSync(file, String(counted), 0);
    writer.inc("counted", amount);
  };
  const says = {
    inc: (amount) => {
      inc(amount);
      process.send({ counted });
    },
    block: (milliseconds) => {
      const until = performance.now() + milliseconds;
      process.send({ blocked: true });
      setTimeout(() => {
        while (performance.now() < until);
      }, 5);
    },
    series: (count) => {
      for (let i = 0; i < count; i++) writer.inc(`series ${i}`);
      writer.frameMilliseconds = 0.2;
      process.send({ series: count });
    },
    close: () => worker.close(),
    exit: (code) => process.exit(code),
    signal: (signal) => process.kill(process.pid, signal),
    disconnect: () => process.disconnect(),
    throw: () => {
      throw new Error("As the test says");
    },
  };
  const said = (message) => {
    for (const [verb, value] of Object.entries(message)) says[verb]?.(value);
  };
  if (modes.includes("deaf")) {
    // Nobody listens: whether it ends by itself is what is asked.
    inc(7);
    if (modes.includes("late")) setTimeout(() => inc(1), 300);
  } else if (modes.includes("listens-late")) {
    setTimeout(() => process.on("message", said), 200);
  } else {
    process.on("message", said);
  }
  if (modes.includes("counts")) {
    setInterval(() => inc(1), 1).unref();
    setInterval(() => process.connected && process.send({ counted }), 50).unref();
  }
  if (!modes.includes("deaf")) process.send({ ready: true });
}
