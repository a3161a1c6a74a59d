// What users say of a lint, checked.

import { type ContentFormat, contentFormat } from "./content-type.ts";
import { type LintFormat, type RuleName, RULES } from "./rules.ts";
import { choiceInvalid, numberOutside, optionInvalid, optionsInvalid, optionUnknown, ruleUnknown } from "./worded.ts";

/** What `lint` and `Linter` take: how a page is read, and what of it is said. */
export interface LintOptions {
  /**
   * `text` is Prometheus' 0.0.4, `openmetrics` that of version 1.0. By default what `contentType` says; without one OpenMetrics where the
   * last line is `# EOF`, and text else.
   */
  readonly format?: LintFormat | undefined;
  /** The header of the page, or null where it had none: then its rules are looked at, too. */
  readonly contentType?: string | null | undefined;
  /** Takes names in quotes, as readers do that ask for `escaping=allow-utf-8`. By default what `contentType` says, else false. */
  readonly utf8?: boolean | undefined;
  /** Names of rules that are left out. */
  readonly disable?: readonly RuleName[] | undefined;
  /** So many findings at most, 1,000 by default, from 1 to 1,000,000; what comes beyond is counted. */
  readonly maxFindings?: number | undefined;
}

export interface Settings {
  /** Undefined: the last line says it. */
  readonly format: LintFormat | undefined;
  readonly utf8: boolean;
  readonly disabled: ReadonlySet<string>;
  readonly maxFindings: number;
  /** What is against the Content-Type. */
  readonly wrong: string | undefined;
}

const OPTIONS = ["format", "contentType", "utf8", "disable", "maxFindings"];
const FORMATS: readonly string[] = ["text", "openmetrics"];
export const RULE_NAMES: readonly string[] = RULES.map(({ name }) => name);
const FINDINGS = 1000;
const FINDINGS_MOST = 1_000_000;

function kindsChecked({ format, contentType, utf8, disable, maxFindings }: LintOptions): void {
  if (format !== undefined && !FORMATS.includes(format)) throw choiceInvalid("format", String(format), FORMATS);
  if (contentType !== undefined && contentType !== null && typeof contentType !== "string") {
    throw optionInvalid("contentType", contentType, "a string or null");
  }
  if (utf8 !== undefined && typeof utf8 !== "boolean") throw optionInvalid("utf8", utf8, "a boolean");
  if (disable !== undefined && !Array.isArray(disable)) throw optionInvalid("disable", disable, "an array of names of rules");
  if (maxFindings !== undefined && typeof maxFindings !== "number") throw optionInvalid("maxFindings", maxFindings, "a number");
  if (maxFindings !== undefined && !(Number.isInteger(maxFindings) && maxFindings >= 1 && maxFindings <= FINDINGS_MOST)) {
    throw numberOutside("maxFindings", maxFindings, 1, FINDINGS_MOST);
  }
}

/** The options with their defaults. */
export function settingsOf(options: LintOptions): Settings {
  if (typeof options !== "object" || options === null || Array.isArray(options)) throw optionsInvalid(options);
  const unknown = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) throw optionUnknown(unknown, OPTIONS);
  kindsChecked(options);
  const disable: readonly string[] = options.disable ?? [];
  const wrong = disable.find((name) => !RULE_NAMES.includes(name));
  if (wrong !== undefined) throw ruleUnknown(String(wrong), RULE_NAMES);
  const { contentType, format } = options;
  // A format that is said is that, whatever the header is.
  const said: ContentFormat | undefined = contentType === undefined || format !== undefined ? undefined : contentFormat(contentType);
  return {
    format: format ?? said?.format,
    utf8: options.utf8 ?? said?.utf8 ?? false,
    disabled: new Set(disable),
    maxFindings: options.maxFindings ?? FINDINGS,
    wrong: said?.wrong,
  };
}
