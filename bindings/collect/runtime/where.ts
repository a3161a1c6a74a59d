// Where this is: which runtime, and what the thread is called. Nothing of it is asked for at import but what the globals are.

import process from "node:process";
import { isMainThread, threadId } from "node:worker_threads";
import type { RuntimeName } from "./part.ts";

interface Globals {
  readonly Deno?: { readonly permissions: { querySync(of: { readonly name: string }): { readonly state: string } } };
  readonly Bun?: unknown;
  readonly WorkerGlobalScope?: unknown;
}

const globals = globalThis as Globals;
/** Deno reads /proc where all is allowed, and else asks who sits in front of it. */
const PERMISSIONS = ["read", "write", "net", "env", "run", "sys", "ffi"];

export const RUNTIME: RuntimeName = globals.Deno !== undefined ? "deno" : globals.Bun !== undefined ? "bun" : "nodejs";

/** Whether /proc is there and may be read without a question. */
export function readsProc(): boolean {
  if (process.platform !== "linux" && process.platform !== ("android" as string)) return false;
  const { Deno } = globals;
  return Deno === undefined || PERMISSIONS.every((name) => Deno.permissions.querySync({ name }).state === "granted");
}

/** A web Worker of Deno says that it is the main thread, and thread 0. */
const IS_WEB = RUNTIME === "deno" && globals.WorkerGlobalScope !== undefined && threadId === 0;

/** Whether `process.uptime()` is of the process: in workers of Deno and Bun it is of the worker. */
export const KNOWS_UPTIME: boolean = RUNTIME === "nodejs" || (isMainThread && !IS_WEB);

/** What the thread is called where nobody said so; undefined for the main thread. `identity` is its number in the memory. */
export function threadName(identity: () => number): string | undefined {
  if (IS_WEB) return `web-${identity()}`;
  return isMainThread ? undefined : String(threadId);
}
