// Numbers of series that one process alone has, as on a page of many hosts nearly all are: there is nothing to add up. Once such a
// part was shown, its address stands beside the position that the process' image has for the series, with the number; what comes next is
// stored into both, without the list of changes, a sum, or another part in its place. A table of so little lies in the caches, and is
// gone through in the order of a frame; the link, the entry and the cell of a series lie somewhere, and are not looked at.
//
// It is seen at once, then, and not with the next publishing: a number alone is whole at any moment, and what was applied
// stays applied, whatever becomes of its frame.
//
// A part is lent to a link while the entry is in no list of changes, the link is its only one and counts, and the part says
// a number and nothing else. Whatever changes one of these puts the entry into the list, or a link beside this one, and that ends it:
// `lentEnded`. Until then the link itself does not have the number.
//
// Where an entry has a sum that is kept, that is lent to its links in the same way, while it stands: summed.ts. What is stored moves it then, and
// the entry is published.
//
// What ends here by a removal or a reset is found by a count of such endings: where one has happened, each cell of a table is looked
// at before a part of it is used again. Whoever looks at the part meanwhile finds the one number or the other; who stores while
// another thread ends the cell stores where nobody looks any more, and the block is nobody else's before this verb ends.

import { give, take } from "../memory/arena";
import { Base, KIND_PLAIN } from "../layout";
import { Held, Link, linkPart } from "./mirror";

/*
 * Lent, one for each position of a Held
 *   0 what  u32  Base that is shown, or a sum's address | LENT_SUM; 0 nothing is lent
 *   4 said  u32  the sequence that said it last
 *   8 value f64  the number
 */
@unmanaged
export class Lent {
  what: u32;
  said: u32;
  value: f64;
}
/** Blocks begin at multiples of 16. */
export const LENT_SUM: u32 = 1;
export const LENT_SHIFT: u32 = 4;
if (offsetof<Lent>() != 1 << LENT_SHIFT) ERROR("Lent must be 16 bytes");

/** Tables of positions that are nearly all free are not worth it. */
const PLACES_LEAST: u32 = 64;

/** Lets a link, 0 for none, have its number itself. */
export function lentEnded(link: usize): void {
  if (link == 0 || changetype<Link>(link).lent == 0) return;
  const record = changetype<Link>(link);
  const lent = changetype<Lent>(<usize>record.lent);
  changetype<Base>(linkPart(link)).high = lent.value;
  record.said = lent.said;
  record.lent = 0;
  lent.what = 0;
}

/** The sequence that said a link last. */
export function linkSaid(link: usize): u32 {
  const lent: usize = changetype<Link>(link).lent;
  return lent != 0 ? changetype<Lent>(lent).said : changetype<Link>(link).said;
}

/** The table of what is lent to links of a family of a process, made where there is none; 0 without memory, or for one that is not worth it. */
export function lentsMade(held: Held): usize {
  if (held.lents != 0) return held.lents;
  if (held.capacity > (held.count << 2) + PLACES_LEAST) return 0;
  const bytes = held.capacity << LENT_SHIFT;
  const made = take(bytes, KIND_PLAIN, false);
  if (made == 0) return 0;
  memory.fill(made, 0, bytes);
  held.lents = made;
  return made;
}

/** Gives that table back, in which there is nothing any more, or what nobody looks for. */
export function lentsGiven(held: Held): void {
  const block: usize = held.lents;
  held.lents = 0;
  if (block != 0) give(block, held.capacity << LENT_SHIFT, KIND_PLAIN);
}

/** Lets all links of a family of a process have their numbers themselves. */
export function lentsEnded(held: Held): void {
  if (held.lents == 0) return;
  for (let at: usize = held.links, last = at + (held.capacity << 2); at < last; at += 4) lentEnded(load<u32>(at));
  lentsGiven(held);
}
