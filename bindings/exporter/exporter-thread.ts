// The exporter's thread: see exporter.ts, which starts and ends it. It asks the threads of collectors, and waits for none that is blocked.

import { parentPort, workerData } from "node:worker_threads";
import { join } from "../index.ts";
import { carried } from "./carried.ts";
import type { ThreadData, ThreadOrder, ThreadWord } from "./exporter.ts";
import { MetricsServer } from "./server.ts";

const { ticket, settings } = workerData as ThreadData;
const say = (word: ThreadWord) => parentPort!.postMessage(word);

async function ended(server: MetricsServer): Promise<void> {
  await server.close();
  say({ closed: true });
}

async function replaced(server: MetricsServer, ticket: ThreadData["ticket"], number: number): Promise<void> {
  try {
    await server.replace(join(ticket));
    say({ replaced: number });
  } catch (error) {
    say({ replaced: number, failed: carried(error) });
  }
}

async function begun(): Promise<void> {
  const server = new MetricsServer(join(ticket), settings, (error) => say({ told: carried(error) }));
  parentPort!.on(
    "message",
    (order: ThreadOrder) => void (order === "close" ? ended(server) : replaced(server, order.ticket, order.number)),
  );
  say({ port: await server.listen() });
}

begun().catch((error: unknown) => say({ failed: carried(error) }));
