// The threads of each world: the first one, which survives, the one that faults happen to, a third one, and the heir of those that died.

import { memoryMade, Thread } from "../thread.mjs";

/** Of a memory of their own, each with a writer's slot; the hooks hear of every access of the last two. */
export function threads(hook, otherHook, bytes) {
  const first = memoryMade(bytes);
  const victim = new Thread(first.memory, hook, 2).claim();
  const third = new Thread(first.memory, otherHook, 3).claim();
  return { first, victim, third };
}

/** The survivor is told for certain that a thread is dead. */
export function proven(first, dead) {
  const slot = dead.slot();
  first.core.writerRevoke(slot);
  first.core.writerRetire(slot);
}

/** The deaths are proven; `same` compares what is seen with what was. The thread that comes next. */
export function heirOf(first, dead, same) {
  for (const t of dead) proven(first, t);
  same("the proof of a death");
  return new Thread(first.memory, undefined, 6).claim();
}
