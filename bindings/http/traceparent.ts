// The trace that a request came with, as the header `traceparent` of W3C Trace Context says it: version, trace, parent, flags.

import type { ExemplarLabels } from "../index.ts";
import type { AnyRequest } from "../requests/watch.ts";

const HEADER = "traceparent";
/** Of version 00; later ones may have more behind it. Ids of zeros are none, and "ff" is no version. */
const TRACE = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(?:-|$)/;

interface Headed {
  readonly headers?: Readonly<Record<string, unknown>> | { get(name: string): string | null };
}

/** A header of a request of node:http, whose headers are an object, or of the fetch standard. */
export function headerOf(request: AnyRequest, name: string): string | undefined {
  const { headers } = request as Headed;
  if (headers === undefined || headers === null) return undefined;
  const value: unknown = typeof headers["get"] === "function" ? headers["get"](name) : (headers as Readonly<Record<string, unknown>>)[name];
  return typeof value === "string" ? value : undefined;
}

/** The labels of an exemplar; undefined where there is no trace, or one that nobody keeps. */
export function traceOf(request: AnyRequest): ExemplarLabels | undefined {
  const [, trace, span, flags] = TRACE.exec(headerOf(request, HEADER) ?? "") ?? [];
  // The last bit says that the trace is kept: one that is not leads nowhere.
  if (flags === undefined || (parseInt(flags, 16) & 1) === 0) return undefined;
  return { trace_id: trace, span_id: span };
}
