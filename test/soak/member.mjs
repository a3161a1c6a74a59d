// A process of the soaked service: member.mjs DIR SLOT. Counts what a line of its input says, flushes, and says so. It is killed.

import process from "node:process";
import { createInterface } from "node:readline";
import { registry } from "tallystick";
import { spool } from "tallystick/processes";
import { count, open } from "./metrics.mjs";

/** Sessions of this process that are open at once. */
const OPEN_MOST = 20;

const [dir, slot] = process.argv.slice(2);
const own = spool({ dir, collect: false });
const sessions = [];
const say = (message) => process.stdout.write(`${JSON.stringify(message)}\n`);

say({ ready: true });
for await (const line of createInterface({ input: process.stdin })) {
  const { id, open: session, ...request } = JSON.parse(line);
  count({ ...request, slot });
  open.set({ session }, 1);
  sessions.push(session);
  if (sessions.length > OPEN_MOST) open.remove({ session: sessions.shift() });
  await own.flush();
  say({ answered: id });
}
await own.close();
registry.close();
process.exit(0);
