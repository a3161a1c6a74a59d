// Pushes: isolates of the edge, and other processes that nobody can scrape, hand what they counted to a receiver over HTTP,
// which has the sum on its page. Both ends for every runtime.

import { MetricsError, optionInvalid } from "../errors.ts";
import { registry as defaultRegistry, type Registry } from "../index.ts";
import { OwnOfForwarding } from "./forward-own.ts";
import { warned } from "./line.ts";
import { sourceLabel, sourceName } from "./names.ts";
import { OwnOfProcesses } from "./own.ts";
import { ImagePusher, type PusherOptions } from "./push.ts";
import { hears } from "./push-told.ts";
import { receiverTaken } from "./push-worded.ts";
import { RegistryWriter } from "./push-writer.ts";
import { type ImageReceiver, imageReceiver, type ReceivedRequest, receiverChecked, type ReceiverOptions } from "./receive.ts";
import { addressOf, nodeReceiver, type NodeReceiver } from "./receive-node.ts";
import { Source } from "./source.ts";

export type { ImagePusher, PushCounts, PushInit, PushResponse, PushResult } from "./push.ts";
export type { ForwardCounts, Forwarding, ForwardOptions, ForwardResult } from "./receive.ts";
export type { ReceivedRequest, ReceiverCounts, ReceiverStore } from "./receive.ts";
export type { NodeReceiver, NodeRequest, NodeResponse } from "./receive-node.ts";

/** What `pusher` takes. */
export interface PushOptions extends PusherOptions {
  /** What is pushed; the default registry. */
  readonly registry?: Registry | undefined;
}

/** What `receiver` takes. */
export interface ReceiveOptions extends ReceiverOptions {
  /** Where it is shown; the default registry. */
  readonly registry?: Registry | undefined;
  /** Tells it from other receivers of the same memory, as of several Durable Objects in one isolate. */
  readonly name?: string | undefined;
}

/** A handler of requests with what was pushed: what `receiver` gives. */
export interface Receiver extends ImageReceiver {
  /** The same for `createServer` of node:http; who sends a request is told to `onError`. */
  readonly nodeHandler: () => NodeReceiver;
  /**
   * Takes what was pushed from the page; what a store has of it stays there. Pushes are answered 503 from then on. Resolves when what
   * waits to be handed on is so, or was given up after `closeSeconds` of `forward`. Never rejects.
   */
  readonly close: () => Promise<void>;
}

/** A scrape waits so long for a store that has to be read first. */
const TIMEOUT_SECONDS = 10;

/** Whether a registry shows what is in it: none does that was closed, here or by another thread. */
function isOpen(registry: Registry): boolean {
  try {
    const { core, address, state } = registry.here("receive pushes");
    return core.verbs.recordState(address) === state;
  } catch {
    return false;
  }
}

function received(registry: Registry, name: string, onRefused: (error: MetricsError) => void): Source {
  try {
    return new Source(registry, sourceName("push", name), onRefused);
  } catch (error) {
    throw error instanceof MetricsError && error.code === "source-taken" ? receiverTaken(name) : error;
  }
}

/**
 * Makes a pusher of what a registry has counted. It does nothing by itself, for isolates have no timers; whoever
 * answers requests calls it at their end: `if (own.due(5)) ctx.waitUntil(own.push())`. A process that has timers sets one,
 * and says its last: `await own.push({ ended: true })`.
 *
 * @example
 * ```ts
 * import { pusher } from "tallystick/push";
 *
 * const own = pusher({ url: "https://collector.example/push", token: "a-secret" });
 * own.due(5); // true
 * ```
 */
export function pusher(options: PushOptions): ImagePusher {
  const { registry = defaultRegistry, ...rest } = options ?? {};
  if (typeof registry.expose !== "function") throw optionInvalid("pusher", "registry", registry, "Registry");
  return new ImagePusher(new RegistryWriter(registry), rest);
}

/**
 * Makes a receiver of pushes: a handler of requests, for Deno.serve, Bun.serve, workers and Durable Objects; for node:http
 * there is its `nodeHandler()`. What was pushed is
 * part of the registry's page, those who are silent for long are taken for dead, and counts of the dead stay.
 *
 * @example
 * ```ts
 * import { receiver } from "tallystick/push";
 *
 * const receive = receiver({ token: "a-secret", onError: () => {} });
 * const refused = await receive(new Request("https://collector.example/push", { method: "POST" }));
 * refused.status; // 401
 * receive.close();
 * ```
 */
export function receiver(options: ReceiveOptions): Receiver {
  // Before anything is made: what is refused leaves nothing.
  receiverChecked(options);
  const { registry = defaultRegistry, name = "default", ...rest } = options;
  if (typeof registry.expose !== "function") throw optionInvalid("receiver", "registry", registry, "Registry");
  let refused = 0;
  let closed = false;
  const { onError = warned } = options;
  const told = (error: Error) => hears("a receiver", onError, error);
  const source = received(registry, name, (error) => {
    refused++;
    told(error);
  });
  const receive = imageReceiver(source, { address: addressOf, ...rest }, () => closed || !isOpen(registry));
  const label = sourceLabel("push", name);
  const own = new OwnOfProcesses(registry, label);
  const { forwarding } = receive;
  const ownOfForwarding = forwarding === undefined ? undefined : new OwnOfForwarding(registry, label);
  const settled = async () => {
    await receive.settled();
    if (closed) return;
    if (forwarding !== undefined) ownOfForwarding?.tell(forwarding.counts);
    const counts = receive.counts();
    own.tell({ processes: counts.processes - counts.dead, ageSeconds: counts.silentSeconds, refused: counts.refusedImages + refused });
  };
  const uncollect = registry.gather(settled, { name: `push_${name}`, timeoutSeconds: TIMEOUT_SECONDS });
  const close = () => {
    if (!closed) {
      closed = true;
      uncollect();
      source.close();
      own.over();
      ownOfForwarding?.over();
    }
    return receive.handedOn();
  };
  const nodeHandler = () => nodeReceiver(receive, told);
  return Object.assign((request: ReceivedRequest) => receive(request), { settled, counts: receive.counts, forwarding, nodeHandler, close });
}
