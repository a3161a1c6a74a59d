// What a console is told, for tests.

/** The warnings while something is done, a text each. */
export async function warned(act) {
  const { warn } = console;
  const told = [];
  console.warn = (...words) => told.push(words.map(String).join(" "));
  try {
    await act();
  } finally {
    console.warn = warn;
  }
  return told;
}
