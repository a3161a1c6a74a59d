// A worker of a cluster that shows what collectors set, in its first thread and in another one.

import { setTimeout as sleep } from "node:timers/promises";
import { isMainThread, Worker } from "node:worker_threads";
import { registry } from "tallystick";
import { cluster } from "tallystick/processes";

const gauge = (name) => registry.gauge({ name, help: "Set by a collector." });
let times = 0;

if (isMainThread) {
  const [sync, later, hours] = [gauge("collected"), gauge("collected_later"), gauge("collected_slowly")];
  registry.collect(() => {
    sync.set(++times);
  });
  registry.collect(async () => {
    const now = times;
    await sleep(2);
    later.set(now);
  });
  if (process.argv.includes("slow")) {
    const end = async () => {
      await sleep(300);
      hours.set(1);
    };
    registry.collect(end, { timeoutSeconds: 5 });
  }
  if (process.argv.includes("hang")) registry.collect(() => new Promise(() => undefined), { timeoutSeconds: 5, onError: () => undefined });
  if (process.argv.includes("throw")) {
    const fail = () => {
      throw new Error("no");
    };
    registry.collect(fail, { onError: () => undefined });
  }
  cluster({ role: "worker" });
  new Worker(new URL(import.meta.url)).on("message", () => process.send({ ready: true }));
} else {
  const { parentPort } = await import("node:worker_threads");
  const thread = gauge("collected_in_a_thread");
  registry.collect(() => {
    thread.set(++times);
  });
  parentPort.on("message", () => undefined);
  parentPort.postMessage("ready");
}
