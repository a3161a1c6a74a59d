// A fake clock over two threads that share the memory, in any runtime: prints what was measured and dated by it, as JSON.

import { once } from "node:events";
import process from "node:process";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { join, registry } from "tallystick";
import { fakeClock, joinClock, valueOf } from "tallystick/testing";

const BEGIN = Date.UTC(2030, 0, 1);

if (isMainThread) {
  const clock = fakeClock(undefined, { now: BEGIN });
  const worker = new Worker(new URL(import.meta.url), { workerData: { ticket: registry.ticket(), clock: clock.ticket() } });
  const said = async (word) => {
    worker.postMessage(word);
    const [answer] = await once(worker, "message");
    return answer;
  };
  await once(worker, "message");
  await said("start");
  clock.advance(7200);
  const seconds = await said("end");
  const took = valueOf(registry, "took_seconds", { of: "worker" });
  const page = new TextDecoder().decode((await registry.expose({ dialect: "openmetrics", created: true })).body);
  const created = Number(/^took_seconds_created\{of="worker"\} (\S+)$/m.exec(page)?.[1]);
  clock.advance(3601);
  const idle = new TextDecoder().decode((await registry.expose()).body).includes('of="worker"');
  clock.close();
  console.log(
    JSON.stringify({
      seconds,
      sum: took.sum,
      created: created - BEGIN / 1000,
      idle,
      real: Math.abs((await said("now")) - Date.now()) < 60_000,
    }),
  );
  process.exit();
} else {
  const own = join(workerData.ticket);
  const clock = joinClock(workerData.clock);
  const took = own.summary({ name: "took_seconds", help: "Took.", labelNames: ["of"], expireAfterSeconds: 3600 });
  let end;
  parentPort.on("message", (word) => {
    if (word === "start") parentPort.postMessage(((end = took.startTimer({ of: "worker" })), "started"));
    else if (word === "end") parentPort.postMessage(end());
    else {
      clock.close();
      own.gauge({ name: "at", help: "At." }).setToCurrentTime();
      parentPort.postMessage(valueOf(own, "at") * 1000);
    }
  });
  parentPort.postMessage("there");
}
