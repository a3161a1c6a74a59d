// The thread of a spool that writes for its process: see writer-thread.ts, which starts it. It holds the claim to write while it
// lives, as any thread would that joined the spool.

import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";
import { join } from "../index.ts";
import { SpoolError } from "./errors.ts";
import { spool, type Spooled } from "./spooled.ts";
import { ANSWERED, ASKED, ENDS, type ThreadData, type ThreadFailure, type ThreadWish, type ThreadWord } from "./writer-thread.ts";

const { ticket, options, words } = workerData as ThreadData;
const port = parentPort!;
const say = (word: ThreadWord) => port.postMessage(word);

function failureOf(error: unknown): ThreadFailure {
  const message = error instanceof Error ? error.message : String(error);
  const own = error instanceof SpoolError ? error : undefined;
  return { message, code: own?.code, path: own?.path ?? options.dir };
}

const own = spool({
  ...options,
  registry: join(ticket),
  collect: false,
  // Signals are the first thread's, and a message keeps nobody alive.
  signals: false,
  onError: (error) => say({ told: failureOf(error) }),
}) as Spooled;

async function flush(number: number): Promise<void> {
  let failure: ThreadFailure | undefined;
  try {
    await own.flush();
  } catch (error) {
    failure = failureOf(error);
  }
  say({ flushed: number, failure, statistics: own.statistics.writer });
}

port.on("message", (wish: ThreadWish) => {
  if ("flush" in wish) {
    void flush(wish.flush);
    return;
  }
  void own
    .leave(wish.all)
    .catch(() => undefined)
    .then((left) => {
      say({ closed: true, left });
      process.exit();
    });
});

/** Whoever asks stands still until it is answered: so nothing but this is under way. */
async function lastWords(): Promise<never> {
  for (;;) {
    const answered = Atomics.load(words, ANSWERED);
    const asked = Atomics.load(words, ASKED);
    if (asked === answered) {
      await Atomics.waitAsync(words, ASKED, asked).value;
      continue;
    }
    own.flushSync(Atomics.load(words, ENDS) === 1);
    Atomics.store(words, ANSWERED, asked);
    Atomics.notify(words, ANSWERED);
  }
}

void lastWords();
