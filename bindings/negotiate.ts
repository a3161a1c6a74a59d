// What a client wants, by its Accept and Accept-Encoding headers (RFC 9110): a format and a content coding. Rules C1 to C9
// are those of Prometheus' own negotiation; where it is laxer than the RFC, the RFC is followed.

/** The formats by name. */
export type Dialect = "text" | "openmetrics" | "openmetrics2" | "protobuf";

/** How names beyond the classic data model are written for whoever knows no others. */
export type Escaping = "underscores" | "dots" | "values" | "allow-utf-8";

/** @internal What an exposition is written as. */
export interface Format {
  readonly dialect: Dialect;
  readonly escaping: Escaping;
  readonly contentType: string;
}

/** @internal In the core's numbers. */
export const DIALECTS: readonly Dialect[] = ["text", "openmetrics", "openmetrics2", "protobuf"];
/** @internal In the core's numbers. */
export const ESCAPINGS: readonly Escaping[] = ["underscores", "dots", "values", "allow-utf-8"];

const PROTO = "io.prometheus.client.MetricFamily";
/** Rule C1. */
const CONTENT_TYPES: Readonly<Record<Dialect, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  openmetrics2: "application/openmetrics-text; version=2.0.0; charset=utf-8",
  protobuf: `application/vnd.google.protobuf; proto=${PROTO}; encoding=delimited`,
};
/** Text whose names may be quoted, for those who ask for it by its number: Prometheus 3 does. */
const TEXT_1 = "text/plain; version=1.0.0; charset=utf-8";
/** Versions of OpenMetrics and of text that 1.0.0 and 0.0.4 are an answer to (rule C4). */
const OPENMETRICS_VERSIONS: readonly unknown[] = [undefined, "0.0.1", "1.0.0"];
const TEXT_VERSIONS: readonly unknown[] = [undefined, "0.0.4", "1.0.0"];

/** Longer headers are cut: Prometheus sends 250 characters. */
const HEADER_MAX = 8192;
/** What stands between commas, and between semicolons, that are not quoted. They cannot fail, so they never go back. */
const CLAUSES = /(?:"(?:[^"\\]|\\.)*"?|[^",])+/gs;
const PARAMETERS = /(?:"(?:[^"\\]|\\.)*"?|[^";])+/gs;
const QUALITY = /^(?:0(?:\.\d*)?|1(?:\.0*)?)$/;

interface Clause {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

function parameter(text: string): [string, string] {
  const [name, ...value] = text.split("=");
  return [name!.trim().toLowerCase(), value.join("=").trim().replace(/^"|"$/g, "")];
}

/** The clauses of a header, but for those whose quality is no quality. */
function clauses(header: string | null | undefined): Clause[] {
  const text = header ?? "";
  const whole = text.length > HEADER_MAX ? text.slice(0, text.lastIndexOf(",", HEADER_MAX) + 1) : text;
  return (whole.match(CLAUSES) ?? []).flatMap((clause) => {
    const [name, ...rest] = clause.match(PARAMETERS) ?? [""];
    const parameters = new Map(rest.map(parameter));
    const quality = parameters.get("q") ?? "1";
    return QUALITY.test(quality) ? [{ name: name!.trim().toLowerCase(), parameters, quality: Number(quality) }] : [];
  });
}

/** What answers a clause. A wildcard never means OpenMetrics, which forbids what text does not. */
function answering({ name, parameters }: Clause): Dialect | undefined {
  const version = parameters.get("version");
  switch (name) {
    case "application/openmetrics-text":
      // Version 2 is a draft: only for those who ask for it.
      if (version === "2.0.0") return "openmetrics2";
      return OPENMETRICS_VERSIONS.includes(version) ? "openmetrics" : undefined;
    case "application/vnd.google.protobuf":
      return parameters.get("proto") === PROTO && parameters.get("encoding") === "delimited" ? "protobuf" : undefined;
    case "text/plain":
      return TEXT_VERSIONS.includes(version) ? "text" : undefined;
    case "text/*":
    case "application/*":
    case "*/*":
      return "text";
    default:
      return undefined;
  }
}

/** @internal A format; its type says the escaping where somebody asked for one. */
export function formatOf(dialect: Dialect, escaping?: Escaping, contentType: string = CONTENT_TYPES[dialect]): Format {
  if (escaping === undefined) return { dialect, escaping: "underscores", contentType };
  return { dialect, escaping, contentType: `${contentType.replace(/; escaping=.*/, "")}; escaping=${escaping}` };
}

/** @internal The format that an Accept header likes best; text where it says nothing that is served (rules C2 to C5, C7). */
export function negotiate(accept: string | null | undefined, served: readonly Dialect[] = DIALECTS): Format {
  let best = formatOf("text");
  let bestQuality = 0;
  for (const clause of clauses(accept)) {
    const dialect = answering(clause);
    if (dialect === undefined || !served.includes(dialect) || clause.quality <= bestQuality) continue;
    const escaping = ESCAPINGS.find((each) => each === clause.parameters.get("escaping"));
    const later = dialect === "text" && clause.parameters.get("version") === "1.0.0";
    best = formatOf(dialect, escaping, later ? TEXT_1 : undefined);
    bestQuality = clause.quality;
  }
  return best;
}

/** What an exposition has besides. */
export interface Extras {
  /** Lines with the time at which each series began (OpenMetrics 1.0; the later formats always tell it). */
  readonly created?: boolean | undefined;
  /** The library's own metrics: what it is doing. */
  readonly statistics?: boolean | undefined;
}

/** @internal A format as the core is told it. `open`: something follows. */
export function formatNumber({ dialect, escaping }: Format, { created, statistics }: Extras, open: boolean): number {
  const bits = (created === true ? 256 : 0) | (statistics === true ? 512 : 0) | (open ? 1024 : 0);
  return DIALECTS.indexOf(dialect) | (ESCAPINGS.indexOf(escaping) << 4) | bits;
}

/** @internal The content coding that an Accept-Encoding header likes best, of equal ones the first; `identity` for none. */
export function encodingOf(acceptEncoding: string | null | undefined, codings: readonly string[]): string {
  const qualities = new Map(clauses(acceptEncoding).map(({ name, quality }) => [name, quality]));
  let best = "identity";
  let bestQuality = 0;
  for (const coding of codings) {
    const quality = qualities.get(coding) ?? qualities.get("*") ?? 0;
    if (quality <= bestQuality) continue;
    best = coding;
    bestQuality = quality;
  }
  return (qualities.get("identity") ?? 0) > bestQuality ? "identity" : best;
}
