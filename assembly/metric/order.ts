// The order of settings, where the newest of several counts: one for all threads of a memory, and near enough for all
// processes. It is a hybrid logical clock: milliseconds of the wall clock, and below them what tells settings of one
// millisecond apart; but always behind the last one of this memory. So it never steps back here, whatever the clock does,
// and of two processes the one that set later is the later one, as far as their clocks agree. (Kulkarni et al., "Logical
// physical clocks", 2014; without messages there is nothing to receive.)

import { exchangeIf64, load64 } from "../memory/atomics";
import { Header, HEADER } from "../layout";

const ORDER: usize = HEADER + offsetof<Header>("order");
/** A million settings in a millisecond, before they run ahead of the clock. */
const MILLISECOND_SHIFT: u64 = 20;
/** The year 10889; what is beyond is no clock. */
const MILLISECONDS_MOST: f64 = 281474976710656;

/** The number of a setting at so many milliseconds since the epoch; 0 and less where there is no clock. */
export function orderNext(milliseconds: f64): u64 {
  const timed = milliseconds > 0 && milliseconds < MILLISECONDS_MOST;
  const least = timed ? (<u64>milliseconds) << MILLISECOND_SHIFT : 0;
  // A guess to start from: a wrong one only fails.
  let before = load64(ORDER);
  while (true) {
    const order = max(before + 1, least);
    const seen = exchangeIf64(ORDER, before, order);
    if (seen == before) return order;
    before = seen;
  }
}
