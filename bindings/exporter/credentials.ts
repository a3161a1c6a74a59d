// What a header Authorization shows, in one way of writing it.

/** The scheme's name has no case, and blanks behind it are as many as there are: RFC 9110, 11.4. Empty for what is none. */
export function credentialsOf(header: string | null | undefined): string {
  // Blanks at the end are no part of the expression: it would look for the end behind each of those that are in the middle.
  const [, scheme, rest] = /^ *([A-Za-z]+) +(.*)$/.exec(header ?? "") ?? [];
  if (scheme === undefined) return "";
  return `${scheme[0]!.toUpperCase()}${scheme.slice(1).toLowerCase()} ${rest!.trimEnd()}`;
}
