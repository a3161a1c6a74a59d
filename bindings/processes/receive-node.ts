// A receiver behind node:http, by what its requests and responses are: no module of Node is needed, so the entry stays that of
// every runtime.

import type { ReceivedRequest } from "./receive.ts";
import type { ReceivedStream } from "./receive-body.ts";

/** As much of node:http's IncomingMessage as is used. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly complete: boolean;
  iterator(options: { destroyOnReturn: boolean }): AsyncIterator<Uint8Array>;
  on(event: "error", listener: (error: Error) => void): unknown;
}

/** And of its ServerResponse. */
export interface NodeResponse {
  setHeader(name: string, value: string): unknown;
  writeHead(status: number, headers: Record<string, string>): unknown;
  end(text: string): unknown;
  destroy(): unknown;
}

/** A receiver as a handler of `node:http` and of Express: it reads the body itself, so nothing before it may have. */
export type NodeReceiver = (request: NodeRequest, response: NodeResponse) => void;

interface Addressed extends ReceivedRequest {
  readonly address: string;
}

/** Who sends a request that a node handler was given. */
export function addressOf(request: ReceivedRequest): string {
  return (request as Partial<Addressed>).address ?? "";
}

/** Not by Readable.toWeb: whose cancel destroys the socket, and the pusher would never hear why it was refused. */
function streamOf(request: NodeRequest): ReceivedStream {
  const pieces = request.iterator({ destroyOnReturn: false });
  const read = async () => {
    const { done, value } = await pieces.next();
    return done === true ? { done } : { done: false, value: value as Uint8Array };
  };
  // What is waited for may never come: nobody waits for the end of that.
  const cancel = () => {
    pieces.return?.().catch(() => undefined);
    return Promise.resolve();
  };
  return { getReader: () => ({ read, cancel }) };
}

/** `told` never throws: nobody would catch it. */
export function nodeReceiver(receive: (request: ReceivedRequest) => Promise<unknown>, told: (error: Error) => void): NodeReceiver {
  const answered = async (request: NodeRequest, response: NodeResponse): Promise<void> => {
    const { method = "", headers, socket } = request;
    const get = (name: string) => headers[name]?.toString() ?? null;
    // A client that breaks off is an error of the request; the receiver hears of it where it reads.
    request.on("error", () => undefined);
    const given: Addressed = { method, headers: { get }, body: streamOf(request), address: socket.remoteAddress ?? "" };
    const answer = (await receive(given)) as Response;
    // A body that was not read to its end cannot be followed by another request.
    if (!request.complete) response.setHeader("connection", "close");
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(await answer.text());
  };
  return (request, response) => {
    answered(request, response).catch((error: unknown) => {
      response.destroy();
      told(error as Error);
    });
  };
}
