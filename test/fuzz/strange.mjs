// Answers of strangers: any status, headers and body that a server or a proxy in front of it may come up with.

import { gzipSync } from "node:zlib";

const STATUSES = [200, 200, 200, 201, 202, 204, 206, 301, 302, 307, 400, 401, 403, 404, 408, 409, 410, 413, 415, 418, 429, 429, 500, 502, 503, 503, 504, 508, 599]; // prettier-ignore
const RETRY = [undefined, undefined, "", "0", "1", "-1", "1e9", "999999999999999999999", "0.001", "NaN", "Infinity", "soon", "Wed, 21 Oct 2015 07:28:00 GMT", "Fri, 31 Dec 9999 23:59:59 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", "2026-01-01", "1, 2", "\t5 ", "٣"]; // prettier-ignore
const TEXTS = ["", "{}", "null", "[]", "7", '"x"', '{"sequence":1}', '{"sequence":-1}', '{"sequence":1e308}', '{"sequence":9007199254740993,"full":true}', '{"sequence":"1"}', '{"sequence":null}', '{"sequence":1,"full":"yes"}', '{"answers":[]}', '{"answers":[{"status":200,"sequence":1}]}', '{"answers":[{"status":200,"sequence":99999999}]}', '{"answers":[null]}', '{"answers":[{"status":409},{"status":410}]}', '{"answers":{"length":1}}', '{"partialSuccess":{"rejectedDataPoints":"999999999999","errorMessage":{}}}', '{"partialSuccess":{"rejectedDataPoints":-5}}', '{"partialSuccess":null}', '{"partialSuccess":{"rejectedDataPoints":"1","errorMessage":"\\u0000\\u001b[2J"}}', '{"__proto__":{"sequence":1}}', "<html>No</html>", "\u001b[2J\u0000", "{", '{"a":'.repeat(5000), "\ufeff{}"]; // prettier-ignore
const WRITTEN = [undefined, undefined, "0", "1", "-1", "999999", "x", "1e3", ""];
/** More than anybody reads of an answer. */
const HUGE = new Uint8Array(16 << 20).fill(120);
const bomb = gzipSync(new Uint8Array(1 << 22));

/** What an answer is: `{status, headers, body}`, and `arrives`, whether what was sent came to whoever it was for; `breaks` where none comes. */
export function strange(random) {
  const body = random.once(12) ? "huge" : random.once(20) ? "bomb" : random.once(12) ? Array.from({ length: random.below(40) }, () => random.below(256)) : random.of(TEXTS); // prettier-ignore
  // Whoever says that it has what it has not is believed.
  const isReceipt = typeof body === "string" && /^\{"(sequence|answers)"/.test(body);
  return {
    arrives: isReceipt || random.once(2),
    breaks: random.once(8) ? random.of(["connect", "body", "late"]) : "",
    status: random.of(STATUSES),
    retry: random.of(RETRY),
    written: random.of(WRITTEN),
    type: random.of([undefined, "application/json", "application/x-protobuf", "text/html"]),
    body,
  };
}

function bytesOf(body) {
  if (body === "huge") return HUGE;
  if (body === "bomb") return bomb;
  return typeof body === "string" ? new TextEncoder().encode(body) : Uint8Array.from(body);
}

/** As a Response, with as little of one as senders read. `taken` counts the bytes that were read of it. */
export function responseOf({ breaks, status, retry, written, type, body }, taken) {
  if (breaks === "connect") throw new TypeError("fetch failed", { cause: Object.assign(new Error("ECONNRESET"), { code: "ECONNRESET" }) });
  const known = { "retry-after": retry, "x-prometheus-remote-write-samples-written": written, "content-type": type };
  const bytes = bytesOf(body);
  let at = 0;
  const read = async () => {
    if (breaks === "body" && at > 0) throw new TypeError("terminated");
    if (breaks === "late" && at > 0) return new Promise(() => {});
    if (at >= bytes.length && breaks === "") return { done: true, value: undefined };
    const value = bytes.subarray(at, at + 65536);
    at += 65536;
    taken.bytes += value.length;
    return { done: false, value };
  };
  const reader = { read, cancel: async () => {}, releaseLock: () => {} };
  const text = async () => {
    taken.bytes += bytes.length;
    return new TextDecoder().decode(bytes);
  };
  return { status, ok: status >= 200 && status < 300, headers: { get: (name) => known[name.toLowerCase()] ?? null }, body: { getReader: () => reader }, text, json: async () => JSON.parse(await text()) }; // prettier-ignore
}
