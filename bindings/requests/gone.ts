// When nothing more of a response of node:http comes to its client: its `close`, and where there is none.
//
// One that waits behind another one on its connection (pipelining) never had that, and hears nothing of its end. Its request does not
// either, once its body was read. And of a response that was over before anybody listened, as behind something asynchronous, no event comes any more.

interface Hearing {
  on(event: "close", listener: () => void): unknown;
}

/** As much of a request and a response as is needed. */
export interface Asking {
  readonly socket?: unknown;
}

export interface Answering extends Hearing {
  readonly destroyed?: boolean;
  readonly socket?: unknown;
  /** Of node:http2, whose responses do not say of themselves that they are over. */
  readonly stream?: unknown;
}

/** What those that wait on a connection do when it is gone. Each with a listener of its own would be too many for it. */
const waiting = new WeakMap<object, Set<() => void>>();

function isHearing(socket: unknown): socket is Hearing {
  return typeof (socket as Partial<Hearing> | null | undefined)?.on === "function";
}

function waitingOn(socket: Hearing): Set<() => void> {
  const there = waiting.get(socket);
  if (there !== undefined) return there;
  const made = new Set<() => void>();
  waiting.set(socket, made);
  socket.on("close", () => {
    for (const gone of made) gone();
  });
  return made;
}

function isDestroyed(it: unknown): boolean {
  return (it as { readonly destroyed?: unknown } | null | undefined)?.destroyed === true;
}

/** Whether it is over already. */
export function isGone({ socket }: Asking, response: Answering): boolean {
  if (response.destroyed === true || isDestroyed(response.stream)) return true;
  return response.socket === null && isDestroyed(socket);
}

/** Hears when it is over, maybe twice. Gives what it waits among, which it is to be taken out of at its end. */
export function hearGone({ socket }: Asking, response: Answering, gone: () => void): Set<() => void> | undefined {
  const others = response.socket === null && isHearing(socket) ? waitingOn(socket) : undefined;
  response.on("close", gone);
  others?.add(gone);
  return others;
}
