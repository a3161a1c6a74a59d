// The inspector of this thread, asked and answered at once: a profile is taken where a process ends, and nothing that comes later is
// heard there. Nobody loads it before there is a profiler, and no session is open while none is on.
//
// The three runtimes have the same `node:inspector` and answer in three ways. Node calls back before `post` returns. Bun calls back
// later, but where no callback is given it returns the answer and throws the error. Deno has the answer when `post` returns, and
// leaves it to `process.nextTick` to hand it over: so for as long as that call takes, and nothing else runs meanwhile, what it
// leaves there is taken and called at once. What it tells in between goes the same way, or it would hold up the next answer.
// A Deno that does it otherwise is told as one that does not answer.

import type { Session } from "node:inspector";
import process from "node:process";
import { inspectorSilent, profilesNone } from "./worded.ts";

export type Answer = Readonly<Record<string, unknown>>;
type Heard = (error: Error | null, answer?: object) => void;
type Post = (method: string, params: object, heard?: Heard) => unknown;

/** A session's methods have more overloads than there are methods in a protocol. */
const posting = (session: Session) => session.post.bind(session) as unknown as Post;

export const IS_BUN = process.versions["bun"] !== undefined;
const IS_DENO = process.versions["deno"] !== undefined;

/** Runs what has a session answer or tell something, and has that heard before it returns. */
export function promptly(act: () => void): void {
  if (!IS_DENO) {
    act();
    return;
  }
  const { nextTick } = process;
  const left: (() => void)[] = [];
  process.nextTick = (tick: (...given: unknown[]) => void, ...given: unknown[]) => {
    left.push(() => tick(...given));
  };
  try {
    act();
  } finally {
    process.nextTick = nextTick;
  }
  for (const tick of left) tick();
}

function sessionNew(): Session {
  // Undefined in a Node that is built without it.
  const inspector = process.getBuiltinModule?.("node:inspector");
  if (inspector === undefined) throw profilesNone("this runtime has no inspector");
  const session = new inspector.Session();
  session.connect();
  return session;
}

export class Inspector {
  #session: Session | undefined;

  /** Throws what the runtime says where it has none, or does not let us have it. */
  open(): void {
    this.#session ??= sessionNew();
  }

  /** What it answers; throws where it refuses. */
  ask(method: string, params: object = {}): Answer {
    const post = posting(this.#session!);
    if (IS_BUN) return post(method, params) as Answer;
    let heard: { readonly error: Error | null; readonly answer: Answer } | undefined;
    promptly(() => post(method, params, (error, answer) => (heard = { error, answer: { ...answer } })));
    if (heard === undefined) throw inspectorSilent(method);
    if (heard.error !== null) throw heard.error;
    return heard.answer;
  }

  close(): void {
    // Bun's ends the profile of any session of this thread, and holds nothing.
    if (!IS_BUN) this.#session?.disconnect();
    this.#session = undefined;
  }
}
