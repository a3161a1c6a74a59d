// The methods that are told apart. Whoever sends a request may call its method what he likes, so the list is closed.

/** RFC 9110's, PATCH of RFC 5789 and QUERY: what the fields of other metrics libraries know, too. */
const METHODS: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"]);

/** A method, or `OTHER`: they are case-sensitive. */
export function methodOf(method: string | undefined): string {
  return method !== undefined && METHODS.has(method) ? method : "OTHER";
}
