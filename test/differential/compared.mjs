// Two pages of the same plan by what they mean: families with type, help and unit, series with value and exemplar. Order, digits and
// what an empty label adds mean nothing.

import { numberOf, readExposition } from "../exposition/rules.mjs";

function unescaped(text, quotes) {
  return text.replaceAll(quotes ? /\\([\\n"])/g : /\\([\\n])/g, (_, character) => (character === "n" ? "\n" : character));
}

/** Bounds and quantiles are numbers that every client writes its own way. */
function labelsOf(labels, type) {
  const numeric = type === "histogram" ? "le" : type === "summary" ? "quantile" : undefined;
  return labels
    .filter(({ value }) => value !== "")
    .map(({ name, value }) => [name, name === numeric ? String(numberOf(value)) : value])
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** What a page means: `{families, samples}`, both by what names them. Throws where it cannot be read. */
export function meaning(page, dialect) {
  const families = new Map();
  const samples = new Map();
  for (const { name, type, unit, help, samples: own } of readExposition(page)) {
    if (families.has(name)) throw new Error(`${name} stands in two places`);
    families.set(name, { type, unit: unit ?? "", help: unescaped(help ?? "", dialect === "openmetrics").trim() });
    for (const { name: sample, labels, value, exemplars } of own) {
      const key = JSON.stringify([sample, labelsOf(labels, type)]);
      if (samples.has(key)) throw new Error(`${key} is there twice`);
      const [exemplar] = exemplars.map(({ labels: pairs, value: number, time }) => [labelsOf(pairs), number, time !== undefined]);
      samples.set(key, { family: name, value, exemplar: exemplar === undefined ? "none" : JSON.stringify(exemplar) });
    }
  }
  return { families, samples };
}

const alike = (one, other) => one === other || (Number.isNaN(one) && Number.isNaN(other));

function* fields(what, one, other, names) {
  if (one === undefined || other === undefined) yield { what, ours: one && "there", theirs: other && "there" };
  else
    for (const name of names) if (!alike(one[name], other[name])) yield { what: `${what} ${name}`, ours: one[name], theirs: other[name] };
}

/** What two pages differ in: `{what, family, name, ours, theirs}` each, `name` a family's or a sample's key. */
export function differences(ours, theirs, dialect) {
  let own;
  let other;
  try {
    own = meaning(ours, dialect);
  } catch (error) {
    return [{ what: "unreadable, ours", name: "", ours: error.message }];
  }
  try {
    other = meaning(theirs, dialect);
  } catch (error) {
    return [{ what: "unreadable", name: "", theirs: error.message }];
  }
  const found = [];
  const compare = (kind, one, two, names) => {
    for (const name of new Set([...one.keys(), ...two.keys()]))
      for (const difference of fields(kind, one.get(name), two.get(name), names))
        found.push({ name, family: one.get(name)?.family ?? two.get(name)?.family ?? name, ...difference });
  };
  compare("family", own.families, other.families, ["type", "unit", "help"]);
  compare("sample", own.samples, other.samples, ["value", "exemplar"]);
  return found;
}
