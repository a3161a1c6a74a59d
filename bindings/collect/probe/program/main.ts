// tallystick probe: a probe of this host that stands alone, on a page of its own, on a receiver's, or on both.

import process from "node:process";
import { clearInterval, setInterval } from "node:timers";
import { Registry } from "../../../index.ts";
import { lineOf } from "../../../processes/line.ts";
import { served } from "../../../processes/page.ts";
import { type ImagePusher, pusher } from "../../../processes/push-entry.ts";
import { impossible, SIGNALS } from "../../../processes/typed.ts";
import { probe } from "../probe.ts";
import type { Probe } from "../settings.ts";
import { ProbeError } from "../worded.ts";
import { Ending } from "./ending.ts";
import { asTyped, given } from "./given.ts";

/** Hosts push every second: one that waits for longer has nothing that the next one has not. */
const TIMEOUT_SECONDS = 5;
/** Lines that are not said twice. */
const TOLD_MOST = 1000;

const told = new Set<string>();
function tell(error: unknown): void {
  const said = lineOf(error);
  if (!told.has(said)) process.stderr.write(`tallystick: ${said}\n`);
  if (told.size < TOLD_MOST) told.add(said);
}

/** A probe that is over never comes back: whoever watches over the program starts it again. */
function heard(error: unknown, last: Ending): void {
  tell(error);
  if (error instanceof ProbeError && (error.code === "thread" || error.code === "refused")) last.begin(undefined);
}

/** Runs until a signal ends it, or its probe is over: never returns. */
export async function probing(args: readonly string[]): Promise<never> {
  const { served: page, pushed, labels, options } = given(args);
  let registry: Registry;
  let probed: Probe;
  let own: ImagePusher | undefined;
  const last = new Ending();
  try {
    registry = new Registry({ labels });
    if (pushed !== undefined) {
      const { url, token } = pushed;
      const onError = (error: Error) => {
        if (!last.isGivenUp(error)) tell(error);
      };
      own = pusher({ url, token, registry, timeoutSeconds: TIMEOUT_SECONDS, fetch: last.fetch, onError });
    }
    probed = probe({ ...options, registry, onError: (error) => heard(error, last) });
  } catch (error) {
    impossible(asTyped(error));
  }
  // One at a time, and none while the receiver cannot be had: what changed meanwhile goes with the next.
  const push = () => {
    if (own?.due(0) === true) void own.push();
  };
  const timer = pushed === undefined ? undefined : setInterval(push, pushed.seconds * 1000);
  last.of(probed, own, () => clearInterval(timer));
  for (const signal of SIGNALS) process.on(signal, () => last.begin(signal));
  const place = options.proc ?? "/proc";
  const to = pushed === undefined ? "" : ` and pushes to ${target(pushed.url)}`;
  const say = (words: string) => process.stdout.write(`tallystick probes ${place}${words}${to}\n`);
  if (page === undefined) say("");
  else
    served(new Map([["/metrics", registry.nodeHandler()]]), page.port, page.host, (url) =>
      say(`${pushed === undefined ? " and" : ","} serves ${url}`),
    );
  return new Promise<never>(() => {});
}

/** Without what may be a secret in it. */
function target(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}
