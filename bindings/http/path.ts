// The path of a request, whatever server it comes from: node:http has what was sent, the fetch standard a whole URL.

/** Without query and fragment. What is no URL has itself as its path, cut off in the same places. */
export function pathIn(url: string): string {
  let from = 0;
  // Clients of proxies send whole URLs, too.
  if (url.charCodeAt(0) !== 47) {
    const authority = url.indexOf("://");
    const slash = authority === -1 ? -1 : url.indexOf("/", authority + 3);
    if (slash !== -1) from = slash;
  }
  for (let at = from; at < url.length; at++) {
    const code = url.charCodeAt(at);
    if (code === 63 || code === 35) return url.slice(from, at);
  }
  return from === 0 ? url : url.slice(from);
}
