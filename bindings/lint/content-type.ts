// What a Content-Type says of the format.

import type { LintFormat } from "./rules.ts";
import { formatUnreadable } from "./worded.ts";

export interface ContentFormat {
  readonly format: LintFormat;
  /** Names in quotes may be there. */
  readonly utf8: boolean;
  /** What Prometheus has against it. */
  readonly wrong: string | undefined;
}

const TEXT = "text/plain";
const OPENMETRICS = "application/openmetrics-text";
const PROTOBUF = "application/vnd.google.protobuf";

/** The format of a page by its Content-Type; text where it says nothing. Throws a RangeError for formats that are not lines, or are drafts. */
export function contentFormat(contentType: string | null | undefined): ContentFormat {
  if (contentType === null || contentType === undefined || contentType.trim() === "") {
    return { format: "text", utf8: false, wrong: "there is no Content-Type, and Prometheus 3 wants one" };
  }
  const [media = "", ...rest] = contentType.split(";").map((part) => part.trim().toLowerCase());
  const parameters = new Map(
    rest.map(
      (part) =>
        [
          part.split("=")[0]!.trim(),
          part
            .slice(part.indexOf("=") + 1)
            .trim()
            .replaceAll('"', ""),
        ] as const,
    ),
  );
  const version = parameters.get("version");
  const escaping = parameters.get("escaping");
  if (media === PROTOBUF) throw formatUnreadable(contentType, "protobuf is not lines of text; ask for text or OpenMetrics");
  if (media === OPENMETRICS && version?.startsWith("2.") === true) {
    throw formatUnreadable(contentType, "OpenMetrics 2.0 is a release candidate, and there are rules of 1.0 alone");
  }
  const utf8 = escaping === "allow-utf-8" || (media === TEXT && version === "1.0.0" && escaping === undefined);
  if (media === OPENMETRICS) return { format: "openmetrics", utf8, wrong: undefined };
  if (media === TEXT) return { format: "text", utf8, wrong: undefined };
  return { format: "text", utf8, wrong: `Content-Type is ${JSON.stringify(media.slice(0, 80))}, which Prometheus 3 refuses` };
}
