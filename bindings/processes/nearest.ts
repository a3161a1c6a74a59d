// The word that somebody meant who typed another one.

/** So many letters of a word may be others, too many or missing. */
const MISTAKES_MOST = 2;

/** How many letters must change, come or go; two that are next to each other in the other order are one mistake. */
function distance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, i) => i)];
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      let least = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[one.length]![other.length]!;
}

/** Undefined where none is near. A word that another one begins with is, too. */
export function nearest(typed: string, words: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = MISTAKES_MOST + 1;
  for (const word of words) {
    // Nobody waits for a comparison with a page of text.
    if (Math.abs(word.length - typed.length) > MISTAKES_MOST) continue;
    const mistakes = distance(typed, word);
    // Of three letters two are another word: "foo" is no "top".
    if (mistakes >= least || mistakes * 2 > typed.length) continue;
    best = word;
    least = mistakes;
  }
  return best ?? (typed.length > 1 ? words.find((word) => word.startsWith(typed)) : undefined);
}
