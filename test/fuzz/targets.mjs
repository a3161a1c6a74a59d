// All that is fuzzed, the quick ones first. Each is a file of its own, which is loaded when it is its turn: most bundle what they look into.

export const TARGETS = [
  "negotiation",
  "authorization",
  "rows",
  "journals",
  "pages",
  "recordings",
  "python",
  "hosts",
  "spools",
  "bodies",
  "answers",
  "registries",
  "requests",
  "images",
];

/** The target of a name; what it has stands in fuzzing.mjs. */
export async function targetOf(name) {
  const module = await import(`./targets/${name}.mjs`);
  return module[name];
}
