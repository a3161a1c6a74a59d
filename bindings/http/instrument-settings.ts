// What users say of metrics of requests, checked.

import { optionInvalid } from "../errors.ts";
import type { ExemplarLabels, NativeBuckets, Registry } from "../index.ts";
import type { LabelValue } from "../labels.ts";
import { checkOptions, type Kinds } from "../options.ts";
import type { AnyRequest, OfRequest, Routing } from "../requests/watch.ts";
import { identityOf } from "./identity.ts";
import { choiceInvalid, ignoreInvalid, labelsAlone, labelTaken, nameInvalid, nameUnknown, numberOutside } from "./worded.ts";

/** Names of the metrics; false leaves one out. */
export interface RequestNames {
  readonly duration?: string | false | undefined;
  readonly inFlight?: string | false | undefined;
  readonly requestSize?: string | false | undefined;
  readonly responseSize?: string | false | undefined;
  readonly labelFailures?: string | false | undefined;
}

/** What `instrument` takes. */
export interface InstrumentOptions {
  /** Where they are counted; the default registry. */
  readonly registry?: Registry | undefined;
  /** In front of every name; none by default. */
  readonly prefix?: string | undefined;
  /** Other names than `http_request_duration_seconds` and so on; `false` leaves a metric out. */
  readonly names?: RequestNames | undefined;
  /** Upper bounds of durations in seconds: 0.005 to 10 by default. */
  readonly buckets?: readonly number[] | undefined;
  /** Upper bounds of sizes in bytes: 100 to 10,000,000 by default. */
  readonly sizeBuckets?: readonly number[] | undefined;
  /** Native histograms, as of `registry.histogram`; classic buckets beside them where they are given. */
  readonly native?: boolean | Partial<NativeBuckets> | undefined;
  /** Paths that are not counted: texts, expressions, or a function of the request. `["/metrics"]` by default. */
  readonly ignore?: readonly (string | RegExp)[] | OfRequest<boolean> | undefined;
  /** `class` for `2xx`, by default, or `code` for `200`. */
  readonly status?: "class" | "code" | undefined;
  /** The route of a request for which no framework knows a pattern; without it `unmatched`. */
  readonly route?: Routing["route"];
  /** So many routes at most, 256 by default; others are `other`. */
  readonly maxRoutes?: number | undefined;
  /** Further labels; none by default. */
  readonly labelNames?: readonly string[] | undefined;
  /** Gives their values at the end of a request. TypeScript is told whose request it is: `(request: express.Request) => ...`. */
  readonly labels?: OfRequest<Readonly<Record<string, LabelValue | undefined>>, [response: unknown]> | undefined;
  /** So many values of each of those at most, 100 by default; others are `other`. */
  readonly maxLabelValues?: number | undefined;
  /** Exemplars of durations: those of the request's `traceparent`, or of a function, and else of `registry.setExemplars`. */
  readonly exemplars?: boolean | OfRequest<ExemplarLabels | undefined, [response: unknown]> | undefined;
  /** Whether the end of a Response's body is waited for; decided by its head by default. */
  readonly isStream?: Routing["isStream"];
  /** Hears of the first time that something goes wrong, as a `route` that throws; without it the console does. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const OPTIONS: Kinds = {
  registry: "Object",
  prefix: "string",
  names: "Object",
  buckets: "Array",
  sizeBuckets: "Array",
  native: ["boolean", "Object"],
  ignore: ["Array", "function"],
  status: "string",
  route: "function",
  maxRoutes: "number",
  labelNames: "Array",
  labels: "function",
  maxLabelValues: "number",
  exemplars: ["boolean", "function"],
  isStream: "function",
  onError: "function",
};

const NAMES = {
  duration: "http_request_duration_seconds",
  inFlight: "http_requests_in_flight",
  requestSize: "http_request_size_bytes",
  responseSize: "http_response_size_bytes",
  labelFailures: "http_request_label_failures",
} as const;

export const OWN_LABELS: readonly string[] = ["method", "route", "status"];
const STATUSES = ["class", "code"] as const;
/** What is there to be seen by whoever scrapes, and by nobody else. */
const IGNORED: readonly string[] = ["/metrics"];
/** A factor of ten each: a line of text to what nobody sends by accident. */
const SIZE_BUCKETS: readonly number[] = [100, 1000, 10_000, 100_000, 1_000_000, 10_000_000];
const ROUTES = 256;
const ROUTES_MOST = 10_000;
const VALUES = 100;
const VALUES_MOST = 10_000;

export type Names = { readonly [Metric in keyof typeof NAMES]: string | undefined };

/** The options with their defaults. */
export interface InstrumentSettings {
  readonly registry: Registry;
  /** What stands for it in all copies of this library. */
  readonly identity: object;
  readonly names: Names;
  readonly buckets: readonly number[] | undefined;
  readonly sizeBuckets: readonly number[] | undefined;
  readonly native: boolean | Partial<NativeBuckets>;
  readonly isIgnored: (request: AnyRequest, path: string) => boolean;
  readonly isClass: boolean;
  readonly route: Routing["route"];
  readonly maxRoutes: number;
  readonly labelNames: readonly string[];
  readonly labels: InstrumentOptions["labels"];
  readonly maxLabelValues: number;
  readonly exemplars: InstrumentOptions["exemplars"];
  readonly isStream: Routing["isStream"];
  readonly told: (error: unknown) => void;
}

function namesOf(names: RequestNames, prefix: string): Names {
  const known = Object.keys(NAMES);
  const given = Object.entries(names ?? {}) as [keyof Names, unknown][];
  const all: { -readonly [Metric in keyof Names]: string | undefined } = { ...NAMES };
  for (const [metric, name] of given) {
    if (!known.includes(metric)) throw nameUnknown(metric, known);
    if (name === undefined || name === null) continue;
    if (name !== false && typeof name !== "string") throw nameInvalid(metric, name);
    all[metric] = name === false ? undefined : name;
  }
  for (const metric of known as (keyof Names)[]) if (all[metric] !== undefined) all[metric] = prefix + all[metric];
  return all;
}

function ignoring(ignore: NonNullable<InstrumentOptions["ignore"]>): InstrumentSettings["isIgnored"] {
  if (typeof ignore === "function") return (request) => ignore(request);
  const paths = new Set<string>();
  const expressions: RegExp[] = [];
  for (const each of ignore as readonly unknown[]) {
    if (typeof each === "string") paths.add(each);
    // Those that remember where they were find only every other one.
    else if (each instanceof RegExp) expressions.push(new RegExp(each.source, each.flags.replaceAll(/[gy]/g, "")));
    else throw ignoreInvalid(each);
  }
  return (_, path) => paths.has(path) || expressions.some((expression) => expression.test(path));
}

function numberOf(option: string, value: number | undefined | null, own: number, most: number): number {
  const number = value ?? own;
  if (!Number.isInteger(number) || number < 1 || number > most) throw numberOutside(option, "instrument", value, 1, most);
  return number;
}

function labelNamesOf({ labelNames, labels }: InstrumentOptions): readonly string[] {
  const names = [...(labelNames ?? [])];
  if (names.length > 0 && typeof labels !== "function") throw labelsAlone("labels");
  if (names.length === 0 && typeof labels === "function") throw labelsAlone("labelNames");
  const taken = names.find((name) => OWN_LABELS.includes(name));
  if (taken !== undefined) throw labelTaken(taken, OWN_LABELS);
  return names;
}

export function instrumentSettings(
  options: InstrumentOptions,
  defaultRegistry: Registry,
  listener: (onError: InstrumentOptions["onError"]) => (error: unknown) => void,
): InstrumentSettings {
  checkOptions("instrument", options, OPTIONS);
  const registry = options.registry ?? defaultRegistry;
  // Of another copy it may be, or of a worker's.
  if (typeof registry.histogram !== "function") throw optionInvalid("instrument", "registry", registry, "Registry");
  const status = options.status ?? "class";
  if (!STATUSES.includes(status)) throw choiceInvalid("status", status, STATUSES);
  const native = options.native ?? false;
  return {
    registry,
    identity: identityOf(registry, defaultRegistry),
    names: namesOf(options.names ?? {}, options.prefix ?? ""),
    buckets: options.buckets ?? undefined,
    sizeBuckets: options.sizeBuckets ?? (native === false ? SIZE_BUCKETS : undefined),
    native,
    isIgnored: ignoring(options.ignore ?? IGNORED),
    isClass: status === "class",
    route: options.route ?? undefined,
    maxRoutes: numberOf("maxRoutes", options.maxRoutes, ROUTES, ROUTES_MOST),
    labelNames: labelNamesOf(options),
    labels: options.labels ?? undefined,
    maxLabelValues: numberOf("maxLabelValues", options.maxLabelValues, VALUES, VALUES_MOST),
    exemplars: options.exemplars ?? false,
    isStream: options.isStream ?? undefined,
    told: listener(options.onError ?? undefined),
  };
}
