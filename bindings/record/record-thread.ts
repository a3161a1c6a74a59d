// The thread of a recorder that writes its samples: see drain-thread.ts, which starts it. It never turns to its event loop, so
// nobody has to be there for it.

import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import { join } from "../index.ts";
import { SystemDisk } from "../processes/disk.ts";
import { instanceOf } from "../processes/exporter.ts";
import { ENDS, READY, type ThreadData, type ThreadFailure } from "./drain-thread.ts";
import { Drainer } from "./drainer.ts";
import { OwnOfRecorder } from "./own.ts";
import { Rings } from "./rings.ts";
import { RecorderError } from "./worded.ts";

const { ticket, keeping, writing, words } = workerData as ThreadData;

function tell(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error);
  const own = error instanceof RecorderError ? error : undefined;
  const failure: ThreadFailure = { message, code: own?.code, path: own?.path ?? writing.dir };
  parentPort!.postMessage(failure);
}

const registry = join(ticket);
const rings = new Rings(registry, keeping);
const drainer = new Drainer(rings, writing, new SystemDisk(), instanceOf(registry), new OwnOfRecorder(registry, keeping), tell);
Atomics.store(words, READY, 1);
while (Atomics.load(words, ENDS) === 0) {
  // Read first: what is asked for meanwhile is not slept over.
  const seen = rings.wanted;
  rings.sleep(seen, drainer.step());
}
process.exit();
