// What was typed behind `tallystick top`, checked.

import process from "node:process";
import { shown } from "../../errors.ts";
import { numberOf, type Refuse, refuser, twice, typed } from "../../processes/typed.ts";
import type { Sort } from "../lines.ts";

const USAGE = `Usage: tallystick top URL [options]

Shows what an exposition counts, live: the series that grow fastest come first, with their values, their rates, and the medians and 99th
percentiles of histograms over the last interval. Any exporter's URL; without a path it is /metrics. Where nobody looks, in a pipe, it
writes a table an interval.

  --interval SECONDS how often the page is read: 2 by default, from 0.1 to 3600
  --sort ORDER       rate (by default), value, p50, p99, name, or page: as the page has it
  --filter WORDS     only series with all of these words in their name, labels, type or help
  --families         families, their series added up
  --limit N          lines that are written in a pipe: 40 by default
  --once             writes one table of one interval, and ends
  --json             an object of JSON an interval, with all series; with --once, one
  --timeout SECONDS  for all of a page: 10 by default
  --authorization V  the header's value, as "Bearer TOKEN"; others may see it in the list of processes: the environment's
                     TALLYSTICK_AUTHORIZATION says the same unseen
  --help             says this

Keys: q ends, s the next order, r the other way around, f families or series, / a filter, p a pause, arrows and pages go through the table.
No colours where NO_COLOR is set. With --once it ends with 2 where the page could not be read; 64 where something was typed wrong.
`;

const OPTIONS = {
  interval: { type: "string", default: "2" },
  sort: { type: "string", default: "rate" },
  filter: { type: "string", default: "" },
  families: { type: "boolean", default: false },
  limit: { type: "string", default: "40" },
  once: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  timeout: { type: "string", default: "10" },
  authorization: { type: "string" },
  help: { type: "boolean", default: false },
} as const;

export const SORTS: readonly Sort[] = ["rate", "value", "p50", "p99", "name", "page"];
const SECONDS_MOST = 3600;
const LIMIT_MOST = 100_000;

export interface Given {
  readonly url: string;
  /** As it is shown: what stands behind a path may be a secret. */
  readonly label: string;
  readonly intervalSeconds: number;
  readonly sort: Sort;
  readonly filter: string;
  readonly isFamilies: boolean;
  readonly limit: number;
  readonly isOnce: boolean;
  readonly isJson: boolean;
  readonly timeoutSeconds: number;
  readonly authorization: string | undefined;
}

/** `shop:9464` is a host, and its metrics are at /metrics unless something else is said. */
function urlOf(text: string, refuse: Refuse): string {
  const whole = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(whole)) return refuse(`${shown(text)} is no URL`);
  const url = new URL(whole);
  if (url.protocol !== "http:" && url.protocol !== "https:") refuse(`${shown(text)} is no URL of http: or https:`);
  if (url.username !== "" || url.password !== "") refuse("a URL must be without a user's name and a password: --authorization has them");
  if (url.pathname === "/") url.pathname = "/metrics";
  return url.href;
}

/** What was typed. Ends the program where that is wrong, or where help was asked for. */
export function given(args: readonly string[]): Given {
  const refuse = refuser("top");
  const { values, positionals, tokens } = typed(args, OPTIONS, refuse);
  if (values.help) {
    process.stdout.write(USAGE);
    process.exit(0);
  }
  const repeated = twice(tokens, OPTIONS);
  if (repeated !== undefined) refuse(repeated);
  const [url, ...more] = positionals;
  if (url === undefined || url === "") return refuse("there is nothing to look at: give a URL");
  if (more.length > 0) refuse(`one URL is looked at, and there are ${positionals.length}`);
  const { sort } = values;
  if (!SORTS.includes(sort as Sort)) refuse(`--sort is ${shown(sort)}, which is none of ${SORTS.join(", ")}`);
  // One of the environment that is empty is none.
  const authorization = values.authorization ?? (process.env["TALLYSTICK_AUTHORIZATION"] || undefined);
  if (authorization !== undefined && !/^[\x20-\x7e]+$/.test(authorization)) refuse("--authorization is no value of a header");
  const whole = new URL(urlOf(url, refuse));
  return {
    url: whole.href,
    label: whole.origin + whole.pathname,
    intervalSeconds: numberOf("--interval", values.interval, 0.1, SECONDS_MOST, false, refuse),
    sort: sort as Sort,
    filter: values.filter,
    isFamilies: values.families,
    limit: numberOf("--limit", values.limit, 1, LIMIT_MOST, true, refuse),
    isOnce: values.once,
    isJson: values.json,
    timeoutSeconds: numberOf("--timeout", values.timeout, 0.001, SECONDS_MOST, false, refuse),
    authorization,
  };
}
