// What `tls` is given, tried part by part before anything listens: what is wrong names its option. Nothing of what was given is said.

import { createPrivateKey, X509Certificate } from "node:crypto";
import type { TlsTexts } from "./settings.ts";

/** Beside it there may be a certificate, which Deno's reader of keys takes for one. */
const KEY = /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[^]*?-----END \1-----/;

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
export function pemTried({ key, cert, ca, passphrase }: TlsTexts): void {
  tried("cert", () => new X509Certificate(cert));
  // By hand: Deno makes a server of any key, with which no client can shake hands.
  tried("key", () => {
    const own = createPrivateKey({ key: KEY.exec(key)?.[0] ?? key, passphrase });
    if (!new X509Certificate(cert).checkPrivateKey(own)) throw new Error("it is of another cert");
  });
  if (ca !== undefined) tried("ca", () => new X509Certificate(ca));
}
