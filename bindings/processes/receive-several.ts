// Images of several processes in one request, from a collector that hands them on: each is answered as if it had come alone.

import { HOPS_MOST, pushesIn, STATUS_LOOP, toldOf } from "./forward-wire.ts";
import { hopsTooMany, LOOP } from "./forward-worded.ts";
import type { Bytes } from "./push-body.ts";
import type { Answer, Push } from "./receive-settings.ts";
import { NOT_KEPT, OVER } from "./receive-worded.ts";

const OF_ALL: readonly string[] = [NOT_KEPT, OVER];

/** What takes the entries in: as it does what comes alone. */
export interface Taking {
  take(push: Push): Promise<Answer>;
  /** The name of this collector, where it hands on itself. */
  readonly id: string | undefined;
}

function looped({ via }: Push, id: string | undefined): Answer | undefined {
  if (id !== undefined && via.includes(id)) return { status: STATUS_LOOP, why: LOOP };
  return via.length > HOPS_MOST ? { status: STATUS_LOOP, why: hopsTooMany(HOPS_MOST) } : undefined;
}

/** The answers to all of a row, in its order; undefined where it is none. */
export async function severalTaken(body: Bytes, { take, id }: Taking): Promise<readonly Answer[] | undefined> {
  const pushes = pushesIn(body);
  // All of them before any is waited for: they are of one batch, and what is of one process stays in its order.
  return pushes === undefined ? undefined : Promise.all(pushes.map((push) => looped(push, id) ?? take(push)));
}

/**
 * What all of them are answered at once: nobody could be taken in just now. Not where each has a reason of its own, as one for whom alone
 * there is no memory: whoever hands on would send that one again and again, and nobody behind it.
 */
export function allRefused(answers: readonly Answer[]): Answer | undefined {
  const [first] = answers;
  return first !== undefined && answers.every((each) => "why" in each && OF_ALL.includes(each.why)) ? first : undefined;
}

export function answersText(answers: readonly Answer[]): { readonly answers: readonly object[] } {
  return { answers: answers.map((answer) => toldOf(answer)) };
}
