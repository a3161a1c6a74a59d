// Every error of the library is worded here: the metric, the value and the limit are in it.

/** What the core or the registry refuses. `code` is stable; the text is for people. */
export class MetricsError extends Error {
  override readonly name = "MetricsError";
  /** A stable word for the kind of refusal. */
  readonly code: MetricsErrorCode;

  constructor(code: MetricsErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export type MetricsErrorCode =
  | "closed"
  | "definition-conflict"
  | "foreign-memory"
  | "label-conflict"
  | "memory-exhausted"
  | "name-clash"
  | "not-shared"
  | "too-late"
  | "too-many";

function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  return String(value);
}

export function nameInvalid(name: unknown): Error {
  if (typeof name !== "string") return new TypeError(`Cannot use ${shown(name)} as a metric name: it must be a string`);
  return new RangeError(
    `Cannot use ${shown(name)} as a metric name: it must match [a-zA-Z_:][a-zA-Z0-9_:]* and have at most 1024 characters`,
  );
}

export function labelNameInvalid(metric: string, label: unknown): Error {
  return new RangeError(
    `Cannot use ${shown(label)} as a label name of "${metric}": it must match [a-zA-Z_][a-zA-Z0-9_]* and not begin with __`,
  );
}

export function labelReserved(metric: string, label: string, why: string): Error {
  return new RangeError(`Cannot use "${label}" as a label name of "${metric}": ${why}`);
}

export function labelDoubled(metric: string, label: string): Error {
  return new RangeError(`Cannot use "${label}" twice as a label name of "${metric}"`);
}

export function helpInvalid(metric: string, help: unknown): Error {
  return new TypeError(`Cannot use ${shown(help)} as the help of "${metric}": it must be a string of at most 65536 characters`);
}

export function unitInvalid(metric: string, unit: unknown): Error {
  return new RangeError(
    `Cannot use ${shown(unit)} as the unit of "${metric}": the name must end in "_${String(unit)}" (before a counter's _total)`,
  );
}

export function modeInvalid(metric: string, mode: unknown, modes: readonly string[]): Error {
  return new RangeError(`Cannot use ${shown(mode)} as the mode of gauge "${metric}": it must be one of ${modes.join(", ")}`);
}

export function bucketsInvalid(metric: string, why: string): Error {
  return new RangeError(`Cannot use these buckets for histogram "${metric}": ${why}`);
}

export function labelMissing(metric: string, label: string, labels: readonly string[]): Error {
  return new RangeError(`Cannot find the labels of "${metric}": "${label}" has no value; it takes ${labels.join(", ")}`);
}

export function labelUnknown(metric: string, label: string, labels: readonly string[]): Error {
  const takes = labels.length === 0 ? "no labels" : labels.join(", ");
  return new RangeError(`Cannot find the labels of "${metric}": "${label}" is not one of them; it takes ${takes}`);
}

export function labelCount(metric: string, count: number, labels: readonly string[]): Error {
  return new RangeError(
    `Cannot take ${count} label values for "${metric}": it takes ${labels.length}${labels.length === 0 ? "" : ` (${labels.join(", ")})`}`,
  );
}

export function labelsNotObject(metric: string, labels: unknown, names: readonly string[]): Error {
  return new TypeError(`Cannot take ${shown(labels)} as the labels of "${metric}": it must be an object with ${names.join(", ")}`);
}

export function amountInvalid(verb: string, kind: string, metric: string, amount: unknown, must: string): Error {
  const text = `Cannot ${verb} ${shown(amount)} ${verb === "set" ? "in" : "to"} ${kind} "${metric}": the ${verb === "set" ? "value" : "amount"} must be ${must}`;
  return typeof amount === "number" ? new RangeError(text) : new TypeError(text);
}

export function valueNotNumber(metric: string, value: unknown): Error {
  return new TypeError(`Cannot observe ${shown(value)} in "${metric}": the value must be a number`);
}

export function latestForbidsAdding(metric: string): Error {
  return new RangeError(`Cannot add to gauge "${metric}": its mode "mostrecent" has no sum over threads; use set`);
}

export function definitionConflict(kind: string, metric: string, there: string, wanted: string): Error {
  return new MetricsError(
    "definition-conflict",
    `Cannot register ${kind} "${metric}": the name is taken by another definition\n  there:  ${there}\n  wanted: ${wanted}`,
  );
}

export function nameClash(kind: string, metric: string, there: string): Error {
  return new MetricsError("name-clash", `Cannot register ${kind} "${metric}": a sample of it would have the same name as one of ${there}`);
}

export function labelIsDefault(kind: string, metric: string, labels: readonly string[]): Error {
  return new MetricsError(
    "label-conflict",
    `Cannot register ${kind} "${metric}": one of its labels ${labels.join(", ")} is a default label of the registry`,
  );
}

export function defaultLabelConflict(metric: string, label: string): Error {
  return new MetricsError("label-conflict", `Cannot use "${label}" as a default label: "${metric}" has a label of that name`);
}

export function defaultLabelsTooLong(bytes: number): Error {
  return new RangeError(`Cannot use default labels of ${bytes} bytes: they may have at most 4096`);
}

export function memoryExhausted(what: string, maxBytes: number): Error {
  return new MetricsError("memory-exhausted", `Cannot ${what}: the memory's limit of ${maxBytes} bytes is used up`);
}

export function tooMany(what: string, limit: string): Error {
  return new MetricsError("too-many", `Cannot ${what}: the limit is ${limit}`);
}

export function closed(what: string): Error {
  return new MetricsError("closed", `Cannot ${what}: the registry is closed`);
}

export function foreignMemory(theirs: unknown, ours: number): Error {
  return new MetricsError(
    "foreign-memory",
    `Cannot join: the ticket is of layout version ${shown(theirs)}, this build of tallystick reads ${ours}`,
  );
}

export function notATicket(value: unknown): Error {
  return new TypeError(`Cannot join ${shown(value)}: it is no ticket; pass what registry.ticket() returned`);
}

export function notShared(): Error {
  return new MetricsError("not-shared", "Cannot make a ticket: this runtime's memory is not shared between threads");
}

export function tooLate(): Error {
  return new MetricsError("too-late", "Cannot configure: this thread has metrics already; call configure before the first one");
}

export function maxBytesInvalid(value: unknown): Error {
  return new RangeError(`Cannot use ${shown(value)} as maxBytes: it must be an integer from 1048576 to 1879048192`);
}

export function callbackInvalid(what: string, value: unknown): Error {
  return new TypeError(`Cannot ${what} ${shown(value)}: it must be a function`);
}
