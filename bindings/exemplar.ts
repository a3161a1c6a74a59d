// Exemplars: the labels that say what one observation was about, a trace as a rule, and where they come from.

import { exemplarInvalid, exemplarNameInvalid, exemplarTooLong, labelDoubled, tracingInvalid } from "./errors.ts";
import { blockName, classicLabel, isReserved, LEGAL_LABEL } from "./names.ts";
import { labelBlock, type LabelValue } from "./labels.ts";

/**
 * Labels of an exemplar: `{ trace_id, span_id }`. Names and values together have at most 128 code points; those without a
 * value are left out, and where none is left there is no exemplar. As of labels, no name begins with `__`.
 */
export type ExemplarLabels = Readonly<Record<string, LabelValue | undefined>>;

/** Asked at every observation of a metric with exemplars that brings none of its own. */
export type ExemplarSource = () => ExemplarLabels | undefined;

/** Rule O19. */
const POINTS_MAX = 128;

/** @internal The label block of an exemplar; undefined where all of its labels are without a value. */
export function exemplarBlock(metric: string, labels: ExemplarLabels): string | undefined {
  if (typeof labels !== "object" || labels === null || Array.isArray(labels)) throw exemplarInvalid(metric, labels);
  // Where there is no span there is no trace either.
  const given = Object.keys(labels);
  const names = given.filter((name) => labels[name] !== undefined && labels[name] !== null);
  if (names.length === 0 && given.length > 0) return undefined;
  const wrong = names.find((name) => name === "" || isReserved(name));
  if (wrong !== undefined) throw exemplarNameInvalid(metric, wrong);
  // Legal ones differ for all scrapers.
  const doubled = names.every((name) => LEGAL_LABEL.test(name))
    ? undefined
    : names.find((name, i) => names.findIndex((other) => classicLabel(other) === classicLabel(name)) < i);
  if (doubled !== undefined) throw labelDoubled(metric, doubled);
  const values = names.map((name) => {
    const value: unknown = labels[name];
    if (value === undefined || value === null || typeof value === "object") throw exemplarInvalid(metric, labels);
    return String(value);
  });
  let points = 0;
  for (const text of [...names, ...values]) for (const _ of text) points++;
  if (points > POINTS_MAX) throw exemplarTooLong(metric, points, POINTS_MAX);
  return labelBlock(names.map(blockName), values);
}

/** As much of `trace` of `@opentelemetry/api` as is read. */
export interface Tracing {
  getActiveSpan(): { spanContext(): { readonly traceId: string; readonly spanId: string; readonly traceFlags: number } } | undefined;
}

/**
 * Exemplars from the active span of OpenTelemetry, where it is sampled: for `registry.setExemplars`. Give it `trace` of
 * `@opentelemetry/api`; the example has its like. Throws a TypeError for what has no `getActiveSpan`.
 *
 * @example
 * ```ts
 * import { registry, spanExemplars } from "tallystick";
 *
 * const trace = { getActiveSpan: () => undefined };
 * registry.setExemplars(spanExemplars(trace));
 * ```
 */
export function spanExemplars(trace: Tracing): ExemplarSource {
  const given: unknown = trace;
  if (typeof (given as Partial<Tracing> | undefined | null)?.getActiveSpan !== "function") throw tracingInvalid(given);
  return () => {
    const context = trace.getActiveSpan()?.spanContext();
    // The last bit says that the trace is kept: one that is not leads nowhere.
    if (context === undefined || (context.traceFlags & 1) === 0) return undefined;
    return { trace_id: context.traceId, span_id: context.spanId };
  };
}
