// How two expositions differ, for people: their lines, with - before what is expected and + before what was collected, and a word about
// what it may come from.

import { nearest } from "../processes/nearest.ts";
import type { Page, PageFamily, PageSample } from "./page.ts";

/** Lines that are shown: nobody reads more. */
const LINES_MOST = 200;

const EMPTY: Omit<PageFamily, "name"> = { help: "", type: "", unit: "", samples: new Map() };

function isSame(one: PageSample | undefined, other: PageSample | undefined): boolean {
  if (one === undefined || other === undefined) return false;
  return (one.value === other.value || (Number.isNaN(one.value) && Number.isNaN(other.value))) && one.rest === other.rest;
}

function written(value: number): string {
  return Number.isFinite(value) ? String(value) : Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

function sampleLine({ shown, value, rest }: PageSample): string {
  return `${shown} ${written(value)}${rest}`;
}

/** The lines of a family in one of the two, or in both. */
function familyLines(name: string, want: Omit<PageFamily, "name">, got: Omit<PageFamily, "name">): string[] {
  const lines: string[] = [];
  const both = (one: string | undefined, other: string | undefined) => {
    if (one === other) return void (one !== undefined && lines.push(`  ${one}`));
    if (one !== undefined) lines.push(`- ${one}`);
    if (other !== undefined) lines.push(`+ ${other}`);
  };
  const said = (word: string, text: string) => (text === "" ? undefined : `# ${word} ${name} ${text.replaceAll("\n", "\\n")}`);
  both(said("HELP", want.help), said("HELP", got.help));
  both(said("TYPE", want.type), said("TYPE", got.type));
  both(said("UNIT", want.unit), said("UNIT", got.unit));
  // Each series stands where the page has it that has it.
  for (const key of [...new Set([...want.samples.keys(), ...got.samples.keys()])].toSorted()) {
    const [one, other] = [want.samples.get(key), got.samples.get(key)];
    const same = isSame(one, other);
    both(one && sampleLine(one), same ? one && sampleLine(one) : other && sampleLine(other));
  }
  return lines;
}

/** What differs in the labels of two series. */
function labelHint(want: PageSample, got: PageSample): string {
  const [one, other] = [want, got].map(({ labels }) => new Map(labels.map(({ name, value }) => [name, value] as const)));
  const words: string[] = [];
  for (const name of new Set([...one!.keys(), ...other!.keys()])) {
    const [is, was] = [one!.get(name), other!.get(name)];
    if (is === was) continue;
    if (is === undefined) words.push(`label ${name} is collected and not expected`);
    else if (was === undefined) words.push(`label ${name} is expected and not collected`);
    else words.push(`label ${name} is ${JSON.stringify(was)} where ${JSON.stringify(is)} is expected`);
  }
  return `only a label differs: ${words.join(", ")}`;
}

/** What two families that both are there differ in, where it is one thing. */
function familyHint(want: PageFamily, got: PageFamily): string | undefined {
  const missing = [...want.samples].filter(([key]) => !got.samples.has(key)).map(([, sample]) => sample);
  const extra = [...got.samples].filter(([key]) => !want.samples.has(key)).map(([, sample]) => sample);
  const others = [...want.samples].filter(([key, sample]) => got.samples.has(key) && !isSame(sample, got.samples.get(key)));
  const words = (["help", "type", "unit"] as const).filter((word) => want[word] !== got[word]);
  const isValue = missing.length + extra.length === 0;
  if (words.length > 0)
    return isValue && others.length === 0 ? `only the ${words.join(" and the ")} ${words.length > 1 ? "differ" : "differs"}` : undefined;
  if (isValue) return others.some(([key, { rest }]) => got.samples.get(key)!.rest !== rest) ? undefined : "only values differ";
  const [one, other] = [missing[0], extra[0]];
  const isPair = missing.length === 1 && extra.length === 1 && others.length === 0 && one!.name === other!.name;
  return isPair ? labelHint(one!, other!) : undefined;
}

function absentHint(name: string, got: Page): string {
  const names = [...got.keys()];
  const printed = [`${name}_total`, `${name}_info`].find((each) => got.has(each));
  if (printed !== undefined) return `it is not collected, and ${printed} is: that is how its type is printed`;
  const near = nearest(name, names);
  return `it is not collected${near === undefined ? "" : `, and ${near} is`}`;
}

function differs(want: PageFamily | undefined, got: PageFamily | undefined): boolean {
  if (want === undefined || got === undefined) return true;
  if (want.help !== got.help || want.type !== got.type || want.unit !== got.unit || want.samples.size !== got.samples.size) return true;
  return [...want.samples].some(([key, sample]) => !isSame(sample, got.samples.get(key)));
}

/** The difference in words; undefined where there is none. */
export function differenceOf(want: Page, got: Page): string | undefined {
  const names = [...new Set([...want.keys(), ...got.keys()])].toSorted();
  const wrong = names.filter((name) => differs(want.get(name), got.get(name)));
  if (wrong.length === 0) return undefined;
  const lines = wrong.flatMap((name) => familyLines(name, want.get(name) ?? EMPTY, got.get(name) ?? EMPTY));
  const hints = wrong.flatMap((name) => {
    const [one, other] = [want.get(name), got.get(name)];
    const hint =
      one === undefined ? "it is collected and not expected" : other === undefined ? absentHint(name, got) : familyHint(one, other);
    return hint === undefined ? [] : [`${name}: ${hint}`];
  });
  const more = lines.length - LINES_MOST;
  const shown = [...lines.slice(0, LINES_MOST), ...(more > 0 ? [`  … and ${more} more lines`] : [])];
  return ["(- expected, + collected)", ...shown, ...hints.slice(0, LINES_MOST)].join("\n");
}
