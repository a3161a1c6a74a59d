// Numbers of series that one process alone has, as on a page of many hosts nearly all are: there is nothing to add up. Once such a
// part was shown, its link knows the cell, and what comes next is stored into the part by one word, without the list of changes, a sum,
// or another part in its place; of eight lines of memory that a change went through it touches three.
//
// It is seen at once, then, and not with the next publishing: a number alone is whole at any moment, and what was applied
// stays applied, whatever becomes of its frame.
//
// A link is lent its cell while the entry is in no list of changes, the link is its only one and counts, and the part says
// a number and nothing else. Whatever changes one of these puts the entry into the list, or a link beside this one, and that ends it.
// What ends here by a removal or a reset changes the cell's token: then the long way finds out. Whoever looks at the part meanwhile
// finds the one number or the other; who stores while another thread ends the cell stores where nobody looks any more, and the block is
// nobody else's before this verb ends.

import { load32 } from "../memory/atomics";
import { Base, BASE_SET, Cell, ImportedCell } from "../layout";
import { Entry, Link, linkPart } from "./mirror";

/** 0 alone keeps its sign in no sum. */
const NEGATIVE_ZERO: u64 = 0x8000000000000000;

/** Lends the part that is shown of an entry, which is in no list, to its link, where it has one alone. */
export function lent(entry: usize): void {
  const record = changetype<Entry>(entry);
  const link = changetype<Link>(<usize>record.links);
  if (link.next != 0) return;
  const part = changetype<Base>(<usize>changetype<ImportedCell>(<usize>record.cell).part);
  if (part.set != BASE_SET || reinterpret<u64>(part.low) != 0 || part.order != 0 || reinterpret<u64>(part.timestamp) != 0) return;
  link.token = record.token;
  link.cell = record.cell;
}

/** Ends what was lent to a link, 0 for none. */
export function lentEnded(link: usize): void {
  if (link != 0) changetype<Link>(link).cell = 0;
}

/** Stores a number where it is shown, if that is lent to the link; false where the long way is to be taken, and nothing has happened. */
export function lentSet(link: usize, value: f64): bool {
  const record = changetype<Link>(link);
  const cell: usize = record.cell;
  if (cell == 0) return false;
  // Infinities and NaN are sums of their own, too.
  if (value - value != 0 || reinterpret<u64>(value) == NEGATIVE_ZERO) return false;
  if (load32(cell) != record.token) return false;
  const part: usize = load32(cell + offsetof<ImportedCell>("part"));
  if (part == 0) return false;
  changetype<Base>(linkPart(link)).high = value;
  if (reinterpret<u64>(changetype<Base>(part).high) == reinterpret<u64>(value)) return true;
  changetype<Base>(part).high = value;
  changetype<ImportedCell>(cell).version++;
  return true;
}
if (offsetof<Cell>("token") != 0) ERROR("The token is a cell's first word");
