// Where to send, and as whom: a URL, without what stands in it for a user's name and a password, and the headers that go with every request.

import { checkOptions, type Kinds } from "../options.ts";
import { USER_AGENT } from "./version.ts";
import { authInvalid, headerInvalid, headerTaken, urlDoubled, urlInvalid } from "./worded.ts";

/** Who sends: a token, or a user's name and a password. */
export type SendAuth = { readonly bearer: string } | { readonly user: string; readonly password: string };

/** Where requests go, and what they show there. */
export interface TargetOptions {
  /** Absolute, http: or https:. A name and a password in it are sent as `auth` would be, and are in no message. */
  readonly url: string;
  /** Sent as the header Authorization. */
  readonly auth?: SendAuth | undefined;
  /** Further headers of every request. Those that the sender sets itself are refused. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

export interface Target {
  /** A URL; named directly, it would be an error in programs that have none of these types. */
  readonly url: { readonly href: string; readonly origin: string; pathname: string };
  /** As messages have it: without its query, which may hold a token. */
  readonly shown: string;
  readonly headers: Readonly<Record<string, string>>;
}

export const TARGET_KINDS: Kinds = { url: "string", auth: "Object", headers: "Object" };
const AUTH: Kinds = { bearer: "string", user: "string", password: "string" };
/** What a header takes: visible ASCII. */
const TOKEN = /^[\x21-\x7e]+$/;
/** What belongs to a request itself, or to whatever carries it. */
const OWN = ["content-type", "content-encoding", "content-length", "transfer-encoding", "connection", "host", "user-agent"];

/** RFC 7617: the name has no colon; both are UTF-8 in base64. */
function basicOf(who: string, user: string, password: string): string {
  if (user.includes(":")) throw authInvalid(who, 'a user has no ":" in it');
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

function authorizationOf(who: string, auth: SendAuth): string {
  checkOptions(`auth of ${who}`, auth, AUTH);
  const { bearer, user, password } = auth as { bearer?: string; user?: string; password?: string };
  if (bearer === undefined || bearer === null) {
    // Null says nothing, and would be sent as the word.
    if (typeof user !== "string" || typeof password !== "string") throw authInvalid(who, "it must have bearer, or user and password");
    return basicOf(who, user, password);
  }
  if (user !== undefined || password !== undefined) throw authInvalid(who, "it has bearer, or user and password, not both");
  if (!TOKEN.test(bearer)) throw authInvalid(who, "a token is a string of visible ASCII, not empty");
  return `Bearer ${bearer}`;
}

function headersOf(who: string, given: Readonly<Record<string, string>>, own: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (own.includes(name.toLowerCase())) throw headerTaken(who, name);
    try {
      new Headers([[name, value]]);
    } catch {
      throw headerInvalid(who, name);
    }
    if (typeof value !== "string") throw headerInvalid(who, name);
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

function decoded(who: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw urlInvalid(who);
  }
}

/** Where `who` sends to. `own`: names of headers, in lower case, that it sets beside those that all set. */
export function targetOf(who: string, options: TargetOptions, own: readonly string[] = []): Target {
  const { url: text, auth, headers: given } = options;
  if (typeof text !== "string" || !URL.canParse(text)) throw urlInvalid(who);
  const url = new URL(text);
  if (!/^https?:$/.test(url.protocol) || url.hash !== "") throw urlInvalid(who);
  const { username, password } = url;
  const named = username !== "" || password !== "";
  if (named && auth !== undefined && auth !== null) throw urlDoubled(who);
  url.username = "";
  url.password = "";
  const authorization = named
    ? basicOf(who, decoded(who, username), decoded(who, password))
    : auth === undefined || auth === null
      ? undefined
      : authorizationOf(who, auth);
  const taken = authorization === undefined ? [] : ["authorization"];
  return {
    url,
    shown: `${url.origin}${url.pathname}`,
    headers: {
      ...headersOf(who, given ?? {}, [...OWN, ...own, ...taken]),
      "user-agent": USER_AGENT,
      ...(authorization === undefined ? {} : { authorization }),
    },
  };
}
