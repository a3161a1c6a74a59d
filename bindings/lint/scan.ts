// One line of an exposition, taken apart. OpenMetrics has one blank where there is one and none elsewhere; text takes blanks and tabs
// between words, as Prometheus' own parsers do. What is wrong is told; a line that cannot be read is undefined.

import { quoted } from "./findings.ts";
import type { RuleName } from "./rules.ts";

export interface Label {
  readonly name: string;
  readonly value: string;
}

export interface Exemplar {
  readonly labels: readonly Label[];
  readonly value: string;
  readonly timestamp: string | undefined;
}

export interface Sample {
  readonly name: string;
  readonly labels: readonly Label[];
  /** As it is written, and so are timestamps. */
  readonly value: string;
  readonly timestamp: string | undefined;
  readonly exemplar: Exemplar | undefined;
}

export interface Metadata {
  readonly kind: "HELP" | "TYPE" | "UNIT";
  readonly name: string;
  /** As it is written. */
  readonly text: string;
}

/** How lines are read, and who hears of what is wrong with one. */
export interface Reading {
  /** OpenMetrics. */
  readonly strict: boolean;
  /** Names in quotes are taken. */
  readonly utf8: boolean;
  readonly tell: (rule: RuleName, message: string, metric?: string) => void;
}

const METRIC = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /[a-zA-Z_][a-zA-Z0-9_]*/y;
/** In quotes; what is escaped is looked at later. */
const STRING = /"((?:[^"\\\n]|\\[\s\S])*)"/y;
const WORD = /[^ \t]+/y;
const BAD_NAME = /[^ \t{=,}"]+/y;
const BLANKS = /[ \t]*/y;
const UNKNOWN_QUOTE = "names in quotes are for readers that asked for escaping=allow-utf-8: older ones refuse them";

class Scanner {
  at = 0;
  /** As soon as it is known. */
  metric: string | undefined;
  readonly line: string;
  readonly reading: Reading;

  constructor(line: string, reading: Reading) {
    this.line = line;
    this.reading = reading;
  }

  peek(): string | undefined {
    return this.line[this.at];
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.line);
    if (found === null) return undefined;
    this.at = pattern.lastIndex;
    return found;
  }

  /** Blanks that text may have anywhere. */
  blanks(): void {
    if (!this.reading.strict) this.take(BLANKS);
  }

  /** What is between two words; false where it is none. */
  gap(): boolean {
    if (!this.reading.strict) return this.take(BLANKS)![0] !== "";
    if (this.peek() !== " ") return false;
    this.at++;
    return true;
  }

  fails(why: string): undefined {
    this.tell("syntax", `${why}, at character ${this.at + 1} of the line`);
    return undefined;
  }

  tell(rule: RuleName, message: string): void {
    this.reading.tell(rule, message, this.metric);
  }

  /** A string in quotes, without them. */
  string(label?: string): string | undefined {
    const found = this.take(STRING);
    // Words are made where something is wrong: there are a million lines.
    const what = () => (label === undefined ? "a name" : `the value of label ${quoted(label)}`);
    if (found === undefined) return this.fails(`${what()} is not in quotes from one end to the other`);
    if (!found[1]!.includes("\\")) return found[1];
    return unescaped(found[1]!, /[\\"n]/, what(), { ...this.reading, tell: (rule, message) => this.tell(rule, message) });
  }
}

/** What is escaped in a text, by a backslash before one of `known`; others are told and stay. */
function unescaped(text: string, known: RegExp, what: string, reading: Reading): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\([\s\S]?)/g, (whole, character: string) => {
    if (character !== "" && known.test(character)) return character === "n" ? "\n" : character;
    reading.tell(reading.strict ? "odd-escape" : "escape", `${what} has ${quoted(whole)}, which escapes nothing`);
    return whole;
  });
}

/** A metric's name, plain; undefined where it is none, which is told. */
function plainName(scan: Scanner): string | undefined {
  const from = scan.at;
  const found = scan.take(METRIC)?.[0];
  const next = scan.peek();
  if (found !== undefined && (next === undefined || next === " " || next === "\t" || next === "{")) return found;
  const rest = scan.take(BAD_NAME)?.[0] ?? "";
  const name = (found ?? "") + rest;
  if (name === "") return scan.fails("there is no name of a metric");
  scan.tell("name", `${quoted(scan.line.slice(from, scan.at))} is no name of a metric: it must match [a-zA-Z_:][a-zA-Z0-9_:]*`);
  return undefined;
}

function checkQuoted(scan: Scanner): void {
  if (!scan.reading.utf8) scan.tell("name", UNKNOWN_QUOTE);
}

interface Block {
  /** In quotes, as the first of the block. */
  name: string | undefined;
  readonly labels: Label[];
}

/** `{a="1",b="2"}` from its brace; the first word may be a metric's name in quotes. */
function block(scan: Scanner, isNamed: boolean): Block | undefined {
  const made: Block = { name: undefined, labels: [] };
  const seen = new Set<string>();
  scan.at++;
  for (let isFirst = true; ; isFirst = false) {
    scan.blanks();
    if (scan.peek() === "}") {
      if (!isFirst && scan.reading.strict) scan.tell("syntax", "there is a comma behind the last label");
      break;
    }
    if (scan.peek() === '"') {
      checkQuoted(scan);
      const word = scan.string();
      if (word === undefined) return undefined;
      scan.blanks();
      if (scan.peek() !== "=") {
        if (isNamed || !isFirst) return scan.fails("there is no = behind the name of a label");
        made.name = word;
        scan.metric = word;
      } else if (!value(scan, word, made.labels, seen)) return undefined;
    } else {
      const name = labelName(scan);
      if (name === undefined) return undefined;
      scan.blanks();
      if (!value(scan, name, made.labels, seen)) return undefined;
    }
    scan.blanks();
    if (scan.peek() === "}") break;
    const next = scan.peek();
    if (next !== ",") return scan.fails(`there is ${next === undefined ? "nothing" : quoted(next)} where , or } is expected`);
    scan.at++;
  }
  scan.at++;
  return made;
}

function labelName(scan: Scanner): string | undefined {
  const from = scan.at;
  const found = scan.take(LABEL)?.[0];
  scan.blanks();
  if (found !== undefined && scan.peek() === "=") return found;
  const rest = scan.take(BAD_NAME)?.[0] ?? "";
  if (found !== undefined && rest === "") {
    scan.fails("there is no = behind the name of a label");
    return undefined;
  }
  if (found === undefined && rest === "") return scan.fails("there is no name of a label");
  scan.tell("name", `${quoted(scan.line.slice(from, scan.at))} is no name of a label: it must match [a-zA-Z_][a-zA-Z0-9_]*`);
  return undefined;
}

/** `="value"` behind a label's name; false where it cannot be read. */
function value(scan: Scanner, name: string, labels: Label[], seen: Set<string>): boolean {
  if (scan.peek() !== "=") return scan.fails("there is no = behind the name of a label") ?? false;
  scan.at++;
  scan.blanks();
  const text = scan.string(name);
  if (text === undefined) return false;
  if (seen.has(name)) scan.tell("label", `label ${quoted(name)} is there twice`);
  if (name.startsWith("__")) scan.tell("label", `label ${quoted(name)} begins with __, which is Prometheus' own`);
  seen.add(name);
  labels.push({ name, value: text });
  return true;
}

/** ` # {labels} value timestamp`, behind a sample of OpenMetrics. */
function exemplar(scan: Scanner): Exemplar | undefined {
  scan.at += 2;
  if (scan.peek() !== "{") return scan.fails("an exemplar begins with its labels in braces, which may be empty");
  const made = block(scan, true);
  if (made === undefined) return undefined;
  if (!scan.gap()) return scan.fails("an exemplar has one blank before its value");
  const word = scan.take(WORD)?.[0];
  if (word === undefined) return scan.fails("an exemplar has no value");
  let timestamp: string | undefined;
  if (scan.peek() !== undefined && scan.gap()) {
    timestamp = scan.take(WORD)?.[0];
    if (timestamp === undefined) return scan.fails("a blank stands at the end of the line");
  }
  if (scan.peek() !== undefined) return scan.fails("an exemplar has something behind its timestamp");
  return { labels: made.labels, value: word, timestamp };
}

/** Name and labels, in one of the two ways that there are. */
function head(scan: Scanner): { readonly name: string; readonly labels: readonly Label[] } | undefined {
  if (scan.peek() === "{") {
    const made = block(scan, false);
    if (made !== undefined && made.name === undefined) return scan.fails("there is no name of a metric");
    return made === undefined ? undefined : { name: made.name!, labels: made.labels };
  }
  const name = plainName(scan);
  if (name === undefined) return undefined;
  scan.metric = name;
  scan.blanks();
  if (scan.peek() !== "{") {
    // The blank before the value has been taken along.
    if (!scan.reading.strict && scan.at > 0 && /[ \t]/.test(scan.line[scan.at - 1]!)) scan.at--;
    return { name, labels: [] };
  }
  const made = block(scan, true);
  return made === undefined ? undefined : { name, labels: made.labels };
}

/** A sample's line. */
export function sampleOf(line: string, reading: Reading): Sample | undefined {
  const scan = new Scanner(line, reading);
  scan.blanks();
  const named = head(scan);
  if (named === undefined) return undefined;
  if (!scan.gap() && (reading.strict || scan.line[scan.at - 1] !== "}")) return scan.fails("there is no value behind one blank");
  const value = scan.take(WORD)?.[0];
  if (value === undefined) return scan.fails("there is no value, or more than one blank before it");
  let timestamp: string | undefined;
  let example: Exemplar | undefined;
  if (scan.peek() !== undefined && scan.gap()) {
    if (scan.peek() === undefined) return scan.fails("a blank stands at the end of the line");
    if (scan.peek() !== "#") {
      timestamp = scan.take(WORD)?.[0];
      if (timestamp === undefined) return scan.fails("two blanks stand where there is one");
      if (scan.peek() !== undefined && scan.gap() && scan.peek() === undefined) return scan.fails("a blank stands at the end of the line");
    }
    if (scan.peek() === "#") {
      if (!reading.strict) {
        reading.tell("exemplar", "text 0.0.4 has no exemplars: OpenMetrics has", named.name);
        return undefined;
      }
      if (!line.startsWith("# ", scan.at)) return scan.fails("an exemplar begins with # and one blank");
      example = exemplar(scan);
      if (example === undefined) return undefined;
    }
  }
  if (scan.peek() !== undefined) return scan.fails("there is something behind the timestamp");
  return { name: named.name, labels: named.labels, value, timestamp, exemplar: example };
}

const KEYWORD = /(HELP|TYPE|UNIT)(?=[ \t]|$)/y;

/** A line that begins with #: undefined where it is a comment, or cannot be read. */
export function metadataOf(line: string, reading: Reading): Metadata | undefined {
  const { strict } = reading;
  const scan = new Scanner(line, reading);
  scan.blanks();
  scan.at++;
  const isApart = scan.gap();
  const kind = scan.take(KEYWORD)?.[0] as Metadata["kind"] | undefined;
  if (kind === undefined || (kind === "UNIT" && !strict)) {
    if (strict) scan.fails("OpenMetrics has no comments: # stands before HELP, TYPE, UNIT and EOF");
    return undefined;
  }
  if (strict && !isApart) return scan.fails("there is no blank behind #");
  // `# HELP` alone is a comment of text's.
  if (!scan.gap() || scan.peek() === undefined) return strict ? scan.fails(`${kind} has no name behind it`) : undefined;
  const name = metadataName(scan);
  if (name === undefined) return undefined;
  if (scan.peek() !== undefined && !scan.gap()) return scan.fails("there is no blank behind the name");
  if (strict && line[scan.at - 1] !== " ") return scan.fails(`${kind} has no blank behind the name`);
  const text = line.slice(scan.at);
  return { kind, name, text: kind === "HELP" ? helpOf(text, reading, name) : text };
}

function metadataName(scan: Scanner): string | undefined {
  if (scan.peek() !== '"') return plainName(scan);
  checkQuoted(scan);
  return scan.string();
}

/** A help as people read it. */
function helpOf(text: string, reading: Reading, name: string): string {
  const own: Reading = { ...reading, tell: (rule, message) => reading.tell(rule, message, name) };
  if (reading.strict && /(?:^|[^\\])(?:\\\\)*"/.test(text)) own.tell("odd-escape", "the help has a quote that is not escaped");
  return unescaped(text, reading.strict ? /[\\"n]/ : /[\\n]/, "the help", own);
}
