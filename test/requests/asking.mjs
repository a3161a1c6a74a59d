// Servers that are ended with their test, and clients that say what they mean byte by byte, and leave when they like.

import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/** Listens on a port of its own until the test is over; its port. */
export async function listening(t, server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections?.();
    server.close();
  });
  return server.address().port;
}

/** Sends heads of these requests over one connection, and reads until the server ends it. */
export async function sent(port, ...requests) {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.setEncoding("latin1").on("data", (more) => (text += more));
  // Whoever sends what is no request is hung up on.
  socket.on("error", () => undefined);
  const heads = requests.map((request, i) => {
    const last = i === requests.length - 1 ? "connection: close\r\n" : "";
    return `${request} HTTP/1.1\r\nhost: example.org\r\n${last}\r\n`;
  });
  socket.write(heads.join(""), "latin1");
  await once(socket, "close");
  return text;
}

/** Sends them and leaves when `now` says so. */
export async function left(port, now, ...requests) {
  const socket = connect(port, "127.0.0.1");
  // It reads nothing.
  socket.on("error", () => undefined).pause();
  socket.write(requests.map((request) => `${request} HTTP/1.1\r\nhost: example.org\r\n\r\n`).join(""), "latin1");
  await now();
  socket.destroy();
}

export async function until(what, is, milliseconds = 20_000) {
  for (const from = performance.now(); !is(); await wait(2)) {
    if (performance.now() - from > milliseconds) throw new Error(`${what} did not happen`);
  }
}

/** Nothing more comes when something should have: the loop turns some dozen times. */
export const settled = () => wait(50);
