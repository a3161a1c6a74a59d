// Pushes to `tallystick collect`: a receiver, which is a handler of Requests, behind node:http.

import type { IncomingMessage, ServerResponse } from "node:http";
import { receiver } from "./push-entry.ts";
import type { ReceivedRequest } from "./receive.ts";
import type { ReceivedStream } from "./receive-body.ts";

interface Pushed extends ReceivedRequest {
  readonly address: string;
}

/** Not by Readable.toWeb: whose cancel destroys the socket, and the pusher would never hear why it was refused. */
function streamOf(request: IncomingMessage): ReceivedStream {
  const pieces = request.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Uint8Array>;
  const read = async () => {
    const { done, value } = await pieces.next();
    return done === true ? { done } : { done: false, value: value as Uint8Array };
  };
  // What is waited for may never come: nobody waits for the end of that.
  const cancel = () => {
    pieces.return?.()?.catch(() => undefined);
    return Promise.resolve();
  };
  return { getReader: () => ({ read, cancel }) };
}

/** Throws for a token that is none. */
export function pushHandler(token: string, onError: (error: unknown) => void) {
  const receive = receiver({ token, onError, address: (request) => (request as Pushed).address });
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = "", headers, socket } = request;
    const get = (name: string) => headers[name]?.toString() ?? null;
    // A client that breaks off is an error of the request; the receiver hears of it where it reads.
    request.on("error", () => undefined);
    try {
      const pushed: Pushed = { method, headers: { get }, body: streamOf(request), address: socket.remoteAddress ?? "" };
      const answer = (await receive(pushed)) as Response;
      // A body that was not read to its end cannot be followed by another request.
      if (!request.complete) response.setHeader("connection", "close");
      response.writeHead(answer.status, Object.fromEntries(answer.headers));
      response.end(await answer.text());
    } catch (error) {
      onError(error);
      response.destroy();
    }
  };
}
