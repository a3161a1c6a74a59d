// The header of a file of CSV, and what is wrong with one that is another: in words, for whoever wrote the file.

import { shown } from "./text.ts";

const COLUMNS = ["Timepoint", "Measurement", "Label", "PID"];
export const HEADER = COLUMNS.join(",");
/** Of a first line that is no header: enough to know it again. */
const LINE_BYTES = 400;
const LINE_SHOWN = 80;
const NAMES_SHOWN = 60;

const lower = (names: readonly string[]) => names.map((name) => name.toLowerCase());

/** What a file begins with instead, of its first bytes without the line break, and in what it differs. */
export function otherHeader(line: Uint8Array): string {
  const text = new TextDecoder().decode(line.subarray(0, LINE_BYTES));
  return `it begins with "${shown(text, LINE_SHOWN)}": ${differences(text).join(", ")}`;
}

function differences(text: string): string[] {
  const written = text.split(",");
  const names = written.map((name) => name.trim().replace(/^"(.*)"$/, "$1"));
  const known = names.filter((name) => lower(COLUMNS).includes(name.toLowerCase()));
  if (known.length === 0) {
    if (/^\s*Timepoint\s*[;\t|]/i.test(text)) return ["columns are not separated by commas"];
    return [/^\d+,/.test(text) ? "the header is missing" : "that is another header"];
  }
  const found = [];
  const unknown = names.filter((name) => !known.includes(name));
  const missing = COLUMNS.filter((name) => !lower(known).includes(name.toLowerCase()));
  const once = [...new Set(lower(known))];
  if (unknown.length > 0) found.push(`there are other columns (${shown(unknown.join(","), NAMES_SHOWN)})`);
  if (missing.length > 0) found.push(`columns are missing (${missing.join(",")})`);
  if (once.length < known.length) found.push("a column is there twice");
  if (once.join() !== lower(COLUMNS.filter((name) => once.includes(name.toLowerCase()))).join()) found.push("the order differs");
  if (known.some((name) => !COLUMNS.includes(name))) found.push("upper and lower case differ");
  if (names.some((name, i) => name !== written[i])) found.push("names stand in spaces or quotes");
  return found.length > 0 ? found : ["that is another header"];
}
