// The probe's thread: see probe.ts, which starts it. It reads and writes its cells by itself, and asks nobody for anything.

import { parentPort, workerData } from "node:worker_threads";
import { setTimeout } from "node:timers";
import { join } from "../../index.ts";
import { MetricsError } from "../../errors.ts";
import { Cost } from "./kernel.ts";
import type { ThreadData, ThreadWord } from "./probe.ts";
import { type Clock, Rounds } from "./rounds.ts";
import { Ledger } from "./ledger.ts";
import { Shown } from "./shown.ts";
import { NO_PROCESSES, noTree } from "./worded.ts";

const { ticket, settings, ledger: memory } = workerData as ThreadData;
const ledger = new Ledger(memory);
const say = (word: ThreadWord) => parentPort!.postMessage(word);

// Processes that end under our eyes are errors of the file system: their stacks would cost more than the reading.
Error.stackTraceLimit = 0;

const cost = new Cost();
const clock: Clock = {
  seconds: () => performance.now() / 1000,
  epoch: () => Date.now() / 1000,
  spent: () => cost.seconds(),
};

/** Nothing goes on, so the thread ends: the registry was closed, or does not take what is shown. */
function ended(error: unknown): void {
  const isClosed = error instanceof MetricsError && error.code === "closed";
  if (!isClosed) say({ refused: error instanceof Error ? error.message : String(error) });
}

function begun(): void {
  const shown = new Shown(join(ticket), settings.by, (family, help, isRefused) => ledger.said(family, help, isRefused));
  let isAbsent = false;
  const rounds = new Rounds(settings, clock, (found) => {
    if (ledger.isStopped) return;
    shown.show(found);
    if (!found.present && !isAbsent) say({ absent: found.walk.rooted ? NO_PROCESSES : noTree(settings.tree!) });
    isAbsent = !found.present;
  });
  const step = () => {
    if (ledger.isStopped) {
      rounds.close();
      return;
    }
    try {
      const from = clock.seconds();
      const wait = rounds.step();
      cost.worked(clock.seconds() - from);
      setTimeout(step, wait * 1000);
    } catch (error) {
      ended(error);
    }
  };
  step();
}

try {
  begun();
} catch (error) {
  ended(error);
}
