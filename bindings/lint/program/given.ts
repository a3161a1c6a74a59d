// What was typed behind `tallystick lint`, checked.

import process from "node:process";
import { shown } from "../../errors.ts";
import { numberOf, type Refuse, refuser, twice, typed } from "../../processes/typed.ts";
import { RULE_NAMES } from "../options.ts";
import type { LintFormat, RuleName } from "../rules.ts";
import { noRule } from "../worded.ts";

const USAGE = `Usage: tallystick lint URL|FILE|- [options]

Says what is against the rules in expositions: of a URL, of a file, or of what comes in by -. One line for each finding,
file:line: metric: message (rule), and nothing where there is none. Several may be given.

  --format FORMAT    text (Prometheus' 0.0.4) or openmetrics (1.0): by default what the Content-Type says, and of files and - openmetrics
                     where the last line is # EOF, text else
  --disable RULE     leaves out a rule; may be repeated
  --utf8             takes names in quotes, as who asks for escaping=allow-utf-8 does
  --json             an object of JSON a line, with file, line, metric, rule, severity and message
  --rules            says the rules that there are, and where each is written
  --max N            findings of a page that are said, 1000 by default
  --timeout SECONDS  for all of a URL: 10 by default
  --max-bytes N      of a page, 268435456 by default
  --help             says this

Ends with 0 where all is well, with 1 where something was found, with 2 where a page could not be read to its end, and with 64 where
something was typed wrong.
`;

const OPTIONS = {
  format: { type: "string" },
  disable: { type: "string", multiple: true },
  utf8: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  rules: { type: "boolean", default: false },
  max: { type: "string", default: "1000" },
  timeout: { type: "string", default: "10" },
  "max-bytes": { type: "string", default: "268435456" },
  help: { type: "boolean", default: false },
} as const;

const FORMATS = ["text", "openmetrics"];
const MAX_MOST = 1_000_000;
const TIMEOUT_MOST = 3600;
/** A URL's user and password would stand in the list of processes, and in what is said. */
const URL_LIKE = /^https?:\/\//i;

export interface Given {
  readonly sources: readonly string[];
  readonly format: LintFormat | undefined;
  readonly disable: readonly RuleName[];
  /** Undefined: what the Content-Type says. */
  readonly utf8: true | undefined;
  readonly isJson: boolean;
  readonly isRules: boolean;
  readonly maxFindings: number;
  readonly timeoutSeconds: number;
  readonly maxBytes: number;
}

/** Whether a source is a URL. */
export function isUrl(source: string): boolean {
  return URL_LIKE.test(source);
}

function checkSources(sources: readonly string[], refuse: Refuse): void {
  if (sources.length === 0) refuse("there is nothing to lint: give a URL, a file, or - for what comes in");
  if (sources.includes("")) refuse('a file is "", which names nothing: is the variable set that it comes of?');
  if (sources.filter((source) => source === "-").length > 1) refuse("- is there more than once: what comes in is read once");
  for (const source of sources.filter(isUrl)) {
    if (!URL.canParse(source)) refuse(`${shown(source)} is no URL`);
    const { username, password } = new URL(source);
    if (username !== "" || password !== "") refuse("a URL must be without a user's name and a password");
  }
}

/** What was typed. Ends the program where that is wrong, or where help was asked for. */
export function given(args: readonly string[]): Given {
  const refuse = refuser("lint");
  const { values, positionals, tokens } = typed(args, OPTIONS, refuse);
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const repeated = twice(tokens, OPTIONS);
  if (repeated !== undefined) refuse(repeated);
  const { format, disable = [] } = values;
  if (format !== undefined && !FORMATS.includes(format)) refuse(`--format is ${shown(format)}, which is none of ${FORMATS.join(" and ")}`);
  const unknown = disable.find((name) => !RULE_NAMES.includes(name));
  if (unknown !== undefined) refuse(`--disable: ${noRule(unknown, RULE_NAMES)}, and --rules says all`);
  if (values.rules && positionals.length > 0) refuse("--rules is said alone: it reads nothing");
  if (!values.rules) checkSources(positionals, refuse);
  return {
    sources: positionals,
    format: format as LintFormat | undefined,
    disable: disable as readonly RuleName[],
    utf8: values.utf8 ? true : undefined,
    isJson: values.json,
    isRules: values.rules,
    maxFindings: numberOf("--max", values.max, 1, MAX_MOST, true, refuse),
    timeoutSeconds: numberOf("--timeout", values.timeout, 0.001, TIMEOUT_MOST, false, refuse),
    maxBytes: numberOf("--max-bytes", values["max-bytes"], 1, Number.MAX_SAFE_INTEGER, true, refuse),
  };
}
