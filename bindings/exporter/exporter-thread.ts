// The exporter's thread: see exporter.ts, which starts and ends it. It asks the threads of collectors, and waits for none that is blocked.

import { parentPort, workerData } from "node:worker_threads";
import { join } from "../index.ts";
import type { ThreadData, ThreadWord } from "./exporter.ts";
import { MetricsServer } from "./server.ts";

const { ticket, settings } = workerData as ThreadData;
const say = (word: ThreadWord) => parentPort!.postMessage(word);
const said = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function ended(server: MetricsServer): Promise<void> {
  await server.close();
  say({ closed: true });
}

async function begun(): Promise<void> {
  const server = new MetricsServer(join(ticket), settings, (error) => say({ told: said(error) }));
  parentPort!.on("message", () => void ended(server));
  say({ port: await server.listen() });
}

begun().catch((error: unknown) => say({ failed: said(error) }));
