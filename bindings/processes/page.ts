// The server of a program: its page at /metrics, and whatever else has a path.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import process from "node:process";
import { lineOf } from "./line.ts";

export type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** Of a request's target, which may be anything: `new URL` throws for some, such as "//". Proxies send whole URLs. */
export function pathOf(target = "/"): string {
  return target.replace(/^https?:\/\/[^/?#]+(?=\/)/i, "").split(/[?#]/, 1)[0]!;
}

/** What to type instead, by the system's word for what is wrong. */
const CURES: Readonly<Record<string, string>> = {
  EADDRINUSE: "; --port says another one, 0 any that is free",
  EACCES: "; --port says another one, 0 any that is free",
  EADDRNOTAVAIL: "; --host is an address of this machine",
  ENOTFOUND: "; --host is an address of this machine",
};

/** Serves by path, and says where as soon as it does. A port that cannot be had ends the program with one line. */
export function served(answers: ReadonlyMap<string, Answer>, port: number, host: string, listening: (url: string) => void): void {
  const server = createServer((request, response) => {
    const pathname = pathOf(request.url);
    const answer = answers.get(pathname);
    if (answer !== undefined) answer(request, response);
    else response.writeHead(pathname === "/" ? 302 : 404, { location: "/metrics" }).end();
  });
  server.on("error", (error: NodeJS.ErrnoException) => {
    process.stderr.write(`tallystick: ${lineOf(error)}${CURES[error.code ?? ""] ?? ""}\n`);
    process.exit(1);
  });
  server.listen(port, host, () => {
    const address = server.address();
    const own = typeof address === "object" && address !== null ? address.port : port;
    listening(`http://${host}:${own}/metrics`);
  });
}
