// A registry's own exposition before the lint, in the two formats that it has rules for.

import type { Finding } from "../lint/findings.ts";
import { Linter } from "../lint/linter.ts";
import { type RuleName, severityOf } from "../lint/rules.ts";
import { checkOptions } from "../options.ts";
import { type Exposed, exposed } from "./compare.ts";

/** What `lint` of `tallystick/testing` takes. */
export interface RegistryLintOptions {
  /** Rules that are left out, by their names: see `RULES` of `tallystick/lint`. */
  readonly disable?: readonly RuleName[] | undefined;
}

/** A finding, and in which exposition. */
export interface RegistryFinding extends Finding {
  readonly dialect: "text" | "openmetrics";
}

/**
 * What is against the rules in a registry's exposition: in text 0.0.4, then in OpenMetrics 1.0 what text has not. Most is about names: a
 * help that is missing, a unit that is no base unit. Collectors run. Of each 1,000 are told, and how many more there are as `limit`. Rejects with a RangeError for a rule that there is not.
 *
 * @example
 * ```ts
 * import { Registry } from "tallystick";
 * import { lint } from "tallystick/testing";
 *
 * const registry = new Registry();
 * registry.gauge({ name: "queueDepth", help: "Jobs that wait." }).set(2);
 * (await lint(registry)).map(({ metric, message }) => `${metric}: ${message}`).join();
 * // queueDepth: the name is camelCase: write snake_case
 * ```
 */
export async function lint(registry: Exposed, options: RegistryLintOptions = {}): Promise<RegistryFinding[]> {
  checkOptions("lint", options, { disable: "Array" });
  const { disable } = options;
  const told = new Set<string>();
  const all: RegistryFinding[] = [];
  for (const dialect of ["text", "openmetrics"] as const) {
    const linter = new Linter({ format: dialect, disable, utf8: true });
    linter.write(await exposed(registry, dialect));
    const { findings, more } = linter.end();
    for (const finding of findings) {
      // OpenMetrics names families without what text has behind them.
      const key = `${finding.rule} ${finding.metric.replace(/_(?:total|info)$/, "")} ${finding.message}`;
      if (told.has(key)) continue;
      told.add(key);
      all.push({ ...finding, dialect });
    }
    // A number of what is left out cannot be put out of the way with a rule.
    if (more > 0)
      all.push({ line: 1, metric: "", rule: "limit", severity: severityOf("limit"), message: `there are ${more} more`, dialect });
  }
  return all;
}
