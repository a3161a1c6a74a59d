// tallystick lint: what is against the rules in expositions, a line for each finding.

import process from "node:process";
import { lineOf } from "../../processes/line.ts";
import type { Finding } from "../findings.ts";
import { Linter, type LintResult } from "../linter.ts";
import { type Rule, RULES } from "../rules.ts";
import { type Given, given } from "./given.ts";
import { labelOf, opened } from "./source.ts";

const EXIT_CLEAN = 0;
const EXIT_FOUND = 1;
const EXIT_UNREAD = 2;

/** What would be no text on a terminal, or another text: a page may have anything in its names. */
const UNSEEN = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

function seen(text: string): string {
  return text.replace(UNSEEN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Resolves when it is written, or nobody reads it any more. */
function said(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return text === "" ? Promise.resolve() : new Promise((resolve) => void stream.write(text, () => resolve()));
}

function findingLine(file: string, { line, metric, rule, severity, message }: Finding, isJson: boolean): string {
  // Escapes are JSON's, too.
  if (isJson) return seen(JSON.stringify({ file, line, metric, rule, severity, message }));
  return seen(`${file}:${line}: ${metric === "" ? "" : `${metric}: `}${message} (${rule})`);
}

function ruleLines({ name, severity, formats, says, sources }: Rule, isJson: boolean): string {
  if (isJson) return JSON.stringify({ name, severity, formats, says, sources });
  return [`${name} (${severity} of ${formats.join(" and ")}): ${says}`, ...sources.map((source) => `    ${source}`)].join("\n");
}

async function linted(source: string, { format, disable, utf8, maxFindings, timeoutSeconds, maxBytes }: Given): Promise<LintResult> {
  const { contentType, chunks } = await opened(source, format, { timeoutSeconds, maxBytes });
  const linter = new Linter({ format, disable, utf8, maxFindings, contentType });
  for await (const chunk of chunks) linter.write(chunk);
  return linter.end();
}

function unread(label: string, error: unknown, timeoutSeconds: number): string {
  const isLate = error instanceof Error && error.name === "TimeoutError";
  const late = `it took more than ${timeoutSeconds} seconds, which is what --timeout says`;
  const isAddress = /^[\w.-]+:\d+(\/|$)/.test(label) && (error as NodeJS.ErrnoException).code === "ENOENT";
  const why = isLate ? late : `${lineOf(error)}${isAddress ? "; a URL begins with http:// or https://" : ""}`;
  return `tallystick: Cannot read ${seen(label)}: ${seen(why)}\n`;
}

/** Returns what the program ends with. */
export async function linting(args: readonly string[]): Promise<number> {
  const asked = given(args);
  const { isJson } = asked;
  if (asked.isRules) {
    await said(process.stdout, RULES.map((rule) => `${ruleLines(rule, isJson)}\n`).join(""));
    return EXIT_CLEAN;
  }
  let exit = EXIT_CLEAN;
  for (const source of asked.sources) {
    const label = labelOf(source);
    let result: LintResult;
    try {
      result = await linted(source, asked);
    } catch (error) {
      await said(process.stderr, unread(label, error, asked.timeoutSeconds));
      exit = EXIT_UNREAD;
      continue;
    }
    const { findings, more } = result;
    await said(process.stdout, findings.map((finding) => `${findingLine(label, finding, isJson)}\n`).join(""));
    if (more > 0) await said(process.stderr, `tallystick: ${more} more of ${seen(label)}: --max says how many are shown\n`);
    if (findings.length > 0) exit = Math.max(exit, EXIT_FOUND);
  }
  return exit;
}
