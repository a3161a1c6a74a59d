// Whether who answers 410 is a receiver that has folded the instance. It says so in words of its own; a proxy may have put a page of its own in
// their place, as it may do with all that is no success, so it is asked once more, to be told by a receipt. Whoever knows of no instance
// has none, and what was counted is believed gone by nobody.

import type { Answered } from "./push-post.ts";
import { FOLDED, type Receipt, RECEIPTS_HEADER, STATUS_FOLDED } from "./push-wire.ts";

function saysFolded({ status, said }: Answered): boolean {
  try {
    return status === 200 && (JSON.parse(said) as Partial<Receipt> | null)?.folded === true;
  } catch {
    return false;
  }
}

/** What is answered to what is sent; it is sent once more, with one header more, where that is in doubt. */
export async function foldedAsked(send: (more?: Record<string, string>) => Promise<Answered>): Promise<Answered> {
  const answer = await send();
  if (answer.status !== STATUS_FOLDED || answer.said.trim() === FOLDED) return answer;
  const receipt = await send({ [RECEIPTS_HEADER]: "1" });
  return saysFolded(receipt) ? { ...receipt, status: STATUS_FOLDED, said: FOLDED } : receipt;
}
