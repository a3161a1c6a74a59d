// What comes from strangers, as a terminal may have it: labels without anything that moves the cursor, turns text around or
// takes more room than it seems to; and numbers that are short.

/** What a terminal obeys, and what turns the direction of text or has no width: shown as a replacement character. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** Letters and signs that take two columns (Unicode's East Asian Width W and F, in its large blocks), and such as take none. */
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;
const NO_WIDTH = /\p{Mn}|\p{Me}/u;

/** A label as it may be printed, at most so many columns wide; the middle is left out. */
export function shown(label: string, most: number): string {
  // Of 1 MB only the ends can be seen.
  const ends = label.length > 4 * most ? `${label.slice(0, 2 * most)}${label.slice(-2 * most)}` : label;
  const letters = [...ends.replaceAll(UNSEEN, "\ufffd")];
  if (ends === label && widthOf(letters) <= most) return letters.join("");
  const half = Math.floor((most - 1) / 2);
  return `${fitting(letters, most - 1 - half)}…${fitting(letters.reverse(), half, true)}`;
}

/** As many of the letters as fit. */
function fitting(letters: readonly string[], most: number, backwards = false): string {
  let width = 0;
  const kept = [];
  for (const letter of letters) {
    width += widthOf([letter]);
    if (width > most) break;
    kept.push(letter);
  }
  return (backwards ? kept.reverse() : kept).join("");
}

/** Columns of a terminal. */
export function widthOf(text: Iterable<string>): number {
  let width = 0;
  for (const letter of text) width += WIDE.test(letter) ? 2 : NO_WIDTH.test(letter) ? 0 : 1;
  return width;
}

export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}

/** Four digits that count: 0.01019, 14128, 1.235e-5. */
export function brief(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size >= 1e7 || size < 1e-4)
    return value
      .toExponential(3)
      .replace(/\.?0+e/, "e")
      .replace("e+", "e");
  if (Number.isInteger(value) || size >= 1e4) return String(Math.round(value));
  return String(Number(value.toPrecision(4)));
}

const PREFIXES = ["n", "µ", "m", "", "k", "M", "G", "T"] as const;
const NONE = PREFIXES.indexOf("");
/** Of `brief`. */
const BRIEF_DIGITS = 4;

/** A number of an axis, with so many digits that count: 2.4 ms, 63.7 M. Small ones without a unit have no prefix: 2.4 m would be metres. */
export function measured(value: number, unit: string, digits: number): string {
  const rounded = Number(Math.abs(value).toPrecision(digits));
  const power = rounded > 0 && rounded < Infinity ? Math.floor(Math.log10(rounded) / 3 + 1e-9) : 0;
  const prefix = PREFIXES[power + NONE];
  // Nobody says kiloseconds.
  const isPlain = prefix === undefined || power === 0 || (power < 0 && unit === "") || (power > 0 && unit === "s");
  const number = isPlain ? (digits > BRIEF_DIGITS ? String(Number(value.toPrecision(digits))) : brief(value)) : "";
  const text = isPlain ? number : String(Number((value / 1000 ** power).toPrecision(digits)));
  return `${text} ${isPlain ? "" : prefix}${unit}`.trimEnd();
}
