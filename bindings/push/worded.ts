// What goes wrong with sending, in words: where to, what came back, the option, the value and the limit. No secret is ever in one: a user's
// name, a password, a query, a header's value.

import { shown } from "../errors.ts";
import { lineOf } from "../processes/line.ts";
import { reason } from "../processes/reason.ts";

/**
 * `no-answer`: nobody is there, or no answer came in time; `refused`: the answer is not success; `partial`: some of it was not taken;
 * `dropped`: what waited was let go of; `disk`: what waits cannot be kept or read in files; `version`: the receiver knows an older protocol
 * alone; `closed`: it was closed before.
 */
export type SendErrorCode = "no-answer" | "refused" | "partial" | "dropped" | "disk" | "version" | "closed";

/** What sending rejects with, or tells `onError`. `code` is stable; the text is for people. */
export class SendError extends Error {
  override readonly name = "SendError";
  readonly code: SendErrorCode;
  /** Of the answer, where there was one. */
  readonly status: number | undefined;

  constructor(code: SendErrorCode, message: string, more: { readonly status?: number; readonly cause?: unknown } = {}) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.code = code;
    this.status = more.status;
  }
}

/** Of an answer, that a message has: sentences of servers fit, pages of proxies do not. */
const SAID_MOST = 300;

/** The start of an answer, in one line. */
function start(said: string): string {
  const line = said.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > SAID_MOST ? `${line.slice(0, SAID_MOST)}…` : line;
}

/**
 * `what` is a sentence's beginning: "Cannot push to …". Errors of Deno and Bun have the URL in them, so where it has a query, which may be
 * a secret, that is taken out of their words, and they go no further themselves.
 */
export function noAnswer(what: string, cause: unknown, timeoutSeconds: number, query: string): SendError {
  const name = cause instanceof Error ? cause.name : "";
  const late = name === "TimeoutError" ? `no answer came within ${timeoutSeconds} seconds` : undefined;
  const words = query === "" ? lineOf(cause) : lineOf(cause).replaceAll(query, "");
  const why = late ?? (name === "AbortError" ? "it was given up" : reason(words));
  return new SendError("no-answer", `${what}: ${why}`, query === "" ? { cause } : {});
}

export function refused(what: string, status: number, said: string, hint = ""): SendError {
  const words = start(said);
  return new SendError("refused", `${what}: it answered ${status}${words === "" ? "" : `, ${JSON.stringify(words)}`}${hint}`, { status });
}

export function closedAlready(what: string): SendError {
  return new SendError("closed", `Cannot ${what}: it was closed`);
}

/** What is wrong is said, not what was given: a secret may be in it. */
export function urlInvalid(who: string): TypeError {
  return new TypeError(`Cannot use url of ${who}: it must be an absolute http: or https: URL without "#"`);
}

export function urlDoubled(who: string): TypeError {
  return new TypeError(`Cannot use url of ${who}: it has a user's name or a password in it, and auth is given, too; give one of them`);
}

export function authInvalid(who: string, why: string): TypeError {
  return new TypeError(`Cannot use auth of ${who}: ${why}`);
}

export function headerTaken(who: string, name: string): TypeError {
  return new TypeError(`Cannot use ${shown(name)} in headers of ${who}: it is set by what is sent`);
}

export function headerInvalid(who: string, name: string): TypeError {
  return new TypeError(`Cannot use ${shown(name)} in headers of ${who}: its name or its value cannot be in a header`);
}

export function numberOutside(who: string, option: string, value: unknown, least: number, most: number): RangeError {
  return new RangeError(`Cannot use ${shown(value)} as ${option} of ${who}: it must be from ${least} to ${most}`);
}

export function choiceInvalid(who: string, option: string, value: unknown, choices: readonly unknown[]): RangeError {
  const all = choices.map((choice) => shown(choice)).join(", ");
  return new RangeError(`Cannot use ${shown(value)} as ${option} of ${who}: it must be one of ${all}`);
}

export function jobMissing(): TypeError {
  return new TypeError("Cannot use pushgateway without the option job: a group is named by its job");
}

export function jobEmpty(): TypeError {
  return new TypeError("Cannot use an empty job of pushgateway: a group is named by its job");
}

export function textInvalid(who: string, what: string): TypeError {
  return new TypeError(`Cannot use ${what} of ${who}: it must be a string of whole characters`);
}

export function labelInvalid(who: string, option: string, name: string, why: string): TypeError {
  return new TypeError(`Cannot use the label ${shown(name)} in ${option} of ${who}: ${why}`);
}

/** What is in a request, in words. */
function countsText({ samples, histograms }: { readonly samples: number; readonly histograms: number }): string {
  const several = (count: number, what: string) => (count === 0 ? [] : [`${count} ${what}${count === 1 ? "" : "s"}`]);
  const texts = [...several(samples, "sample"), ...several(histograms, "native histogram")];
  return texts.length === 0 ? "nothing" : texts.join(" and ");
}

type Counted = Parameters<typeof countsText>[0];

/** Behind an answer that nothing is tried again for. */
export function lostHint(counts: Counted): string {
  const { samples, histograms } = counts;
  return `; ${countsText(counts)} ${samples + histograms > 1 ? "are" : "is"} not sent again`;
}

export function partlyTaken(where: string, status: number, lost: Counted, said: string): SendError {
  const words = start(said);
  const why = words === "" ? "" : `, ${JSON.stringify(words)}`;
  return new SendError("partial", `Cannot write all to ${where}: of what was sent it did not take ${countsText(lost)}${why}`, { status });
}

export function letGo(where: string, counts: Counted, why: string): SendError {
  return new SendError("dropped", `Cannot keep ${countsText(counts)} for ${where} any longer: ${why}`);
}

export function queueFull(maxBytes: number): string {
  return `more than ${maxBytes} bytes wait, and these are the oldest; queueBytes would keep more`;
}

export function queueOld(maxAgeSeconds: number): string {
  return `they are older than ${maxAgeSeconds} seconds, which is maxAgeSeconds`;
}

export function olderVersion(where: string, why: string): SendError {
  return new SendError("version", `Cannot write remote write 2.0 to ${where}: ${why}; it gets 1.0 from now on`);
}

export function diskFailed(folder: string, cause: unknown): SendError {
  return new SendError("disk", `Cannot keep what waits in directory ${JSON.stringify(folder)}: ${reason(cause)}; memory has it`, { cause });
}

export function diskUnread(folder: string, cause: unknown): SendError {
  return new SendError("disk", `Cannot read what waits in directory ${JSON.stringify(folder)}: ${reason(cause)}; it is tried again`, {
    cause,
  });
}

/** A file or a folder. */
export function notOwn(): Error {
  return new Error("it is not this user's alone");
}

export function fileGone(): string {
  return "their file is not there any more";
}

export function fileUnreadable(cause: unknown): string {
  return `their file cannot be read: ${reason(cause)}`;
}

export function directoryEmpty(who: string): TypeError {
  return new TypeError(`Cannot use an empty directory of ${who}: it must be the path of a folder`);
}

export function noDirectory(who: string): TypeError {
  return new TypeError(`Cannot use directory of ${who}: this runtime has no files`);
}

export function noTimers(who: string): TypeError {
  return new TypeError(
    `Cannot use intervalSeconds of ${who}: this runtime has no timers outside a request; call flush() at the end of one`,
  );
}

/** Behind an answer of a receiver of OTLP that nothing is made again for. */
export function pointsLost(points: number, isDelta: boolean): string {
  return `; ${points} points are dropped${isDelta ? ", and what was counted in them" : ""}`;
}

export function partlyRejected(where: string, status: number, points: number, said: string): SendError {
  const words = start(said);
  return new SendError(
    "partial",
    `Cannot export all to ${where}: it rejected ${points} points${words === "" ? "" : `, ${JSON.stringify(words)}`}`,
    { status },
  );
}

export function lastStateLost(where: string, closeSeconds: number): SendError {
  return new SendError(
    "dropped",
    `Cannot export the last state to ${where}: it was closed, and could not in closeSeconds, which is ${closeSeconds}`,
  );
}
