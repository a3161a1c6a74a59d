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

/**
 * `closed`: the registry was closed; `definition-conflict`: a name that another definition has; `foreign-memory`: a ticket of another version;
 * `image-refused`: what another process tells cannot be taken; `label-conflict`: labels of a metric and default labels; `memory-exhausted`: `maxBytes`
 * are used up; `name-clash`: two metrics would have samples of one name; `not-shared`: this runtime's memory is one thread's; `source-taken`: another
 * thread reads these processes; `too-late`: this thread has metrics already; `too-many`: a limit is reached, which the text says.
 */
export type MetricsErrorCode =
  | "closed"
  | "definition-conflict"
  | "foreign-memory"
  | "image-refused"
  | "label-conflict"
  | "memory-exhausted"
  | "name-clash"
  | "not-shared"
  | "source-taken"
  | "too-late"
  | "too-many";

const SHOWN_MAX = 80;

/** Users know Counter, Gauge and Histogram, of which ours are families. */
const OURS = /Family$/;

/** An object by its class or its keys: its own `toString` may say nothing, or throw. */
function shownObject(value: object): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  const keys = Object.keys(value).join(", ");
  const made = (value.constructor as { readonly name?: unknown } | undefined)?.name;
  if (typeof made === "string" && made !== "" && made !== "Object") return `an instance of ${made.replace(OURS, "")}`;
  return keys === "" ? "an empty object" : `an object with ${cut(keys)}`;
}

export function cut(text: string): string {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}…` : text;
}

/** A value as a message names it. Never throws, whatever it is. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(cut(value));
  if (typeof value === "bigint") return `${value}n`;
  try {
    if (typeof value === "function") return "a function";
    return typeof value === "object" && value !== null ? shownObject(value) : cut(String(value));
  } catch {
    return `an unreadable ${typeof value}`;
  }
}

/** What `typeof` says, and of objects their tag: by instanceof, what Jest's tests make would be of no class. */
export function kindOf(value: unknown): string {
  return typeof value === "object" ? Object.prototype.toString.call(value).slice(8, -1) : typeof value;
}

function kindText(value: unknown): string {
  return value === undefined || value === null ? String(value) : article(typeof value);
}

function article(noun: string): string {
  return `a${/^[aou]/i.test(noun) && noun !== "Uint8Array" ? "n" : ""} ${noun}`;
}

/** What prom-client has, and what is here instead: whoever comes from there passes it. */
const PROM_CLIENT: Readonly<Record<string, string>> = {
  registers: "call this method of that registry",
  aggregator: "a gauge takes a mode",
  collect: "pass the function to registry.collect()",
  percentiles: "a summary takes quantiles",
  pruneAgedBuckets: "a summary's windows end by themselves",
  compressCount: "a summary's sketch is small by itself",
  enableExemplars: "it is called exemplars",
};

export function optionsInvalid(what: string, options: unknown, known: readonly string[]): Error {
  const told = typeof options === "string" && options.includes("://") ? "a URL" : shown(options);
  return new TypeError(`Cannot use ${told} as the options of ${what}: it must be an object with ${known.join(", ")}`);
}

export function optionUnknown(what: string, option: string, known: readonly string[]): Error {
  const there = Object.hasOwn(PROM_CLIENT, option) ? `it is prom-client's, here ${PROM_CLIENT[option]}; ` : "";
  return new TypeError(`Cannot use option ${shown(option)} of ${what}: ${there}its options are ${known.join(", ")}`);
}

/** Options that may hold a secret, which goes into no message: a string is told by its kind. */
const SECRET = /^(auth|bearer|ca|cert|forward|headers|key|passphrase|password|tls|token)$/;

export function optionInvalid(what: string, option: string, value: unknown, kinds: string | readonly string[]): Error {
  const told = SECRET.test(option) && typeof value !== "object" ? kindText(value) : shown(value);
  const must = option === "auth" ? "{ bearer } or { user, password }" : [kinds].flat().map(article).join(" or ");
  return new TypeError(`Cannot use ${told} as ${option} of ${what}: it must be ${must}`);
}

export function optionOutside(metric: string, option: string, value: unknown, must: string): Error {
  return new RangeError(`Cannot use ${shown(value)} as ${option} of "${metric}": it must be ${must}`);
}

export function timeoutOutside(value: number, most: number): Error {
  return new RangeError(`Cannot use ${shown(value)} as timeoutSeconds of collect: it must be above 0 and at most ${most}`);
}

export function statesInvalid(metric: string, why: string): Error {
  return new RangeError(`Cannot use these states for "${metric}": ${why}`);
}

export function statesMissing(metric: string, states: unknown, most: number): Error {
  return new TypeError(`Cannot use ${shown(states)} as the states of "${metric}": it must be an array of 1 to ${most} names`);
}

export function stateNotSaid(metric: string, states: readonly string[]): Error {
  return new TypeError(
    `Cannot set "${metric}" without a state: behind labels, where it has some, it takes one of ${states.join(", ")} or an array of them`,
  );
}

export function stateUnknown(metric: string, state: unknown, states: readonly string[]): Error {
  return new RangeError(`Cannot set "${metric}" to ${shown(state)}: its states are ${states.join(", ")}`);
}

export function exemplarInvalid(metric: string, labels: unknown): Error {
  return new TypeError(`Cannot use ${shown(labels)} as exemplar of "${metric}": it must be an object of labels, as { trace_id }`);
}

export function exemplarNameInvalid(metric: string, label: string): Error {
  const why = label === "" ? "is empty" : "must not begin with __";
  return new RangeError(`Cannot use ${shown(label)} as a label of an exemplar of "${metric}": the name ${why}`);
}

export function tracingInvalid(trace: unknown): Error {
  return new TypeError(
    `Cannot take exemplars from the spans of ${shown(trace)}: it must be \`trace\` of @opentelemetry/api, which has getActiveSpan()`,
  );
}

export function exemplarTooLong(metric: string, points: number, limit: number): Error {
  return new RangeError(`Cannot use an exemplar of ${points} code points for "${metric}": its names and values may have ${limit} together`);
}

export function exemplarRefused({ kind, name }: { readonly kind: string; readonly name: string }): Error {
  const why = kind === "counter" || kind === "histogram" ? "define it with exemplars: true" : `a ${kind} has none`;
  return new RangeError(`Cannot use an exemplar for ${kind} "${name}": ${why}`);
}

/** Labels as a collector wrote them, behind a metric's name; they may be anything. */
function labelled(labels: unknown): string {
  const all =
    typeof labels === "object" && labels !== null ? Object.entries(labels).map(([label, value]) => `${label}=${shown(value)}`) : [];
  return all.length === 0 ? "" : ` {${cut(all.join(","))}}`;
}

export function constantInvalid(metric: string, why: string, labels?: unknown): Error {
  return new RangeError(`Cannot set constant metric "${metric}"${labelled(labels)}: ${why}`);
}

export function constantWrong(metric: string, why: string, labels?: unknown): Error {
  return new TypeError(`Cannot set constant metric "${metric}"${labelled(labels)}: ${why}`);
}

export function collectedInvalid(what: string): Error {
  return new TypeError(`Cannot use what a collector returned, ${what}`);
}

export function bucketsNotValues(metric: string, values: unknown): Error {
  return new TypeError(
    `Cannot set "${metric}" to ${shown(values)}: it is set to all values at once, numbers in an array or another iterable`,
  );
}

export function quantilesInvalid(metric: string, why: string): Error {
  return new RangeError(`Cannot use these quantiles for summary "${metric}": ${why}`);
}

export function choiceInvalid(what: string, value: string, choices: readonly string[]): Error {
  return new RangeError(`Cannot use ${shown(value)} as ${what}: it must be ${choices.join(" or ")}`);
}

export function nameInvalid(name: unknown, utf8 = false): Error {
  if (typeof name !== "string") return new TypeError(`Cannot use ${shown(name)} as a metric name: it must be a string`);
  if (utf8) return new RangeError(`Cannot use ${shown(name)} as a metric name: it must be whole Unicode of 1 to 1024 bytes of UTF-8`);
  return new RangeError(
    `Cannot use ${shown(name)} as a metric name: it must match [a-zA-Z_:][a-zA-Z0-9_:]* and have at most 1024 characters`,
  );
}

export function nameReserved(name: string): Error {
  return new RangeError(`Cannot use ${shown(name)} as a metric name: what begins with tallystick_ is the library's own`);
}

export function labelNameInvalid(metric: string, label: unknown, utf8 = false): Error {
  const must = utf8 ? "be whole Unicode of 1 to 1024 bytes of UTF-8" : "match [a-zA-Z_][a-zA-Z0-9_]*";
  return new (typeof label === "string" ? RangeError : TypeError)(
    `Cannot use ${shown(label)} as a label name of "${metric}": it must ${must} and not begin with __`,
  );
}

export function labelReserved(metric: string, label: string, why: string): Error {
  return new RangeError(`Cannot use "${label}" as a label name of "${metric}": ${why}`);
}

export function labelDoubled(metric: string, label: string): Error {
  return new RangeError(`Cannot use "${label}" twice as a label name of "${metric}"`);
}

export function helpInvalid(metric: string, help: string, must: string): Error {
  return new RangeError(`Cannot use ${shown(help)} as the help of "${metric}": it must ${must}`);
}

export function unitInvalid(metric: string, unit: string): Error {
  return new RangeError(
    `Cannot use ${shown(unit)} as the unit of "${metric}": the name must end in "_${cut(unit)}" (before a counter's _total)`,
  );
}

export function modeInvalid(metric: string, mode: string, modes: readonly string[]): Error {
  return new RangeError(`Cannot use ${shown(mode)} as the mode of gauge "${metric}": it must be one of ${modes.join(", ")}`);
}

export function bucketsInvalid(metric: string, why: string): Error {
  return new RangeError(`Cannot use these buckets for histogram "${metric}": ${why}`);
}

export function labelMissing(metric: string, label: string, labels: readonly string[]): Error {
  return new RangeError(`Cannot use these labels for "${metric}": label "${label}" has no value; "${metric}" takes ${labels.join(", ")}`);
}

/** `given` is what was passed: whoever comes from prom-client passes its one argument. */
export function labelUnknown(metric: string, label: string, labels: readonly string[], given: object = {}): Error {
  const has = labels.length === 0 ? "it has none" : labels.join(", ");
  const { labels: inner, exemplarLabels } = given as Readonly<Record<string, unknown>>;
  const ported = exemplarLabels !== undefined || (label === "labels" && typeof inner === "object");
  const here = ported ? "; what prom-client takes as { labels, value, exemplarLabels } are arguments here, one after the other" : "";
  return new RangeError(`Cannot use these labels for "${metric}": ${shown(label)} is not one of its labels (${has})${here}`);
}

export function labelsEmpty(metric: string): Error {
  return new RangeError(`Cannot remove the series of "${metric}" that have no labels in common: name one at least, or use clear()`);
}

export function labelSetsTooMany(metric: string, count: number, limit: number): Error {
  return new RangeError(`Cannot begin "${metric}" with ${count} label sets: its maxSeries is ${limit}`);
}

export function labelCount(metric: string, count: number, labels: readonly string[]): Error {
  const takes = labels.length === 0 ? "it has no labels" : `it takes ${labels.length} (${labels.join(", ")})`;
  return new RangeError(`Cannot use ${count} label value${count === 1 ? "" : "s"} for "${metric}": ${takes}`);
}

export function labelValueInvalid(metric: string, label: string, value: unknown): Error {
  return new TypeError(`Cannot use ${shown(value)} as label "${label}" of "${metric}": it must be a string, number, bigint or boolean`);
}

export function labelsNotObject(metric: string, labels: unknown, names: readonly string[]): Error {
  const must = names.length === 0 ? "it has no labels" : `it must be an object with ${names.join(", ")}`;
  return new TypeError(`Cannot use ${shown(labels)} as the labels of "${metric}": ${must}`);
}

export function amountInvalid(verb: "add" | "set", kind: string, metric: string, amount: unknown, must: string): Error {
  const [to, noun] = verb === "set" ? ["in", "value"] : ["to", "amount"];
  const text = `Cannot ${verb} ${shown(amount)} ${to} ${kind} "${metric}": the ${noun}`;
  if (typeof amount === "number") return new RangeError(`${text} must be ${must}`);
  return new TypeError(`${text} is ${kindText(amount)}, not a number`);
}

export function valueNotNumber(metric: string, value: unknown): Error {
  return new TypeError(`Cannot observe ${shown(value)} in "${metric}": the value is ${kindText(value)}, not a number`);
}

export function latestForbidsAdding(metric: string, mode: string): Error {
  return new RangeError(`Cannot add to gauge "${metric}": its mode "${mode}" keeps what was set last; use set`);
}

export function definitionConflict(kind: string, metric: string, there: string, wanted: string): Error {
  return new MetricsError(
    "definition-conflict",
    `Cannot register ${kind} "${metric}": the name is taken by another definition\n  there:  ${there}\n  wanted: ${wanted}\n` +
      `Use the same definition or another name, or call registry.remove(${JSON.stringify(metric)}) first`,
  );
}

export function nameClash(kind: string, metric: string, there: string): Error {
  return new MetricsError("name-clash", `Cannot register ${kind} "${metric}": a sample of it would have the same name as one of ${there}`);
}

export function nameTwice(metric: string): Error {
  return new MetricsError("name-clash", `Cannot expose the registries as one: "${metric}" is in two of them`);
}

export function registriesInvalid(value: unknown, none: boolean): Error {
  if (none) return new TypeError("Cannot merge nothing: mergeRegistries() takes registries, as in mergeRegistries(one, other)");
  return new TypeError(`Cannot merge ${shown(value)}: give the registries one by one, as in mergeRegistries(one, other)`);
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

export function maxBytesInvalid(value: number): Error {
  return new RangeError(`Cannot use ${shown(value)} as maxBytes: it must be an integer from 1048576 to 1879048192`);
}

export function callbackInvalid(what: string, value: unknown): Error {
  return new TypeError(`Cannot ${what} ${shown(value)}: it must be a function`);
}

const REQUESTS = {
  handler:
    "a Request, as Deno.serve, Bun.serve and Hono give it (`context.req.raw`); for node:http and Express there is registry.nodeHandler()",
  nodeHandler:
    "node:http's request and response; in Fastify pass `request.raw` and `reply.raw`; where there is a Request, registry.handler()",
};

export function requestForeign(what: "handler" | "nodeHandler"): Error {
  return new TypeError(`Cannot answer this request: what ${what}() returned takes ${REQUESTS[what]}`);
}

export function handlerNotCalled(what: string): Error {
  return new TypeError(`Cannot answer a request by ${what} itself: it makes the handler, so pass registry.${what}() to the server`);
}

/** A warning's words; what was thrown follows. */
export function collectorFailedOnce(name: string): string {
  const all = "Only the first failure is reported here; pass onError to collect() to hear of all";
  return `tallystick: collector ${shown(name)} failed. ${all}:`;
}

export function collectorLate(name: string, milliseconds: number): Error {
  return new Error(`Cannot wait for collector ${shown(name)}: it did not finish within ${milliseconds} ms (timeoutSeconds of collect)`);
}

export function defaultLabelsElsewhere(there: string, wanted: string): Error {
  return new MetricsError(
    "label-conflict",
    `Cannot use {${cut(wanted)}} as default labels: they are those of all threads, and another one set {${cut(there)}}; ` +
      "give a metric a label of its own for what differs, or take them back there by setDefaultLabels({})",
  );
}

export function bucketsUnmade(step: string, start: unknown, by: unknown, count: unknown, most: number): Error {
  const positive = step === "width" ? "a positive width" : "a positive start, a factor above 1";
  const [many, without] = count === undefined ? ["", " without a count"] : [`${shown(count)} `, ""];
  return new RangeError(
    `Cannot make ${many}buckets from ${shown(start)} by a ${step} of ${shown(by)}${without}: ` +
      `it takes ${positive} and a count from 1 to ${most}`,
  );
}
