// How many bytes the bodies of a request and its response have, as headers say it: all that is known of servers of the fetch standard.

import type { AnyRequest } from "../requests/watch.ts";
import { headerOf } from "./traceparent.ts";

/** What is known of both; NaN is not. */
export interface Sizes {
  request(): number;
  response(status: number, response: unknown): number;
}

const LENGTH = "content-length";

/** HEAD, and statuses whose responses have no body whatever is written: RFC 9110, 6.4.1. */
export function isBodiless(method: string | undefined, status: number): boolean {
  return method === "HEAD" || status === 204 || status === 304 || (status >= 100 && status < 200);
}

function lengthIn(header: string | undefined): number {
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : NaN;
}

/** What content-length says; 0 where a request of node:http has neither it nor a coding of transfers; NaN where nobody says it. */
export function declaredBy(request: AnyRequest): number {
  const length = headerOf(request, LENGTH);
  if (length !== undefined) return lengthIn(length);
  return headerOf(request, "transfer-encoding") === undefined ? 0 : NaN;
}

/** Of servers of the fetch standard. */
export class DeclaredSizes implements Sizes {
  readonly #request: AnyRequest;

  constructor(request: AnyRequest) {
    this.#request = request;
  }

  /** Of a body that nobody read it is not known whether it came: whoever leaves in the middle may have declared anything. */
  request(): number {
    const request = this.#request;
    if (request.method === "GET" || request.method === "HEAD") return 0;
    const declared = lengthIn(headerOf(request, LENGTH));
    return declared === 0 || (request as { readonly bodyUsed?: unknown }).bodyUsed === true ? declared : NaN;
  }

  response(status: number, response: unknown): number {
    if (isBodiless(this.#request.method, status)) return 0;
    return lengthIn(headerOf((response ?? {}) as AnyRequest, LENGTH));
  }
}
