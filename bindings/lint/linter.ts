// A lint of an exposition, however its bytes come: `lint(text)` of what is there, `Linter` of what comes in pieces. What it keeps is
// bounded, whatever comes: see the limits in lines.ts, exposition.ts and points.ts.

import { Exposition } from "./exposition.ts";
import { type Finding, Findings } from "./findings.ts";
import { LINE_BYTES_MOST, Lines, type LineSink } from "./lines.ts";
import { type LintOptions, type Settings, settingsOf } from "./options.ts";
import type { LintFormat } from "./rules.ts";
import { chunkInvalid, over } from "./worded.ts";

/** What a lint found. */
export interface LintResult {
  /** The rules that were taken. */
  readonly format: LintFormat;
  /** In the order of their lines. */
  readonly findings: readonly Finding[];
  /** How many more there were than `maxFindings`. */
  readonly more: number;
}

const MARK = "\ufeff";
const EOF = "# EOF";
const NOTHING = new Uint8Array(0);
/** The first halves of characters that have two. */
const HALF_LEAST = 0xd800;
const HALF_MOST = 0xdbff;
/** How gzip begins. */
const GZIP = [0x1f, 0x8b];

/** What is wrong with a line as bytes. */
function bytesWrong(text: string | undefined, bytes: Uint8Array, isFirst: boolean): string | undefined {
  if (isFirst && bytes[0] === GZIP[0] && bytes[1] === GZIP[1]) return "the page is compressed by gzip: decompress it first";
  if (text === undefined) return "the line is no UTF-8";
  if (isFirst && text.startsWith(MARK)) return "the page begins with a byte order mark";
  return text.endsWith("\r") ? "the line ends by a carriage return and a line feed" : undefined;
}

/** The rules of one format, line by line. */
class Judge implements LineSink {
  readonly format: LintFormat;
  readonly findings: Findings;
  readonly #exposition: Exposition;
  #isFirst = true;
  #ended = true;

  constructor(format: LintFormat, { utf8, disabled, maxFindings, wrong }: Settings) {
    this.format = format;
    this.findings = new Findings(maxFindings, disabled);
    this.#exposition = new Exposition(format, utf8, this.findings);
    if (wrong !== undefined) this.findings.tell("content-type", 1, "", wrong);
  }

  line(text: string | undefined, bytes: Uint8Array, ended: boolean): void {
    const wrong = bytesWrong(text, bytes, this.#isFirst);
    this.#isFirst = false;
    this.#ended = ended;
    if (wrong === undefined) this.#exposition.line(text!);
    else this.#exposition.unread("encoding", wrong);
  }

  tooLong(ended: boolean): void {
    this.#isFirst = false;
    this.#ended = ended;
    this.#exposition.unread("limit", `the line has more than ${LINE_BYTES_MOST} bytes, and is not looked at`);
  }

  end(): void {
    this.#exposition.end(this.#ended);
  }
}

/**
 * A lint of what comes in pieces: `write` each, and `end` gives what was found.
 *
 * @example
 * ```ts
 * import { Linter } from "tallystick/lint";
 *
 * const linter = new Linter({ contentType: "text/plain; version=0.0.4" });
 * linter.write("# HELP jobs_total Jobs.\n# TYPE jobs_");
 * linter.write("total counter\njobs_total 1\njobs_total 2\n");
 * linter.end().findings.map(({ line, rule, message }) => `${line} ${rule}: ${message}`).join();
 * // 4 duplicate: jobs_total is there twice
 * ```
 */
export class Linter {
  readonly #judges: readonly Judge[];
  readonly #lines: Lines;
  readonly #encoder = new TextEncoder();
  /** A character of two halves, of which the second has not come. */
  #half = "";
  #last: string | undefined = "";
  #result: LintResult | undefined;

  /** Throws a TypeError for an option that there is not or of another kind, and a RangeError for a value that is out of bounds. */
  constructor(options: LintOptions = {}) {
    const settings = settingsOf(options);
    // What the last line decides is known at the end: both are asked.
    const formats: readonly LintFormat[] = settings.format === undefined ? ["text", "openmetrics"] : [settings.format];
    this.#judges = formats.map((format) => new Judge(format, settings));
    this.#lines = new Lines({
      line: (text, bytes, ended) => {
        this.#last = text;
        for (const judge of this.#judges) judge.line(text, bytes, ended);
      },
      tooLong: (ended) => {
        this.#last = undefined;
        for (const judge of this.#judges) judge.tooLong(ended);
      },
    });
  }

  /** Takes the next bytes, or the next text. Throws a TypeError for what is neither, and after `end`. */
  write(chunk: string | Uint8Array): void {
    if (this.#result !== undefined) throw over();
    if (typeof chunk === "string") this.#text(chunk);
    else if (chunk instanceof Uint8Array) this.#bytes(chunk);
    else throw chunkInvalid(chunk);
  }

  #text(chunk: string): void {
    const text = this.#half + chunk;
    const last = text.charCodeAt(text.length - 1);
    const isCut = last >= HALF_LEAST && last <= HALF_MOST;
    this.#half = isCut ? text.slice(-1) : "";
    this.#lines.write(this.#encoder.encode(isCut ? text.slice(0, -1) : text));
  }

  /** In front of these a half stays one. */
  #bytes(chunk: Uint8Array): void {
    if (this.#half !== "") this.#lines.write(this.#encoder.encode(this.#half));
    this.#half = "";
    this.#lines.write(chunk);
  }

  /** What was found; asked again it is the same. */
  end(): LintResult {
    if (this.#result !== undefined) return this.#result;
    this.#bytes(NOTHING);
    this.#lines.end();
    const [first, second] = this.#judges;
    const judge = second !== undefined && this.#last === EOF ? second : first!;
    judge.end();
    this.#result = { format: judge.format, findings: judge.findings.all(), more: judge.findings.more };
    return this.#result;
  }
}

/**
 * What is against the rules in an exposition: one finding for each, in the order of the lines, `maxFindings` at most. Never throws for
 * what the page is, be it anything. Throws as `Linter` does for options.
 *
 * @example
 * ```ts
 * import { lint } from "tallystick/lint";
 *
 * lint("# TYPE jobs counter\njobs 1\n").map(({ line, metric, rule }) => `${line} ${metric} ${rule}`).join("; ");
 * // 1 jobs help; 1 jobs counter-total
 * ```
 */
export function lint(text: string | Uint8Array, options: LintOptions = {}): Finding[] {
  const linter = new Linter(options);
  linter.write(text);
  return [...linter.end().findings];
}
