// What went wrong, as the console and the program say it: one line, for a stack of this library helps nobody who runs it.

/** Lines of a message, and what two of them have in columns, as `  here:   gauge "depth"`. Blanks elsewhere may be of a name. */
const BREAKS = / *[\p{Cc}\u2028\u2029]+ *(?:(\w+:) +)?/gu;
/** Messages have at least so much of what caused them. */
const CAUSE_LENGTH = 40;

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === "" ? error.name : error.message;
}

/** The message, and its cause's where that is not in it. Line breaks may come of a path, or of what another program said. */
export function lineOf(error: unknown): string {
  const words = wordsOf(error);
  const { cause } = error instanceof Error ? error : {};
  const why = cause === undefined || cause === null ? "" : wordsOf(cause);
  const whole = why === "" || words.includes(why.slice(0, CAUSE_LENGTH)) ? words : `${words}: ${why}`;
  return whole.replace(BREAKS, (_, label: string | undefined) => (label === undefined ? " " : `, ${label} `));
}

/** Where an application did not say who hears of it. */
export function warned(error: unknown): void {
  console.warn(`tallystick: ${lineOf(error)}`);
}

/** A callback that is async throws later. */
function settled(result: unknown): void {
  if (result instanceof Promise) result.catch(() => undefined);
}

/** Tells what went wrong to whoever is to hear of it. Never throws. */
export function listener(onError: ((error: unknown) => void) | undefined): (error: unknown) => void {
  return (error) => {
    try {
      if (onError === undefined) warned(error);
      else settled(onError(error));
    } catch {}
  };
}
