// Which names prom-client takes.

import { LEGAL_LABEL, LEGAL_NAME } from "../names.ts";

/**
 * True for a name that the classic data model has: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
 *
 * @example
 * ```ts
 * import { validateMetricName } from "tallystick/prom-client";
 *
 * validateMetricName("http_requests_total"); // true
 * validateMetricName("http.requests"); // false
 * ```
 */
export function validateMetricName(name: string): boolean {
  return LEGAL_NAME.test(name);
}

/** Those that are none. */
export function invalidLabelNames(names: readonly unknown[]): unknown[] {
  return names.filter((name) => !LEGAL_LABEL.test(String(name)));
}
