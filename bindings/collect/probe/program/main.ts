// tallystick probe: a probe of this host that stands alone, on a page of its own, on a receiver's, or on both.

import process from "node:process";
import { clearInterval, setInterval } from "node:timers";
import { Registry } from "../../../index.ts";
import { lineOf } from "../../../processes/line.ts";
import { served } from "../../../processes/page.ts";
import { type ImagePusher, pusher } from "../../../processes/push-entry.ts";
import { endedBy, impossible, SIGNALS } from "../../../processes/typed.ts";
import { probe } from "../probe.ts";
import type { Probe } from "../settings.ts";
import { given } from "./given.ts";

/** A receiver that does not answer shall not hold up the end for longer than containers are given. */
const TIMEOUT_SECONDS = 5;
/** Lines that are not said twice. */
const TOLD_MOST = 1000;

const told = new Set<string>();
function tell(error: unknown): void {
  const said = lineOf(error);
  if (!told.has(said)) process.stderr.write(`tallystick: ${said}\n`);
  if (told.size < TOLD_MOST) told.add(said);
}

/** Runs until a signal ends it: never returns. */
export async function probing(args: readonly string[]): Promise<never> {
  const { served: page, pushed, labels, options } = given(args);
  let registry: Registry;
  let probed: Probe;
  let own: ImagePusher | undefined;
  try {
    registry = new Registry({ labels });
    if (pushed !== undefined) {
      own = pusher({ url: pushed.url, token: pushed.token, registry, timeoutSeconds: TIMEOUT_SECONDS, onError: tell });
    }
    probed = probe({ ...options, registry, onError: tell });
  } catch (error) {
    impossible(error);
  }
  // One at a time, and none while the receiver cannot be had: what changed meanwhile goes with the next.
  const push = () => {
    if (own?.due(0) === true) void own.push();
  };
  const timer = pushed === undefined ? undefined : setInterval(push, pushed.seconds * 1000);
  let isEnding = false;
  for (const signal of SIGNALS) {
    process.on(signal, () => {
      if (isEnding) return endedBy(signal);
      isEnding = true;
      clearInterval(timer);
      // While it is still shown: what is removed before would not be counted any more.
      const last = Promise.resolve(own?.push({ ended: true }));
      last
        .then(() => probed.close())
        .catch(tell)
        .finally(() => endedBy(signal));
    });
  }
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
