// What `console.log` prints of a metric: without it, Node, Deno and Bun print the core and its memory.

import { cut } from "./errors.ts";

/** Node's util.inspect.custom; Deno and Bun look for it, too. */
export const INSPECT: unique symbol = Symbol.for("nodejs.util.inspect.custom");

/** As many as a metric of usual size has of labels or buckets. */
const LISTED_MAX = 16;

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.slice(0, LISTED_MAX).map(valueText).join(", ")}${value.length > LISTED_MAX ? ", …" : ""}]`;
  return typeof value === "string" ? `'${value}'` : String(value);
}

/** `Counter { name: 'jobs', labelNames: ['queue'] }` */
export function inspected(kind: string, fields: Readonly<Record<string, unknown>>): string {
  const text = Object.entries(fields).map(([name, value]) => `${name}: ${valueText(value)}`);
  return `${kind} { ${text.join(", ")} }`;
}

/** `CounterHandle { jobs{queue="mail"} }`; a label block may have 16 KiB. */
export function inspectedHandle(kind: string, metric: string, block: string): string {
  return `${kind} { ${metric}${block === "" ? "" : `{${cut(block)}}`} }`;
}
