// A process that counts in its own registry and does what its parent says; as a primary it starts others and prints its page.

import { fork } from "node:child_process";
import nodeCluster from "node:cluster";
import process from "node:process";
import { registry } from "tallystick";
import { cluster } from "tallystick/processes";

const shared = cluster();
const jobs = registry.counter({ name: "jobs", help: "Jobs.", labelNames: ["kind"] });
const seconds = registry.histogram({ name: "seconds", help: "Times.", buckets: [1, 2] });
const busy = registry.gauge({ name: "busy", help: "In flight.", mode: "livesum" });
const most = registry.gauge({ name: "most", help: "Highest.", mode: "max" });

const says = {
  count: (amount) => {
    jobs.inc({ kind: "all" }, amount);
    for (let i = 0; i < amount; i++) seconds.observe(i % 3);
    busy.set(amount);
    most.set(amount);
    process.send({ counted: amount });
  },
  faster: () => {
    let counted = 0;
    setInterval(() => {
      for (let i = 0; i < 100; i++) {
        jobs.inc({ kind: `kind ${i % 10}` });
        seconds.observe(i % 3);
      }
      counted += 100;
    }, 1);
    setInterval(() => process.send({ faster: counted }), 50);
  },
  exit: (code) => process.exit(code),
  leave: () => process.disconnect(),
};

if (process.argv[2] === "primary") {
  const isCluster = process.argv[3] === "cluster";
  if (isCluster) nodeCluster.setupPrimary({ exec: process.argv[1], args: ["worker"] });
  const started = [1, 2, 3].map(() => (isCluster ? nodeCluster.fork().process : fork(process.argv[1], ["worker"])));
  if (!isCluster) for (const child of started) shared.add(child);
  const word = (child, wanted) =>
    new Promise((resolve) => child.on("message", (message) => message[wanted] !== undefined && resolve(message[wanted])));
  const ready = Promise.all(started.map((child) => word(child, "ready")));
  const short = fork(process.argv[1], ["short"]);
  shared.add(short);
  await new Promise((resolve) => short.once("exit", resolve));
  const exits = started.map((child) => new Promise((resolve) => child.once("exit", resolve)));
  await ready;
  for (const [i, child] of started.entries()) {
    child.send({ count: 10 ** i });
    await word(child, "counted");
  }
  jobs.inc({ kind: "all" }, 1000);
  const text = async () => {
    let page;
    let late;
    // A machine that is busy may need more than the time that a scrape has. Who was late may have answered since.
    do {
      late = shared.statistics.lateTotal;
      page = new TextDecoder().decode((await registry.expose()).body);
    } while (shared.statistics.lateTotal !== late);
    return page.split("\n").filter((line) => /^(jobs|busy|tallystick_processes)/.test(line));
  };
  const alive = await text();
  started[0].kill("SIGKILL");
  started[1].send({ exit: 0 });
  started[2].send({ leave: 1 });
  await Promise.all(exits);
  await new Promise((resolve) => setTimeout(resolve, 50));
  console.log(JSON.stringify({ alive, dead: await text() }));
  process.exit(0);
}

if (process.argv[2] === "short") {
  // Nothing keeps it alive, and nobody has asked it yet.
  jobs.inc({ kind: "all" }, 7);
} else {
  process.on("message", (message) => {
    for (const [verb, value] of Object.entries(message)) says[verb]?.(value);
  });
  process.send({ ready: true });
}
