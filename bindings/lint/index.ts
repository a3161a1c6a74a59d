// `tallystick/lint`: what is against the rules in an exposition, of whatever library. It knows no registry, no memory and no runtime.

export type { Finding } from "./findings.ts";
export { lint, Linter, type LintResult } from "./linter.ts";
export type { LintOptions } from "./options.ts";
export { type LintFormat, type Rule, type RuleName, RULES, type Severity } from "./rules.ts";
