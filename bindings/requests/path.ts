// What stands for a path where nobody knows its pattern: the path itself, without its query, and with what looks like an id replaced.
//
// Paths come from anybody, so what a segment may look like to be kept is narrow: letters of ASCII, two digits, and a few signs; 32
// characters, eight segments. This bounds a route's length to some 270 characters and no more: whoever sends words as ids
// has a route a word, and it is the limit of labels that ends that.

const SLASH = 47;
const QUERY = 63;
const FRAGMENT = 35;
/** Deeper ones end in an asterisk. */
export const SEGMENTS_MAX = 8;
/** Longer ones are no names that a program has for its own things: sentences, tokens, signatures. */
const SEGMENT_MAX = 32;
/** Nothing behind it is looked at, for a path may have a megabyte. */
export const PATH_MAX = 1024;
/** "v10", "base64", "oauth2" have less. */
const DIGITS_ID = 3;
/** A random word in base 64 of that length has a digit in all but one of 20 cases; names of so many letters rarely have one. */
const LENGTH_DIGIT_ID = 16;
/** Hexadecimal words without a digit, "facade", are shorter; a random one of that length has a digit in all but 0.04 % of cases. */
const LENGTH_HEX_ID = 8;

/** What stands for one. */
export const ID = ":id";

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isUpper(code: number): boolean {
  return code >= 65 && code <= 90;
}

function isLower(code: number): boolean {
  return code >= 97 && code <= 122;
}

/** One of `-._~`: what needs no escape beside letters and digits. */
function isMark(code: number): boolean {
  return code === 45 || code === 46 || code === 95 || code === 126;
}

/**
 * Whether a segment looks like an id: numbers and dates, UUIDs, long hexadecimal and base 64, addresses of mail, whatever has an
 * escape or a sign that is rare in names, and what is too long for one.
 */
export function isId(text: string, from = 0, to = text.length): boolean {
  const length = to - from;
  if (length > SEGMENT_MAX) return true;
  let digits = 0;
  let uppers = 0;
  let lowers = 0;
  let hex = true;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (isDigit(code)) digits++;
    else if (isLower(code)) {
      lowers++;
      if (code > 102) hex = false;
    } else if (isUpper(code)) {
      uppers++;
      if (code > 70) hex = false;
    } else if (!isMark(code)) return true;
  }
  if (lowers + uppers === 0 || digits >= DIGITS_ID) return true;
  if (digits === 0) return false;
  if (length >= LENGTH_DIGIT_ID || (hex && length >= LENGTH_HEX_ID)) return true;
  // Random words of base 62, as short links have them.
  return uppers > 0 && lowers > 0 && length >= LENGTH_HEX_ID;
}

/** Where the path of a URL begins, be it absolute or not; -1 where it has none. */
function beginOf(url: string): number {
  return url.charCodeAt(0) === SLASH ? 0 : url.indexOf("/", url.indexOf("://") + 3);
}

/** The route of a URL or a path: `/users/42?page=3` is `/users/:id`. Slashes that are doubled or trail do not count. */
export function pathRoute(url: string): string {
  const begin = beginOf(url);
  if (begin === -1) return url === "*" ? "*" : "/";
  const most = Math.min(url.length, begin + PATH_MAX);
  let route = "";
  let segments = 0;
  let from = begin + 1;
  for (let at = from; ; at++) {
    const code = at < most ? url.charCodeAt(at) : QUERY;
    if (code !== SLASH && code !== QUERY && code !== FRAGMENT) continue;
    if (at > from) {
      if (++segments > SEGMENTS_MAX) return `${route}/*`;
      route += isId(url, from, at) ? `/${ID}` : `/${url.slice(from, at)}`;
    }
    if (code !== SLASH) return at === most && most < url.length ? `${route}/*` : route || "/";
    from = at + 1;
  }
}

/** A segment as the application has it; as it is where it cannot be decoded. */
export function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
