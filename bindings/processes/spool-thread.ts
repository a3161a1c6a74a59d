// The thread of a spool that writes for its process: see writer-thread.ts, which starts it, and holds the claim to write.

import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import { join } from "../index.ts";
import { ASKED_MS, collectedWithin } from "./collected.ts";
import { type Opening, SystemDisk } from "./disk.ts";
import { SpoolError } from "./errors.ts";
import { Exporter } from "./exporter.ts";
import {
  ANSWERED,
  ASKED,
  ENDS,
  INSTANCE_BYTES,
  OVER,
  type ThreadData,
  type ThreadFailure,
  type ThreadWish,
  type ThreadWord,
} from "./writer-thread.ts";
import { SpoolWriter } from "./writer.ts";

const { ticket, options, words } = workerData as ThreadData;
const port = parentPort!;
const say = (word: ThreadWord) => port.postMessage(word);

const registry = join(ticket);
const exporter = new Exporter(registry);
const instance = new BigUint64Array(words.buffer, INSTANCE_BYTES, 1);

/** Deno and Bun say that a thread ended which runs on for seconds. Another one writes by then. */
class OwnDisk extends SystemDisk {
  #check(): void {
    if (Atomics.load(words, OVER) !== 0) throw new Error("this thread was ended");
  }

  override makeDirectory(path: string, parents?: boolean): void {
    this.#check();
    super.makeDirectory(path, parents);
  }

  override open(path: string, opening: Opening): number {
    this.#check();
    return super.open(path, opening);
  }

  override write(descriptor: number, bytes: Uint8Array, position: number): number {
    this.#check();
    return super.write(descriptor, bytes, position);
  }

  override writeLater(descriptor: number, bytes: Uint8Array, position: number): Promise<number> {
    this.#check();
    return super.writeLater(descriptor, bytes, position);
  }

  override rename(from: string, to: string): void {
    this.#check();
    // Before any reader of this process can see a file of it.
    Atomics.store(instance, 0, BigInt(`0x${exporter.instance}`));
    super.rename(from, to);
  }

  override remove(path: string): void {
    this.#check();
    super.remove(path);
  }
}

function failureOf(error: unknown): ThreadFailure {
  const message = error instanceof Error ? error.message : String(error);
  const own = error instanceof SpoolError ? error : undefined;
  return { message, code: own?.code, path: own?.path ?? options.dir };
}

const writer = new SpoolWriter(exporter, {
  ...options,
  disk: new OwnDisk(),
  // Signals are the first thread's, and so is the process's end.
  signals: false,
  endsProcess: false,
  joins: true,
  sweeps: true,
  collected: () => collectedWithin(registry, ASKED_MS),
  onError: (error) => say({ told: failureOf(error) }),
});

async function flush(number: number): Promise<void> {
  let failure: ThreadFailure | undefined;
  try {
    await writer.flush();
  } catch (error) {
    failure = failureOf(error);
  }
  say({ flushed: number, failure, statistics: writer.statistics });
}

async function close(all: boolean): Promise<void> {
  // Who ended meanwhile has left nothing.
  const left = await writer.close(all && Atomics.load(words, ENDS) === 0).catch(() => undefined);
  Atomics.store(words, OVER, 1);
  Atomics.notify(words, ANSWERED);
  say({ closed: true, left });
  process.exit();
}

port.on("message", (wish: ThreadWish) => void ("flush" in wish ? flush(wish.flush) : close(wish.all)));

/** Whoever asks stands still until it is answered: so nothing but this is under way. */
async function lastWords(): Promise<never> {
  for (;;) {
    const answered = Atomics.load(words, ANSWERED);
    const asked = Atomics.load(words, ASKED);
    if (asked === answered) {
      await Atomics.waitAsync(words, ASKED, asked).value;
      continue;
    }
    writer.flushSync(Atomics.load(words, ENDS) === 1);
    Atomics.store(words, ANSWERED, asked);
    Atomics.notify(words, ANSWERED);
  }
}

void lastWords();
