// What can go wrong with a push, worded.

import { MetricsError } from "../errors.ts";

/** Where to, without what may be secret in it: names, passwords, queries. */
export function placeOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`;
}

/** What fetch says is "fetch failed", and why stands in its cause. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? `${error.message}: ${cause.message}` : error.message;
}

/** Errors of Deno and Bun have the URL in them: one whose query may be a secret goes no further, and its words without that. */
export function unreached(url: string, error: unknown, worded: (why: string, cause: unknown) => Error): Error {
  const { search } = new URL(url);
  return search === "" ? worded(whyOf(error), error) : worded(whyOf(error).replaceAll(search, ""), undefined);
}

/** Where `tallystick collect` takes them. */
const PATH = "/push";
/** Characters of another program's answer. */
const SAID_LENGTH = 200;
const NOBODY = "there is no receiver at this path";

const CURES: Readonly<Record<number, string>> = {
  401: "it got no token; a proxy between may drop the Authorization header",
  403: "the token is not the one that it was given",
  404: NOBODY,
  405: NOBODY,
  413: "the body is larger than its maxBytes; pushes are smaller from now on",
  415: "it knows no such images, or no such coding",
  429: "it has as many processes as it takes",
};

/** What a status means that no push gets for what it is; `cures` go before those of all pushes. */
export function refusalOf(url: string, status: number, said: string, cures: Readonly<Record<number, string>> = {}): string {
  const isMoved = status >= 300 && status < 400;
  const why = isMoved ? "a redirect, which no push follows" : (cures[status] ?? CURES[status] ?? said.trim().slice(0, SAID_LENGTH));
  // Whoever mistook the page, or the program's own address, for where pushes go.
  const isElsewhere = (isMoved || why === NOBODY) && !placeOf(url).endsWith(PATH);
  const cure = isElsewhere ? `${why}; \`tallystick collect\` takes them at ${PATH}` : why;
  return `the answer is ${status}${cure === "" ? "" : `, ${cure}`}`;
}

export function answerTooLong(status: number, maxBytes: number): string {
  return `the answer is ${status} and longer than ${maxBytes} bytes: no receiver's`;
}

export function pushRefused(url: string, status: number, said: string): Error {
  return new Error(`Cannot push the image to ${placeOf(url)}: ${refusalOf(url, status, said)}`);
}

export function pushTooLarge(url: string, bytes: number): Error {
  return new Error(
    `Cannot push the image to ${placeOf(url)}: the answer is 413, and its ${bytes} bytes cannot be divided; the receiver's maxBytes must be as much`,
  );
}

export function pushFailed(url: string, cause: unknown): Error {
  return unreached(
    url,
    cause,
    (why, told) => new Error(`Cannot push the image to ${placeOf(url)}: ${why}`, told === undefined ? {} : { cause: told }),
  );
}

export function pushAbandoned(url: string): Error {
  return new Error(`Cannot push the image to ${placeOf(url)}: a push never came back, and was given up`);
}

export function receiptInvalid(url: string, status: number): Error {
  return new Error(`Cannot push the image to ${placeOf(url)}: the answer is ${status}, but no receiver's`);
}

export function receiptBehind(url: string, sequence: number, told: number): Error {
  return new Error(`Cannot push the image to ${placeOf(url)}: it was sent up to sequence ${sequence}, the answer says ${told}`);
}

/** Nothing is wrong any more. */
export class PushRecovery extends Error {}

/** After it was told that it does not. */
export function pushedAgain(url: string): Error {
  return new PushRecovery(`Pushes the image to ${placeOf(url)} again`);
}

/** Nothing is wrong, but somebody should know: what was counted in between is in nobody's hands. */
export function pushedAnew(url: string): Error {
  return new Error(
    `Began anew at ${placeOf(url)}: it took this process for dead and folded what it had pushed; what was counted between ` +
      "the last push before that and now is lost",
  );
}

/** The same, where another pusher of the registry was told so. */
export function pushedAnewToo(url: string): Error {
  return new Error(
    `Began anew at ${placeOf(url)}: another pusher of this registry was taken for dead and did; what was counted between ` +
      "the last push to here before that and now may be lost here",
  );
}

/** `times`: in succession. */
export function imageTorn(url: string, times: number): Error {
  return new Error(
    `Cannot push the image to ${placeOf(url)}: it needs several pushes, and ${times} times the receiver had not the ones before; ` +
      "where several receivers are behind one address keep a process at one of them, or raise maxBytes",
  );
}

export function imageUnwritten(cause: unknown): Error {
  return new Error(`Cannot write the image to push: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
}

export function urlInvalid(url: string): Error {
  return new TypeError(`Cannot push to ${addressShown(url)}: ${addressWrong(url)}`);
}

/** What is wrong with a URL that nothing can be pushed to. */
export function addressWrong(url: unknown): string {
  const isOther = typeof url === "string" && URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  return isOther ? "it must be without a user's name and a password" : "it must be an http: or https: URL";
}

/** What was given for a URL, without what stands in it for a user's name and a password. */
export function addressShown(url: unknown): string {
  return typeof url === "string"
    ? JSON.stringify(url.replace(/^((?:[a-z][a-z\d+.-]*:)?[/\\]*).*@/is, "$1…@"))
    : String(JSON.stringify(url));
}

export function tokenInvalid(what: string): Error {
  return new TypeError(`Cannot make ${what}: its token must be a string of visible ASCII characters, at least one`);
}

export function optionOutside(what: string, option: string, value: number, least: number, most: number): Error {
  return new RangeError(`Cannot use ${value} as ${option} of ${what}: it must be from ${least} to ${most}`);
}

/** Who is taken for dead is folded later, not sooner. */
export function foldBeforeDeath(foldAfter: number, deadAfter: number): Error {
  return new RangeError(
    `Cannot use ${foldAfter} as foldAfterSeconds of receiver: it must be at least its deadAfterSeconds, which is ${deadAfter}`,
  );
}

/** Another one shows under that name already. */
export function receiverTaken(name: string): MetricsError {
  return new MetricsError(
    "source-taken",
    `Cannot make a receiver "${name}": this registry has one of that name; give it a \`name\` of its own`,
  );
}

export function pushClosed(byHand: boolean): MetricsError {
  return new MetricsError("closed", `Cannot push the image: ${byHand ? "its pusher was closed" : "its last sequence was pushed already"}`);
}
