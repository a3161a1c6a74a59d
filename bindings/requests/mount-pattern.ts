// The pattern of what a router of Express is mounted at. Nobody tells it from outside: there is the text that it matched, and the
// values of the parameters in it. A segment that is a parameter's value and nothing else has its name. Where it cannot be told for
// certain whether a segment is a parameter, it is `*`: a value that is a part of a segment (`/:name.:ext`), one that is there more often
// than there are parameters of it (`/t/:a` of `/t/t`), one that a mount further out has, too. So whatever strangers send, what they
// chose is not in a pattern, and what is in none of the parameters is the application's own text.
//
// Of a mount by an expression that is not so: what it leaves outside of its groups counts as text.

import { decoded, ID, isId, PATH_MAX, SEGMENTS_MAX } from "./path.ts";

const UNCERTAIN = "*";

type Parameters = Readonly<Record<string, unknown>>;

/** Some of the segments of a mount, and what stands for those that are known so far; undefined for what is swallowed by the one before. */
interface Segments {
  readonly texts: readonly string[];
  readonly patterns: Map<number, string | undefined>;
}

function segmentsOf(path: string): string[] {
  return path.split("/").filter((segment) => segment !== "");
}

/** Where these stand one after the other, in all places. */
function placesOf(texts: readonly string[], wanted: readonly string[]): number[] {
  const places: number[] = [];
  for (let at = 0; at + wanted.length <= texts.length; at++) {
    if (wanted.every((text, i) => texts[at + i] === text)) places.push(at);
  }
  return places;
}

/** Every segment that has one of these in it; false where one of them is in none. */
function doubted({ texts, patterns }: Segments, wanted: readonly string[]): boolean {
  return wanted.every((part) => {
    let isThere = false;
    for (const [at, text] of texts.entries()) {
      if (!text.includes(part)) continue;
      isThere = true;
      patterns.set(at, UNCERTAIN);
    }
    return isThere;
  });
}

/** Parameters that have one value, in the order of the pattern: arrays are those of `*rest`, numbers those of `*`. */
interface Valued {
  readonly segments: readonly string[];
  readonly words: string[];
  isOuter: boolean;
}

function valuedOf(parameters: Parameters, outer: Parameters): Iterable<Valued> {
  const all = new Map<string, Valued>();
  for (const [name, value] of Object.entries(parameters)) {
    const segments = segmentsOf(Array.isArray(value) ? value.join("/") : typeof value === "string" ? value : "");
    if (segments.length === 0) continue;
    const key = segments.join("/");
    const word = /^\d+$/.test(name) ? UNCERTAIN : `${Array.isArray(value) ? "*" : ":"}${name}`;
    let valued = all.get(key);
    if (valued === undefined) all.set(key, (valued = { segments, words: [], isOuter: false }));
    valued.words.push(word);
    valued.isOuter ||= String(outer[name]) === String(value);
  }
  return all.values();
}

/** Puts names in the place of a value; false where nothing is certain any more. */
function placed(into: Segments, { segments, words, isOuter }: Valued): boolean {
  const { texts, patterns } = into;
  const places = placesOf(texts, segments);
  const isCertain = !isOuter && places.length === words.length && (segments.length === 1 || words.length === 1);
  const isFree = places.every((place) => segments.every((_, i) => !patterns.has(place + i)));
  if (!isCertain || !isFree) {
    // Of a router that has its parent's parameters.
    if (isOuter && !texts.some((text) => segments.some((part) => text.includes(part)))) return true;
    return doubted(into, segments);
  }
  for (const [nth, place] of places.entries()) {
    for (const i of segments.keys()) patterns.set(place + i, i === 0 ? words[nth] : undefined);
  }
  return true;
}

/**
 * The pattern of a mount of which the values of its parameters are known, and those of the mount that it is in. In lower case, for
 * that is how routers compare.
 */
export function mountPattern(path: string, parameters: Parameters, outer: Parameters = {}): string {
  if (path.length > PATH_MAX) return `/${UNCERTAIN}`;
  const into: Segments = { texts: segmentsOf(path).map(decoded), patterns: new Map() };
  for (const valued of valuedOf(parameters, outer)) if (!placed(into, valued)) return `/${UNCERTAIN}`;
  let pattern = "";
  let count = 0;
  for (const [at, text] of into.texts.entries()) {
    const known = into.patterns.get(at);
    if (known === undefined && into.patterns.has(at)) continue;
    if (++count > SEGMENTS_MAX) return `${pattern}/${UNCERTAIN}`;
    pattern += `/${known ?? (isId(text) ? ID : text.toLowerCase())}`;
  }
  return pattern;
}
