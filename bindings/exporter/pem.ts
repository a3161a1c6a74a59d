// What `tls` is given, tried part by part before anything listens: what is wrong names its option. Nothing of what was given is said.

import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { ServeTls } from "./settings.ts";

/** The runtime's own error goes on, with its code: its words name the option now. */
function tried(option: string, use: () => unknown): void {
  try {
    use();
  } catch (error) {
    (error as Error).message = `${option} of tls cannot be used: ${(error as Error).message}`;
    throw error;
  }
}

/** Throws an Error. Of a `ca` that is none no runtime but Bun says anything: then no client would ever have a certificate of it. */
export function pemTried({ key, cert, ca, passphrase }: ServeTls): void {
  tried("cert", () => new X509Certificate(cert));
  // Also where it is of another cert, or its passphrase is another one.
  tried("key", () => createSecureContext({ key, cert, passphrase }));
  if (ca !== undefined) tried("ca", () => new X509Certificate(ca));
}
