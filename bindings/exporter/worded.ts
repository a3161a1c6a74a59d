// What goes wrong with an exporter, in words: the option, the value and the limit. No secret is ever in one.

import { shown } from "../errors.ts";
import { reason } from "../processes/reason.ts";

/** What an `ExporterError` is about. */
export type ExporterErrorCode = "listen" | "thread";

/** What `serve` rejects with, and what it tells `onError`. `code` is stable; the text is for people. */
export class ExporterError extends Error {
  override readonly name = "ExporterError";
  /** `listen`: the port or the address cannot be had; `thread`: its thread could not begin, or ended. */
  readonly code: ExporterErrorCode;

  constructor(code: ExporterErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

const PORT = "; give another port, or 0 for any that is free";
const HOST = "; host must be an address of this machine";

/** What to do, by the system's word for what is wrong. */
const CURES: Readonly<Record<string, string>> = {
  EADDRINUSE: `${PORT}; of several processes one serves for all`,
  EACCES: PORT,
  EADDRNOTAVAIL: HOST,
  ENOTFOUND: HOST,
};

export function notListening(host: string, port: number, why: unknown): ExporterError {
  const cure = CURES[(why as { code?: string } | undefined)?.code ?? ""] ?? "";
  return new ExporterError("listen", `Cannot serve metrics at ${shown(host)}, port ${port}: ${reason(why)}${cure}`, why);
}

export function pageLost(why: unknown): Error {
  return new Error(`Cannot show the exporter's page: ${reason(why)}; at / stands where the metrics are`, { cause: why });
}

export function threadOver(why: unknown): ExporterError {
  const isLost = (why as { readonly code?: unknown } | undefined)?.code === "MODULE_NOT_FOUND";
  const said = why === undefined ? "it ended" : `${reason(why)}${isLost ? ": leave tallystick out of the bundle, as external" : ""}`;
  return new ExporterError("thread", `Cannot go on with the exporter's thread: ${said}; nothing is served`, why);
}

export function numberOutside(option: string, value: unknown, least: number, most: number): RangeError {
  return new RangeError(`Cannot use ${shown(value)} as ${option} of serve: it must be a whole number from ${least} to ${most}`);
}

export function pathInvalid(option: string, value: string): TypeError {
  return new TypeError(
    `Cannot use ${shown(value)} as ${option} of serve: it must begin with "/" and be as a URL has it, without "?" and "#"`,
  );
}

export function pathsAlike(value: string): TypeError {
  return new TypeError(`Cannot use ${shown(value)} as path and as healthPath of serve: the two must differ`);
}

export function hostInvalid(value: string): TypeError {
  return new TypeError(`Cannot use ${shown(value)} as host of serve: it must be a name or an address, such as "127.0.0.1" or "::"`);
}

/** The value may be a secret: it is not said. */
export function authInvalid(why: string, of: string): TypeError {
  return new TypeError(`Cannot use auth of ${of}: ${why}`);
}

export function tlsInvalid(): TypeError {
  return new TypeError("Cannot use tls of serve: it must have a key and a cert, in PEM, and no empty ca");
}

export const NO_SERVERS = "this runtime has no servers of its own: give registry.handler() to what calls you";
