// Names, labels and helps as people are shown them: whoever writes a page may have anything in them.

/** Sequences that a terminal obeys, what turns the direction of a line around, what ends one, halves of characters, and what nobody sees. */
const UNSEEN = /[\p{Cc}\p{Bidi_Control}\p{Cs}\u00ad\u200b\u2028\u2029\u2060\ufeff]/gu;

/** The text with an escape, such as `\u001b`, in the place of each character that is none to be seen. */
export function seen(text: string): string {
  return text.replace(UNSEEN, (character) => {
    if (character === "\n") return "\\n";
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** A text of so many characters at the most. */
export function short(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, Math.max(0, most - 1))}…` : text;
}
